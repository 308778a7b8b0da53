"""What all tests share: no network, no writing outside temporary folders, few torch threads, the public data.

`make test` runs them in several processes (pytest-xdist), each of which reads this file.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

ONE_OF_SEVERAL = "PYTEST_XDIST_WORKER" in os.environ
MOST_PROCESSES = 8
"""At once: each comes to hold torch and whatever else it tests, over a GiB."""
# Read once, when the libraries are imported, so set before any test is.
os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    TOKENIZERS_PARALLELISM="false",
    OMP_NUM_THREADS="1" if ONE_OF_SEVERAL else "2",
    OMP_WAIT_POLICY="PASSIVE",  # on a busy machine threads that spin while they wait are many times slower
    WANDB_SILENT="true",
)
# A shell that starts the suite in the background tells it to ignore Ctrl-C, and whatever it starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
ROOT = Path(__file__).resolve().parent.parent
# Modules and tests by the thousand are made and stay: Python's own 700 objects would have them searched all the time.
gc.set_threshold(20_000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: a process for each core that this one may use."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, files with many slow tests, and then with many, come first: no process ends long after others."""
    if ONE_OF_SEVERAL:
        slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (slow[item.path], tests[item.path]), reverse=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there when the tests begin is never garbage: searching it again and again took a third of their time."""
    importlib.import_module("hypothesis")  # which looks up who holds what it manages, and does not see frozen objects
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _wandb_writes_nothing_at_home() -> None:
    home = tempfile.mkdtemp(prefix="r1cli-wandb-")
    os.environ.update({f"WANDB_{kind}_DIR": home for kind in ("CACHE", "CONFIG", "DATA")}, WANDB_DIR=home)


@pytest.fixture(autouse=True)
def _every_test_has_a_store_of_its_own(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In its temporary folder, if it asks for one: most tests do not, and making one takes longer than they do."""
    if "tmp_path" in request.fixturenames:
        folder: Path = request.getfixturevalue("tmp_path")
    else:
        folder = tmp_path_factory.getbasetemp() / f"of-{crc32(request.node.nodeid.encode()):08x}"
    monkeypatch.setenv("R1_STORE", str(folder / "store"))


@pytest.fixture(autouse=True)
def _no_log_outlives_its_test() -> Iterator[None]:
    """Hydra sets up logging to the standard error of the test that calls it, which is closed in the next one."""
    level = logging.getLogger().level
    yield
    root = logging.getLogger()
    root.setLevel(level)
    for handler in [h for h in root.handlers if type(h) in {logging.StreamHandler, logging.FileHandler}]:
        root.removeHandler(handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with GSM8K, MGSM and so on: $R1_SHARED_DATA, or `shared/data` beside the checkout."""
    folder = Path(os.environ.get("R1_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder}; set R1_SHARED_DATA")
    return folder
