"""Text play, its file, its pages and its graded replay, with real files and real kernels. Ten seconds."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interview_queue import ROUNDS, SCENARIO, BrokenDoor, Door, OpenDoor, UnwrittenDoor
from well_formed import unbalanced

from course.interview import Session, Store, Unreadable, read_moves, replay_report
from course.interview.scorecard import scorecard
from course.interview.session import MAX_MOVES, play_reference
from course.interview.store import FILE, MAX_BYTES
from course.interview.words import measured
from course.notebook.screens.interview import interview
from course.notebook.screens.lines import WIDTH
from course.notebook.screens.pages import told
from course.notebook.screens.table import Table
from course.numbers import number

HERE = Path(__file__).parent
PLAY: list[dict[str, Any]] = [
    {"round": 1, "servers": 9, "places": 200, "predict": 12},
    {"round": 1, "servers": 12, "places": 200, "predict": 5},
    {"round": 2, "servers": 22, "places": 20, "predict": 5},
    {"round": 3, "servers": 22, "places": 20, "predict": 0.2},
    {"round": 4, "servers": 22, "places": 20, "predict": 100},
    {"round": 5, "servers": 14, "places": 20, "predict": 80},
    {"round": 5, "servers": 14, "places": 5, "predict": 18},
]


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A day's folder in which a learner works."""
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "day02"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def play(table: Table, moves: list[dict[str, Any]] = PLAY) -> Table:
    for move in moves:
        table.propose(**move)
    return table


def saved(room: Path) -> Any:
    return json.loads((room / FILE).read_text())


# ── the table ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_opens_with_prompt_constraint_budget_knobs_and_how_to_move() -> None:
    text = repr(interview(SCENARIO, Door))
    words = (
        "round 1 of 5: Steady",
        "Size it for me",
        "Eighty requests a second",
        "mean wait",
        "≤ 50 ms",
        "≤ 40 $/h",
        "a whole number from 1 to 60",
        "one of 'plain', 'fast'",
        "Are arrivals even?",
        "Predict mean wait in ms",
        "table.propose(round=1, servers=..., places=..., kind=..., predict=...)",
    )
    assert [word for word in words if word not in " ".join(text.split())] == []
    assert "Spike" not in text, "a constraint to come is not shown"


def test_a_move_shows_prediction_beside_measurement_slack_and_what_broke_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    interview(SCENARIO, Door).propose(**PLAY[0])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Round 1 · Steady, attempt 1: mean wait broke first"
    assert "  mean wait: predicted 12 ms, measured 65.3 ms, too low by ×5.44" in lines
    assert [line.split() for line in lines if line.startswith("  BROKE FIRST")] == [
        ["BROKE", "FIRST", "mean", "wait", "≤", "50", "ms", "65.3", "ms", "−31%"]
    ]
    assert any("Where does the wait come from" in line for line in lines)


def test_running_all_again_changes_nothing_and_shows_the_same(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = play(interview(SCENARIO, Door))
    shown, file = capsys.readouterr().out, (room / FILE).read_bytes()
    again = play(interview(SCENARIO, Door))
    assert capsys.readouterr().out == shown
    assert (room / FILE).read_bytes() == file
    assert again.session.transcript == first.session.transcript
    assert repr(again) == repr(first)
    assert again.transcript() == first.transcript()


def test_a_refused_move_is_said_and_not_kept(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = interview(SCENARIO, Door)
    table.propose()
    table.propose(round=1, servers=12)
    table.propose(round=1, servers="many", predict=object())
    out = capsys.readouterr().out
    assert out.count("Not run") == 3
    assert "no prediction, no run: say first what you expect of mean wait in ms, as predict=" in out
    assert not (room / FILE).exists()


def test_numbers_of_numpy_are_numbers(room: Path) -> None:
    np = pytest.importorskip("numpy")
    interview(SCENARIO, Door).propose(round=np.int64(1), servers=np.int32(12), predict=np.float64(5))
    assert saved(room)["moves"] == [
        {"round": 1, "design": {"servers": 12, "places": 200, "kind": "plain"}, "predict": 5.0}
    ]


def test_an_unwritten_object_is_said_by_name_and_played_once_it_is_written(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interview(SCENARIO, UnwrittenDoor).propose(**PLAY[1])
    assert "UnwrittenDoor.admits is not written yet: finish its exercise to play" in capsys.readouterr().out
    assert not (room / FILE).exists()
    interview(SCENARIO, Door).propose(**PLAY[1])
    assert "attempt 1: held" in capsys.readouterr().out


def test_an_object_that_breaks_for_a_while_costs_no_saved_move(room: Path) -> None:
    play(interview(SCENARIO, Door), PLAY[:3])
    broken = interview(SCENARIO, BrokenDoor)
    assert "IndexError" in repr(broken)
    broken.propose(round=1, servers=10, predict=5)
    assert len(saved(room)["moves"]) == 3
    assert interview(SCENARIO, Door).session.state.number == 3


def test_what_the_object_prints_is_shown_with_its_move(capsys: pytest.CaptureFixture[str]) -> None:
    class Loud(Door):
        def admits(self, waiting: int) -> bool:
            if waiting == 0:
                print("a first one waits")
            return super().admits(waiting)

    interview(SCENARIO, Loud).propose(**PLAY[1])
    assert "Your code printed" in (out := capsys.readouterr().out)
    assert "a first one waits" in out


def test_the_scorecard_tells_attempts_breaks_and_calibration_and_shows_the_reference() -> None:
    table = play(interview(SCENARIO, Door))
    card = scorecard(table.session)
    assert [each.attempts for each in card.rounds] == [2, 1, 1, 1, 2]
    assert [each.broke for each in card.rounds] == [("mean wait",), (), (), (), ("mean wait",)]
    assert card.first_try == 3
    assert card.typical_miss == pytest.approx(1.4302, abs=1e-4)
    text = repr(table)
    for words in (
        "all 5 rounds passed",
        "3 of 5 rounds passed on the first try",
        "Half of your 7 predictions are within ×1.43",
        "reference  servers = 14, places = 6, kind = plain",
    ):
        assert words in text


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_well_formed_and_say_every_state_in_words() -> None:
    table = interview(SCENARIO, Door)
    for move in PLAY:
        before = table.page()
        table.propose(**move)
        for page in (
            before,
            told(table.session.outcomes[-1], table.session),
            told(table.session.outcomes[0], table.session, folded=True),
        ):
            assert unbalanced(page.html()) == []
            words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.html(), flags=re.DOTALL)
            assert page.title in words
            assert ("broke first" in page.title) == ("BROKE FIRST" in words)
            assert max(map(len, page.text().splitlines())) <= WIDTH
    bundle = table._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


def test_what_the_learner_writes_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(SCENARIO, Door)
    outcome = session.propose({"round": 1, "design": {"servers": "<script>alert(1)</script>"}, "predict": 1})
    html = told(outcome, session).html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_measurement_next_to_its_limit_is_told_apart_from_it() -> None:
    from course.interview.outcome import Judgement

    wait = ROUNDS[0].slos[0]
    assert measured(Judgement("Steady", wait, 50.0)) == "50 ms"
    assert measured(Judgement("Steady", wait, 50.0004)) == "50.0004 ms"
    assert measured(Judgement("Steady", wait, float("inf"))) == "without bound"


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (999.7, 3, "1,000 ms"),
        (999.4, 3, "999 ms"),
        (99.96, 3, "100 ms"),
        (0.9996, 3, "1 ms"),
        (1234.5, 3, "1,234 ms"),
        (1_000_000, 6, "1,000,000 ms"),
        (1_234_567.8, 6, "1,234,568 ms"),
        (2_500_000_000, 6, "2,500,000,000 ms"),
        (1234.5678, 6, "1,234.57 ms"),
        (0.00518, 3, "0.00518 ms"),
        (0.0000518, 3, "0.0000518 ms"),
        (0, 3, "0 ms"),
        (-999.7, 3, "−1,000 ms"),
        (50.0004, 6, "50.0004 ms"),
        (12, 3, "12 ms"),
        (100, 3, "100 ms"),
        (1e20, 3, "1e+20 ms"),
        (5e-324, 3, "4.94e-324 ms"),
    ],
)
def test_numbers_are_said_without_powers_of_ten(value: float, digits: int, words: str) -> None:
    assert number(value, "ms", digits) == words


def test_the_transcript_is_markdown_of_the_whole_play() -> None:
    text = str(play(interview(SCENARIO, Door)).transcript())
    assert text.startswith("# A pool of servers behind a door\n")
    assert text.count("\n## Round") == len(PLAY)
    assert "| BROKE FIRST | mean wait | ≤ 50 ms | 65.3 ms | −31% |" in text
    assert text.count("> **Interviewer**") == len(PLAY) + 2


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────


def test_moves_are_saved_as_plain_json_and_nothing_else_is_left_behind(room: Path) -> None:
    play(interview(SCENARIO, Door), PLAY[:2])
    assert saved(room) == {
        "scenario": "day02",
        "moves": [
            {"round": 1, "design": {"servers": 9, "places": 200, "kind": "plain"}, "predict": 12.0},
            {"round": 1, "design": {"servers": 12, "places": 200, "kind": "plain"}, "predict": 5.0},
        ],
    }
    assert os.listdir(room) == [FILE]


def test_a_write_that_fails_leaves_the_file_whole_and_is_said(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = play(interview(SCENARIO, Door), PLAY[:2])
    before = (room / FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    table.propose(**PLAY[2])
    assert (room / FILE).read_bytes() == before
    assert os.listdir(room) == [FILE]
    assert "kept until the kernel stops: No space left on device" in repr(table)
    assert interview(SCENARIO, Door).session.state.number == 3, "this kernel still knows the move"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 60_000, "is not JSON"),
        (b"[]", "holds no list of moves"),
        (b'{"scenario": "day04", "moves": []}', "holds the moves of 'day04', not of 'day02'"),
        (b" " * (MAX_BYTES + 1), "is larger than 64 KiB"),
    ],
)
def test_a_file_of_something_else_is_left_alone_and_said(content: bytes, words: str, room: Path) -> None:
    (room / FILE).write_bytes(content)
    table = interview(SCENARIO, Door)
    assert f"{FILE} {words}" in " ".join(repr(table).split())
    table.propose(**PLAY[1])
    assert (room / FILE).read_bytes() == content
    assert interview(SCENARIO, Door).session.state.number == 2


def test_only_a_regular_file_is_read(room: Path) -> None:
    (room / "elsewhere").write_text('{"scenario": "day02", "moves": []}')
    (room / FILE).symlink_to("elsewhere")
    for make in (lambda: None, lambda: os.mkfifo(room / FILE), lambda: (room / FILE).mkdir()):
        make()
        with pytest.raises(Unreadable):
            read_moves(room / FILE, "day02")
        (room / FILE).rmdir() if (room / FILE).is_dir() else (room / FILE).unlink()
    assert read_moves(room / FILE, "day02") == []


def test_a_file_of_many_moves_is_read_up_to_the_cap(room: Path) -> None:
    moves = [{"round": 1, "design": {"places": place % 200}, "predict": place} for place in range(900)]
    (room / FILE).write_text(json.dumps({"scenario": "day02", "moves": moves}, separators=(",", ":")))
    assert len(read_moves(room / FILE, "day02")) == MAX_MOVES
    assert "is full" in Store("day02").add({"round": 1})


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["scenario", "moves", "round", "design", "predict"]), inner, max_size=4
        )
    ),
)


@given(
    content=st.binary(max_size=60)
    | _json.map(lambda tree: json.dumps(tree).encode())
    | st.lists(_json, max_size=4).map(
        lambda moves: json.dumps({"scenario": "day02", "moves": moves}).encode()
    )
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_whatever_the_file_holds_the_table_opens_and_the_replay_reports(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / FILE).write_bytes(content)
    moves, _ = Store("day02", folder).moves()
    report = replay_report(SCENARIO, Door, moves=moves)
    assert not report.passed
    assert len(report.claims) == 5


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "COURSE_GATE"])
def test_where_no_learner_works_nothing_is_written_and_moves_count_in_this_process(
    variable: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "autograde")
    play(interview(SCENARIO, Door))
    assert os.listdir(room) == []
    assert replay_report(SCENARIO, Door).passed


# ── the replay ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_replay_reports_one_claim_a_round_in_the_order_of_play() -> None:
    play(interview(SCENARIO, Door), PLAY[:3])
    report = replay_report(SCENARIO, Door)
    assert [(claim.name, claim.passed, claim.weight) for claim in report.claims] == [
        ("Steady", True, 1),
        ("Spike", True, 1),
        ("Slow", False, 1),
        ("round 4", False, 1),
        ("round 5", False, 1),
    ]
    assert [finding.kind for finding in report.findings] == ["not-played"] * 3
    assert report.first is not None
    assert report.first.next == "table.propose(round=3, servers=..., places=..., kind=..., predict=...)"


def test_the_finding_of_a_failed_round_is_the_promise_that_broke_first() -> None:
    play(interview(SCENARIO, Door), PLAY[:6])
    first = replay_report(SCENARIO, Door).first
    assert first is not None
    assert first.kind == "broke-wait_ms"
    assert first.case == "round 5 · Half: servers=14, places=20, kind='plain'"
    assert (first.expected, first.got, first.next) == (
        "mean wait ≤ 60 ms",
        "100 ms",
        SCENARIO.probes["wait_ms"],
    )


def test_a_replay_measures_again_on_the_object_that_is_there_now() -> None:
    table = interview(SCENARIO, Door)
    play_reference(table.session)
    moves = [outcome.move for outcome in table.session.outcomes]
    assert replay_report(SCENARIO, Door, moves=moves).passed
    failed = replay_report(SCENARIO, OpenDoor, moves=moves)
    assert [claim.passed for claim in failed.claims] == [True, True, True, False, False]
    unwritten = replay_report(SCENARIO, UnwrittenDoor, moves=moves)
    assert unwritten.first is not None
    assert unwritten.first.case == "UnwrittenDoor.admits is not written yet"
    assert unwritten.score == 0


def test_a_replay_costs_few_messages() -> None:
    play(interview(SCENARIO, Door))
    assert 0 < replay_report(SCENARIO, Door).crossings < 300


# ── in a kernel ─────────────────────────────────────────────────────────────────────────────────────────────

CELL = """
import sys
sys.path.insert(0, {here!r})
from interview_queue import SCENARIO, Door
from course.interview import replay_report
from course.notebook.screens.interview import interview

table = interview(SCENARIO, Door)
{moves}
table
"""


def run_notebook(room: Path, moves: list[dict[str, Any]]) -> Any:
    import nbformat
    from nbclient import NotebookClient

    lines = "\n".join(f"table.propose(**{move!r})" for move in moves)
    cells = [
        CELL.format(here=str(HERE), moves=lines),
        "replay_report(SCENARIO, Door).score, sum(c.passed for c in replay_report(SCENARIO, Door).claims)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(room)}}).execute()
    return notebook.cells


def test_a_restarted_kernel_goes_on_where_the_play_stood_and_an_early_cell_is_folded(room: Path) -> None:
    run_notebook(room, PLAY[:2])
    cells = run_notebook(room, PLAY[:3])  # the second line was the latest when the cell came to it
    outputs = cells[0].outputs
    pages = [output.data["text/html"] for output in outputs if "text/html" in output.data]
    assert len(outputs) == len(pages) + 1, "the widget beside the pages"
    assert ["iw-whole" in page.split("<style>")[0] for page in pages] == [True, False, False, False]
    assert "round 3 of 5: Slow" in outputs[-1].data["text/plain"]
    assert cells[1].outputs[0].data["text/plain"] == "(0.0, 2)"
    assert len(saved(room)["moves"]) == 3


def test_a_grading_kernel_plays_the_saved_moves_and_writes_nothing(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(interview(SCENARIO, Door), PLAY[:3])
    before = (room / FILE).read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    cells = run_notebook(room, PLAY[3:5])
    assert cells[1].outputs[0].data["text/plain"] == "(0.0, 4)"
    assert (room / FILE).read_bytes() == before
