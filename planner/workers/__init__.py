"""Child processes for slow or untrusted work."""
