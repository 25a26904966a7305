"""Ratios and accuracy tables, measured within one run and never asserted as timed tests."""
