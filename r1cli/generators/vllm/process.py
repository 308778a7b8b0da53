"""vLLM's engine in a process of its own: python -m r1cli.generators.vllm.process INPUT OUTPUT (two file descriptors).

A process of its own gives its memory back when it ends, which an engine does not. It also keeps the engine's side
effects to itself: an engine seeds every random number generator of its process and changes torch's threads. The two
processes exchange lines of JSON: first the settings of the engine, then batches of requests, each answered by one line
for every completion, as they end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # engine and worker here: one process more would only cost memory
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",  # a model is a folder by now
    "TOKENIZERS_PARALLELISM": "false",
}


def main(given: int, answers: int) -> None:
    """Make an engine, say so, and draw whatever is asked until nobody asks any more."""
    os.environ.update(ENVIRONMENT)
    with os.fdopen(given, encoding="utf-8") as lines, os.fdopen(answers, "w", encoding="utf-8") as out:
        made_of = json.loads(next(lines))
        engine = _engine(made_of)
        _say(out, {"ready": _versions()})
        for line in lines:
            for answer in _drawn(engine, json.loads(line)):
                _say(out, answer)
            _say(out, {"done": True})


def _engine(made_of: dict[str, Any]) -> Any:
    from vllm import LLM

    return LLM(**made_of).llm_engine


def _drawn(engine: Any, batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each request's number with its tokens and their log-probabilities, in the order in which they end."""
    from vllm import SamplingParams

    for number, (prompt, seed) in enumerate(zip(batch["prompts"], batch["seeds"], strict=True)):
        # What ends a completion is said by who asks, and not by the files beside the model.
        how = SamplingParams(seed=seed, logprobs=0, detokenize=False, ignore_eos=True, **batch["sampling"])
        engine.add_request(str(number), {"prompt_token_ids": prompt}, how)
    while engine.has_unfinished_requests():
        for output in engine.step():
            if output.finished:
                (drawn,) = output.outputs
                tokens = list(drawn.token_ids)
                yield {
                    "number": int(output.request_id.partition("-")[0]),
                    "tokens": tokens,
                    "logprobs": [place[token].logprob for place, token in zip(drawn.logprobs, tokens, strict=True)],
                    "finished": drawn.finish_reason == "stop",
                }


def _versions() -> dict[str, str]:
    import torch
    import vllm

    return {"vllm": vllm.__version__, "torch": torch.__version__}


def _say(out: Any, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
