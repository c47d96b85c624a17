"""A probe sees what a right answer's would, and says the first difference; the harness looks for what nobody asked."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from course.checking.probes import Cost, Examination, Near, Step, calls, examine, plan, raised
from course.checking.report import Finding, Report
from course.checking.seen import Slip


def doubled(numbers: list[int]) -> list[int]:
    """Each number twice as large. Raises ``ValueError`` for one below 0."""
    if min(numbers, default=0) < 0:
        raise ValueError("below 0")
    return [2 * number for number in numbers]


@examine(doubled)
def check_doubled(exam: Examination) -> None:
    @exam.claim("each is doubled", "Twice.")
    def each(double: Any) -> Iterator[Step]:
        rows = [([exam.draw.randint(1, 9) for _ in range(n)],) for n in (1, 2, 3)]
        yield from calls(double, *rows, as_=list[int])

    @exam.claim("below 0 is refused", "Check first.", needs=each)
    def _(double: Any) -> Iterator[Step]:
        yield "doubled([-1])", raised(lambda: double([-1]))


Answer = Callable[..., object]


def said(report: Report) -> list[str]:
    return ["" if claim.finding is None else claim.finding.kind for claim in report.claims]


def first(answer: Answer) -> Finding:
    finding = check_doubled(answer).first
    assert finding is not None
    return finding


def in_place(numbers: list[int]) -> list[int]:
    for place, number in enumerate(numbers):
        numbers[place] = 2 * number
    return numbers


KEPT: list[int] = []


def remembers(numbers: list[int]) -> list[int]:
    KEPT.extend(2 * number for number in numbers)
    return KEPT[-len(numbers) :] if len(KEPT) < 4 else KEPT[:]


def lazily(numbers: list[int]) -> Iterator[int]:
    return (2 * number for number in numbers)


def loops(numbers: list[int]) -> list[int]:
    while True:
        pass


def test_the_reference_passes_at_every_seed() -> None:
    for seed in range(5):
        assert check_doubled(doubled, seed=seed, scale=2.0).passed


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (lambda numbers: [3 * number for number in numbers], ["differs", "blocked"]),
        (lambda numbers: [2 * number for number in numbers], ["", "differs"]),
        (lambda numbers: numbers[7], ["raised", "blocked"]),
        (lambda numbers: dict.fromkeys(numbers), ["odd", "blocked"]),
        (in_place, ["slip", "blocked"]),
        (remembers, ["slip", "blocked"]),
        (lazily, ["odd", "blocked"]),
    ],
)
def test_each_kind_of_difference_opens_its_claim_alone(answer: Answer, kinds: list[str]) -> None:
    assert said(check_doubled(answer)) == kinds


def test_what_changes_its_argument_or_answers_otherwise_is_told_so() -> None:
    assert "argument 1 was changed: copy what you change" in first(in_place).got
    KEPT.clear()
    assert "asked once more it says" in first(remembers).got
    assert first(lazily).got == "a generator, which computes nothing until it is read"


def test_two_answers_that_change_an_argument_are_alike_where_their_arrays_are() -> None:
    mine = Slip(np.array([1.0, 2.0]), "argument 1 was changed")
    assert mine.like(Slip(np.array([1.0, 2.0]), "argument 1 was changed"))
    assert not mine.like(Slip(np.array([1.0, 3.0]), "argument 1 was changed"))
    assert not mine.like(Slip(np.array([1.0, 2.0]), "argument 2 was changed"))


def test_after_a_loop_without_an_end_nothing_more_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    from course.checking import port

    monkeypatch.setattr(port, "MAX_SECONDS", 0.2)
    report = check_doubled(loops)
    assert [claim.passed for claim in report.claims] == [False, False]
    assert report.claims[1].finding == Finding("blocked", "not counted before “each is doubled” holds")


def test_two_claims_have_two_names_and_need_what_stands_before() -> None:
    exam = Examination(0, 1.0)
    exam.claim("one")(lambda target: iter(()))
    with pytest.raises(ValueError, match="two claims are called “one”"):
        exam.claim("one")(lambda target: iter(()))
    with pytest.raises(ValueError, match="“two” needs “three”, which is no claim before it"):
        exam.claim("two", needs="three")(lambda target: iter(()))


def test_a_claim_that_sees_nothing_of_the_reference_is_refused() -> None:
    @examine(doubled)
    def check_nothing(exam: Examination) -> None:
        @exam.claim("nothing")
        def _(double: Any) -> Iterator[Step]:
            yield from ()

    with pytest.raises(ValueError, match="“nothing” sees nothing of the reference: its probe yields no step"):
        check_nothing(doubled)


def test_a_probe_with_a_mistake_of_its_own_is_refused_with_its_line() -> None:
    @examine(doubled)
    def check_slip(exam: Examination) -> None:
        @exam.claim("slip")
        def _(double: Any) -> Iterator[Step]:
            yield "", exam.sizes(3)  # type: ignore[attr-defined]

    @examine(doubled)
    def check_other(exam: Examination) -> None:
        @exam.claim("another type")
        def _(double: Any) -> Iterator[Step]:
            yield from calls(double, ([2],), as_=str)

    with pytest.raises(ValueError, match=r"its probe raises AttributeError in line \d+ of test_probes.py: "):
        check_slip(doubled)
    with pytest.raises(ValueError, match=r"doubled\(\[2\]\) gives .*, which is no "):
        check_other(doubled)


def test_a_number_may_be_near_and_a_cost_has_a_limit() -> None:
    assert Near(1.0, rel=0.1).right(Near(1.05, rel=0.1)) is True
    assert Near(1.0).right(Near(1.05)) is False
    assert Cost(9, 10).right(Cost(5, 10)) is True
    assert Cost(11, 10).right(Cost(5, 10)) is False
    assert Cost(11, times=2).right(Cost(5, times=2)) is False


def test_a_hidden_half_ends_each_claim_at_its_first_difference() -> None:
    asked: list[int] = []

    def wrong(numbers: list[int]) -> list[int]:
        asked.append(len(numbers))
        return []

    check_doubled(wrong, seed=7)
    assert set(asked) == {1, 2, 3}  # one message of three rows, and the second claim is not tried


def test_what_is_right_is_asked_once_for_all_reports_at_a_seed() -> None:
    made: Any = check_doubled
    planned = made.plan(7, 2.0)
    before = plan.cache_info()
    assert check_doubled(doubled, seed=7, scale=2.0).passed
    assert check_doubled(lambda numbers: numbers, seed=7, scale=2.0).first is not None
    assert made.plan(7, 2.0) is planned
    assert plan.cache_info().misses == before.misses
