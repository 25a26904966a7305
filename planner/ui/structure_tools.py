"""Which tools draw and change structures? One row each, in the order of the strip: caption, icon, key, what it does."""

from __future__ import annotations

from dataclasses import dataclass

from planner.ui.view_state import Tool


@dataclass(frozen=True, slots=True)
class StructureTool:
    """One button of the strip. ``key`` acts in the Structures step only; ``group`` are the tools of one kind."""

    tool: Tool
    caption: str
    icon: str
    words: str
    group: int
    key: str = ""

    @property
    def action_id(self) -> str:
        """Its row in the action table."""
        return f"tool_{self.tool.name.lower()}"


STRUCTURE_TOOLS: tuple[StructureTool, ...] = (
    StructureTool(Tool.BRUSH, "Brush", "paint-brush", "Paint with a round brush, in a slice or as a ball", 1, "B"),
    StructureTool(Tool.ERASE, "Erase", "eraser", "Erase with a round brush", 1, "E"),
    StructureTool(Tool.LASSO, "Lasso", "mdi-lasso", "Draw round an area of a slice and fill it", 1, "L"),
    StructureTool(Tool.SCISSORS, "Scissors", "scissors", "Cut through the structure in the 3-D view", 1, "S"),
    StructureTool(Tool.THRESHOLD, "Threshold", "magic-wand", "Take every voxel between two HU", 2, "T"),
    StructureTool(Tool.GROW, "Grow", "mdi-sprout-outline", "Grow from what is drawn, up to edges of the CT", 2, "W"),
    StructureTool(Tool.CONNECTED, "Region", "region", "Click: take what hangs together there and looks alike", 2, "R"),
    StructureTool(Tool.BETWEEN, "Between", "stack", "Fill the slices between those drawn", 2),
    StructureTool(Tool.TUBE, "Tube", "path", "Click along a vessel, ureter or nerve: a tube through it", 2, "U"),
    StructureTool(Tool.MARGIN, "Margin", "selection-plus", "Grow or shrink by a distance in mm", 3),
    StructureTool(Tool.SMOOTH, "Smooth", "waves", "Round off small corners", 3),
    StructureTool(Tool.ISLANDS, "Islands", "circles-three", "Keep the largest part, or drop small ones", 3),
    StructureTool(Tool.FILL_HOLES, "Fill holes", "fill-holes", "Fill what is enclosed", 3),
    StructureTool(Tool.BOOLEAN, "Boolean", "intersect", "Add, subtract or intersect another structure", 3),
)
BY_TOOL = {entry.tool: entry for entry in STRUCTURE_TOOLS}
