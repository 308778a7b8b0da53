"""A handle on vLLM's engine in a process of its own: requests in, completions out, the same as every sampler's."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from r1cli.errors import StageFailed
from r1cli.generators.native import Drawn, SampleRequest
from r1cli.generators.rule import SamplingRule

_words = logging.getLogger(__name__)
GRACE_S = 20.0
"""For the engine to end by itself when nothing more is asked."""


class Engine:
    """The process, started when something is first asked, ended when nobody holds this handle any more.

    It takes the place of a model where completions are drawn: it has the model's configurations and no weights.
    """

    def __init__(self, folder: Path, made_of: Mapping[str, Any], *, log: Path, environment: Mapping[str, str]) -> None:
        """The model's folder, what vllm.LLM takes, where its own words go, and variables for its process."""
        from transformers import AutoConfig, GenerationConfig

        self.config: Any = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        self.generation_config: Any = GenerationConfig()  # type: ignore[no-untyped-call]
        if (folder / "generation_config.json").is_file():
            self.generation_config = GenerationConfig.from_pretrained(folder)
        self._made_of = made_of
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.versions: dict[str, str] = {}
        """Of vLLM and of its torch, once it is ready."""

    def _start(self) -> None:
        to_child, our_end = os.pipe()
        from_child, their_end = os.pipe()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "r1cli.generators.vllm.process", str(to_child), str(their_end)],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                    **self._environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(to_child, their_end),
            )
        os.close(to_child)
        os.close(their_end)
        self._requests = os.fdopen(our_end, "w", encoding="utf-8")
        self._answers = os.fdopen(from_child, encoding="utf-8")
        weakref.finalize(self, _end, self._process, self._requests, self._answers)
        self._ask(self._made_of)
        self.versions = self._answer()["ready"]
        _words.info("vLLM draws: %s", self.versions)

    def decode(
        self, requests: Sequence[SampleRequest], *, rule: SamplingRule, max_new_tokens: int, end_ids: Collection[int]
    ) -> Iterator[tuple[int, Drawn]]:
        """`native.decode`, by other means: (number of the request, completion) as they end.

        Raises:
            StageFailed: the engine died.
        """
        if not requests:
            return
        if self._process is None:
            self._start()
        self._ask(
            {
                "prompts": [request.prompt for request in requests],
                "seeds": [request.seed for request in requests],
                "sampling": {
                    "temperature": rule.temperature,
                    "top_p": rule.top_p,
                    "max_tokens": max_new_tokens,
                    "stop_token_ids": sorted(end_ids),
                },
            }
        )
        while "done" not in (answer := self._answer()):
            yield answer["number"], Drawn(tuple(answer["tokens"]), tuple(answer["logprobs"]), answer["finished"])

    def _ask(self, what: Mapping[str, Any]) -> None:
        try:
            self._requests.write(json.dumps(what) + "\n")
            self._requests.flush()
        except BrokenPipeError as e:
            raise self._died() from e

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise self._died()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _died(self) -> StageFailed:
        assert self._process is not None  # something was asked
        code = self._process.wait()
        words = self._log.read_text("utf-8", errors="replace").strip().splitlines()
        last = next((line.strip() for line in reversed(words) if "Error" in line), "")
        return StageFailed(f"vLLM ended with exit code {code}: {last}".rstrip(": "), hint=f"its own words: {self._log}")


def _end(process: subprocess.Popen[bytes], requests: TextIO, answers: TextIO) -> None:
    """The end of its input is the end of its work."""
    with contextlib.suppress(OSError):
        requests.close()
    answers.close()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
