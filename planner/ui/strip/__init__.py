"""The nerve laid out straight, with its temperatures: what lies along it, and how cold it gets."""
