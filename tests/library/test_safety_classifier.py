"""A classifier that really is trained, its false positives, and two that others trained."""

import math
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.safety.classifier import (
    ClassifierRule,
    profanity_classifier,
    rate,
    rates_by_group,
    threshold_for,
    train_text_classifier,
)
from course.systems.safety.errors import NoTrainingDataError
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import WindowedRule
from datasets.bland_responses import ALLOWED, MATERIALS, RESTRICTED, bland_responses, split_by_frame
from datasets.hard_negatives import hard_negatives

EXACT = settings(derandomize=True, deadline=None, max_examples=40)


@EXACT
@given(st.lists(st.booleans(), max_size=60))
def test_the_interval_is_clopper_and_pearsons(flags: list[bool]) -> None:
    from scipy.stats import binomtest

    found = rate(flags)
    if flags:
        peer = binomtest(sum(flags), len(flags)).proportion_ci(0.95, "exact")
        # 1e-9: two ways to invert the same beta distribution
        assert (found.low, found.high) == (
            pytest.approx(peer.low, abs=1e-9),
            pytest.approx(peer.high, abs=1e-9),
        )
    else:
        assert (found.low, found.high) == (0.0, 1.0)
        assert math.isnan(found.share)


def test_nothing_seen_in_160_still_allows_for_two_percent() -> None:
    assert rate([False] * 160).high == pytest.approx(1 - 0.025 ** (1 / 160))
    assert str(rate([True] + [False] * 3)) == "25.0% (1 of 4; 95% between 0.6% and 80.6%)"


@EXACT
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50), st.floats(0.0, 1.0))
def test_the_threshold_blocks_no_more_good_than_allowed_and_is_the_highest_such(
    scores: list[float], most: float
) -> None:
    threshold = threshold_for(scores, most)
    blocked = sum(score < threshold for score in scores)
    assert blocked <= most * len(scores) + 1e-9
    above = sorted({score for score in scores if score > threshold})
    if above and threshold < 1.0:
        assert sum(score < above[0] for score in scores) > most * len(scores)


def test_groups_are_counted_apart() -> None:
    rates = rates_by_group([True, False, True, False], ["b", "a", "b", "a"])
    assert {group: r.share for group, r in rates.items()} == {"b": 1.0, "a": 0.0}
    assert list(rates) == ["b", "a"]


def test_the_data_are_the_same_every_time_and_split_by_frame() -> None:
    responses = bland_responses()
    assert responses == bland_responses()
    assert len(responses) == len({r.text for r in responses}) == 426
    assert len({r.frame for r in responses}) == len(RESTRICTED) + sum(map(len, ALLOWED.values())) == 72
    train, test = split_by_frame(responses)
    assert not {r.frame for r in train} & {r.frame for r in test}
    assert sorted(map(id, train + test)) == sorted(map(id, responses))
    for material in MATERIALS:  # the topic alone decides nothing
        about = [r for r in responses if material in r.text.lower()]
        assert 0.1 < sum(r.restricted for r in about) / len(about) < 0.5


def test_an_average_hides_the_group_that_pays() -> None:
    train, test = split_by_frame(bland_responses())
    model = train_text_classifier([r.text for r in train], [r.restricted for r in train])
    rule = ClassifierRule("instructions", model.probability)
    safety = ResponseSafetyFilter([rule])
    good = [r for r in test if not r.restricted]
    flags = [safety.score(r.text) < 0.5 for r in good]
    by_domain = rates_by_group(flags, [r.domain for r in good])
    assert 0.02 < rate(flags).share < 0.30
    assert by_domain["cooking"].share > 2 * rate(flags).share
    caught = rate([safety.score(r.text) < 0.5 for r in test if r.restricted])
    assert caught.share > 0.4


def test_a_split_by_response_flatters_the_classifier() -> None:
    responses = bland_responses()

    def errors(train: list, test: list) -> float:  # type: ignore[type-arg]
        model = train_text_classifier([r.text for r in train], [r.restricted for r in train])
        found = [p >= 0.5 for p in model.probabilities([r.text for r in test])]
        return sum(flag != r.restricted for flag, r in zip(found, test, strict=True)) / len(test)

    half = len(responses) // 2
    leaky = [errors(shuffled[:half], shuffled[half:]) for shuffled in map(bland_responses, range(3))]
    honest = [errors(*split_by_frame(responses, seed)) for seed in range(3)]
    assert max(leaky) < min(honest)
    assert sum(honest) > 5 * sum(leaky)


def test_training_is_deterministic_and_needs_both_classes() -> None:
    texts = ["stir it", "wait here", "pour it", "read this"]
    labels = [True, False, True, False]
    one, two = (train_text_classifier(texts, labels).probabilities(texts) for _ in range(2))
    assert one == two
    assert train_text_classifier(texts, labels).probabilities([]) == []
    assert {word for word, _ in train_text_classifier(texts, labels).weights(4)} >= {"it"}
    for bad in ([True] * 4, [False] * 4):
        with pytest.raises(NoTrainingDataError, match="at least one of each"):
            train_text_classifier(texts, bad)


def test_a_window_finds_what_a_long_answer_dilutes() -> None:
    train, test = split_by_frame(bland_responses())
    model = train_text_classifier([r.text for r in train], [r.restricted for r in train])
    rule = ClassifierRule("instructions", model.probability)
    windowed = WindowedRule(rule, 16)
    filler = " ".join(r.text for r in test if r.domain == "history")[:600]
    bad = [r.text for r in test if r.restricted and rule.evaluate(r.text) < 0.3][:5]
    assert len(bad) == 5
    for text in bad:
        buried = f"{filler} {text} {filler}"
        assert rule.evaluate(buried) > 0.5
        assert windowed.evaluate(buried) < 0.5


def test_strictness_trades_false_positives_of_two_trained_classifiers() -> None:
    rows = hard_negatives()
    assert len(rows) == len({r.text for r in rows}) == 160
    assert {
        group: r.n for group, r in rates_by_group([True] * 160, [r.domain for r in rows]).items()
    } == dict.fromkeys(
        [
            "medicine",
            "history",
            "security",
            "software",
            "cooking",
            "wildlife",
            "places",
            "arts",
            "sport",
            "everyday",
        ],
        16,
    )
    blocked = {}
    for strictness in ResponseSafetyFilter.STRICTNESS:
        combine = ResponseSafetyFilter(strictness=strictness).combine
        blocked[strictness] = sum(combine([1 - r.profanity, 1 - r.guardian]) < 0.5 for r in rows)
    assert blocked == {"strict": 51, "balanced": 25, "lenient": 16}


@pytest.mark.skipif(find_spec("profanity_check") is None, reason="alt-profanity-check is an extra")
def test_the_scores_on_file_are_those_of_the_trained_classifier() -> None:
    rows = hard_negatives()
    # 1e-5: six decimals on file, and another build's rounding
    assert profanity_classifier()([r.text for r in rows]) == pytest.approx(
        [r.profanity for r in rows], abs=1e-5
    )


@pytest.mark.skipif(find_spec("svguardian") is None, reason="securevector-guardian-model is an extra")
def test_the_scores_on_file_are_those_of_the_guardian_model() -> None:
    from svguardian import resolve_runtime
    from svguardian.model.pure_infer import PureGuardian

    model = PureGuardian.load(resolve_runtime(download=False))
    rows = hard_negatives()
    found = [model.predict(r.text)["malicious_score"] for r in rows]
    assert found == pytest.approx([r.guardian for r in rows], abs=1e-5)
