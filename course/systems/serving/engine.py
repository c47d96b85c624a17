"""Schedules carried out on a real model: the iterations that a scheduler planned, computed in NumPy.

A schedule does not depend on the tokens (answer lengths are set beforehand, the end token is ignored), so the scheduler
runs in the notebook and the model in a process of its own. Whatever the schedule, the text must be the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from course.systems.serving.model_process import MEMORY_LIMIT, run_job


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
