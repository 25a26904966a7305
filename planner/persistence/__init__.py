"""What lasts: plan file, codec, resources, preferences."""
