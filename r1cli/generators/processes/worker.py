"""A process that draws a part of the requests (pool.py). Run as a program."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from r1cli.generators.native import SampleRequest


def serve(connection: Connection) -> None:
    """Draw what the parent asks for, until it hangs up or has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    os.set_inheritable(connection.fileno(), False)
    sys.path[:] = connection.recv()
    while True:
        try:
            requests, how = connection.recv()
            packed = connection.recv_bytes()
        except (EOFError, ConnectionResetError):
            return
        try:
            _draw(connection, packed, requests, how)
        except OSError:  # the parent has gone
            return
        except Exception:  # noqa: BLE001  (the parent raises it)
            connection.send(traceback.format_exc())


def _draw(connection: Connection, packed: bytes, requests: list[SampleRequest], how: dict[str, Any]) -> None:
    """Send each completion as it ends, and None after the last one."""
    import torch

    from r1cli.generators import native

    torch.set_num_threads(1)
    model = pickle.loads(packed)  # noqa: S301  (written by our own parent)
    with torch.inference_mode():
        for completion in native.decode(model, requests, **how):
            connection.send(completion)
    connection.send(None)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
    os._exit(0)
