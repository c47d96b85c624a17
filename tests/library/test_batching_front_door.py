"""The front door of day 22, held against brute force, Lindley's recursion, a queue that scans everything, and the paper's bound."""

import asyncio
import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.serving.async_door import AsyncDoor
from course.systems.serving.errors import (
    AlreadyResolved,
    InvalidBody,
    InvalidSetting,
    KeyReused,
    QueueFull,
    SchedulerStalled,
    UnknownJob,
)
from course.systems.serving.fair_queue import FairQueue
from course.systems.serving.front_door import PLACES, FrontDoor, pass_ms
from course.systems.serving.job_store import JobStore
from course.systems.serving.returning import OTHERS, THIRD, Returning
from course.systems.serving.saturated import saturated
from course.systems.serving.tenant_lines import INPUT_PRICE, OUTPUT_PRICE
from course.systems.serving.texts import DOCUMENT, LONGEST, SHORTEST, lengths, texts
from course.systems.serving.token_batcher import TokenBatcher

deterministic = settings(derandomize=True, deadline=None, max_examples=150)
BODY = {"text": "x"}


# ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────

calls_of_submit = st.lists(
    st.tuples(
        st.sampled_from(["k1", "k2", "κ"]),
        st.sampled_from([{"text": "a"}, {"text": "b"}, {"text": "a", "n": 1}, {}, {"text": ""}]),
        st.sampled_from(["amber", "birch"]),
        st.integers(0, 4),
    ),
    max_size=25,
)


@deterministic
@given(calls_of_submit, st.integers(1, 6))
def test_submit_agrees_with_a_log_that_is_searched_from_its_end(calls, room):
    store, log, now = JobStore(room, 7.0), [], 0.0
    for key, body, tenant, later in calls:
        now += later
        live = [job for k, t, b, at, job in log if (k, t) == (key, tenant) and now - at < 7.0]
        if not body.get("text"):
            expected = InvalidBody
        elif live:
            same = next(b for k, t, b, at, job in log if job == live[-1]) == body
            expected = live[-1] if same else KeyReused
        else:
            expected = len(log) + 1 if len(log) < room else QueueFull
        if isinstance(expected, int):
            assert store.submit(key, body, tenant, now).id == expected
            if not live:
                log.append((key, tenant, dict(body), now, expected))
        else:
            with pytest.raises(expected):
                store.submit(key, body, tenant, now)
        assert store.queued == len(log)


def test_a_job_keeps_its_own_copy_of_the_body():
    store, body = JobStore(), {"text": "x", "tags": ["a"]}
    first = store.submit("k", body, "amber", 0.0)
    body["tags"].append("b")
    assert first.body == {"text": "x", "tags": ["a"]}
    with pytest.raises(KeyReused):
        store.submit("k", body, "amber", 1.0)


def test_each_watcher_is_told_once_whatever_the_others_do():
    store, told = JobStore(), []

    def rude(job):
        told.append("rude")
        raise OSError("gone")

    def pushy(job):
        told.append("pushy")
        store.resolve(job.id, "again")

    job = store.submit("k", BODY, "amber", 0.0)
    store.start(job.id)
    for call in (rude, pushy, lambda job: told.append((job.state, job.result))):
        store.watch(job.id, call)
    store.resolve(job.id, 5)
    assert told == ["rude", "pushy", ("succeeded", 5)]
    assert [type(fault) for fault in store.faults] == [OSError, AlreadyResolved]
    store.watch(job.id, lambda job: told.append("late"))
    assert told[-1] == "late"
    with pytest.raises(AlreadyResolved):
        store.resolve(job.id, 6)
    assert (job.state, job.result, job.watchers) == ("succeeded", 5, [])


def test_cancelling_drops_what_waits_and_discards_what_runs():
    store = JobStore()
    waits, runs, done = (store.submit(key, BODY, "amber", 0.0) for key in "abc")
    store.start(runs.id)
    store.start(done.id)
    store.resolve(done.id, 1)
    assert [store.cancel(job.id).state for job in (waits, runs, done)] == [
        "cancelled",
        "running",
        "succeeded",
    ]
    assert store.queued == 0
    store.resolve(runs.id, 7)
    assert (runs.state, runs.result) == ("cancelled", None)
    with pytest.raises(UnknownJob):
        store.cancel(99)


# ── Batches ─────────────────────────────────────────────────────────────────────────────────────────────

few = st.lists(st.integers(1, 30), min_size=1, max_size=8)


def places(chosen, tokens):
    return len(chosen) * max(tokens[index] for index in chosen)


@deterministic
@given(few, st.integers(1, 120))
def test_a_batch_is_the_longest_beginning_of_the_line_that_fits(tokens, budget):
    batch = TokenBatcher(budget, 0.0).next_batch([(count, 0.0) for count in tokens], 0.0)
    fitting = [n for n in range(1, len(tokens) + 1) if n == 1 or places(range(n), tokens) <= budget]
    assert batch == list(range(max(fitting)))


@deterministic
@given(few, st.integers(1, 120))
def test_of_all_batches_of_its_size_none_has_nearer_lengths(tokens, budget):
    batch = TokenBatcher(budget, 0.0, near=True).next_batch([(count, 0.0) for count in tokens], 0.0)
    assert 0 in batch
    assert len(batch) == 1 or places(batch, tokens) <= budget
    away = sum(abs(tokens[index] - tokens[0]) for index in batch)
    others = itertools.combinations(range(1, len(tokens)), len(batch) - 1)
    assert away == min(sum(abs(tokens[index] - tokens[0]) for index in other) for other in others)


@deterministic
@given(
    few,
    st.lists(st.integers(0, 40), min_size=8, max_size=8),
    st.integers(1, 400),
    st.integers(0, 40),
    st.booleans(),
)
def test_nothing_is_held_longer_than_allowed_and_nothing_full_is_held(tokens, waited, budget, wait, near):
    now = 100.0
    waiting = [(count, now - since) for count, since in zip(tokens, waited, strict=False)]
    said = TokenBatcher(budget, wait, near).next_batch(waiting, now)
    if isinstance(said, list):
        return
    assert said > now
    assert said == min(at for _, at in waiting) + wait
    assert len(tokens) * max(tokens) < budget


def test_settings_that_mean_nothing_are_refused():
    for budget, wait in ((0, 1.0), (10, -1.0), (10, math.nan)):
        with pytest.raises(InvalidSetting):
            TokenBatcher(budget, wait)


# ── Fairness ────────────────────────────────────────────────────────────────────────────────────────────


class Scanning:
    """The same queue as one list that is gone through each time, for tenants whose requests end at once."""

    def __init__(self):
        self.requests, self.counters = [], {}

    def push(self, tenant, request, tokens):
        others = [self.counters[other] for other, *_ in self.requests if other != tenant]
        if all(other != tenant for other, *_ in self.requests):
            self.counters[tenant] = max(self.counters.get(tenant, 0.0), min(others, default=0.0))
        self.requests.append((tenant, request, tokens))

    def pop(self):
        if not self.requests:
            return None
        best = min(range(len(self.requests)), key=lambda at: (self.counters[self.requests[at][0]], at))
        tenant, request, tokens = self.requests.pop(best)
        self.counters[tenant] += tokens * INPUT_PRICE
        return tenant, request


@deterministic
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 90)), max_size=60))
def test_the_order_is_that_of_a_queue_that_scans_everything(steps):
    mine, other = FairQueue(), Scanning()
    for number, (tenant, tokens) in enumerate(steps):
        if tokens > 30:
            mine.push(tenant, number, tokens)
            other.push(tenant, number, tokens)
        else:
            taken = mine.pop()
            assert taken == other.pop()
            if taken:
                mine.finish(taken[0])
    assert mine.counters == other.counters


@pytest.mark.parametrize("seed", range(12))
def test_service_of_two_backlogged_tenants_differs_by_no_more_than_the_papers_bound(seed):
    """Sheng and others (OSDI 2024): |W_f − W_g| ≤ 2 max(w_p L_input, w_q M) over any interval; M output tokens fit at once."""
    rng = random.Random(seed)
    slots, longest_in, longest_out = rng.choice((2, 6, 12)), rng.choice((50, 400)), rng.choice((20, 150))
    queue, running, number = FairQueue(), [], 0
    served, gaps = dict.fromkeys("ab", 0.0), [0.0]
    mean = {"a": 1.0, "b": rng.uniform(0.1, 1.0)}

    def refill():
        nonlocal number
        for tenant in "ab":
            while len(queue.lines.get(tenant, ())) < 2:
                queue.push(tenant, number, 1 + int(mean[tenant] * rng.randrange(longest_in)))
                number += 1

    for _ in range(600):
        refill()
        while len(running) < slots:
            before = dict(queue.counters)
            tenant, _ = queue.pop()
            served[tenant] += queue.counters[tenant] - before[tenant]
            running.append([tenant, rng.randrange(1, longest_out + 1)])
            refill()
        for entry in running:
            queue.charge(entry[0], 1)
            served[entry[0]] += OUTPUT_PRICE
            entry[1] -= 1
        for entry in [entry for entry in running if not entry[1]]:
            queue.finish(entry[0])
            running.remove(entry)
        gaps.append(served["a"] - served["b"])
    bound = 2 * max(INPUT_PRICE * longest_in, OUTPUT_PRICE * slots * longest_out)
    assert 0 < max(gaps) - min(gaps) <= bound  # any interval: the difference of two differences


def test_weights_are_shares():
    queue = FairQueue({"a": 3.0})
    for number in range(400):
        queue.push("a", number, 10)
        queue.push("b", number, 10)
    first = [queue.pop()[0] for _ in range(200)]
    assert first.count("a") == pytest.approx(150, abs=1)


class AmongThoseWhoWait(FairQueue):
    """Lifted only to the least of those that wait: as in the code published with the paper."""

    def push(self, tenant, request, tokens):
        if not self.lines.get(tenant) and not self.running[tenant]:
            waiting = [self.counters[name] for name, line in self.lines.items() if line and name != tenant]
            self.counters[tenant] = max(self.counters.get(tenant, 0.0), min(waiting, default=0.0))
        self.join(tenant, request, tokens)


@pytest.mark.parametrize("seed", [1, 2, 22])
def test_who_comes_back_to_a_quiet_engine_takes_it_unless_running_requests_count(seed):
    def share(make, load):
        found = Returning(make).measure(load, seed)
        return found[THIRD] / (found[THIRD] + sum(found[name] for name in OTHERS)), found["wait"]

    (fair, fair_wait), (unfair, unfair_wait) = share(FairQueue, 0.7), share(AmongThoseWhoWait, 0.7)
    assert fair < 0.45
    assert unfair > 0.95
    assert fair_wait < 0.25 * unfair_wait
    assert share(FairQueue, 1.1)[0] == pytest.approx(share(AmongThoseWhoWait, 1.1)[0], abs=0.02)


# ── The door ────────────────────────────────────────────────────────────────────────────────────────────

DOOR = FrontDoor(JobStore, TokenBatcher, FairQueue)


def measure(load, wait=0, budget=512, pick="arrival"):
    return DOOR.measure(
        {"wait": wait, "budget": budget, "pick": pick}, {"seed": 22, "requests": 800, "rate": 60, **load}
    )


@pytest.mark.parametrize("rate", [30, 60, 75])
def test_one_text_at_a_time_is_lindleys_recursion(rate):
    """With a budget of one token each text runs alone: a single server, first come first served. Exact to 1e-9."""
    found, load = measure({"rate": rate}, budget=1), texts({"seed": 22, "requests": 800, "rate": rate})
    free, took = 0.0, []
    for at, tokens in zip(load.at_ms, load.tokens, strict=True):
        free = max(free, at) + pass_ms(tokens)
        took.append(free - at)
    assert found["p99"] == pytest.approx(float(np.percentile(took, 99)), rel=1e-9)
    assert found["p50"] == pytest.approx(float(np.percentile(took, 50)), rel=1e-9)
    assert found["waste"] == 0
    assert found["batch"] == 1


@pytest.mark.parametrize("pick", ["arrival", "near", "fair"])
def test_every_text_that_was_taken_in_is_answered_once(pick):
    for load in (
        {"rate": 210, "flood": 250},
        {"documents": 0.02},
        {"twice": 1},
        {"flood": 250, "timeout_ms": 300},
    ):
        found = measure(load, pick=pick)
        assert found["wrong"] == 0
        assert found["jobs"] == 1
    assert measure({"flood": 250, "timeout_ms": 300, "new_keys": 1}, pick=pick)["jobs"] > 1.05


def test_more_than_there_is_room_for_is_refused():
    found = measure({"rate": 600})
    assert found["refused"] == pytest.approx(1 - (PLACES + 800 / 600 * 130) / 800, abs=0.1)
    assert measure({})["refused"] == 0


def test_a_batcher_that_never_runs_anything_is_said_to_stall():
    class Later(TokenBatcher):
        def next_batch(self, waiting, now_ms):
            return now_ms

    class Nobody(TokenBatcher):
        def next_batch(self, waiting, now_ms):
            return []

    for batcher in (Later, Nobody):
        with pytest.raises(SchedulerStalled):
            FrontDoor(JobStore, batcher, FairQueue).measure(
                {"wait": 0, "budget": 512, "pick": "arrival"}, {"seed": 1, "requests": 5, "rate": 60}
            )


def test_a_full_line_one_by_one_is_the_mean_pass():
    drawn = lengths(500, 3)
    mean_ms = sum(map(pass_ms, drawn)) / len(drawn)
    found = saturated(TokenBatcher(1, 0.0), drawn)
    assert found.texts_per_s == pytest.approx(1000 / mean_ms, rel=1e-12)
    whole = saturated(TokenBatcher(10**9, 0.0), drawn[:200])
    assert whole.padding == pytest.approx(1 - sum(drawn[:200]) / (200 * max(drawn[:200])))
    with pytest.raises(ValueError, match="maximum wait of 0"):
        saturated(TokenBatcher(10**9, 5.0), drawn[:5])


def test_texts_are_seeded_and_as_described():
    load = {"seed": 5, "requests": 4000, "rate": 60, "documents": 0.01, "flood": 100}
    found = texts(load)
    assert found == texts(dict(load))
    assert len(found.at_ms) == 4100
    assert list(found.at_ms) == sorted(found.at_ms)
    ordinary = [tokens for tokens in found.tokens if tokens != DOCUMENT]
    assert min(ordinary) >= SHORTEST
    assert max(ordinary) <= LONGEST
    assert np.median(lengths(4000, 5)) == pytest.approx(48, rel=0.05)
    assert found.tokens.count(DOCUMENT) == pytest.approx(40, abs=20)
    assert found.at_ms[-1] / 1000 == pytest.approx(4000 / 60, rel=0.05)


# ── Asynchronous callers ────────────────────────────────────────────────────────────────────────────────


def scored(asked, score=lambda texts: [len(text) for text in texts], budget=30, leaves=()):
    """What each caller is told; those of ``leaves`` go before anything runs."""

    async def everybody():
        door = AsyncDoor(JobStore(), TokenBatcher(budget, 0.0), score, lambda: 0.0)
        callers = [asyncio.ensure_future(door.ask(*each)) for each in asked]
        await asyncio.sleep(0)
        for at in leaves:
            callers[at].cancel()
        serving = asyncio.ensure_future(door.serve())
        told = await asyncio.gather(*callers, return_exceptions=True)
        serving.cancel()
        return told, door

    return asyncio.run(everybody())


def test_each_caller_gets_the_answer_to_its_own_text():
    asked = [(f"k{n}", "x" * (n % 7 + 1), f"team {n % 3}") for n in range(40)]
    told, door = scored(asked)
    assert told == [("succeeded", len(text)) for _, text, _ in asked]
    assert sum(door.passes) == 40
    assert max(door.passes) > 1


def test_one_key_is_one_row_and_as_many_answers_as_callers():
    told, door = scored([("k", "abc", "amber")] * 3 + [("k", "abc", "birch")])
    assert told == [("succeeded", 3)] * 4
    assert sum(door.passes) == 2


def test_a_pass_that_breaks_fails_its_own_callers_and_no_others():
    def score(texts):
        if "?" in texts:
            raise ValueError("broke")
        return [1] * len(texts)

    told, door = scored(
        [("a", "so", "t"), ("b", "?", "t"), ("c", "long" * 9, "t"), ("d", "on", "t")], score, budget=8
    )
    assert told == [("failed", "broke"), ("failed", "broke"), ("succeeded", 1), ("succeeded", 1)]
    assert door.passes == [2, 1, 1]


def test_a_caller_that_goes_leaves_the_others_their_answer():
    told, _ = scored([("k", "abc", "t"), ("k", "abc", "t")], leaves=[0])
    assert isinstance(told[0], asyncio.CancelledError)
    assert told[1] == ("succeeded", 3)
