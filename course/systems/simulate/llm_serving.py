"""LLM serving by iteration, at full saturation: static, continuous, paged, and paged with chunked prefill.

Coarser and faster than :mod:`course.systems.serving`: one loop over iterations with plain lists, a published step-time table, all
requests queued at time 0. The policies differ in when a request may enter and in what memory it holds.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from course.systems.serving.step_time import StepTimeModel

Lengths = Sequence[tuple[int, int]]
"""(prompt tokens, output tokens) of each request."""


@dataclass(frozen=True)
class Served:
    """What a policy delivered: output tokens per second, mean batch, and the longest gap's 99th percentile in ms."""

    tokens_per_s: float
    mean_batch: float
    p50_step_ms: float
    p99_step_ms: float
    iterations: int


def static_batches(requests: Lengths, step: StepTimeModel, batch: int) -> Served:
    """Batches of ``batch``: prompts padded to the longest, and nobody leaves before the last has finished."""
    steps: list[float] = []
    held = 0
    for start in range(0, len(requests), batch):
        group = requests[start : start + batch]
        prompt, output = max(p for p, _ in group), max(o for _, o in group)
        steps.append(step.ms(prompt * len(group)))
        steps += [step.ms(len(group), len(group) * (prompt + k)) for k in range(1, output)]
        held += sum(output for _ in group)
    return _served(steps, sum(o for _, o in requests), held)


def continuous(
    requests: Lengths,
    step: StepTimeModel,
    memory: int,
    *,
    reserve: int = 0,
    block: int = 16,
    chunk: int = 0,
    most: int = 256,
) -> Served:
    """Iteration-level scheduling in ``memory`` tokens of KV cache.

    ``reserve`` tokens are held for each request whole (contiguous slots); with 0 a request holds blocks of ``block``
    tokens for what it will need (paged; output lengths are known in advance, so there is no preemption). ``chunk`` caps the
    tokens of an iteration, decodes first (chunked prefill); with 0 a prompt is computed whole when it enters.
    """
    waiting = deque(requests)
    running: list[list[int]] = []  # prompt left, context, output left, memory held
    used, steps, held = 0, [], 0
    while waiting or running:
        while waiting and len(running) < most:
            prompt, output = waiting[0]
            need = reserve or math.ceil((prompt + output) / block) * block
            if used + need > memory:
                break
            waiting.popleft()
            used += need
            running.append([prompt, 0, output, need])
        if not running:
            raise ValueError(
                f"a request of {sum(waiting[0])} tokens does not fit in {memory}: give it more memory"
            )
        decoding = sum(1 for each in running if not each[0])
        budget = chunk - decoding if chunk else 1 << 60
        tokens = decoding
        for each in running:
            if each[0] and budget > 0:
                part = min(budget, each[0])
                each[0] -= part
                each[1] += part
                budget -= part
                tokens += part
                each[2] -= not each[0]
            elif not each[0]:
                each[1] += 1
                each[2] -= 1
        steps.append(step.ms(tokens, sum(each[1] for each in running)))
        held += len(running)
        used -= sum(each[3] for each in running if not each[0] and each[2] <= 0)
        running = [each for each in running if each[0] or each[2] > 0]
    return _served(steps, sum(o for _, o in requests), held)


def _served(steps: list[float], tokens: int, held: int) -> Served:
    ordered = sorted(steps)
    return Served(
        1000 * tokens / sum(steps),
        held / len(steps),
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
        len(steps),
    )
