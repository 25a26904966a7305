"""How much will the program read? Budgets against malformed and hostile input (H-38, H-40)."""

from __future__ import annotations

MOST_FILES = 20_000
MOST_FILE_BYTES = 512 * 1024**2
# 4 GiB of HU; the largest clinical CT (1000 slices of 1024²) is half of it.
MOST_VOXELS = 2 * 1024**3
