"""The bio-heat solver: SI inside, plan units at its border. Start at :func:`predict`."""

import os

# Threads that wait for each other after every stage spin some microseconds, then sleep. OpenMP's own default spins far
# longer, and beside any other busy program a prediction then took fifty times as long; without any spinning, waking
# takes longer than a small stage (both measured). Read when OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "30000")

from planner.thermal.api import Heat, Held, Prediction, Probe, predict

__all__ = ["Heat", "Held", "Prediction", "Probe", "predict"]
