"""Many steps of a check in one message, and a library class that lives on the learner's side."""

from dataclasses import dataclass, field

import pytest

from course.checking.errors import SubjectError
from course.checking.port import subject
from course.checking.probes import script
from course.checking.seen import Odd, Raised
from course.checking.subject import each, plain, there
from course.systems.safety.rules import TableRule


@dataclass(frozen=True)
class Told:
    items: list[int]
    name: str = "told"


@dataclass
class Own:
    items: list[int] = field(default_factory=list)

    def add(self, item: int) -> None:
        self.items.append(item)

    def first(self) -> int:
        return self.items[0]

    def lazy(self) -> object:
        return (item for item in self.items)

    def tell(self) -> Told:
        return Told(self.items)

    def score(self, rule: TableRule, text: str) -> float:
        return rule.evaluate(text)


def test_what_a_line_shows_is_not_changed_by_a_later_one() -> None:
    own = subject(Own())
    lines = [(own, "add", 1), (own, "items"), (own, "add", 2), ("both", own, "items"), (own, "tell")]
    before = own._port.crossings
    found = list(script(*lines, note=", of two"))
    assert own._port.crossings == before + 1
    assert found == [
        ("add(1), of two", None),
        ("items(), of two", [1]),
        ("add(2), of two", None),
        ("both, of two", [1, 2]),
        ("tell(), of two", {"": "Told", "items": [1, 2], "name": "told"}),
    ]


def test_a_line_that_fails_does_not_end_the_others_and_a_set_is_no_step() -> None:
    own = subject(Own())
    lines = [(own, "first"), (own, "items =", [7]), (own, "first"), (own, "gone"), (own, "lazy")]
    found = [value for _, value in script(*lines, as_={"first": float})]
    assert isinstance(found[0], Raised)
    assert found[0].names[0] == "IndexError"
    assert found[1] == 7.0
    assert isinstance(found[2], Raised)
    assert found[2].names[0] == "AttributeError"
    assert isinstance(found[3], Odd)


def test_a_library_class_beside_the_answer_costs_no_message_when_it_is_used() -> None:
    own = subject(Own())
    (rule,) = each(there(own, TableRule), [("rule", {"bad": 0.25})])
    before = own._port.crossings
    assert [value for _, value in script((own, "score", rule, "bad"), (own, "score", rule, "good"))] == [
        0.25,
        1.0,
    ]
    assert own._port.crossings == before + 1
    assert plain(rule.asked, list[str]) == ["bad", "good"]


def test_nothing_but_the_library_is_reached() -> None:
    own = subject(Own())
    with pytest.raises(SubjectError, match="unknown request"):
        own._port.ask("library", own._id, "os", "getcwd")
