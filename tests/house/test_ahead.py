"""Questions are asked ahead where none hangs on an answer, and the verdict is the one that asking one by one gives."""

from collections.abc import Iterator
from typing import Any

import pytest

from course.checking.ahead import Talk, Unlike
from course.checking.errors import SubjectError
from course.checking.port import Port, subjects
from course.checking.probes import Examination, Step, calls, examine, script
from course.checking.report import Report
from course.checking.seeds import PUBLIC
from course.checking.subject import each, plain


class Nothing(Exception):
    def __init__(self, instead: str) -> None:
        super().__init__(instead)
        self.instead = instead


class Tally:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, name: str, by: int = 1) -> int:
        self.counts[name] = self.counts.get(name, 0) + by
        return self.counts[name]

    def most(self) -> str:
        if not self.counts:
            raise Nothing("nobody")
        return max(self.counts, key=lambda name: (self.counts[name], name))


@examine(Tally)
def check_tally(exam: Examination) -> None:
    names = ["ann", "bob", "cid", "ann", "bob", "ann"]

    @exam.claim("it counts")
    def _(Tally: Any) -> Iterator[Step]:
        tally = Tally()
        yield from calls(tally.add, *[(name, exam.draw.randrange(1, 9)) for name in names], as_=int)
        yield "counts", plain(tally.counts, dict[str, int])

    @exam.claim("the most is the largest")
    def _(Tally: Any) -> Iterator[Step]:
        tally = Tally()
        yield from script((tally, "most"), *[(tally, "add", name) for name in names], (tally, "most"))

    @exam.claim("whoever was most may be added to")
    def _(Tally: Any) -> Iterator[Step]:
        tally = Tally()
        each(tally.add, names)
        yield "the most, counted once more", tally.add(tally.most())

    @exam.claim("a first add gives one")
    def _(Tally: Any) -> Iterator[Step]:
        tally = Tally()
        if tally.add("ann") > 1:
            each(tally.add, names)
        yield "counts", plain(tally.counts, dict[str, int])

    @exam.claim("whom an error names may be added")
    def _(Tally: Any) -> Iterator[Step]:
        tally = Tally()
        try:
            yield "the most of none", tally.most()
        except SubjectError as error:
            yield "added", tally.add(error.carries["instead"])  # type: ignore[index]

    @exam.claim("a name may be anything that has a hash")
    def _(Tally: Any) -> Iterator[Step]:
        yield "counted", Tally().add(lambda: "served")


def asked(target: Any, *, ahead: bool) -> tuple[Report, list[str]]:
    """The report on ``target``, and the kind of each message that it took."""
    (own,) = subjects(target)
    port, messages = own._port, list[str]()
    far: Port = port.exchange.__self__
    exchange = port.exchange

    def counted(message: list[Any]) -> list[Any]:
        messages.append(message[1])
        return exchange(message)  # type: ignore[no-any-return]

    def all_at_once(number: int, talk: Talk) -> list[list[Any]] | None:
        messages.append("ahead")
        replies = far.serve_all(number, talk.requests)
        return None if replies == talk.replies else replies

    port.exchange = counted
    port.ahead = all_at_once if ahead else None
    return check_tally(own), messages


def test_what_hangs_on_an_answer_or_is_served_is_not_asked_ahead() -> None:
    plan = vars(check_tally)["plan"](PUBLIC, 1.0)
    asked_ahead = {name for name, other, most in plan.ahead if not other}
    assert asked_ahead == {"it counts", "the most is the largest"}


def test_a_right_answer_takes_a_message_a_claim() -> None:
    report, messages = asked(Tally, ahead=True)
    assert report.passed
    assert messages.count("ahead") == 4, "two claims, and the first of them twice more"
    slow, more = asked(Tally, ahead=False)
    assert slow == report
    assert len(more) > len(messages)


class Forgets(Tally):
    def add(self, name: str, by: int = 1) -> int:
        return super().add(name.upper(), by)


class Shares(Tally):
    ALL: dict[str, int] = {}  # noqa: RUF012  # the mistake

    def __init__(self) -> None:
        self.counts = self.ALL


class Floats(Tally):
    def add(self, name: str, by: int = 1) -> int:
        return float(super().add(name, by))  # type: ignore[return-value]


@pytest.mark.parametrize("wrong", [Forgets, Shares, Floats, object, dict])
def test_a_wrong_answer_is_told_the_same(wrong: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdict(*, ahead: bool) -> Report:
        monkeypatch.setattr(Shares, "ALL", {})
        try:
            return asked(wrong, ahead=ahead)[0]
        except Unlike:
            return verdict(ahead=False)

    report = verdict(ahead=True)
    assert report == verdict(ahead=False)
    assert not report.passed


class Odd(Tally):
    """Right, and asked otherwise: its counts come as an object, which is made plain by one more message."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = type("Counts", (dict,), {})()


def test_an_odd_answer_is_to_be_asked_one_by_one() -> None:
    with pytest.raises(Unlike):
        asked(Odd, ahead=True)
    assert asked(Odd, ahead=False)[0].passed


class Breaks(Tally):
    def add(self, name: str, by: int = 1) -> int:
        raise RuntimeError("not today")


def test_questions_after_the_end_of_a_claim_are_not_held_against_the_answer() -> None:
    """Asked one by one, nothing is asked after an error that ends a claim."""

    @examine(Tally)
    def check(exam: Examination) -> None:
        @exam.claim("it adds")
        def _(Tally: Any) -> Iterator[Step]:
            tally = Tally()
            yield "added", tally.add("ann")
            yield "added", tally.add("bob")

    (own,) = subjects(Breaks)
    far: Port = own._port.exchange.__self__
    own._port.ahead = lambda number, talk: far.serve_all(number, talk.requests)
    with pytest.raises(Unlike):
        check(own)
