"""What do the panels show? Tables and curves worked out from plan and prediction, without widgets."""
