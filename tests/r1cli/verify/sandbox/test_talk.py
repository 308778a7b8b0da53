"""Starting a process, feeding it and hearing it out, for no longer than it may take."""

from __future__ import annotations

import sys
import time

import pytest

from r1cli.verify.sandbox import talk
from r1cli.verify.sandbox.modes import Mode
from r1cli.verify.sandbox.talk import Talk, converse

PLAIN = Mode("subprocess", (), sys.executable, drops_root=False)
STARTED = 'print(\'{"kind": "started", "nonce": ""}\', flush=True)\n'


def heard(boot: str, text: bytes = b"", *, wall_s: float = 20, memory_bytes: int = 1 << 30) -> Talk:
    return converse(PLAIN, boot, text, wall_s=wall_s, memory_bytes=memory_bytes, folder=None)


def test_a_large_input_and_a_large_output_pass_at_the_same_time() -> None:
    echo = "import sys\nfor line in sys.stdin: print(line, end='')"
    text = b"0123456789abcdef\n" * 200_000
    said = heard(echo, text)
    assert said.output == text
    assert (said.status, said.overdue, said.too_large, said.complaint) == (0, False, False, "")


def test_what_is_not_read_does_not_keep_anybody_waiting() -> None:
    said = heard("import os; os.close(0); print('done')", b"x" * 10_000_000)
    assert (said.output, said.status) == (b"done\n", 0)


def test_a_complaint_is_kept_apart_from_the_output() -> None:
    said = heard("import sys; print('out'); print('bad \\udcff', file=sys.stderr); sys.exit(3)")
    assert (said.output, said.status) == (b"out\n", 3)
    assert said.complaint.startswith("bad")


def test_the_clock_begins_when_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "SLACK_S", 0.2)
    slow_to_start = f"import time; time.sleep(3)\n{STARTED}print('done')"
    assert not heard(slow_to_start, wall_s=2).overdue
    slow_afterwards = f"import time\n{STARTED}time.sleep(60)"
    began = time.monotonic()
    said = heard(slow_afterwards, wall_s=0.5)
    assert said.overdue
    assert said.status == -9
    assert time.monotonic() - began < 20


def test_one_that_never_starts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "START_S", 0.5)
    assert heard("import time; time.sleep(60)").overdue


def test_endless_output_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "MOST_BYTES", 1 << 20)
    said = heard("while True: print('x' * 10_000)")
    assert said.overdue
    assert len(said.output) <= (1 << 20) + (1 << 16)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_too_much_memory_ends_it_and_is_told_from_too_much_time() -> None:
    said = heard(f"import time\n{STARTED}held = b'x' * (200 << 20)\ntime.sleep(60)", memory_bytes=100 << 20)
    assert said.too_large
    assert not said.overdue


def test_a_process_that_cannot_be_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grandchild holds our pipes open, in a session of its own, where killing the group does not reach it."""
    monkeypatch.setattr(talk, "SLACK_S", 0.5)
    holder = f"import os,time\n{STARTED}if os.fork() == 0:\n os.setsid()\n time.sleep(60)\nos._exit(0)"
    began = time.monotonic()
    said = heard(holder, wall_s=0.5)
    assert said.overdue
    assert b"started" in said.output
    assert time.monotonic() - began < 50


def test_no_secret_of_ours_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert b"hf_secret" not in heard("import os; print(os.environ)").output


def test_what_cannot_be_started_is_an_error() -> None:
    with pytest.raises(OSError, match="no/such/program"):
        converse(
            Mode("subprocess", ("/no/such/program",), "python", drops_root=False),
            "", b"", wall_s=1, memory_bytes=1 << 30, folder=None,
        )  # fmt: skip
