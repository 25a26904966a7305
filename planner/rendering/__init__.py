"""Pictures without Qt: slices as raster plus vector primitives, scenes as VTK actors."""
