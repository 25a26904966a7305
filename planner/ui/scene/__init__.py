"""The 3-D view: an off-screen VTK window painted as an image."""
