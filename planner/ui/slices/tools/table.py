"""Which class works which tool: the table that a slice view makes its tools from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from planner.ui.slices.tools.body import BodyTool
from planner.ui.slices.tools.brush import BrushTool, EraseTool
from planner.ui.slices.tools.connected import ConnectedTool
from planner.ui.slices.tools.landmarks import LandmarksTool
from planner.ui.slices.tools.lasso import LassoTool
from planner.ui.slices.tools.measure import AngleTool, CircleTool, DistanceTool
from planner.ui.slices.tools.nerve import NerveTool
from planner.ui.slices.tools.path import PathTool
from planner.ui.slices.tools.pointer import PointerTool
from planner.ui.slices.tools.probe import ProbeTool
from planner.ui.slices.tools.tube import TubeTool
from planner.ui.slices.tools.watch import WatchTool
from planner.ui.view_state import STRUCTURE_TOOLS, Tool

if TYPE_CHECKING:
    from planner.ui.slices.tools.tool import SliceTool

TOOL_TYPES: Final[dict[Tool, type[SliceTool]]] = {
    # What works on a whole mask, or in 3-D, leaves the hand in slices as it was.
    **dict.fromkeys(sorted(STRUCTURE_TOOLS), PointerTool),
    Tool.POINTER: PointerTool,
    Tool.PROBE: ProbeTool,
    Tool.NERVE: NerveTool,
    Tool.BODY: BodyTool,
    Tool.LANDMARKS: LandmarksTool,
    Tool.PATH: PathTool,
    Tool.DISTANCE: DistanceTool,
    Tool.ANGLE: AngleTool,
    Tool.CIRCLE: CircleTool,
    Tool.WATCH: WatchTool,
    Tool.BRUSH: BrushTool,
    Tool.ERASE: EraseTool,
    Tool.LASSO: LassoTool,
    Tool.CONNECTED: ConnectedTool,
    Tool.TUBE: TubeTool,
}
