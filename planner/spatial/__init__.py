"""Arrays on grids: resampling, distance maps, surfaces. No file formats."""
