"""The global rate limiter against conservation, arithmetic and the card's figures; mock round 2 on it. Under 6 s."""

from dataclasses import replace

import pytest

from course.days.day10_leases_and_consensus.mock import ABUSE, CUT, EVEN, MOVES, REFERENCE, SCENARIO
from course.interview import Session, check_scenario, prove
from course.interview.session import play_reference
from course.systems.cluster.global_limit import LARGE, LIMIT, SMALL, TICK_S, demand, limited


def test_the_mock_round_keeps_every_rule_of_an_interview_and_every_round_hurts() -> None:
    assert check_scenario(SCENARIO) == []
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()


def test_the_reference_plays_it_to_the_end_and_a_careless_play_stays_early() -> None:
    session = Session(SCENARIO)
    play_reference(session)
    assert session.state.round is None
    careless = Session(SCENARIO)
    for design in ({}, {"chunk": 8}, {"chunk": 2}, {"lease": 120}, {"grace": 0.8}):
        careless.propose({"round": 1, "design": design, "predict": 1})
    assert careless.state.number <= 2


def test_the_card_s_figures() -> None:
    told = {
        "even": ("refused", 0.0, "central", 13.0),
        "moves": ("refused", 0.005, "central", 11.7),
        "customers": ("central", 5.0, "stop", 60.3),
        "cut off": ("dark", 0.807, "over", 0.0),
        "abuser": ("over", 0.036, "dark", 0.173),
        "stop": ("stop", 9.3, "central", 37.0),
    }
    for each in SCENARIO.rounds:
        found = SCENARIO.run(REFERENCE[each.name], each)
        first, one, second, two = told[each.name]
        assert found[first] == pytest.approx(one, abs=0.01), each.name
        assert found[second] == pytest.approx(two, abs=0.05), each.name


def test_without_a_cut_nobody_ever_gets_more_than_was_bought() -> None:
    """The pot gains the limit and nothing else: no minute admits more than it, the two seconds that the pot may hold, and the
    chunks that lay in the regions when it began."""
    for world in (EVEN, MOVES, replace(MOVES, level=20.0)):
        for chunk in (0.1, 0.6, 2.0, 8.0):
            assert limited(chunk, 20, 0.0, world)["over"] <= (2 + chunk * world.regions) / 60


def test_a_chunk_must_cover_the_round_trip() -> None:
    """Ticks of demand for a region that has it all: with chunks below a round trip's tokens a share is refused for good."""
    steady = replace(MOVES, level=1.0)
    refused = [limited(chunk, 20, 0.0, steady)["refused"] for chunk in (0.1, 0.3, 0.6)]
    assert refused == sorted(refused, reverse=True)
    assert refused[0] > 0.25
    assert refused[-1] < 0.01


def test_the_region_that_asks_first_holds_the_whole_limit_with_a_large_chunk() -> None:
    held = limited(2.0, 60, 0.8, ABUSE)
    assert held["dark"] > 3.5
    assert held["over"] == pytest.approx(0.81, abs=0.03)


def test_a_slow_clock_stops_later_unless_the_ledger_fences() -> None:
    assert limited(0.6, 9, 0.1, MOVES, fenced=False)["stop"] == pytest.approx(14.3)
    assert limited(0.6, 9, 0.1, MOVES)["stop"] == pytest.approx(9.3)


def test_small_customers_ask_once_a_lease() -> None:
    few, many = (limited(0.6, lease, 0.0, MOVES)["central"] for lease in (60, 20))
    large = limited(0.6, 60, 0.0, MOVES)["central"] - SMALL / 60 / 1000
    assert few == pytest.approx(large + SMALL / 60 / 1000)
    assert many - few == pytest.approx(SMALL * (1 / 20 - 1 / 60) / 1000, rel=0.05)
    assert large * 1000 / LARGE == pytest.approx(LIMIT / (0.6 * LIMIT), rel=0.1), "each grant is a chunk"


def test_demand_is_what_was_said() -> None:
    for world in (EVEN, MOVES, CUT):
        wants = demand(world)
        rate = sum(map(sum, wants)) / (len(wants) * TICK_S)
        assert rate == pytest.approx(world.level * LIMIT, rel=0.02)
    hot = demand(MOVES)[: int(20 / TICK_S)]
    assert sum(each[0] for each in hot) / sum(map(sum, hot)) == pytest.approx(0.9, abs=0.02)
