"""Does warming up run every kernel without complaint?"""

from __future__ import annotations


def test_warm_up_compiles():
    from planner.thermal import kernels
    from planner.thermal.warm import warm_up

    warm_up()
    for kernel in (kernels.stage, kernels.note_lowest, kernels.temperatures, kernels.cylinder_fraction):
        assert kernel.signatures
