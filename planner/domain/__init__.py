"""Facts: frozen values with units and invariants. Standard library and numpy only, no I/O, no clock, no logging."""
