"""Before the knobs, and drill cards: how they are read, compared, locked, drawn and run. Two seconds."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interview_queue import DESIGNS, ROUNDS, SCENARIO, Door, UnwrittenDoor, run

from course.interview import (
    Assumed,
    Before,
    Complexity,
    Estimate,
    Production,
    Session,
    Side,
    Tenfold,
    check_scenario,
)
from course.interview.before import (
    LOCKED,
    SKIPPED,
    Plan,
    compare,
    covered,
    problems,
    read_data,
    read_path,
    remarks,
)
from course.interview.cards import Answer
from course.interview.clock import phase_at
from course.interview.drills import drawn, exponents
from course.interview.said import Notes, read
from course.interview.scorecard import dimensions, scorecard
from course.interview.session import play_reference
from course.notebook.screens.path_picture import picture
from course.notebook.screens.table import Table

QUESTIONS = (
    *SCENARIO.clarify,
    ("How long does a request take?", "A tenth of a second, on average."),
)
BEFORE = Before(
    estimates=(
        Estimate(
            "busy servers",
            "servers",
            8,
            given="Eighty requests a second: 80.",
            asks=("How long does a request take?",),
            how="80 × 100 / 1000 = 8",
        ),
        Estimate("cost", "$/h", 12, within=1.5, given="12 servers at one dollar.", how="12 × 1"),
        Estimate("requests a day", "requests", 6.9e6, given="80 a second.", how="80 × 86,400"),
    ),
    data="submit(request: bytes, deadline_ms: int) -> answer: bytes\nwaiting request: queue, key request id, used at worker",
    path="client -> door ×2 -> queue ×2 -> worker ×12",
)


def _admits(n: int, Gate: Any) -> tuple[Any, list[tuple[int]]]:
    return Gate(n).admits, [(n,), (n + 1,), (n + 2,)]


DRILLS = (
    Complexity(
        ask="How does it grow?",
        good="Not at all.",
        before=Side("one", _admits, 256),
        after=Side("the other", _admits, 512),
    ),
    Tenfold(ask="Ten times?", times={"per_second": 10}, good="The wait.", on=("wait_ms",)),
    Production(good="By the wait.", on=("shed",)),
    Assumed(good="That arrivals are independent.", rounds=("Crowd", "Half")),
)
WHOLE = replace(SCENARIO, clarify=QUESTIONS, before=BEFORE, drills=DRILLS)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(*objects: object, seconds: float = 30) -> Table:
    ticks = itertools.count(1000.0, seconds)
    return Table(WHOLE, *(objects or (Door,)), now=lambda: next(ticks))


# ── the two texts ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_path_is_read_with_alternatives_copies_and_branches() -> None:
    path = read_path("client → router ×3 -> words, codes (64 B) x 32 -> fuse\nsource -> words; Router -> log")
    assert path.nodes == {
        "client": False,
        "router": True,
        "words": False,
        "codes (64 B)": True,
        "fuse": False,
        "source": False,
        "log": False,
    }
    assert ("router", "words") in path.edges
    assert ("codes (64 B)", "fuse") in path.edges
    assert ("router", "log") in path.edges, "Router is router"
    assert path.sources == ["client", "source"]


def test_a_node_is_single_without_copies_or_another_in_its_place() -> None:
    assert read_path("client -> a -> b ×2 -> c, d -> e").single == ["a", "e"]
    assert read_path("client -> a -> b -> client").single == ["a", "b"]


def test_calls_and_facts_are_read_a_line_each() -> None:
    data = read_data(
        "- lookup(key: str, k: int) -> server\nput(x) -> None\ndrop(a: int)\nload: cache, key server, used at router, door\nx"
    )
    assert [call.lacks for call in data.calls] == ["", "a type for x", "a result: -> …"]
    load, bare = data.facts
    assert (load.name, load.owner, load.key, load.used_at) == ("load", "cache", "server", ("router", "door"))
    assert (bare.name, bare.owner) == ("x", "")


def test_a_key_may_be_called_key() -> None:
    data = read_data("value: replica, key, used at router\nold: replica, key key")
    assert [(fact.owner, fact.key) for fact in data.facts] == [("replica", "key"), ("replica", "key")]
    assert data.facts[0].used_at == ("router",)


REMARKS = {
    "load: cache, key server, used at router": "no edge brings it there",
    "load: cache, key server, used at moon": "used at “moon”, which is not on your path",
    "load: moon, key server": "stored at “moon”, which is not on your path",
    "load: cache": "“load” has no key",
    "load": "“load” has no owner",
    "get(x) -> y\nload: cache, key server": "lacks a type for x",
}


@pytest.mark.parametrize("data", REMARKS)
def test_what_does_not_fit_together_is_said(data: str) -> None:
    found = remarks(read_data("ok(a: int) -> b\n" + data), read_path("client -> router -> x -> caches ×3"))
    assert len(found) == 1
    assert REMARKS[data] in found[0]


def test_nothing_is_said_of_the_references_own_fields() -> None:
    assert remarks(read_data(BEFORE.data), read_path(BEFORE.path)) == []


def test_a_question_is_recognised_in_other_words_and_no_other_is() -> None:
    assert covered("What is the duration of a request, and can I refuse some?", QUESTIONS) == [
        "",
        *["What is the duration of a request, and can I refuse some?"] * 2,
    ]
    assert (
        covered("Do arrivals come evenly? How long is the work of one request?", QUESTIONS)[0]
        == "Do arrivals come evenly?"
    )
    assert covered("", QUESTIONS) == ["", "", ""]


def test_a_plan_is_compared_with_the_reference() -> None:
    plan = Plan(
        estimates={"busy servers": 15.9, "cost": 20},
        path="client -> queue",
        data="f(a: int) -> b\nwaiting: queue, key id",
    )
    found = compare(plan, BEFORE, QUESTIONS)
    assert [guess.right for guess in found.guesses] == [True, False, False], (
        "a factor of 2, of 1.5, and none given"
    )
    assert found.guesses[0].factor == pytest.approx(15.9 / 8)
    assert found.single == ("queue",)
    assert found.its_single == ()
    assert found.without == ("the node “door”", "the node “worker”"), (
        "the waiting request is there, in other words"
    )


# ── the picture ─────────────────────────────────────────────────────────────────────────────────────────────

_names = st.text("abc <>&\"'×\n", min_size=1, max_size=8)


@given(st.lists(st.tuples(_names, _names), max_size=20))
def test_whatever_is_written_is_drawn_as_one_well_formed_picture(edges: list[tuple[str, str]]) -> None:
    path = read_path("\n".join(f"{start} -> {end}" for start, end in edges))
    drawn_path = picture(path, path.single)
    assert bool(drawn_path) == bool(path.edges)
    if drawn_path:
        import xml.etree.ElementTree as xml

        root = xml.fromstring(drawn_path)
        places = [(float(box.get("x") or 0), float(box.get("y") or 0)) for box in root.iter("rect")]
        assert len(set(places)) == len(places), "no two nodes lie on each other"
        assert all(0 <= x <= float(root.get("width") or 0) for x, _ in places)


# ── at the table ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("room")
def test_a_mock_gives_as_long_as_its_clock_does_before_a_part_is_gone_into() -> None:
    mock = replace(WHOLE, mock=True)
    drill = phase_at(60 * mock.minutes)
    assert drill is not None
    assert drill.name == "drill"
    assert f"{mock.minutes} minutes for four fields" in repr(Table(mock))
    assert f"{WHOLE.minutes} minutes for four fields" in repr(Table(WHOLE))


def test_the_knobs_are_locked_until_the_plan_is_locked(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sat = table()
    sat.propose(round=1, predict=5, **DESIGNS["Steady"])
    assert "before the knobs" in capsys.readouterr().out
    assert sat.session.outcomes == []
    sat.before(clarify="How long does one request take?", path="client -> queue")
    shown = capsys.readouterr().out
    assert "client -> queue" in shown
    (question,) = (asked for asked, answer in WHOLE.clarify if answer.startswith("A tenth of a second"))
    said = " ".join(shown.split())
    assert f"{question} A tenth of a second" in said, "the answer to what was asked, with its question"
    assert "No: independent" not in shown
    sat.before(estimates={"busy servers": 9})
    sat.lock()
    shown = capsys.readouterr().out
    assert "Estimates in 0:30: 1 of 3 right" in shown
    assert "waiting request: queue" in shown
    sat.before(clarify="Something else?")
    assert sat.plan.plan.clarify == "How long does one request take?", "locked"
    sat.propose(round=1, predict=5, **DESIGNS["Steady"])
    assert sat.session.outcomes[-1].passed
    again = table()
    assert not again.planning
    assert again.plan.plan == sat.plan.plan


def test_it_can_be_skipped_and_that_is_kept(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sat = table()
    sat.skip()
    assert not sat.planning
    assert sat.plan.plan.state == SKIPPED
    assert "Before the knobs: skipped." in str(sat.transcript())
    assert scorecard(sat.session, sat.notes.now).traits[0].evidence == ("Skipped.",)


def test_where_a_gate_runs_and_where_a_play_has_begun_nothing_is_locked(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Table(SCENARIO, Door)
    begun.propose(round=1, predict=5, **DESIGNS["Steady"])
    assert not table().planning
    (room / "interview.json").unlink()
    assert table().planning
    monkeypatch.setenv("COURSE_GATE", "1")
    assert not table().planning


WRONG = {
    "text that is none": ({"clarify": 3}, "clarify is 3; give it text"),
    "an unknown estimate": ({"estimates": {"joy": 3}}, "there is no estimate 'joy'"),
    "an estimate below 0": ({"estimates": {"cost": -3}}, "cost is -3; give a number above 0"),
    "estimates that are no mapping": (
        {"estimates": [3]},
        "estimates is a list; give a number for each of 'busy servers'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_kept_is_said_in_a_sentence(
    case: str, room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields, words = WRONG[case]
    table().before(**fields)  # type: ignore[arg-type]
    assert words in capsys.readouterr().out


# ── drills ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_card_is_chosen_by_what_broke_and_the_same_play_meets_the_same_cards() -> None:
    played = Session(WHOLE, Door)
    played.propose({"round": 1, "design": {"servers": 9}, "predict": 5})  # the wait breaks
    play_reference(played)
    cards = drawn(played)
    assert cards[1] is DRILLS[1]
    assert len(cards) == len(set(map(id, cards.values()))) == 4, "each once"
    assert all(
        card is not DRILLS[3]
        for number, card in cards.items()
        if ROUNDS[number - 1].name not in ("Crowd", "Half")
    )
    again = Session(WHOLE, Door)
    again.play([made.move for made in played.outcomes])
    assert drawn(again) == cards


def test_an_exponent_is_fitted_to_the_players_own_code() -> None:
    class Slow(Door):
        def admits(self, waiting: int) -> bool:
            return sum(1 for _ in range(self.places)) > waiting

    flat = exponents(DRILLS[0], Session(WHOLE, Door).subjects)  # type: ignore[arg-type]
    linear = exponents(DRILLS[0], Session(WHOLE, Slow).subjects)  # type: ignore[arg-type]
    assert flat == (0, 0)
    assert all(0.7 < power <= 1 for power in linear)


def test_ten_times_is_run_and_the_answer_kept_with_what_it_met(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sat = table()
    sat.skip()
    sat.propose(round=1, servers=9, predict=5)
    sat.propose(round=1, servers=12, predict=5)
    assert 'table.drill("...", breaks=...)' in capsys.readouterr().out
    sat.drill("all wait", breaks="joy")
    assert "breaks is 'joy'; give it one of 'wait_ms', 'shed', 'cost', 'nothing'" in capsys.readouterr().out
    sat.drill("all wait", breaks="wait_ms")
    shown = capsys.readouterr().out
    slower = run(
        {**DESIGNS["Steady"], "places": 200}, replace(ROUNDS[0], load={"per_second": 800, "service_ms": 100})
    )
    worst = min(WHOLE.rounds[0].slos, key=lambda slo: slo.slack(slower[slo.metric]))
    kept = sat.notes.now.drills["Steady"]
    assert kept.right is (worst.metric == "wait_ms")
    assert kept.seconds == 30
    assert f"your design breaks first: {worst.name}" in kept.met[0]
    assert "The wait." in shown, "a good answer"
    sat.drill("again")
    assert "no drill card waits" in capsys.readouterr().out
    assert "Your answer, after 30 s:** all wait" in str(sat.transcript())


def test_a_card_that_cannot_be_run_on_the_players_code_is_answered_all_the_same(room: Path) -> None:
    sat = table(UnwrittenDoor)
    sat.reference = (Door,)
    sat.skip()
    sat.on_reference = True
    sat.propose(round=1, predict=5, **DESIGNS["Steady"])
    found = sat.cards.card
    assert found is not None
    assert sat.cards.answer(Answer(found[1].ask, "so", (0.0, 0.0))).right is not None, (
        "it is run on the reference"
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["plan", "drills", "estimates", "state", "met", "a"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    )
)
def test_notes_of_anything_are_read_as_notes_and_written_back(data: object) -> None:
    found = read(data)
    assert isinstance(found, Notes)
    assert read(found.as_data()) == found


def test_notes_hold_plan_and_answers() -> None:
    plan = Plan("a?", {"cost": 3.0}, "f() -> x", "a -> b", LOCKED, 61.5, 12.0)
    notes = Notes(plan=plan, drills={"Steady": Answer("How?", "so", (0.0, 1.0), "", 12.0, ("line",), True)})
    assert read(notes.as_data()) == notes


# ── the scorecard of a mock ─────────────────────────────────────────────────────────────────────────────────


def test_a_mock_reports_the_dimensions_from_what_was_done() -> None:
    mock = replace(WHOLE, mock=True, safety=("shed",))
    silent = Session(mock, Door)
    silent.propose({"round": 1, "design": {"servers": 9}, "predict": 999})
    assert {each.name: each.points for each in dimensions(silent, Notes())} == {
        "abstraction": 0,
        "trade-off": 0,
        "failure modes": 0,
        "scale": 0,
        "leading the conversation": 0,
        "safety": 0,
    }
    full = Session(mock, Door)
    play_reference(full)
    plan = Plan(
        "Are arrivals even? May I refuse? How long does a request take?",
        {each.name: each.answer for each in BEFORE.estimates},
        BEFORE.data,
        BEFORE.path,
        LOCKED,
    )
    notes = Notes(
        plan=plan,
        answers={each.name: "word " * 30 for each in ROUNDS},
        drills={each.name: Answer("?", "so") for each in ROUNDS},
    )
    points = {each.name: each.points for each in dimensions(full, notes)}
    assert points == {
        "abstraction": 2,
        "trade-off": 2,
        "failure modes": 1,
        "scale": 2,
        "leading the conversation": 2,
        "safety": 2,
    }, "nothing was said about what breaks"
    assert scorecard(full, notes).dimensions
    assert not scorecard(Session(WHOLE, Door)).dimensions, "a day reports none"


# ── the gate ────────────────────────────────────────────────────────────────────────────────────────────────


def estimate(**changes: Any) -> Before:
    return replace(BEFORE, estimates=(replace(BEFORE.estimates[0], **changes), *BEFORE.estimates[1:]))


DEFECTS: dict[str, tuple[Any, str]] = {
    "two estimates": (
        {"before": replace(BEFORE, estimates=BEFORE.estimates[:2])},
        "2 estimates before the knobs",
    ),
    "no unit": ({"before": estimate(unit="")}, "lacks a unit"),
    "no tolerance": ({"before": estimate(within=1)}, "lacks a unit, a finite answer above 0, or a tolerance"),
    "a question that nobody answers": ({"before": estimate(asks=("Why?",))}, "needs the question 'Why?'"),
    "a number from nowhere": (
        {"before": estimate(how="80 × 137")},
        "takes 137, which is neither given nor can be asked",
    ),
    "no arithmetic": ({"before": estimate(how="")}, "does not say how it is reached"),
    "two questions": ({"clarify": QUESTIONS[1:]}, "2 clarifying questions"),
    "fields that do not fit": (
        {"before": replace(BEFORE, path="client -> worker")},
        "stored at “queue”, which is not on your path",
    ),
    "a kind of card is missing": ({"drills": DRILLS[:3]}, "no drill card about assumptions"),
    "a card without an answer": (
        {"drills": (*DRILLS[:3], Assumed(good=" "))},
        "lacks its question or a good answer",
    ),
    "a card on nothing": ({"drills": (*DRILLS[:3], Assumed(good="a", on=("joy",)))}, "is drawn on 'joy'"),
    "a card after nothing": (
        {"drills": (*DRILLS[:3], Assumed(good="a", rounds=("Joy",)))},
        "follows 'Joy', which is no round",
    ),
    "ten times nothing": (
        {"drills": (DRILLS[0], Tenfold(ask="?", good="!", times={"joy": 10}), *DRILLS[2:])},
        "multiplies 'joy', which is no number of any load",
    ),
    "a card that cannot be run": (
        {
            "drills": (
                replace(DRILLS[0], after=Side("x", lambda n, Gate: (Gate(n).moos, [(1,)]), 4)),
                *DRILLS[1:],
            )
        },
        "cannot be run: ",
    ),
}


def test_the_whole_scenario_passes_the_gate() -> None:
    assert check_scenario(WHOLE, Door) == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_planted_defect_is_named_with_its_mend(defect: str) -> None:
    changes, words = DEFECTS[defect]
    found = check_scenario(replace(WHOLE, **changes), Door)
    assert any(words in each for each in found), found
    assert all(". Mend: " in each for each in found)


def test_numbers_that_are_shown_elsewhere_need_not_be_given() -> None:
    before = estimate(given="", asks=(), how="80 × 100 / 1000")
    assert any("takes 80" in each for each in problems(before, "", QUESTIONS, ()))
    assert problems(before, "", QUESTIONS, (80.0,)) == []
    assert problems(before, "Eighty, that is 80, a second.", QUESTIONS, ()) == []


def test_the_docstring_of_the_grammar_is_read_as_it_says() -> None:
    import course.interview.before as module

    data, path = re.findall(r"::\n\n(.*?)\n\n", module.__doc__ or "", re.DOTALL)
    assert remarks(read_data(data), read_path(path.replace("client ->", "client -> "))) == []
