"""The bio-heat solver: SI inside, plan units at its border."""
