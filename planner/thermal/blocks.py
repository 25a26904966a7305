"""Which row of the kernels' arrays holds what? Names for the rows of the blocks that every compiled pass shares.

The kernels rely on the order: registers of the cold zone are three rows apart, and faces follow each other as i, j, k.
"""

from __future__ import annotations

# Fields of one body over all cells: two registers of the enthalpy temperature e, its value at the step's start and at
# time zero, the lowest so far; 1/(rho c h²) in m K/(W s), 0 where the temperature is prescribed; and blood and
# metabolism as SUPPLY - LOSS e in W/m.
E_A, E_B, SAVED, START, LOWEST, CAP, SUPPLY, LOSS = range(8)
FIELDS = 8
# Conductances of the faces toward +i, +j, +k in W/(m K), which all bodies of one scene share.
G_I, G_J, G_K = range(3)

# The cold zone: temperature, Kirchhoff variable and conductivity of both registers, the constants that give them, and
# for each face toward +i, +j, +k a 1 where tissues are alike and a 2 where they are not.
T_A, THETA_A, K_A, T_B, THETA_B, K_B = range(6)
C_SOLIDUS, C_MUSH, C_LIQUIDUS, C_FROZEN, C_INVERSE, C_K_FROZEN, C_K_STEP, C_SLOPE = range(6, 14)
LIKE_I, LIKE_J, LIKE_K, UNLIKE_I, UNLIKE_J, UNLIKE_K = range(14, 20)
COLD_FIELDS = 20

# Spans along i of each row of cells (k, j), each from and to: active; cold; and cold without its outermost layer, which
# must stay warm since warm cells take its e for its temperature.
ACTIVE_0, ACTIVE_1, COLD_0, COLD_1, CORE_0, CORE_1 = range(6)
SPANS = 6
# Bands of rows of each plane k, each from and to: rows with cold cells, and these with every row that touches them.
COLD_FROM, COLD_TO, KNOWN_FROM, KNOWN_TO = range(4)
BANDS = 4
