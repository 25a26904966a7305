"""Does warming up run every kernel that a prediction calls?"""

from __future__ import annotations


def test_warm_up_compiles():
    from planner.thermal import kernels, passes, patterns, raster, scene, zones
    from planner.thermal.warm import warm_up

    warm_up()
    called = (
        *(kernels.run_stages, passes.restore, passes.keep, passes.stop_blood, passes.stored_heat),
        *(passes.enthalpies, passes.temperatures, zones.grow_active, zones.place_cold, zones.shares),
        *(zones.tissues_in, scene._lay_out, patterns._find, raster.parabolic_cylinder),
    )
    assert [kernel.__name__ for kernel in called if not kernel.signatures] == []
