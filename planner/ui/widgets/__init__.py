"""What small controls is the window made of? Painted widgets that report themselves to screen readers."""
