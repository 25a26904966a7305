"""The bio-heat solver: SI inside, plan units at its border. Start at :func:`predict`."""

from planner.thermal.api import Heat, Held, Prediction, Probe, predict

__all__ = ["Heat", "Held", "Prediction", "Probe", "predict"]
