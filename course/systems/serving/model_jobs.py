"""The jobs of the small model's process: what `course.systems.serving.model_process` starts runs `main` here."""

import json
import sys
import time
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.model_process import MEMORY_LIMIT, ModelProcessFailed
from course.systems.serving.small_model import ModelNotInstalled, load_small_model, load_tokenizer

_DECODE_BATCHES = (1, 2, 4, 8, 16, 32, 64)
_PROMPT_CHUNKS = (128, 256)


def measure_curve(repeats: int, context: int = 48) -> dict[str, Any]:
    """Median milliseconds of an iteration: decodes at batch 1 to 64, then one prompt chunk of 128 and of 256.

    Every decoding row has `context` cached tokens. Processor time of the one thread, so that a busy machine
    hardly enters. The first of each series is discarded as warm-up.
    """
    model, rng = load_small_model(), np.random.default_rng(0)
    shapes = [(batch, 1, context) for batch in _DECODE_BATCHES] + [(1, chunk, 0) for chunk in _PROMPT_CHUNKS]
    points = []
    for rows, tokens, cached in shapes:
        cache = model.new_cache(rows, cached + tokens + repeats + 1)
        rng.random(out=cache, dtype=np.float32)
        ids = rng.integers(5, len(model.embedding), (rows, tokens))
        times = []
        for step in range(repeats + 1):
            start = time.process_time()
            at = cached + (step if tokens == 1 else 0)
            model.forward(ids, cache, np.arange(rows), np.full(rows, at))
            times.append(1000 * (time.process_time() - start))
        points.append((rows * tokens, float(np.median(times[1:]))))
        del cache
    return {"points": points, "repeats": repeats}


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """Greedy decoding of the schedules of `run_on_small_model`. Decodes of an iteration share one pass; each prompt chunk has its own."""
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


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # no such limits on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT * 2**20, hard))


def _peak_mib() -> float:
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """The child: read one job from standard input, write its result to standard output."""
    job = json.loads(sys.stdin.read())
    _limit_memory()
    try:
        result = measure_curve(job["repeats"]) if job["job"] == "curve" else generate(job)
        result["peak_mib"] = _peak_mib()
    except (ModelNotInstalled, ModelProcessFailed) as refused:
        result = {"error": f"{refused}."}
    except MemoryError:
        result = {"error": f"the model did not fit in {MEMORY_LIMIT} MiB."}
    json.dump(result, sys.stdout)
