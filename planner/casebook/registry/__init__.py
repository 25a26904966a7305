"""How do cases leave for a registry? Without names, with salted ids and day offsets, as the dictionary lists them."""
