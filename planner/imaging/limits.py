"""How much will the program read? Budgets against malformed and hostile input (H-38, H-40, H-41)."""

from __future__ import annotations

MOST_FILES = 20_000
# Multi-frame files too: 1000 frames of 512² in 16 bits are 500 MiB. Larger ones are to be exported as single frames.
MOST_FILE_BYTES = 512 * 1024**2
# 4 GiB of HU; the largest clinical CT (1000 slices of 1024²) is half of it.
MOST_VOXELS = 2 * 1024**3
MOST_FRAMES = MOST_FILES
MOST_FRAMES_DESCRIBED = 4000  # a larger claim allows no longer header
# Twice the side of the largest CT matrix; what a small compressed stream may claim at most.
MOST_PIXELS_PER_FRAME = 4096 * 4096

# Everything before the pixels. Multi-frame files describe each frame there; scanners write 20 to 60 elements for one.
MOST_HEADER_BYTES = 8 * 1024**2
MOST_HEADER_BYTES_PER_FRAME = 16 * 1024
MOST_ELEMENTS = 20_000
MOST_ELEMENTS_PER_FRAME = 200
MOST_DEPTH = 32
# Measured on two busy cores an ordinary header takes 2 ms, and a frame of 512² 5 to 60 ms.
MOST_SECONDS_PER_FILE = 5.0
MOST_SECONDS_PER_FRAME = 0.01

# A blank slice deflates a thousandfold and is honest, so small files may; beyond them a CT reaches a ratio of 5.
INFLATED_WITHOUT_QUESTION_BYTES = 16 * 1024**2
MOST_INFLATION = 100
