"""Path tool: two clicks, and the nerve's course between them follows the structure chosen in the panel."""

from __future__ import annotations

from planner.ui.slices.tools.landmarks import LandmarksTool


class PathTool(LandmarksTool):
    """Begin and end of a course; the course itself is found once both are there."""
