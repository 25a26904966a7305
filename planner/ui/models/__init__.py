"""What do the panels work out for themselves? Numbers of the operator, without widgets."""
