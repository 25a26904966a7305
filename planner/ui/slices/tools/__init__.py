"""What the mouse does in a slice: one file per tool."""
