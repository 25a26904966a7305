"""Faults for the import: an anatomy with known truth, series made of it, and the ways to break them."""
