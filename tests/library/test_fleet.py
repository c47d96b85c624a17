"""Replicas and fleets of day 25 and mock 5: against small steps of time, Little's law, and the incident's causes. Under 4 s."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day25_routing_and_autoscaling.mock import CAUSES, NOON, graphs, incident, played
from course.systems.serving.app_traffic import Surge, Traffic, jobs_of
from course.systems.serving.fleet import Sample, Setting, serve
from course.systems.serving.replica import CONTEXT, PREFIXES, SLOTS, Job, Replica
from course.systems.serving.router import prefix_affinity
from course.systems.serving.step_time import published_step_time


def in_small_steps(jobs: Sequence[Job], step_ms: float) -> dict[int, float]:
    """The first tokens of one replica, in steps of ``step_ms``: prompts first, one after the other, then a token's part for all."""
    table = published_step_time()
    line, running, kept, first, reading = (
        list(jobs),
        dict[int, float](),
        list[object](),
        dict[int, float](),
        0.0,
    )
    waiting, at = list[Job](), 0.0
    while line or waiting or running or reading > 0:
        while line and line[0].arrival_ms <= at:
            waiting.append(line.pop(0))
        while waiting and len(running) < SLOTS:
            job = waiting.pop(0)
            hit = job.prefix in kept
            kept = [each for each in kept if each != job.prefix] + [job.prefix]
            kept = kept[-PREFIXES:]
            reading += table.ms(job.own_tokens + (0 if hit else job.prefix_tokens))
            running[job.id] = job.answer_tokens
            first[job.id] = at + reading + table.ms(len(running), len(running) * CONTEXT) - job.arrival_ms
        if reading > 0:
            reading -= step_ms
        elif running:
            part = step_ms / table.ms(len(running), len(running) * CONTEXT)
            running = {each: left - part for each, left in running.items() if left > part}
        at += step_ms
    return first


def test_a_replica_agrees_with_small_steps_of_time() -> None:
    """120 requests at 8 a second, whose line fills and empties: first tokens within 5 ms on average at steps of 0.1 ms, and those in line too."""
    jobs = jobs_of(Traffic(120, 8.0, apps=12, seed=3, answers=3.0))
    replica = Replica("one")
    for job in jobs:
        replica.submit(job, job.arrival_ms)
    replica.advance(1e9)
    found = np.array([replica.begun[job.id].ttft_ms for job in jobs])
    slow = in_small_steps(jobs, 0.1)
    stepped = np.array([slow[job.id] for job in jobs])
    assert found.max() > 1_000, "somebody waits in line"
    np.testing.assert_allclose(found, stepped, atol=40)
    assert np.abs(found - stepped).mean() < 5


def test_requests_in_flight_are_those_of_little_s_law() -> None:
    """Mean in flight at arrivals (PASTA) is rate × mean time in the replica, within 10%, on 4,000 requests."""
    jobs = jobs_of(Traffic(4_000, 3.0, prefix=0, seed=5))
    replica, seen = Replica("one"), list[int]()
    for job in jobs:
        replica.advance(job.arrival_ms)
        seen.append(replica.in_flight)
        replica.submit(job, job.arrival_ms)
    busy = np.array(seen)
    spent = 0.0
    again = Replica("two")
    last = 0.0
    for job in jobs:  # the area under the number in flight, from event to event
        while again.due_ms <= job.arrival_ms:
            due = again.due_ms
            spent += again.in_flight * (due - last)
            again.advance(due)
            last = due
        spent += again.in_flight * (job.arrival_ms - last)
        last = job.arrival_ms
        again.submit(job, job.arrival_ms)
    assert busy.mean() == pytest.approx(spent / last, rel=0.1)


class Wanting:
    """A scaler that wants what it was told, one tick after the other."""

    def __init__(self, wanted: Sequence[int]) -> None:
        self.wanted = list(wanted)

    def desired(self, samples: Sequence[Sample], starting: int) -> int:
        return self.wanted.pop(0) if self.wanted else len(samples)


@given(
    st.integers(0, 10_000),
    st.integers(1, 5),
    st.lists(st.integers(1, 8), max_size=8),
    st.sampled_from((float("inf"), 12_000.0, 45_000.0)),
    st.sampled_from((float("inf"), 2.0, 10.0)),
)
@settings(max_examples=40, deadline=None)
def test_every_request_is_answered_or_refused_once(
    seed: int, replicas: int, wanted: list[int], lost: float, line: float
) -> None:
    """Whatever starts, drains or dies."""
    traffic = Traffic(300, 6.0, seed=seed, surge=Surge(10_000, 30_000, 3.0))
    seen = serve(
        jobs_of(traffic),
        lambda job, loads, rng: prefix_affinity(str(job.prefix), loads, 1.25),
        Setting(replicas + 1, line=line, lost_ms=lost, cold_ms=20_000.0),
        Wanting(wanted),
    )
    assert len(seen.ttft_ms) + seen.refused == 300
    assert min(seen.ttft_ms) > 0
    assert seen.paid_ms > 0


def test_without_a_scaler_a_fleet_is_paid_for_whole() -> None:
    seen = serve(jobs_of(Traffic(200, 10.0)), lambda job, loads, rng: rng.choice(sorted(loads)), Setting(3))
    assert seen.paid_ms == pytest.approx(3 * seen.ended_ms)
    assert 0 < seen.busy_ms < seen.paid_ms


def test_what_is_starting_is_called_off_before_a_replica_drains() -> None:
    """Six wanted, then two: the two that answer stay, and four orders are paid for ten seconds each."""
    jobs = jobs_of(Traffic(100, 2.0))
    names = set[str]()

    def route(job: Job, loads: dict[str, float], rng: object) -> str:
        names.update(loads)
        return min(loads)

    seen = serve(jobs, route, Setting(2), Wanting([6, 2]))
    assert names == {"replica 0", "replica 1"}
    assert seen.paid_ms == 10_000 * (6 + 2 * (int(seen.ended_ms // 10_000) - 1))


def test_the_last_replica_is_never_lost() -> None:
    jobs = jobs_of(Traffic(60, 2.0))
    seen = serve(jobs, lambda job, loads, rng: min(loads), Setting(1, lost_ms=5_000.0))
    assert len(seen.ttft_ms) == 60


# ── mock 5's incident ───────────────────────────────────────────────────────────────────────────────────


def test_each_cause_alone_takes_the_first_token_to_two_seconds() -> None:
    """From under 100 ms, each within 10% of 2,000; two replicas more help under one of six; a bound under all."""
    assert graphs("")["p95 of the first token"] < 100
    for cause, (under, _) in CAUSES.items():
        now = graphs(cause)["p95 of the first token"]
        assert now == pytest.approx(2_000, rel=0.1), cause
        more = played({**NOON, "replicas": 8}, under).p95_ms
        assert (
            more < 300 if cause == "a timestamp in the prompts" else more == pytest.approx(now, rel=0.01)
        ), cause
        assert played({**NOON, "route": "bounded"}, under).p95_ms < 350, cause


def test_every_cause_can_be_told_from_the_others() -> None:
    drill = incident()
    assert drill.plan.worst <= 5
    assert not any(
        drill.moves(drill.graph("share of time that the GPUs compute"), each) for each in drill.causes
    )
