"""Decisions, pure: nerve, trajectory, coverage, margins, rules, assessment."""
