from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from r1cli.generators.generator import Question, Usage
from r1cli.generators.serving.attempts import AttemptLog, prompt_hash, read_attempts, replies_of
from r1cli.generators.serving.wire import Response, Said

MOST = Usage(prompt=100, completion=1000)
NOTHING = Usage(prompt=0, cached=0, completion=0)
ANSWER = Response((Said("4", "2+2", "stop"),), {"prompt_tokens": 10, "completion_tokens": 5}, "m-1", "fp")


def send(log: AttemptLog, row: str = "a", samples: tuple[int, ...] = (0,)) -> int:
    questions = [Question(row, sample, "Why?", 7) for sample in samples]
    return log.sent(questions, prompt_hash("Why?"), attempt=1, most=MOST)


def come(log: AttemptLog, number: int, **what: Any) -> None:
    default = {"seconds": 1.0, "status": 200, "failure": "", "arrived": True, "response": ANSWER}
    log.came(number, **default | what)


def test_a_log_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path / "log", model="m")
    come(log, send(log))
    come(log, send(log, "b"), status=429, failure="429: slow down", response=None)
    log.close()
    answered, failed = read_attempts(tmp_path / "log")
    assert answered.asked == "m"
    assert answered.replies == ANSWER.replies
    assert answered.usage == ANSWER.usage
    assert (answered.model, answered.fingerprint) == ("m-1", "fp")
    assert failed.failure == "429: slow down"
    assert failed.replies == ()
    assert [key for key, _, _ in replies_of([answered, failed])] == [("a", prompt_hash("Why?"), 0)]


def test_what_is_charged_is_what_the_server_counts_and_else_a_range(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path / "log", model="m")
    come(log, send(log))
    come(log, send(log), response=Response(ANSWER.replies, None, None, None))
    come(log, send(log), status=500, failure="500: no", response=None)
    come(log, send(log), status=None, failure="ReadTimeout", response=None)
    come(log, send(log), status=None, failure="ConnectError", arrived=False, response=None)
    come(log, send(log), failure="200: not JSON", response=None)
    send(log)  # killed before anything came
    log.close()
    counted = Usage(prompt=10, completion=5)
    assert [attempt.charged for attempt in read_attempts(tmp_path / "log")] == [
        (counted, counted),
        (NOTHING, MOST),
        (NOTHING, NOTHING),
        (NOTHING, MOST),
        (NOTHING, NOTHING),
        (NOTHING, MOST),
        (NOTHING, MOST),
    ]


def test_a_line_that_a_kill_cut_off_costs_nothing_but_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AttemptLog(path, model="m")
    come(log, send(log))
    number = send(log)
    come(log, number)
    log.close()
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    again = AttemptLog(path, model="m")
    assert [len(attempt.replies) for attempt in again.earlier] == [1, 0]
    come(again, send(again, "c"))
    again.close()
    assert [(attempt.id, len(attempt.replies)) for attempt in read_attempts(path)] == [("a", 1), ("a", 0), ("c", 1)]


def test_no_flipped_bit_of_a_log_keeps_it_from_being_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AttemptLog(path, model="m")
    come(log, send(log))
    log.close()
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in (1, 128):
            path.write_bytes(bytes([*content[:place], content[place] ^ bit, *content[place + 1 :]]))
            for attempt in read_attempts(path):
                assert attempt.charged[0].completion is not None


def test_replies_are_on_the_disk_when_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AttemptLog(path, model="m")
    number = send(log, samples=(3, 4))
    assert len(path.read_text().splitlines()) == 1
    come(log, number)
    line = json.loads(path.read_text().splitlines()[-1])
    assert line["replies"] == [{"text": "4", "thought": "2+2", "finish": "stop"}]
    log.close()


def test_there_is_nothing_in_a_log_that_does_not_exist(tmp_path: Path) -> None:
    assert read_attempts(tmp_path / "none") == []
