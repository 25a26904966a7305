"""The case around the plan: library, intake, procedure, follow-up, registry."""
