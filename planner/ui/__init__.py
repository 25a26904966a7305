"""Qt: looks and asks, decides nothing."""
