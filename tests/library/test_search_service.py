"""The model behind the first mock round, against simulation and its own formulas."""

import math
import random

import pytest

from course.days.day40_search_at_scale.mock import SCENARIO
from course.interview import check_scenario
from course.systems.simulate import search_service
from course.systems.simulate.search_service import Design, Load, hit_rate, run, shard_ms


def test_the_mock_round_keeps_every_rule_of_an_interview() -> None:
    assert check_scenario(SCENARIO) == []


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


def test_the_hit_rate_grows_with_time_to_live_and_traffic_up_to_what_is_ever_repeated() -> None:
    rates = [hit_rate(1e6, ttl) for ttl in (0, 1, 60, 3600, 1e9)]
    assert rates == sorted(rates)
    assert rates[0] == 0
    assert rates[-1] == pytest.approx(0.85, abs=0.001)
    assert hit_rate(1e3, 60) < hit_rate(1e6, 60)


def test_few_large_shards_cost_less_than_many_small_ones() -> None:
    """The measured power law: a hundredfold shard costs 100^0.23 = 2.9 times, so 100 times fewer of them cost 35 times less."""
    assert shard_ms(1e8) / shard_ms(1e6) == pytest.approx(100**0.23)
    load = Load(1e9, 1e6)
    assert run(Design(1000, 60), load)["cost"] > 10 * run(Design(10, 60), load)["cost"]


def test_memory_sets_the_fewest_shards() -> None:
    assert run(Design(1, 0), Load(1e9, 1e6))["memory"] == pytest.approx(72.0)


def test_reranking_is_paid_for_by_the_cache_alone() -> None:
    load = Load(1e9, 1e6)
    dear, cheap = run(Design(10, 1, rerank=20), load), run(Design(10, 3600, rerank=20), load)
    assert cheap["cost"] < dear["cost"] / 3
    assert cheap["missed"] < run(Design(10, 3600), load)["missed"]


def test_a_run_is_deterministic_and_light() -> None:
    load = Load(1e11, 1e6, 0.3)
    first = run(Design(150, 4, classify=True), load)
    assert first == run(Design(150, 4, classify=True), load)
    assert first["leaked"] == pytest.approx(4.4)
    assert search_service.UTILISATION < 1
