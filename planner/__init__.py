"""Frostline: a planner for cryoneurolysis. For research and training, not for clinical use."""

__version__ = "0.1.0"
