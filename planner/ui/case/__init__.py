"""The case around the plan on screen: library, intake, procedure with its timer, follow-up."""
