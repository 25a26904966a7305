"""One model of everything printed, and its PDF and JSON."""
