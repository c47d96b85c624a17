"""Schedules carried out on a real model: the iterations that a scheduler planned, computed in NumPy.

A schedule does not depend on the tokens (answer lengths are set beforehand, the end token is ignored), so the scheduler
runs in the notebook and the model in a process of its own. Whatever the schedule, the text must be the same.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.model_process import MEMORY_LIMIT, ModelProcessFailed, run_job


@dataclass(frozen=True)
class Generated:
    """Text by request id, and the processor milliseconds of each iteration on one thread."""

    text: dict[int, str]
    ms: tuple[float, ...]


def run_on_small_model(
    schedules: Mapping[str, list[dict[str, Any]]],
    prompts: Mapping[int, str],
    *,
    slots: int,
    slot_tokens: int,
    announce: Callable[[str], None] = print,
) -> dict[str, Generated]:
    """Carry out each named schedule (rows of `scheduler.run()`) on SmolLM2-135M, over the same `prompts`.

    A request's `prompt_tokens` must be its text's length in tokens (`datasets/short_prompts.csv` has a dozen);
    slots of `slot_tokens` tokens take 46 kB a token. Raises `ModelProcessFailed` when it is not, when the `llm` extra
    is missing, or when the slots do not fit in memory.
    """
    announce(
        f"Running {sum(map(len, schedules.values()))} iterations of a 135M-parameter model in a process of its own: "
        f"1 thread, under {MEMORY_LIMIT} MiB."
    )
    result = run_job(
        {
            "job": "generate",
            "schedules": {name: [row["work"] for row in rows] for name, rows in schedules.items()},
            "prompts": {str(request_id): text for request_id, text in prompts.items()},
            "slots": slots,
            "slot_tokens": slot_tokens,
        }
    )
    return {
        name: Generated({int(i): text for i, text in run["text"].items()}, tuple(run["ms"]))
        for name, run in result["runs"].items()
    }


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """The child's half: greedy decoding. Decodes of an iteration share one pass; each prompt chunk has its own."""
    from course.systems.serving.small_model import load_small_model, load_tokenizer

    tokenizer = load_tokenizer()
    prompts = {int(i): list(tokenizer.encode(text).ids) for i, text in job["prompts"].items()}
    for name, schedule in job["schedules"].items():
        planned: Counter[int] = Counter()
        for _, request_id, phase, tokens, _ in (item for work in schedule for item in work):
            planned[request_id] += tokens if phase == "prefill" else 0
        for request_id, tokens in planned.items():
            if tokens != len(prompts.get(request_id, [])):
                raise ModelProcessFailed(
                    f"schedule {name} prefills {tokens} tokens of request {request_id}, its prompt has "
                    f"{len(prompts.get(request_id, []))}: set prompt_tokens to the length in the model's tokens"
                )
    model = load_small_model()
    cache = model.new_cache(job["slots"], job["slot_tokens"])
    runs = {}
    for name, schedule in job["schedules"].items():
        known = {request_id: list(ids) for request_id, ids in prompts.items()}
        done = dict.fromkeys(known, 0)
        times = []
        for work in schedule:
            start = time.process_time()
            decodes = [item for item in work if item[2] == "decode"]
            for batch in [decodes, *([item] for item in work if item[2] == "prefill")]:
                if batch:
                    _compute(model, cache, batch, known, done)
            times.append(1000 * (time.process_time() - start))
        text = {i: tokenizer.decode(ids[len(prompts[i]) :]) for i, ids in known.items()}
        runs[name] = {"text": text, "ms": times}
    return {"runs": runs}


def _compute(
    model: Any,
    cache: NDArray[np.float32],
    batch: list[list[Any]],
    known: dict[int, list[int]],
    done: dict[int, int],
) -> None:
    slots = np.array([slot for slot, *_ in batch])
    cached = np.array([done[request_id] for _, request_id, *_ in batch])
    ids: NDArray[np.int64] = np.array(
        [known[request_id][done[request_id] :][:tokens] for _, request_id, _, tokens, _ in batch]
    )
    best = model.forward(ids, cache, slots, cached).argmax(axis=1)
    for (_, request_id, _, tokens, _), token in zip(batch, best, strict=True):
        done[request_id] += tokens
        if done[request_id] == len(known[request_id]):
            known[request_id].append(int(token))
