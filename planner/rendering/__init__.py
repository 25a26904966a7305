"""Pictures without Qt: a slice is a raster plus vector primitives, 3-D is VTK actors; screen and report paint both."""
