"""A schedule carried out on a real model: the iterations that a scheduler planned, computed in NumPy.

The schedule does not depend on the tokens (answer lengths are set beforehand, the end token is ignored), so a scheduler
runs in the notebook, the model in a process of its own. Whatever the schedule, the text must be the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.serving.model_process import MEMORY_LIMIT, run_job


@dataclass(frozen=True)
class Generated:
    """Text by request id, and the processor milliseconds of each iteration on one thread."""

    text: dict[int, str]
    ms: tuple[float, ...]
    peak_mib: float


def run_on_small_model(
    rows: list[dict[str, Any]],
    prompts: dict[int, str],
    *,
    slots: int,
    slot_tokens: int,
    announce: Callable[[str], None] = print,
) -> Generated:
    """Carry out `rows` (from `scheduler.run()`) on SmolLM2-135M; `prompts` gives each request's text.

    A request's `prompt_tokens` must be its text's length in tokens (`datasets/short_prompts.csv` has
    a few). Raises `ModelProcessFailed` when the `llm` extra is missing or the slots do not fit in memory.
    """
    announce(
        f"Running {len(rows)} iterations on a real model in a process of its own, under {MEMORY_LIMIT} MiB."
    )
    result = run_job(
        {
            "job": "generate",
            "iterations": [row["work"] for row in rows],
            "prompts": {str(request_id): text for request_id, text in prompts.items()},
            "slots": slots,
            "slot_tokens": slot_tokens,
        }
    )
    text = {int(request_id): answer for request_id, answer in result["text"].items()}
    return Generated(text, tuple(result["ms"]), float(result["peak_mib"]))


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """The child's half: greedy decoding. Decodes of an iteration share one pass; each prompt chunk has its own."""
    import time

    from course.serving.small_model import load_small_model, load_tokenizer

    model, tokenizer = load_small_model(), load_tokenizer()
    cache = model.new_cache(job["slots"], job["slot_tokens"])
    known: dict[int, list[int]] = {
        int(request_id): tokenizer.encode(text).ids for request_id, text in job["prompts"].items()
    }
    prompt_length = {request_id: len(ids) for request_id, ids in known.items()}
    done = dict.fromkeys(known, 0)
    times = []

    def compute(batch: list[list[Any]]) -> None:
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

    for work in job["iterations"]:
        start = time.process_time()
        decodes = [item for item in work if item[2] == "decode"]
        if decodes:
            compute(decodes)
        for item in work:
            if item[2] == "prefill":
                compute([item])
        times.append(1000 * (time.process_time() - start))
    text = {
        request_id: tokenizer.decode(ids[prompt_length[request_id] :]) for request_id, ids in known.items()
    }
    return {"text": text, "ms": times}
