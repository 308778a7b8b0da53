"""vLLM's own server, on a CPU, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

NEEDS_VLLM = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.vllm,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed: make tiers"),
]
"""Marks of a file of tests."""
STARTING_S = 500
OPTIONS = (
    "--served-model-name tiny --host 127.0.0.1 --dtype float32 --max-model-len 256 --max-num-seqs 8 "
    "--max-num-batched-tokens 2048 --enforce-eager --kv-cache-memory-bytes 33554432"
)
VARIABLES = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "TORCH_COMPILE_DISABLE": "1",
    "OMP_NUM_THREADS": "1",
}


@contextlib.contextmanager
def serving(model: Path, log: Path, *more: str, **variables: str) -> Iterator[str]:
    """The address of a server of the model, without /v1; `more` are options of the server's command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), *OPTIONS.split()]
    with log.open("wb") as words:
        server = subprocess.Popen(
            [*command, "--port", str(port), *more],
            stdout=words,
            stderr=words,
            env=os.environ | VARIABLES | variables,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + STARTING_S
        while not _is_up(port):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # its engine is a process of its own, and would stay
        server.wait()


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
