"""The rules of an interview, played without a screen. A few seconds, most of them hypothesis."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interview_queue import (
    DESIGNS,
    ROUNDS,
    SCENARIO,
    BrokenDoor,
    Door,
    OpenDoor,
    UnwrittenDoor,
    a_round,
    move,
    run,
)

from course.interview import SHARE, Session, Slo, words
from course.interview.outcome import Judgement, Status, broken_first
from course.interview.rules import binding
from course.interview.session import CLOSING, MAX_MOVES, play_reference

STEADY, SPIKE, SLOW, CROWD, HALF = ROUNDS
GOOD = {"servers": 12, "places": 200, "kind": "plain"}
POOR = {"servers": 9, "places": 200, "kind": "plain"}


def session(*objects: object) -> Session:
    return Session(SCENARIO, *objects)


# ── what is run ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_measure_is_the_closed_form_of_the_queue() -> None:
    # M/M/c by Erlang C: 8 erlangs on 12 servers, 100 ms of work each
    erlang_b = 1.0
    for servers in range(1, 13):
        erlang_b = 8 * erlang_b / (servers + 8 * erlang_b)
    erlang_c = erlang_b / (1 - 8 / 12 * (1 - erlang_b))
    assert run(GOOD, STEADY)["wait_ms"] == pytest.approx(erlang_c * 100 / (12 - 8), rel=1e-9)


def test_the_reference_passes_every_round_with_and_without_the_learners_object() -> None:
    for objects in ((), (Door,)):
        played = play_reference(session(*objects))
        assert played.state.done
        assert [outcome.round.name for outcome in played.outcomes] == [
            "Steady",
            "Spike",
            "Slow",
            "Crowd",
            "Half",
        ]
        assert played.outcomes[-1].line == CLOSING


def test_a_broken_promise_earns_its_probe_and_the_round_stays_open() -> None:
    played = session()
    outcome = played.propose(move(1, 40, **POOR))
    assert (outcome.status, outcome.attempt) == (Status.BROKE, 1)
    assert outcome.broke_first is not None
    assert outcome.broke_first.metric == "wait_ms"
    assert outcome.line == SCENARIO.probes["wait_ms"]
    assert played.state.round is STEADY
    assert played.propose(move(1, 5, **GOOD)).attempt == 2


def test_a_passed_round_is_answered_with_the_next_constraint() -> None:
    played = session()
    outcome = played.propose(move(1, 5, **GOOD))
    assert outcome.passed
    assert outcome.line == SPIKE.line
    assert (played.state.number, played.state.passed) == (2, (STEADY,))


def test_a_prediction_is_kept_as_a_log_ratio() -> None:
    outcome = session().propose(move(1, 2 * run(GOOD, STEADY)["wait_ms"], **GOOD))
    assert outcome.calibration == pytest.approx(1.0)
    assert session().propose(move(1, -3, **GOOD)).calibration is None
    assert session().propose(move(1, 5, servers=2, places=0, kind="plain")).calibration is None, (
        "nothing waits: no ratio"
    )


def test_a_knob_that_is_left_out_stands_at_its_default() -> None:
    outcome = session().propose(move(1, 5, servers=12))
    assert outcome.design == GOOD
    assert list(outcome.design) == ["servers", "places", "kind"]


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "no prediction": (move(1, None, **GOOD), "no prediction, no run"),
    "a prediction not filled in": (move(1, ..., **GOOD), "no prediction, no run"),
    "NaN": (
        move(1, math.nan, **GOOD),
        "predict is nan; give a finite number: what you expect of mean wait in ms",
    ),
    "infinity": (move(1, math.inf, **GOOD), "predict is inf"),
    "a word": (move(1, "fast", **GOOD), "predict is 'fast'"),
    "a bool": (move(1, True, **GOOD), "predict is True"),
    "a huge prediction": (move(1, 10**400, **GOOD), "predict is a whole number of 1329 bits"),
    "a knob too far": (move(1, 5, servers=61), "servers is 61; give it a whole number from 1 to 60"),
    "a huge knob": (move(1, 5, servers=10**5000), "servers is a whole number of 16610 bits"),
    "half a server": (move(1, 5, servers=2.5), "servers is 2.5"),
    "NaN servers": (move(1, 5, servers=math.nan), "servers is nan"),
    "a bool for a number": (move(1, 5, servers=True), "servers is True"),
    "a word for a number": (move(1, 5, servers="12"), "servers is '12'"),
    "a word that is no choice": (move(1, 5, kind="huge"), "kind is 'huge'; give it one of 'plain', 'fast'"),
    "a knob not filled in": (move(1, 5, servers=...), "servers is still ...; give it"),
    "an unknown knob": (move(1, 5, disks=3), "there is no knob 'disks'; the knobs are servers, places, kind"),
    "a design that is none": ({"round": 1, "design": [1], "predict": 5}, "the design is a list"),
    "no round": ({"design": GOOD, "predict": 5}, "the round is None; say round=1"),
    "a round to come": (move(2, 5, **GOOD), "round 2 is not open; you are in round 1, Steady"),
    "round 0": (move(0, 5, **GOOD), "round 0 is not open"),
    "a round by name": (
        {"round": "Steady", "design": GOOD, "predict": 5},
        "the round is 'Steady'; say round=1",
    ),
    "a key too many": (move(1, 5, **GOOD) | {"hurry": 1}, "'hurry' is none of them"),
    "no move": (None, "a move has a round, a design and a prediction"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_run_is_refused_in_a_sentence_and_does_not_count(case: str) -> None:
    played = session()
    refused, words = REFUSED[case]
    outcome = played.propose(refused)
    assert outcome.status is Status.REFUSED
    assert words in outcome.line
    assert len(outcome.line) < 200
    assert played.transcript == session().transcript


def test_no_time_is_predicted_under_0() -> None:
    session = Session(SCENARIO)
    said = session.propose(move(1, -5, **GOOD))
    assert not said.counted
    assert said.line == "-5 is under 0, which mean wait cannot be; give mean wait in ms"
    assert session.propose(move(1, 0, **GOOD)).counted


def test_a_share_is_predicted_between_0_and_1_and_shown_as_a_number() -> None:
    shed = replace(STEADY.slos[0], unit=SHARE, label="requests refused")
    found = Session(replace(SCENARIO, rounds=(replace(STEADY, slos=(shed,)), *ROUNDS[1:])))
    for value in (8, -0.1, 1.01):
        said = found.propose(move(1, value, **GOOD))
        assert not said.counted
        assert (
            said.line
            == f"{value} is {'under 0' if value < 0 else 'over 1'}, which requests refused cannot be; give requests refused, "
            "a share from 0 to 1: 8 in a hundred is 0.08"
        )
    assert found.propose(move(1, 0.08, **GOOD)).counted
    assert words.number(0.08, SHARE) == "0.08"


def test_whole_floats_and_ints_are_the_same_design() -> None:
    played = session()
    first = played.propose(move(1, 5, servers=9.0, places=200))
    assert played.propose(move(1, 5.0, **POOR)) is first
    assert json.dumps(first.move) == json.dumps(move(1, 5.0, **POOR))


def test_a_passed_round_is_closed() -> None:
    played = session()
    played.propose(move(1, 5, **GOOD))
    outcome = played.propose(move(1, 5, **POOR))
    assert (outcome.status, outcome.line) == (
        Status.REFUSED,
        "round 1 is passed and closed; you are in round 2, Spike",
    )


def test_the_same_design_is_one_move_and_its_first_prediction_stands() -> None:
    played = session()
    first = played.propose(move(1, 40, **POOR))
    again = played.propose(move(1, first.result, **POOR))
    assert again.predicted == 40
    assert "its first prediction stands" in again.note
    assert len(played.outcomes) == 1


def test_after_the_last_round_nothing_more_is_run() -> None:
    played = session()
    play_reference(played)
    outcome = played.propose(move(5, 5, servers=13))
    assert (outcome.status, outcome.line) == (
        Status.REFUSED,
        "all 5 rounds are passed: the interview is over",
    )


def test_an_interview_keeps_two_hundred_moves() -> None:
    played = session()
    for places in range(MAX_MOVES):
        assert played.propose(move(1, 5, servers=1, places=places)).counted
    assert "200 moves are played" in played.propose(move(1, 5, **GOOD)).line


# ── what broke first, and what comes next ───────────────────────────────────────────────────────────────────


def test_slack_is_room_as_a_share_of_the_limit() -> None:
    assert Slo("p99", 50).slack(60) == pytest.approx(-0.2)
    assert Slo("recall", 0.9, at_most=False).slack(0.99) == pytest.approx(0.1)
    assert Slo("lost", 0).slack(3) == -3
    assert Slo("p99", 50).slack(math.inf) == -math.inf
    assert Slo("p99", 50).slack(math.nan) == -math.inf
    assert not Slo("p99", 50).held(math.nan)


@given(limit=st.floats(-1e9, 1e9), measured=st.floats(-1e9, 1e9), at_most=st.booleans())
@settings(derandomize=True, deadline=None)
def test_slack_is_negative_exactly_where_the_promise_is_broken(
    limit: float, measured: float, at_most: bool
) -> None:
    slo = Slo("metric", limit, at_most)
    if limit == 0 or abs(limit) > 1e-300:
        assert slo.held(measured) == (slo.slack(measured) >= 0)


def test_what_broke_first_is_the_least_slack_in_the_newest_broken_round() -> None:
    def verdict(round: str, limit: float, measured: float) -> Judgement:
        return Judgement(round, Slo("metric", limit), measured)

    held, slight, bad, worse = (
        verdict("A", 10, 9),
        verdict("B", 10, 11),
        verdict("B", 10, 12),
        verdict("C", 10, 90),
    )
    assert broken_first([held, slight, bad, worse]) is worse
    assert broken_first([held, slight, bad]) is bad
    assert broken_first([slight, verdict("B", 100, 110)]) is slight, "equal slack: the first listed"
    assert broken_first([held]) is None


def test_a_design_must_still_hold_in_the_rounds_passed_before() -> None:
    played = session()
    for design in ({"servers": 12}, {"servers": 22, "places": 20}):
        assert played.propose(move(played.state.number, 5, **design)).passed
    outcome = played.propose(move(3, 5, servers=18, places=4))
    assert outcome.broke is not None
    assert outcome.broke.round == "Spike", "Slow holds"
    outcome = played.propose(move(3, 5, servers=12, places=20))
    assert outcome.broke is not None
    assert outcome.broke.round == "Slow", "Spike is broken too, and Slow is newer"


def test_a_relaxed_budget_gives_way_in_every_earlier_round_and_no_tighter_one_takes_its_place() -> None:
    budgets = {each.name: {slo.metric: slo.limit for slo in slos} for each, slos in binding(ROUNDS)}
    assert budgets["Steady"] == {"wait_ms": 50, "shed": 20, "cost": 40}
    assert budgets["Slow"]["shed"] == 20
    assert budgets["Spike"] == {}, "Half states both under the same load"
    assert budgets["Crowd"]["shed"] == 60, "it was looser already"
    lapsed = binding(
        (STEADY, a_round("Free", "Money is no object.", 80, 100, "wait_ms", ("cost",), wait_ms=9))
    )
    assert [slo.metric for slo in lapsed[0][1]] == ["shed"]


def test_rounds_come_as_they_are_listed_whatever_was_tightest() -> None:
    played = session()
    played.propose(move(1, 5, servers=12, places=5))
    assert played.outcomes[-1].tightest is not None
    assert played.outcomes[-1].tightest.slo.metric == "shed"
    assert [each.name for each in played.reached] == ["Steady", "Spike"]
    assert play_reference(played).state.done


def test_a_budget_that_a_later_round_states_as_tightly_under_the_same_load_is_gone() -> None:
    easy = a_round("Easy", "Slow is fine.", 80, 100, "", wait_ms=80, cost=40)
    same, harder = (a_round("Tight", "No longer.", load, 100, "wait_ms", wait_ms=50) for load in (80, 90))
    assert [slo.metric for slo in binding((easy, same))[0][1]] == ["cost"]
    assert [slo.metric for slo in binding((easy, harder))[0][1]] == ["wait_ms", "cost"], (
        "another load: it may bind"
    )
    looser = a_round("Loose", "Never mind.", 80, 100, "cost", ("wait_ms",), wait_ms=90, cost=30)
    assert binding((easy, same, looser)) == [(easy, ()), (same, ()), (looser, looser.slos)]


# ── the reference ───────────────────────────────────────────────────────────────────────────────────────────


def test_after_three_failures_the_reference_may_stand_in_and_its_move_counts() -> None:
    played = Session(SCENARIO, OpenDoor, reference=(Door,))
    play_reference(played)  # until the crowd, where an open door fails
    assert played.state.round is CROWD
    assert not played.stuck
    for servers in (20, 21):
        played.propose(move(4, 5, servers=servers, places=20))
    assert played.stuck, "three failures on one's own object"
    outcome = played.propose(move(4, 5, **DESIGNS["Crowd"]) | {"on": "reference"})
    assert outcome.passed
    assert outcome.on_reference
    assert outcome.move["on"] == "reference"
    again = Session(SCENARIO, OpenDoor, reference=(Door,))
    assert again.play([made.move for made in played.outcomes]) == played.transcript


def test_runs_that_come_to_nothing_count_as_failures_too() -> None:
    played = Session(SCENARIO, BrokenDoor, reference=(Door,))
    for servers in (11, 12, 13):
        played.propose(move(1, 5, servers=servers))
    assert played.outcomes == []
    assert played.stuck
    assert played.propose(move(1, 5, **GOOD) | {"on": "reference"}).passed
    assert not played.stuck, "the next round is open"


def test_without_a_reference_a_move_cannot_ask_for_one() -> None:
    outcome = session(Door).propose(move(1, 5, **GOOD) | {"on": "reference"})
    assert outcome.status is Status.REFUSED
    assert "leave it out" in outcome.line


def test_a_share_stands_with_its_sample_and_interval() -> None:
    # Newcombe (1998), table I: 81 of 263 is 0.2553 to 0.3662, 15 of 148 is 0.0624 to 0.1605, 0 of 20 is 0 to 0.1611
    for count, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        for unit, whole in ((SHARE, 1.0), ("%", 100.0), ("", float(n))):
            verdict = Judgement("A", Slo("shed", 1, unit=unit), whole * count / n, n)
            assert words.interval(verdict) == pytest.approx((whole * low, whole * high), abs=whole * 5e-5)
    assert words.interval(Judgement("A", Slo("wait", 1), 3.0)) is None
    counted = replace(STEADY.slos[0], of="arrived")
    scenario = replace(
        SCENARIO,
        rounds=(replace(STEADY, slos=(counted,)), *ROUNDS[1:]),
        run=lambda d, r: run(d, r) | {"arrived": 480},
    )
    assert Session(scenario).propose(move(1, 5, **GOOD)).verdicts[0].sample == 480


def test_a_guess_far_outside_is_told_from_one_that_is_off() -> None:
    found = run(GOOD, STEADY)["wait_ms"]
    assert [session().propose(move(1, factor * found, **GOOD)).far for factor in (0.09, 0.11, 9, 11)] == [
        True,
        False,
        False,
        True,
    ]


# ── the learner's own object ────────────────────────────────────────────────────────────────────────────────


def test_an_unwritten_object_is_named_and_nothing_counts() -> None:
    played = session(UnwrittenDoor)
    outcome = played.propose(move(1, 5, **GOOD))
    assert outcome.status is Status.FAULTED
    assert outcome.line == "UnwrittenDoor.admits is not written yet: finish its exercise to play"
    assert played.outcomes == []
    assert played.fault is outcome


def test_an_object_that_raises_is_named_with_its_line() -> None:
    outcome = session(BrokenDoor).propose(move(1, 5, **GOOD))
    assert "admits(2)" in outcome.line
    assert "IndexError: list index out of range" in outcome.line
    assert "Traceback" not in outcome.line


def test_an_object_that_answers_with_another_type_is_named() -> None:
    class Vague(Door):
        def admits(self, waiting: int) -> bool:
            return "perhaps"  # type: ignore[return-value]

    outcome = session(Vague).propose(move(1, 5, **GOOD))
    assert outcome.finding is not None
    assert (outcome.finding.kind, outcome.finding.expected, outcome.finding.got) == (
        "wrong-type",
        "bool",
        "'perhaps'",
    )


def test_a_measure_that_fails_is_a_sentence_too() -> None:
    def nothing(design: Any, round: Any) -> dict[str, float]:
        return {"shed": 0.0}

    outcome = Session(replace(SCENARIO, run=nothing)).propose(move(1, 5, **GOOD))
    assert outcome.status is Status.FAULTED
    assert "run gave no number for 'wait_ms'" in outcome.line


# ── whatever is proposed ────────────────────────────────────────────────────────────────────────────────────

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just(10**400),
    st.just(...),
    st.binary(max_size=3),
)
_garbage = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_designs = st.one_of(
    st.sampled_from(list(DESIGNS.values())),
    st.fixed_dictionaries(
        {},
        optional={
            "servers": st.integers(1, 60) | _scalars,
            "places": st.integers(0, 200) | _scalars,
            "kind": st.sampled_from(["plain", "fast"]) | _scalars,
            "disks": _scalars,
        },
    ),
    _garbage,
)
_moves = st.one_of(
    st.fixed_dictionaries(
        {"round": st.integers(0, 6) | _scalars, "design": _designs},
        optional={"predict": st.floats(0.1, 100) | _scalars},
    ),
    st.fixed_dictionaries(
        {
            "round": st.integers(1, 5),
            "design": st.sampled_from(list(DESIGNS.values())),
            "predict": st.floats(0.1, 100),
        }
    ),
    _garbage,
)


@given(moves=st.lists(_moves, max_size=25))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_no_list_of_moves_raises_or_passes_a_round_without_a_prediction_and_replay_gives_the_same(
    moves: list[object],
) -> None:
    played = session(Door)
    transcript = played.play(moves)
    rounds = [outcome for outcome in transcript.outcomes if outcome.passed]
    assert all(math.isfinite(outcome.predicted) for outcome in transcript.outcomes)
    assert len(rounds) == len(transcript.state.passed)
    assert [outcome.number for outcome in rounds] == list(range(1, len(rounds) + 1))
    saved = json.loads(json.dumps([outcome.move for outcome in transcript.outcomes]))
    again = session(Door).play(saved)
    assert again == transcript
    assert again.refused == ()


@given(order=st.permutations(range(5)))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_moves_made_out_of_order_pass_no_more_than_their_turn(order: list[int]) -> None:
    moves = [move(number + 1, 5.0, **DESIGNS[ROUNDS[number].name]) for number in order]
    passed = session().play(moves).state.passed
    reachable = 0
    for number in order:
        reachable += number == reachable
    assert len(passed) == reachable
