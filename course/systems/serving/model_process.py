"""A child process for the small model: one JSON job in, one JSON result out, memory limited, then gone."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MEMORY_LIMIT = 1024  # MiB: what the child says that it needs at most, and may not exceed
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_DECODE_BATCHES = (1, 2, 4, 8, 16, 32, 64)
_PROMPT_CHUNKS = (128, 256)


class ModelProcessFailed(RuntimeError):
    """The child could not do its job; the message says why."""


def run_job(job: dict[str, Any], timeout: float = 300.0) -> dict[str, Any]:
    """Run one job in a child on one BLAS thread and return its result.

    Jobs: {"job": "curve", "repeats": n} (see `measure_curve`); {"job": "generate", ...} (see `course.systems.serving.engine`).
    Raises `ModelProcessFailed` when the model is not installed, memory does not suffice or time runs out.
    """
    root = Path(__file__).resolve().parents[3]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONPATH": path}
    try:
        child = subprocess.run(
            [sys.executable, "-c", "from course.systems.serving.model_process import main; main()"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise ModelProcessFailed(f"the model process did not finish within {timeout:.0f} s.") from slow
    if child.returncode != 0 or not child.stdout:
        lines = child.stderr.strip().splitlines()
        reason = lines[-1] if lines else f"exit code {child.returncode}"
        raise ModelProcessFailed(f"the model process ended early ({reason}).")
    result: dict[str, Any] = json.loads(child.stdout)
    if "error" in result:
        raise ModelProcessFailed(str(result["error"]))
    return result


def measure_curve(repeats: int, context: int = 48) -> dict[str, Any]:
    """Median milliseconds of an iteration: decodes at batch 1 to 64, then one prompt chunk of 128 and of 256.

    Every decoding row has `context` cached tokens. Processor time of the one thread, so that a busy machine
    hardly enters. The first of each series is discarded as warm-up.
    """
    from course.systems.serving.small_model import load_small_model

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
    from course.systems.serving.small_model import ModelNotInstalled

    job = json.loads(sys.stdin.read())
    _limit_memory()
    try:
        if job["job"] == "curve":
            result = measure_curve(job["repeats"])
        else:
            from course.systems.serving.engine import generate

            result = generate(job)
        result["peak_mib"] = _peak_mib()
    except (ModelNotInstalled, ModelProcessFailed) as refused:
        result = {"error": f"{refused}."}
    except MemoryError:
        result = {"error": f"the model did not fit in {MEMORY_LIMIT} MiB."}
    json.dump(result, sys.stdout)
