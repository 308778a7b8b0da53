"""`r1`, and `python -m r1cli`."""

from __future__ import annotations

import gc
import sys

YOUNG_OBJECTS = 300_000
"""Objects that are made between two collections; Python's own choice is 700 to 2,000."""


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:2] == ["_complete"]:  # a shell asks at TAB: answered before anything is loaded
        from r1cli.terminal.completion import main as complete

        complete(sys.argv[2:])
        return
    # Composing makes many small objects that live until the end: collecting them again and again costs a tenth of
    # the start. Seldom, not never: `r1 watch` and `r1 score` run for hours.
    gc.set_threshold(YOUNG_OBJECTS)
    from r1cli.terminal import streams
    from r1cli.terminal.app import run_line

    streams.prepare()
    sys.exit(run_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
