"""Schedulers of day 23, held against list scheduling, closed forms and each other; costs are counted."""

import heapq
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.serving.audit import audit
from course.systems.serving.chunked import ChunkedScheduler
from course.systems.serving.continuous import ContinuousScheduler
from course.systems.serving.errors import (
    DuplicateRequest,
    ImpossibleSchedule,
    InvalidAdvance,
    InvalidRequest,
    InvalidSetting,
    RequestTooLong,
    SchedulerStalled,
)
from course.systems.serving.iteration import Iteration
from course.systems.serving.request import Request, Sequence
from course.systems.serving.simulation import rows_of, simulate
from course.systems.serving.slots import SlotScheduler
from course.systems.serving.static_batching import StaticScheduler
from course.systems.serving.step_time import constant_step, measured_curve
from datasets.requests import exponential_outputs, uniform_outputs

deterministic = settings(derandomize=True, deadline=None, max_examples=120)
lengths = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 12)), min_size=0, max_size=25)


def as_requests(pairs):
    return [Request(i, prompt, output) for i, (prompt, output) in enumerate(pairs)]


def iterations_of(scheduler, requests):
    for request in requests:
        scheduler.submit(request)
    done = []
    while scheduler.busy:
        done.append(scheduler.step())
        assert done[-1].work, "a step with work left computed nothing"
    return done


def by_request(iterations, what):
    found = {}
    for number, iteration in enumerate(iterations):
        for request_id in getattr(iteration, what):
            found.setdefault(request_id, []).append(number)
    return found


# ── Continuous ──────────────────────────────────────────────────────────────────────────────────────────


def test_three_requests_on_two_slots_by_hand():
    scheduler = ContinuousScheduler(slots=2, slot_tokens=16)
    for row in [(0, 5, 3), (1, 2, 1), (2, 4, 2)]:
        scheduler.submit_row(*row)
    assert [row["work"] for row in scheduler.run()] == [
        [(0, 0, "prefill", 5, 0), (1, 1, "prefill", 2, 0)],
        [(0, 0, "decode", 1, 5), (1, 2, "prefill", 4, 0)],
        [(0, 0, "decode", 1, 6), (1, 2, "decode", 1, 4)],
    ]
    assert not scheduler.busy
    assert scheduler.step() == Iteration(())


@deterministic
@given(lengths, st.integers(1, 6))
def test_continuous_batching_is_list_scheduling_of_the_output_lengths(pairs, slots):
    """Peer: greedy list scheduling on `slots` machines (Graham 1969), by a heap; iterations must agree exactly."""
    requests = as_requests(pairs)
    iterations = iterations_of(ContinuousScheduler(slots, 64), requests)
    free = [0] * slots
    for request in requests:
        start = heapq.heappop(free)
        heapq.heappush(free, start + request.output_tokens)
        assert by_request(iterations, "admitted")[request.id] == [start]
        assert by_request(iterations, "emitted")[request.id] == list(
            range(start, start + request.output_tokens)
        )
        assert by_request(iterations, "finished")[request.id] == [start + request.output_tokens - 1]
    assert len(iterations) == max(free)


@deterministic
@given(lengths, st.integers(1, 6), st.sampled_from(["static", "continuous", "chunked"]), st.integers(1, 30))
def test_every_scheduler_computes_each_prompt_once_and_each_token_once(pairs, slots, kind, budget):
    scheduler: SlotScheduler = {
        "static": lambda: StaticScheduler(slots, 64),
        "continuous": lambda: ContinuousScheduler(slots, 64),
        "chunked": lambda: ChunkedScheduler(slots, 64, token_budget=budget),
    }[kind]()
    requests = as_requests(pairs)
    iterations = iterations_of(scheduler, requests)
    prompt, emitted = Counter(), Counter()
    for iteration in iterations:
        real = [item for item in iteration.work if item.phase != "padding"]
        assert len({item.slot for item in real}) == len(real) <= slots, "two sequences in one slot"
        prompt.update({item.request_id: item.tokens for item in real if item.phase == "prefill"})
        emitted.update(iteration.emitted)
    assert prompt == {request.id: request.prompt_tokens for request in requests}
    assert emitted == {request.id: request.output_tokens for request in requests}
    finished = [request_id for iteration in iterations for request_id in iteration.finished]
    assert sorted(finished) == [request.id for request in requests]


@deterministic
@given(lengths.filter(len), st.integers(1, 4), st.integers(1, 30), st.booleans())
def test_no_decision_depends_on_a_length_that_is_not_known_yet(pairs, slots, budget, chunked):
    """Make the last request's answer longer: all that happens up to its old end must stay the same."""

    def schedule(rows):
        scheduler = (
            ChunkedScheduler(slots, 99, token_budget=budget) if chunked else ContinuousScheduler(slots, 99)
        )
        return iterations_of(scheduler, as_requests(rows))

    short, long = schedule(pairs), schedule([*pairs[:-1], (pairs[-1][0], pairs[-1][1] + 9)])
    end = by_request(short, "finished")[len(pairs) - 1][0]
    assert [iteration.as_dict()["work"] for iteration in short[: end + 1]] == [
        iteration.as_dict()["work"] for iteration in long[: end + 1]
    ]


def test_a_newcomer_enters_while_others_decode_and_uses_the_lowest_free_slot():
    scheduler = ContinuousScheduler(3, 32)
    for row in [(10, 3, 1), (11, 3, 9), (12, 3, 1)]:
        scheduler.submit_row(*row)
    scheduler.step()
    scheduler.submit_row(13, 4, 2)
    second = scheduler.step()
    assert second.admitted == [13]
    assert [(item.slot, item.request_id) for item in second.work] == [(0, 13), (1, 11)]


def test_an_empty_scheduler_steps_to_an_empty_iteration():
    for scheduler in (StaticScheduler(2, 8), ContinuousScheduler(2, 8), ChunkedScheduler(2, 8)):
        assert scheduler.step() == Iteration(())
        assert scheduler.run() == []
        assert len(scheduler.run(3)) == 3


@pytest.mark.parametrize("batch", [2, 8])
def test_static_over_continuous_is_the_mean_of_the_maximum_over_the_mean(batch):
    """Exact at constant step time under saturation: 2B/(B+1) for uniform, H_B for exponential lengths.

    Counted while the line is not empty, so that draining does not enter. Tolerance 5%: two standard errors of
    the mean of 300 maxima of 8 exponentials; whole tokens (mean 40) shift the ratio by a further 1%.
    """
    rng = np.random.default_rng(23)
    streams = {
        2 * batch / (batch + 1): uniform_outputs(300 * batch, 1, 80, 1, rng),
        sum(1 / k for k in range(1, batch + 1)): exponential_outputs(300 * batch, 40.0, 1, rng),
    }
    for theory, requests in streams.items():
        counts = []
        for scheduler in (StaticScheduler(batch, 4096), ContinuousScheduler(batch, 4096)):
            for request in requests:
                scheduler.submit(request)
            steps = 0
            while scheduler.waiting:
                scheduler.step()
                steps += 1
            counts.append(steps)
        assert counts[0] / counts[1] == pytest.approx(theory, rel=0.05)


# ── Static ──────────────────────────────────────────────────────────────────────────────────────────────


@deterministic
@given(lengths, st.integers(1, 6), st.booleans())
def test_a_static_batch_lasts_as_long_as_its_longest_answer(pairs, slots, pad_prompts):
    requests = as_requests(pairs)
    iterations = iterations_of(StaticScheduler(slots, 64, pad_prompts=pad_prompts), requests)
    batches = [requests[i : i + slots] for i in range(0, len(requests), slots)]
    assert len(iterations) == sum(max(r.output_tokens for r in batch) for batch in batches)
    padding = 0
    for batch in batches:
        longest = max(r.prompt_tokens for r in batch), max(r.output_tokens for r in batch)
        padding += sum(longest[1] - r.output_tokens for r in batch)
        padding += sum(longest[0] - r.prompt_tokens for r in batch) if pad_prompts else 0
    assert sum(iteration.padding_tokens for iteration in iterations) == padding


def test_static_batching_leaves_a_free_slot_empty_until_the_batch_ends():
    scheduler = StaticScheduler(2, 16)
    scheduler.submit_row(0, 1, 4)
    assert scheduler.step().admitted == [0]
    scheduler.submit_row(1, 1, 1)
    assert [scheduler.step().admitted for _ in range(4)] == [[], [], [], [1]]


# ── Chunked ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_prompt_is_cut_to_what_the_decodes_leave_of_the_budget():
    scheduler = ChunkedScheduler(slots=2, slot_tokens=32, token_budget=4)
    for row in [(0, 2, 4), (1, 7, 2), (2, 3, 1)]:
        scheduler.submit_row(*row)
    assert [row["work"] for row in scheduler.run()] == [
        [(0, 0, "prefill", 2, 0), (1, 1, "prefill", 2, 0)],
        [(0, 0, "decode", 1, 2), (1, 1, "prefill", 3, 2)],
        [(0, 0, "decode", 1, 3), (1, 1, "prefill", 2, 5)],
        [(0, 0, "decode", 1, 4), (1, 1, "decode", 1, 7)],
        [(0, 2, "prefill", 3, 0)],
    ]


@deterministic
@given(lengths, st.integers(1, 6), st.integers(1, 50))
def test_chunked_prefill_keeps_its_budget_and_never_holds_a_decode_back(pairs, slots, budget):
    scheduler = ChunkedScheduler(slots, 64, token_budget=budget)
    requests = as_requests(pairs)
    for request in requests:
        scheduler.submit(request)
    iterations = []
    while scheduler.busy:
        iterations.append(scheduler.step())
        assert 0 < iterations[-1].tokens <= budget
        held = [sequence for sequence in scheduler.slots if sequence is not None]
        assert sum(sequence.prompt_left > 0 for sequence in held) <= 1, "two prompts cut at once"
        full = len(iterations[-1].work) == slots
        if iterations[-1].tokens < budget:
            assert full or not scheduler.waiting, "budget, a slot and a request were there, and not used"
    for request in requests:
        emitted = by_request(iterations, "emitted")[request.id]
        assert emitted == list(range(emitted[0], emitted[0] + request.output_tokens))
    order = [request_id for iteration in iterations for request_id in iteration.admitted]
    assert order == [request.id for request in requests]


@deterministic
@given(lengths, st.integers(1, 6))
def test_with_an_unlimited_budget_chunked_is_continuous(pairs, slots):
    chunked = iterations_of(ChunkedScheduler(slots, 64, token_budget=10_000), as_requests(pairs))
    whole = iterations_of(ContinuousScheduler(slots, 64), as_requests(pairs))
    assert [set(iteration.work) for iteration in chunked] == [set(iteration.work) for iteration in whole]


@deterministic
@given(lengths, st.integers(1, 6), st.integers(1, 50))
def test_cutting_a_prompt_rereads_its_cached_part_once_for_each_chunk(pairs, slots, budget):
    """Counted attention reads: chunk j of a prompt reads what chunks before it cached; decodes read the context."""
    iterations = iterations_of(ChunkedScheduler(slots, 64, token_budget=budget), as_requests(pairs))
    cached = Counter()
    for iteration in iterations:
        assert iteration.kv_tokens == sum(cached[item.request_id] for item in iteration.work)
        for item in iteration.work:
            cached[item.request_id] += item.tokens


# ── The line, the slots, bad input ──────────────────────────────────────────────────────────────────────


def test_priority_goes_first_in_line_and_equals_keep_their_order():
    scheduler = ContinuousScheduler(1, 16)
    for request_id, priority in [(0, 1), (1, 0), (2, 1), (3, 0), (4, 1)]:
        scheduler.submit_row(request_id, 1, 1, priority)
    assert [row["admitted"] for row in scheduler.run()] == [[1], [3], [0], [2], [4]]


def test_a_bounded_line_refuses_the_newcomer_or_the_last_that_it_outranks():
    scheduler = ContinuousScheduler(1, 16, max_waiting=2)
    assert scheduler.submit_row(0, 1, 1, 1) is None
    assert scheduler.submit_row(1, 1, 1, 1) is None
    assert scheduler.submit_row(2, 1, 1, 1) == 2
    assert scheduler.submit_row(3, 1, 1, 0) == 1
    assert [request.id for request in scheduler.waiting] == [3, 0]


def test_bad_input_is_refused_by_name():
    for values in [(0, 0, 1), (0, 1, 0), (0, 1, 1, -1.0), (0, 1, 1, float("nan"))]:
        with pytest.raises(InvalidRequest):
            Request(*values)
    scheduler = ContinuousScheduler(1, 16)
    with pytest.raises(RequestTooLong, match="holds 16"):
        scheduler.submit_row(0, 9, 8)
    scheduler.submit_row(1, 8, 8)
    with pytest.raises(DuplicateRequest):
        scheduler.submit_row(1, 1, 1)
    for bad in [(0, 16), (1, 1), (1, 16, 0)]:
        with pytest.raises(InvalidSetting):
            ContinuousScheduler(*bad)
    with pytest.raises(InvalidSetting):
        ChunkedScheduler(1, 16, token_budget=0)


def test_a_sequence_computes_within_its_prompt_and_not_past_its_end():
    sequence = Sequence(Request(7, 3, 2), slot=0)
    for tokens in (0, 4):
        with pytest.raises(InvalidAdvance, match="1 to 3 in prefill"):
            sequence.advance(tokens)
    assert not sequence.advance(2).emits
    assert sequence.advance(1).emits
    with pytest.raises(InvalidAdvance, match="1 to 1 in decode"):
        sequence.advance(2)
    assert sequence.advance(1).finishes
    with pytest.raises(InvalidAdvance, match="last token"):
        sequence.advance(1)


# ── The loop ────────────────────────────────────────────────────────────────────────────────────────────


def test_time_waits_for_arrivals_and_tokens_come_when_their_iteration_ends():
    requests = [Request(0, 4, 3, 100.0), Request(1, 4, 1, 105.0), Request(2, 4, 1, 1000.0)]
    trace = simulate(ContinuousScheduler(1, 16), requests, constant_step(10.0))
    assert trace.start_ms.tolist() == [100.0, 110.0, 120.0, 130.0, 1000.0]
    assert trace.outcomes.ttft_ms.tolist() == [10.0, 35.0, 10.0]
    assert trace.outcomes.tpot_ms[0] == 10.0
    assert np.isnan(trace.outcomes.tpot_ms[1:]).all()
    assert trace.outcomes.worst_gap_ms.tolist() == [10.0, 0.0, 0.0]
    assert trace.duration_ms == 910.0
    assert trace.schedule["items"].tolist() == [1] * 5


def test_the_loop_counts_what_the_iterations_computed():
    requests = [Request(i, 3 + i, 1 + i % 4) for i in range(9)]
    trace = simulate(ChunkedScheduler(3, 32, token_budget=5), requests, constant_step(1.0))
    iterations = iterations_of(ChunkedScheduler(3, 32, token_budget=5), requests)
    for column in ("prefill_tokens", "decode_tokens", "padding_tokens", "kv_tokens"):
        assert getattr(trace, column).tolist() == [getattr(item, column) for item in iterations]
    assert trace.emitted.sum() == sum(request.output_tokens for request in requests)
    assert len(trace.gaps_ms) == sum(request.output_tokens - 1 for request in requests)


@deterministic
@given(lengths, st.integers(1, 4), st.sampled_from(["static", "continuous", "chunked"]))
def test_outcomes_are_what_a_plain_loop_over_the_iterations_finds(pairs, slots, kind):
    """Peer: tokens collected one by one; ids are shuffled against arrivals, some requests are refused."""
    make = {"static": StaticScheduler, "continuous": ContinuousScheduler, "chunked": ChunkedScheduler}[kind]
    requests = [Request(97 * i % 101, p, k, 3.0 * (i % 5)) for i, (p, k) in enumerate(pairs)]
    trace = simulate(make(slots, 64, max_waiting=3), requests, constant_step(2.5))
    tokens_ms = {request.id: [] for request in requests}
    items = iter(zip(trace.schedule["request_id"], trace.schedule["emits"], strict=True))
    for end_ms, number in zip(trace.end_ms, trace.schedule["items"], strict=True):
        for request_id, emits in (next(items) for _ in range(number)):
            tokens_ms[request_id] += [end_ms] if emits else []
    outcomes = trace.outcomes
    assert outcomes.arrival_ms.tolist() == sorted(request.arrival_ms for request in requests)
    for i, request_id in enumerate(outcomes.id):
        came = tokens_ms[request_id]
        found = (outcomes.first_token_ms[i], outcomes.last_token_ms[i], outcomes.worst_gap_ms[i])
        nan = float("nan")
        expected = (came[0], came[-1], max(np.diff(came), default=0.0)) if came else (nan, nan, 0.0)
        assert found == pytest.approx(expected, nan_ok=True)
    assert sorted(trace.gaps_ms) == pytest.approx(
        sorted(gap for came in tokens_ms.values() for gap in np.diff(came))
    )


def test_a_model_in_plain_numbers_serves_as_the_model_itself():
    model = measured_curve([(1, 3.0), (8, 3.5), (64, 11.0)])
    requests = [Request(i, 1 + 7 * i, 1 + i % 4, 2.0 * i) for i in range(9)]
    whole, plain = (
        ContinuousScheduler(3, 99).serve(rows_of(requests), step_time) for step_time in (model, model.table)
    )
    assert {name: column.tolist() for name, column in whole.items()} == {
        name: column.tolist() for name, column in plain.items()
    }


def test_a_step_that_returns_no_iteration_is_named():
    class Forgetful(SlotScheduler):
        def step(self):
            self.waiting.popleft()

    for run in (lambda s: s.run(), lambda s: s.serve([], constant_step(1.0))):
        forgetful = Forgetful(1, 16)
        forgetful.submit_row(0, 1, 1)
        with pytest.raises(TypeError, match="return Iteration"):
            run(forgetful)


def test_a_refused_request_has_no_token_times():
    requests = [Request(i, 2, 5) for i in range(4)]
    trace = simulate(ContinuousScheduler(1, 16, max_waiting=2), requests, constant_step(1.0))
    assert np.isnan(trace.outcomes.first_token_ms).tolist() == [False, False, True, True]


def test_no_requests_make_an_empty_trace():
    trace = simulate(ContinuousScheduler(1, 16), [], constant_step(1.0))
    assert (trace.duration_ms, len(trace.end_ms), len(trace.gaps_ms)) == (0.0, 0, 0)


def test_a_scheduler_that_makes_no_progress_is_stopped():
    class Lazy(SlotScheduler):
        def step(self):
            return Iteration(())

    with pytest.raises(SchedulerStalled, match="1 requests waiting and 0 of 2 slots"):
        simulate(Lazy(2, 16), [Request(0, 1, 1)], constant_step(1.0))
    lazy = Lazy(2, 16)
    lazy.submit_row(0, 1, 1)
    with pytest.raises(SchedulerStalled):
        lazy.run()


# ── Could it have happened? ─────────────────────────────────────────────────────────────────────────────

CURVE = measured_curve([(1, 3.0), (8, 3.5), (64, 11.0)])


def served(scheduler, requests):
    return scheduler.serve(rows_of(requests), CURVE)


@deterministic
@given(lengths, st.integers(1, 5), st.integers(1, 30), st.booleans())
def test_every_schedule_that_a_scheduler_planned_passes_the_audit(pairs, slots, budget, chunked):
    requests = [Request(97 * i % 101, p, k, 4.0 * (i % 7)) for i, (p, k) in enumerate(pairs)]
    own = (
        ChunkedScheduler(slots, 64, 4, token_budget=budget) if chunked else ContinuousScheduler(slots, 64, 4)
    )
    limit = budget if chunked else None
    audit(requests, served(own, requests), slots=slots, step_time=CURVE, token_budget=limit)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("unknown request", lambda s: s["request_id"].__setitem__(0, 99)),
        ("do not add up", lambda s: s["cached"].__setitem__(-1, 0)),
        ("than a sequence has", lambda s: s["tokens"].__setitem__(-1, 2)),
        ("before its prompt is cached", lambda s: s["emits"].__setitem__(0, False)),
        ("none of the 2", lambda s: s["slot"].__setitem__(s["slot"] == 1, 2)),
        ("two requests in one slot", lambda s: s["slot"].__setitem__(slice(None), 0)),
        ("leaves its slot", lambda s: s["slot"].__setitem__(np.flatnonzero(s["request_id"] == 2)[-1], 0)),
        ("before it arrived", lambda s: s["start_ms"].__isub__(1.0)),
        ("overlap", lambda s: s["end_ms"].__setitem__(0, s["end_ms"][0] + 1.0)),
        ("faster or slower", lambda s: s["end_ms"].__setitem__(-1, s["end_ms"][-1] - 1.0)),
    ],
)
def test_a_schedule_that_could_not_have_happened_is_named(what, change):
    requests = [Request(0, 5, 3), Request(1, 4, 1), Request(2, 6, 4, 1.0)]
    schedule = served(ContinuousScheduler(2, 16), requests)
    audit(requests, schedule, slots=2, step_time=CURVE)
    change(schedule)
    with pytest.raises(ImpossibleSchedule, match=what):
        audit(requests, schedule, slots=2, step_time=CURVE)


def test_half_an_answer_one_request_twice_and_a_budget_passed_are_named():
    requests = [Request(0, 5, 3), Request(1, 4, 1)]
    schedule = served(ContinuousScheduler(2, 16), requests)
    with pytest.raises(ImpossibleSchedule, match="half an answer"):
        audit([Request(0, 5, 4), requests[1]], schedule, slots=2, step_time=CURVE)
    with pytest.raises(ImpossibleSchedule, match="more than 8 tokens"):
        audit(requests, schedule, slots=2, step_time=CURVE, token_budget=8)
    twice = served(ContinuousScheduler(1, 16), [requests[0]])
    twice["items"], twice["start_ms"], twice["end_ms"] = np.array([3]), np.array([0.0]), np.array([3.0])
    with pytest.raises(ImpossibleSchedule, match="two requests in one slot"):
        audit([requests[0]], twice, slots=1, step_time=CURVE)
