"""The bio-heat solver: SI inside, plan units at its border. Start at :func:`predict`."""

import os

# Threads that wait for each other after every stage must sleep, not spin: the compiled loops' OpenMP spins by default,
# and beside any other busy program a prediction then took ten times as long (measured). Read when OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from planner.thermal.api import Heat, Held, Prediction, Probe, predict

__all__ = ["Heat", "Held", "Prediction", "Probe", "predict"]
