"""The model behind the mock round on search, against simulation, closed forms and the figures that it was proved with."""

import math
import random

import numpy as np
import pytest

from course.days.day40_search_at_scale.mock import PEAK, REFERENCE, SCENARIO
from course.interview import Session, check_scenario, prove
from course.systems.simulate import search_service
from course.systems.simulate.search_service import Design, Load, core_ms, found, guards, hit_rate, run

LAUNCH = Design(300, "hundredth", 0.6, "off", "none")


def test_the_mock_round_keeps_every_rule_of_an_interview_and_every_round_hurts() -> None:
    assert check_scenario(SCENARIO) == []
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()
    assert [each.alone for each in proof.rounds] == [219, 110, 100, 73, 111, 67], "as the design was proved"


def test_a_careless_play_passes_no_round() -> None:
    careless = Session(SCENARIO)
    for design in ({}, SCENARIO.naive.design, {"guard": "both"}, {"audit": "full"}, {"lexical": "and"}):
        careless.propose({"round": 1, "design": design, "predict": 1})
    assert careless.state.number == 1
    assert len(careless.outcomes) == 5


def test_a_cache_with_a_time_to_live_hits_as_the_renewal_formula_says() -> None:
    """One key asked at rate 3 a second, entries living 2 s: 6/7 of requests hit (within three standard errors)."""
    rng, now, expires, hits, number = random.Random(1), 0.0, -1.0, 0, 200_000
    for _ in range(number):
        now += rng.expovariate(3.0)
        if now <= expires:
            hits += 1
        else:
            expires = now + 2.0
    assert hits / number == pytest.approx(6 / 7, abs=3 * math.sqrt(6 / 49 / number) * 2)


def test_the_hit_rate_grows_with_time_to_live_and_never_beyond_what_repeats() -> None:
    rates = [hit_rate(1e5, ttl) for ttl in (1, 4, 30, 300, 1800)]
    assert rates == sorted(rates)
    assert rates[-1] < 0.85


def test_the_published_billion_is_the_anchor_and_pieces_are_only_smaller() -> None:
    whole, piece, _ = core_ms(Design(300, "none", 0.6, "off", "none", pieces=1), 1e9)
    assert (whole, piece) == (3.2 + 1, 3.2 + 1)
    assert all(core_ms(LAUNCH, documents)[1] >= 1 for documents in (1e9, 1e10))


def test_words_over_everything_cost_ten_times_a_hundredth_of_them() -> None:
    assert core_ms(LAUNCH, 1e9)[0] == pytest.approx(98.1, abs=0.1)
    assert core_ms(Design(300, "all", 0.6, "off", "none"), 1e9)[0] == pytest.approx(2078, rel=0.01)


def test_what_is_found_with_every_word_is_the_measured_table() -> None:
    assert found("all") == pytest.approx(0.583 + 0.100 * 0.75 + 0.157)
    assert found("none") == pytest.approx(0.75 * (0.583 + 0.100))


def test_guards_are_the_normal_model_that_they_say() -> None:
    """One guard is a normal tail; of two whose errors correlate, both is between the product and the smaller."""
    tail = 0.5 * math.erfc(2.75 / math.sqrt(2))
    assert guards()["answers"].stops == pytest.approx(tail, rel=0.1)
    assert guards()["queries"].leaks == pytest.approx(0.5 * math.erfc((3.6 - 2.75) / math.sqrt(2)), rel=0.02)
    both, query, page = (guards()[name].leaks for name in ("both", "queries", "answers"))
    assert query * page < both < min(query, page)


def test_the_slowest_of_many_pieces_is_what_draws_say() -> None:
    rng = np.random.default_rng(1)
    times = rng.lognormal(math.log(2) - 0.08, 0.4, (2, 40_000, 32)) + 40 * (
        rng.random((2, 40_000, 32)) < 0.01
    )
    late = np.quantile(times[0], 0.95)
    slowest = np.minimum(times[0], np.where(times[0] > late, late + times[1], np.inf)).max(axis=1)
    assert search_service._slowest(2.0, 32, 0.98) == pytest.approx(np.quantile(slowest, 0.98), rel=0.04)


def test_a_full_record_for_a_year_costs_two_fifths_of_the_search() -> None:
    load = Load(1e9, 1e5, hostile=0.1)
    plain, full = (run(Design(300, "hundredth", 0.6, "answers", audit), load) for audit in ("none", "full"))
    assert full["cost"] - plain["cost"] == pytest.approx(full["audit"])
    assert full["audit"] / plain["cost"] == pytest.approx(0.4, abs=0.02)


def test_a_lost_region_at_the_peak_needs_head_room() -> None:
    load = Load(**PEAK)  # type: ignore[arg-type]
    busy, spare = (run(Design(300, "hundredth", share, "answers", "tiered"), load) for share in (0.6, 0.45))
    assert (busy["served"] < 1, busy["p99"], spare["served"]) == (True, math.inf, 1.0)
    assert set(REFERENCE) == {each.name for each in SCENARIO.rounds}
