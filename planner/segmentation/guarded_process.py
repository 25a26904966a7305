"""How does a foreign program never outlive us? Run by this little one, which ends it when its own input closes.

Started as ``python -m planner.segmentation.guarded_process COMMAND ARGUMENT…`` in a session of its own, with a pipe as
its input that nothing is written to: it closes when whoever started it ends, in whatever way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    """Run the command and return its status; end it, and all it started, when the input closes."""
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 - the command our caller found
    threading.Thread(target=_end_with_input, args=(process,), daemon=True).start()
    return process.wait()


def _end_with_input(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1):  # not through sys.stdin: its lock would be held while we end
        pass
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # the session is ours alone, see the module's first lines
    process.kill()


if __name__ == "__main__":
    sys.exit(main())
