"""Whether a schedule could have happened: what an examiner asks before believing its numbers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.errors import ImpossibleSchedule
from course.systems.serving.request import Request
from course.systems.serving.slots import Columns
from course.systems.serving.step_time import StepTimeModel


def audit(
    requests: Iterable[Request],
    schedule: Columns,
    *,
    slots: int,
    step_time: StepTimeModel,
    token_budget: int | None = None,
) -> None:
    """Raise `ImpossibleSchedule` unless a schedule without padding (`SlotScheduler.serve`) could have happened.

    Held are: every prompt token computed once and in order, one token a pass after it, answers whole or not
    begun; one request in a slot from its first to its last pass; nobody computed before arrival; iterations
    that do not overlap, as long as `step_time` says; at most `token_budget` tokens in each. O(tokens log tokens).
    """
    known = sorted(requests, key=lambda request: request.id)
    ids = np.array([request.id for request in known], np.int64)
    steps = len(schedule["items"])
    step = np.repeat(np.arange(steps), schedule["items"])
    slot, tokens = schedule["slot"], schedule["tokens"]
    row = np.minimum(np.searchsorted(ids, schedule["request_id"]), len(ids) - 1)
    _hold(bool((ids[row] == schedule["request_id"]).all()), "work on an unknown request")
    # Items request by request, each request's in order of time; what came before one is in the cache.
    order = np.argsort(row, kind="stable")
    begins = _changes(row[order])
    before = np.cumsum(tokens[order]) - tokens[order]
    cached = np.empty_like(before)
    cached[order] = before - np.repeat(before[begins], np.diff(np.append(begins, len(before))))
    prompt = np.array([request.prompt_tokens for request in known], np.int64)[row]
    most = np.where(cached < prompt, prompt - cached, 1)
    emits = cached + tokens >= prompt
    answers = np.bincount(row[emits], minlength=len(ids))
    outputs = np.array([request.output_tokens for request in known], np.int64)
    _hold(bool((schedule["cached"] == cached).all()), "cached tokens that do not add up")
    _hold(bool(((tokens >= 1) & (tokens <= most)).all()), "more or fewer tokens than a sequence has")
    _hold(bool((schedule["emits"] == emits).all()), "an output token before its prompt is cached")
    _hold(bool(((answers == outputs) | (answers == 0)).all()), "half an answer")
    _hold(bool(((slot >= 0) & (slot < slots)).all()), f"a slot that is none of the {slots}")
    by_slot = np.argsort(slot, kind="stable")
    for group, what in ((by_slot, "two requests in one slot"), (order, "one request twice in an iteration")):
        one = slot if group is by_slot else row
        same = (one[group][1:] == one[group][:-1]) & (step[group][1:] == step[group][:-1])
        _hold(not same.any(), what)
    stays = _changes(slot[by_slot] * len(ids) + row[by_slot])
    _hold(len(stays) == len(begins), "a request that leaves its slot and comes back")
    arrivals = np.array([request.arrival_ms for request in known], np.float64)
    start_ms, end_ms = schedule["start_ms"], schedule["end_ms"]
    _hold(bool((start_ms[step] >= arrivals[row]).all()), "work on a request before it arrived")
    _hold(bool((start_ms[1:] >= end_ms[:-1]).all()), "iterations that overlap")
    load, read = (np.bincount(step, column, steps) for column in (tokens, cached))
    ms = [step_time.ms(int(new), int(old)) for new, old in zip(load, read, strict=True)]
    _hold(bool(np.allclose(end_ms - start_ms, ms, rtol=1e-6)), "iterations faster or slower than the GPU")
    _hold(
        token_budget is None or bool((load <= token_budget).all()), f"more than {token_budget} tokens at once"
    )


def _changes(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where a new run of equal values begins."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])


def _hold(held: bool, what: str) -> None:
    if not held:
        raise ImpossibleSchedule(f"the schedule has {what}: return the work that each step really planned")
