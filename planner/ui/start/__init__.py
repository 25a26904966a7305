"""What comes before a plan? Import a study, open a plan, take a demo case."""
