"""Faking time and randomness: seeds, sizes and clocks are the examiner's, so knowing the public half is not enough."""

import pytest
from attack_room import FULL, MOVED, ONLY_THAT_QUESTION, Bench, cell_of

from autograde import examine as examiner

pytestmark = pytest.mark.xdist_group("attacks: time and chance")

FAKES = {
    "stops the clock": "import time\nfor n in ('time', 'monotonic', 'perf_counter', 'process_time'): setattr(time, n, lambda: 0.0)",
    "draws the same number always": "import random\nrandom.Random.random = lambda self: 0.5\nrandom.randrange = lambda *a: 4",
    "seeds every generator": "import random, numpy\nrandom.Random = lambda *a: __import__('random')\nnumpy.random.seed(1)",
    "replaces the system's randomness": "import os\nos.urandom = lambda n: b'\\4' * n",
    "replaces hash": "import builtins\nbuiltins.hash = lambda x: 0",
}


@pytest.mark.parametrize("name", FAKES)
def test_a_wrong_answer_earns_nothing_that(name: str, room: Bench) -> None:
    assert room.attack(FAKES[name]).scores == ONLY_THAT_QUESTION


def test_an_answer_for_the_public_sizes_alone_loses_what_the_hidden_half_confirms(
    room: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "HIDDEN_SCALE", 2.0)
    key = cell_of(room.built.key, MOVED).source
    answer = (
        key
        + """
_right = moved_share
def moved_share(before, after, load=None):
    return _right(before, after, load) if len(before) <= 400 else 0.123
"""
    )
    outcome = room.grade(room.notebook({MOVED: answer}))
    assert 0 < outcome.scores["moved"] < 2
    assert outcome.scores == FULL | {"moved": outcome.scores["moved"]}
    assert {claim.hidden for claim in outcome.of("moved").report.claims if not claim.passed} == {True}  # type: ignore[union-attr]


def test_an_answer_that_learns_the_public_cases_by_heart_fails_the_claim_that_has_seeds(room: Bench) -> None:
    answer = """
def moved_share(before, after, load=None):
    known = {2: 0.5, 1: 0.0, 0: 0.0}
    return known.get(len(before), 0.2)
"""
    claims = room.grade(room.notebook({MOVED: answer})).of("moved").report.claims  # type: ignore[union-attr]
    assert not next(claim for claim in claims if claim.name == "the share weighs each key by its load").passed


def test_another_epoch_draws_other_seeds_and_the_same_one_the_same(room: Bench) -> None:
    from course.checking.seeds import PUBLIC, hidden_seed

    assert hidden_seed("day04-moved") == hidden_seed("day04-moved")
    seeds = {hidden_seed(f"day04-{name}", epoch) for name in ("moved", "ring", "bounded") for epoch in (0, 1)}
    assert len(seeds) == 6
    assert PUBLIC not in seeds


def test_an_answer_that_counts_its_calls_is_asked_anew_in_each_half(room: Bench) -> None:
    answer = """
import itertools
count = itertools.count()
def moved_share(before, after, load=None):
    return [0.5, 0.0, 0.0, 0.9][next(count) % 4]
"""
    assert room.grade(room.notebook({MOVED: answer})).scores["moved"] < 1.5
