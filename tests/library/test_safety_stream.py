"""StreamScorer against scoring the whole text: same score, however the stream is cut, at linear cost."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.safety.errors import StreamClosedError, UnboundedRuleError, UnknownStrictnessError
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import CountedRule, PhraseRule, StreamRule, WindowedRule
from course.systems.safety.stream_scorer import StreamScorer
from course.systems.safety.stream_words import LONGEST_WORD, split_words

EXACT = settings(derandomize=True, deadline=None, max_examples=80)
WORDS = st.sampled_from(["red", "blue", "door", "redder", "the", "Red", "é", "😀", "x" * 63])
GAPS = st.sampled_from([" ", "  ", "\n", "\t ", "\u2003"])
TEXTS = st.builds(
    lambda start, pairs, end: start + "".join(word + gap for word, gap in pairs) + end,
    st.sampled_from(["", " ", "\n\n"]),
    st.lists(st.tuples(WORDS, GAPS), max_size=14),
    st.sampled_from(["", "door", "red"]),
)


def rules() -> list[StreamRule]:
    return [
        PhraseRule("doors", {"red door": 0.1, "the blue door": 0.3}),
        PhraseRule("colours", {"red": 0.8, "blue": 0.6}),
        WindowedRule(PhraseRule("thrice", {"red red red": 0.0}), 3),
    ]


def cut(text: str, places: Sequence[int]) -> list[str]:
    at = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(at)]


def stream(scorer: StreamScorer, chunks: Sequence[str]) -> str:
    shown = "".join(scorer.feed(chunk).text for chunk in chunks)
    return shown + scorer.finish().text


@EXACT
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from(ResponseSafetyFilter.STRICTNESS))
def test_the_final_score_is_that_of_the_whole_text(text: str, places: list[int], strictness: str) -> None:
    scorer = StreamScorer(rules(), strictness, threshold=0.0)
    assert stream(scorer, cut(text, places)) == text
    whole = ResponseSafetyFilter(rules(), strictness)
    # 1e-12: the same sum; nothing else may differ
    assert scorer.score == pytest.approx(whole.score(text), rel=1e-12)
    assert scorer.words == len(text.split())


@EXACT
@given(
    TEXTS,
    st.lists(st.integers(0, 10_000), max_size=12),
    st.sampled_from(ResponseSafetyFilter.STRICTNESS),
    st.sampled_from([0.2, 0.5, 0.7]),
    st.sampled_from([None, 0, 1, 7]),
)
def test_how_the_stream_is_cut_changes_nothing(
    text: str, places: list[int], strictness: str, threshold: float, hold_back: int | None
) -> None:
    outcomes = set()
    for chunks in ([text], list(text), cut(text, places)):
        scorer = StreamScorer(rules(), strictness, threshold, hold_back=hold_back)
        shown = stream(scorer, chunks)
        assert text.startswith(shown)
        assert scorer.blocked == (scorer.score < threshold)
        outcomes.add((shown, scorer.score, scorer.blocked, tuple(scorer.worst.items())))
    assert len(outcomes) == 1


@EXACT
@given(TEXTS, st.integers(0, 10_000))
def test_the_score_never_rises_and_equals_that_of_every_prefix(text: str, seed: int) -> None:
    scorer = StreamScorer(rules(), "strict", threshold=0.0)
    whole = ResponseSafetyFilter(rules(), "strict")
    before, fed = 1.0, ""
    for chunk in cut(text, [random.Random(seed).randrange(10_000) for _ in range(6)]):
        fed += chunk
        score = scorer.feed(chunk).score
        assert score <= before
        words, _ = split_words(fed)
        assert score == whole.score("".join(words))  # of the words that are complete
        before = score


@EXACT
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=8))
def test_no_word_of_a_run_that_blocks_is_ever_shown(text: str, places: list[int]) -> None:
    scorer = StreamScorer(rules(), "strict", threshold=0.5)
    shown = stream(scorer, cut(text, places))
    if scorer.blocked:
        words, _ = split_words(text + "\n")
        assert shown == "".join(words[: max(0, scorer.words - max(scorer.windows.values()))])
    assert ResponseSafetyFilter(rules(), "strict").score(shown) >= 0.5


def test_showing_first_leaks_the_beginning_of_a_blocked_run() -> None:
    text = "please open the blue door now"
    leaked = {}
    for hold_back in (0, 1, 2):
        scorer = StreamScorer(rules(), "strict", hold_back=hold_back)
        leaked[hold_back] = stream(scorer, list(text))
    assert leaked == {0: "please open the blue", 1: "please open the", 2: "please open"}


def test_each_rule_reads_its_own_window_and_no_more() -> None:
    narrow, wide = (
        CountedRule(PhraseRule("narrow", {"a": 0.5})),
        CountedRule(PhraseRule("wide", {"b c d": 0.5})),
    )
    scorer = StreamScorer([narrow, wide])
    scorer.feed("one two three four ")
    assert (narrow.words_read, wide.words_read) == (1 + 1 + 1 + 1, 1 + 2 + 3 + 3)


def test_half_a_word_is_not_judged() -> None:
    scorer = StreamScorer([PhraseRule("p", {"art": 0.0})])
    for chunk in ("st", "art", "s ", "art", "ist "):
        assert not scorer.feed(chunk).blocked
    assert scorer.feed("art").blocked is False
    assert scorer.finish().blocked is True


def test_a_blocked_stream_stays_blocked_and_costs_nothing_more() -> None:
    counted = CountedRule(PhraseRule("p", {"stop": 0.0}))
    scorer = StreamScorer([counted])
    first = scorer.feed("go stop go go ")
    assert (first.text, first.score, first.blocked) == (
        "go",
        0.0,
        True,
    )  # "go" was let out before "stop" came
    assert counted.evaluations == 2
    for chunk in ("and on ", "and on"):
        release = scorer.feed(chunk)
        assert (release.text, release.score, release.blocked) == ("", 0.0, True)
    assert scorer.finish().text == ""
    assert counted.evaluations == 2


def test_after_the_end_there_is_no_more() -> None:
    scorer = StreamScorer([PhraseRule("p", {"x": 0.0})])
    assert scorer.feed("one two").text + scorer.finish().text == "one two"
    for again in (lambda: scorer.feed("more"), scorer.finish):
        with pytest.raises(StreamClosedError, match="after 2 words"):
            again()


def test_an_empty_stream_is_safe_and_white_space_comes_back() -> None:
    for text in ("", " ", "\n \n"):
        scorer = StreamScorer(rules())
        assert stream(scorer, list(text)) == text
        assert (scorer.score, scorer.words) == (1.0, 0)


def test_with_no_rule_a_stream_flows_unchecked() -> None:
    scorer = StreamScorer([])
    assert scorer.hold_back == 0
    assert scorer.feed("anything at all ").text == "anything at all"
    assert scorer.score == 1.0


@pytest.mark.parametrize("window", [None, 0, -1, 2.0, "3", True])
def test_a_rule_without_a_window_is_refused(window: object) -> None:
    class Whole:
        name = "whole"

        def evaluate(self, text: str) -> float:
            return 1.0

    rule = Whole()
    if window is not None:
        rule.window = window  # type: ignore[attr-defined]
    with pytest.raises(UnboundedRuleError, match="WindowedRule"):
        StreamScorer([rule])  # type: ignore[list-item]
    with pytest.raises(UnboundedRuleError):
        WindowedRule(rule, window)  # type: ignore[arg-type]
    with pytest.raises(UnknownStrictnessError):
        StreamScorer(rules(), "hard")


def test_a_rule_that_fails_blocks_the_stream_and_is_named() -> None:
    class Broken:
        name, window = "broken", 2

        def evaluate(self, text: str) -> float:
            return 1 / (text.count("z") - 1)

    scorer = StreamScorer([Broken()])
    assert scorer.feed("z z ").blocked is True
    assert "ZeroDivisionError" in scorer.faults["broken"]


def test_a_word_without_end_moves_on_after_64_characters() -> None:
    scorer = StreamScorer([PhraseRule("p", {"secret": 0.0})])
    shown = "".join(scorer.feed("字").text for _ in range(1000))
    assert len(shown) == 1000 // LONGEST_WORD * LONGEST_WORD
    assert len(shown + scorer.finish().text) == 1000
    assert split_words("x" * 130 + " y")[0] == ["x" * 64, "x" * 64, "xx"]


@EXACT
@given(st.text(alphabet="ab \n😀", max_size=300), st.lists(st.integers(0, 10_000), max_size=8))
def test_splitting_in_pieces_gives_the_same_words(text: str, places: list[int]) -> None:
    whole, rest = split_words(text)
    assert "".join(whole) + rest == text
    found: list[str] = []
    left = ""
    for chunk in cut(text, places):
        words, left = split_words(left + chunk)
        found += words
    assert (found, left) == (whole, rest)


def test_the_cost_is_linear_where_scoring_every_prefix_is_quadratic() -> None:
    read = {}
    for n in (200, 400):
        text = "word " * n
        counted = CountedRule(PhraseRule("p", {"a b c d e": 0.0}))
        scorer = StreamScorer([counted])
        for word in text.split():
            scorer.feed(word + " ")
        assert counted.evaluations == n
        assert counted.words_read == 5 * n - 10  # at most the window, less at the start
        read[n] = (counted.words_read, n * (n + 1) // 2)
    assert read[400][0] / read[200][0] == pytest.approx(2.0, abs=0.02)
    assert read[400][1] / read[200][1] == pytest.approx(4.0, abs=0.02)
