"""The three-region store against enumeration, published latencies and theorems; mock round 1 on it. Under 6 s."""

import itertools

import numpy as np
import pytest

from course.days.day05_replication_and_quorums.mock import LIFE, REFERENCE, SCENARIO
from course.interview import Session, check_scenario, prove
from course.systems.cluster.delays import DISK_WRITE, ONE_WAY, SSD, Delay
from course.systems.cluster.regions import LEVELS, REGIONS, Design, Load, fails, run

YMMR_WRITE, YMMR_OTHER = Delay(0.939, 3, 3.35, 0.0028), Delay(0.982, 1.5, 3.8, 0.0217)
"""The paper's third fit, of Yammer's replicas: writes, and all other messages."""


def test_the_mock_round_keeps_every_rule_of_an_interview_and_every_round_hurts() -> None:
    assert check_scenario(SCENARIO) == []
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()
    assert [each.alone for each in proof.rounds] == [11, 55, 22, 21, 28, 13], "as the design was proved"


def test_a_careless_play_passes_no_round() -> None:
    careless = Session(SCENARIO)
    for design in ({}, {"level": "quorum/quorum"}, {"level": "one/quorum"}, {"copies": 1}, {"grace": 1}):
        careless.propose({"round": 1, "design": design, "predict": 1})
    assert careless.state.number == 1
    assert len(careless.outcomes) == 5


def answers(level: str, up: list[bool], copies: int) -> bool:
    """Whether a caller in the first region can complete an operation, by the words of the level."""
    by_region = [up[place : place + copies] for place in range(0, REGIONS * copies, copies)]
    majority = copies // 2 + 1
    return {
        "one": any(up),
        "local": sum(by_region[0]) >= majority,
        "each": all(sum(region) >= majority for region in by_region),
        "quorum": sum(up) > REGIONS * copies // 2,
    }[level]


@pytest.mark.parametrize("copies", [1, 2, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_failures_are_those_of_every_pattern_of_copies_and_cuts(level: str, copies: int) -> None:
    """All 2⁹ patterns of up and down, times no cut, the second or the third region cut off; exact to 1e-12."""
    load, total = Load(down=0.3, cut=0.1), 0.0
    for up in itertools.product((True, False), repeat=REGIONS * copies):
        chance = float(np.prod([0.7 if each else 0.3 for each in up]))
        for cut, share in ((None, 0.8), (1, 0.1), (2, 0.1)):
            reached = [each and place // copies != cut for place, each in enumerate(up)]
            total += chance * share * (not answers(level, reached, copies))
    assert fails(level, copies, load) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(
    ("write", "other", "fresh"),
    [(SSD, SSD, 0.974), (DISK_WRITE, SSD, 0.437), (YMMR_WRITE, YMMR_OTHER, 0.886)],
)
def test_the_delays_give_the_published_freshness(write: Delay, other: Delay, fresh: float) -> None:
    """PBS, N = 3, R = W = 1, read at the moment of the acknowledgement: within .01 of what the fits give there."""
    rng, size = np.random.default_rng(5), (100_000, 3)
    there, back, request, answer = (each.draw(rng, size) for each in (write, other, other, other))
    acknowledged = (there + back).min(axis=1)
    first = (request + answer).argmin(axis=1)[:, None]
    seen = np.take_along_axis(there - request, first, axis=1)[:, 0] <= acknowledged
    assert seen.mean() == pytest.approx(fresh, abs=0.01)


def test_quorums_that_overlap_miss_nothing_and_one_copy_is_read_at_once() -> None:
    for reads, writes in (("quorum", "quorum"), ("local", "each"), ("one", "each")):
        found = run(Design(reads, writes, 1, 40), Load())
        assert found["stale"] == 0
    for copies in (1, 2, 3):
        both = run(Design("quorum", "quorum", copies, 40), Load())
        assert (both["stale"], both["far"], both["settled"]) == (0, 0, 0)
    assert run(Design("local", "local", 3, 40), Load())["stale"] == 0


def test_an_ocean_is_paid_for_by_those_who_wait_for_it() -> None:
    home = run(Design("local", "local", 3, 40), Load())
    far = run(Design("quorum", "each", 3, 40), Load())
    assert home["write99"] < 2 * ONE_WAY < far["read99"] < far["write99"]


def test_a_tombstone_that_goes_early_brings_values_back_and_one_that_stays_keeps_bytes() -> None:
    early, late = (run(Design("one", "one", 3, grace), Load(**LIFE)) for grace in (4, 40))
    assert early["back"] > 1000 > 10 > late["back"]
    assert late["gone"] - early["gone"] == 36


def test_the_pages_figures_are_the_models() -> None:
    """What the answer for a product manager on the page of the round quotes."""
    apart = run(Design("local", "local", 3, 240), Load())
    assert (apart["far"], apart["settled"]) == (1, 0)
    assert round(apart["write99"]) == 14
    assert round(run(Design("local", "each", 3, 240), Load())["write99"]) == 96
    final = {each.name: run_of(each.name) for each in SCENARIO.rounds}
    assert final["memory"]["read99"] < 1
    assert final["finance"]["gone"] == 64
    assert round(final["finance"]["back"]) == 1


def run_of(name: str) -> dict[str, float]:
    round_ = next(each for each in SCENARIO.rounds if each.name == name)
    return dict(SCENARIO.run(REFERENCE[name], round_))


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="levels are one, local, each, quorum, copies 1 to 3"):
        run(Design("all", "one", 3, 40), Load())
    with pytest.raises(ValueError, match="copies 1 to 3"):
        run(Design("one", "one", 4, 40), Load())
