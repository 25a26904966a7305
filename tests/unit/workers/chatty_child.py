"""A real child whose scans speak on demand: started in place of Python, it changes one use case and serves as usual.

The path of the request says what the scan does: ``chatty`` shows 500 partial reports and answers, ``endless`` shows
them until it is stopped, ``dying`` shows one and dies, ``refused`` shows one and refuses, ``hanging`` shows one and
never answers, ``misshapen`` shows another type than scans do.
"""

from __future__ import annotations

import itertools
import os
import runpy
import sys
import time

from planner.domain.errors import InputRefused
from planner.domain.series import ScanReport
from planner.services import opening
from planner.services.tasks import Warm


def scan(request, *, blobs, progress, partial):
    """Do what the path says."""
    del blobs
    if request.path == "misshapen":
        partial(Warm())
    for number in itertools.count(1):
        partial(ScanReport(request.path, number, (), (), is_complete=False))
        progress(number, 500, "Reading headers")
        if request.path == "dying":
            os._exit(3)
        if request.path == "hanging":
            time.sleep(3600)
        if request.path == "refused":
            raise InputRefused("Too much.", code="too-much")
        if request.path == "chatty" and number == 500:
            time.sleep(0.3)  # a reply on the heels of a partial takes its place
            return ScanReport(request.path, number, (), ())
        if request.path != "chatty":
            time.sleep(0.01)
    raise AssertionError


if __name__ == "__main__":
    del sys.argv[1:3]  # as in ``python -m planner.workers.child STORE``
    opening.scan = scan
    runpy.run_module("planner.workers.child", run_name="__main__")
