"""What the records of an entry say beyond their fields."""

from __future__ import annotations

import os
from pathlib import Path

from r1cli.store.records import Attempt, Damaged, Partial, last_sign_of_life, read_work
from tests.r1cli.fake_entries import FP, manifest, work


def test_a_manifest_counts_its_attempts_and_their_time():
    done = work().model_copy(update={"attempts": [Attempt(started=10, ended=15), Attempt(started=100, ended=101)]})
    m = manifest(done)
    assert (m.started, m.ended, m.seconds, m.resumed) == (10, 101, 6, 1)


def test_unfinished_work_that_says_nothing_of_itself_is_known_by_its_folder(tmp_path: Path):
    partial = Partial(tmp_path / "all_scenario_rl-0123456789abcdef", None, "stopped")
    assert (partial.node, partial.kind, partial.fingerprint, partial.seconds) == (
        "all_scenario_rl",
        "",
        "0123456789abcdef",
        None,
    )


def test_unfinished_work_counts_until_its_last_sign_of_life(tmp_path: Path):
    (tmp_path / "log.txt").write_text("x")
    os.utime(tmp_path / "log.txt", (2e9, 2e9))
    begun = work().model_copy(update={"attempts": [Attempt(started=2e9 - 30)]})
    assert last_sign_of_life(tmp_path) == 2e9
    assert Partial(tmp_path, begun, "running").seconds == 30


def test_a_damaged_entry_is_known_by_its_folder(tmp_path: Path):
    damaged = Damaged(tmp_path / "sft-0123456789abcdef", "no readable manifest.json")
    assert (damaged.node, damaged.fingerprint, damaged.state) == ("sft", "0123456789abcdef", "damaged")


def test_half_a_work_file_is_none(tmp_path: Path):
    assert read_work(tmp_path) is None
    (tmp_path / "work.json").write_text(f'{{"node": "sft", "fingerprint": "{FP}"')
    assert read_work(tmp_path) is None


def test_a_folder_or_a_loop_of_links_in_the_place_of_a_file_is_passed_over(tmp_path: Path):
    (tmp_path / "work.json").mkdir()
    (tmp_path / "metrics.jsonl").symlink_to("metrics.jsonl")
    assert read_work(tmp_path) is None
    assert last_sign_of_life(tmp_path) > 0
