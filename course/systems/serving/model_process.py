"""A process of its own for the small model: one JSON job in, one JSON result out, memory limited, then gone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MEMORY_LIMIT = 1024  # MiB: what the child says that it needs at most, and may not exceed
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class ModelProcessFailed(RuntimeError):
    """The child could not do its job; the message says why."""


def run_job(job: dict[str, Any], timeout: float = 300.0) -> dict[str, Any]:
    """Run one job in a child on one BLAS thread and return its result.

    Jobs: {"job": "curve", "repeats": n} and {"job": "generate", ...}: see `course.systems.serving.model_jobs`.
    Raises `ModelProcessFailed` when the model is not installed, memory does not suffice or time runs out.
    """
    root = Path(__file__).resolve().parents[3]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONPATH": path}
    try:
        child = subprocess.run(
            [sys.executable, "-c", "from course.systems.serving.model_jobs import main; main()"],
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
