"""Which row of the kernels' arrays holds what? Names for what every compiled pass shares.

Cells are taken eight at a time along i, as *chunks*: rows of the fields begin and end with one, and chunk ``n // 8``
holds the cells from flat offset ``n`` on.
"""

from __future__ import annotations

# Fields of one body over all cells: two registers of the enthalpy temperature e, its value at the step's start and at
# time zero, the lowest so far; 1/(rho c h²) in m K/(W s), 0 where the temperature is prescribed; and blood and
# metabolism as SUPPLY - LOSS e in W/m.
E_A, E_B, SAVED, START, LOWEST, CAP, SUPPLY, LOSS = range(8)
FIELDS = 8
# Conductances of the faces toward +i, +j, +k in W/(m K), which all bodies of one scene share.
G_I, G_J, G_K = range(3)
# The same of a tissue as of a cell: 1/(rho c h²), supply and loss.
OF_CAP, OF_SUPPLY, OF_LOSS = range(3)
# The pattern of a chunk, eight values each: conductances of the faces toward +i, -i, +j, -j, +k and -k, negative
# between unlike tissues, and what the cells are as above. Chunks that look alike share one.
TO_EAST, TO_WEST, TO_NORTH, TO_SOUTH, TO_ABOVE, TO_BELOW, PATTERN_CAP, PATTERN_SUPPLY, PATTERN_LOSS = range(0, 72, 8)
PATTERN_LENGTH = 72

# The code of a chunk. Below MIXED it is the one tissue of its cells, whose six faces all lead to the same tissue.
# COLD chunks know freezing; OWN ones have a capacity or blood of their own in some cell, as in the fields; in STOPPED
# ones no blood flows.
TISSUE = 255
MIXED, COLD, OWN, STOPPED = 256, 512, 1024, 2048

# Bytes of a chunk, one bit for each cell but for KNOWN: cells that always count as cold; what lies within a margin of
# ice, and that with one layer more, which must stay warm since warm cells take its e for its temperature. KNOWN is 1
# where the Kirchhoff variable is wanted: cold chunks and their neighbours.
SEEDED, CORE, RIMMED, KNOWN = range(4)
ZONE_ROWS = 4

# What the cold zone needs of three planes at a time: Kirchhoff variable, and in mixed chunks temperature, conductivity
# and liquidus too.
THETA, CELSIUS, CONDUCTIVITY, LIQUIDUS = range(4)
NEAR_ROWS = 4
NEAR_PLANES = 3

# Spans along i of each row of cells (k, j), each from and to, in whole chunks: active; and known.
ACTIVE_0, ACTIVE_1, KNOWN_0, KNOWN_1 = range(4)
SPANS = 4
