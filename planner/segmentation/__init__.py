"""Volume and hints in, masks out; label files in and out."""
