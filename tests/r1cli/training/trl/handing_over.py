"""Worker of test_handing_over.py: python handing_over.py FIRST SECOND FILE, two folders with models, and the answer's.

Draws the same from an engine of the second model, from one of the first model that takes the second one's weights, and
from one that takes them without packing its output layer again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from r1cli.generators.vllm import process
from r1cli.training.trl import rollouts


def main(first: str, second: str, answer: Path) -> None:
    from transformers import AutoModelForCausalLM

    weights = list(AutoModelForCausalLM.from_pretrained(second, dtype="float32").named_parameters())
    handed, unpacked = engine(first), engine(first)
    drawn = {"before": draw(handed)}
    rollouts._sync_weights(SimpleNamespace(llm=handed, _iter_named_params=lambda: weights))
    runner(unpacked).reload_weights(weights_iterator=iter(weights))
    drawn |= {"handed": draw(handed), "unpacked": draw(unpacked), "fresh": draw(engine(second))}
    answer.write_text(json.dumps(drawn))


def engine(folder: str) -> Any:
    from vllm import LLM

    sizes = {"max_model_len": 64, "max_num_seqs": 8, "max_num_batched_tokens": 512, "kv_cache_memory_bytes": 2**24}
    return LLM(model=folder, dtype="float32", enforce_eager=True, logprobs_mode="processed_logprobs", **sizes)


def runner(llm: Any) -> Any:
    return llm.llm_engine.model_executor.driver_worker.model_runner


def draw(llm: Any) -> list[Any]:
    """Tokens and log-probabilities of a few completions, each by its own seed."""
    prompts = [[3 + i, 4, 5 + i] for i in range(6)]
    sampling = {"temperature": 1.0, "max_tokens": 20, "stop_token_ids": [1]}
    answers = process._drawn(llm.llm_engine, {"prompts": prompts, "seeds": list(range(6)), "sampling": sampling})
    return sorted((answer["number"], answer["tokens"], answer["logprobs"]) for answer in answers)


if __name__ == "__main__":
    process.os.environ.update(process.ENVIRONMENT)
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
