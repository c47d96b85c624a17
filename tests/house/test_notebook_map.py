"""The map of days and the header line. A second."""

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from learner_room import GRADED, code, day_four, text, write_notebook

from course.checking.report import Claim, Finding, Report
from course.notebook import finish, progress, show_map, start

HEADER = text(
    "# Day 4 of 40 · Consistent hashing\n\nWeek 1 · 90 minutes · difficulty 2 of 5 · builds on day 3"
)
DAY_FOUR, DAY_FIVE = "day04/consistent_hashing.ipynb", "day05/replication_and_quorums.ipynb"


class Table(HTMLParser):
    """Texts of the cells of the map, and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.current: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            if given.get("aria-current"):
                self.current.append(str(given["class"]))
        elif tag == "a":
            self.links.append(str(given["href"]))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def earn(check: str, passed: int, of: int, points: float) -> None:
    claims = tuple(
        Claim(str(at), finding=None if at < passed else Finding("kind", "case")) for at in range(of)
    )
    progress.record(check, Report(check, claims, points=points), ())


def ran(check: str, time: datetime, score: float = 4) -> datetime:
    """Add a run of ``check`` at ``time`` to the log; returns the time."""
    line = {
        "time": time.isoformat(),
        "check": check,
        "passed": True,
        "score": score,
        "points": 4,
        "texts": {},
    }
    path = progress.state() / progress.FILE
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return time


def test_the_map_has_eight_weeks_of_five_days_with_links_to_what_is_there(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notebook(work / DAY_FOUR, [HEADER, *day_four()])
    monkeypatch.chdir(work)
    table = Table(show_map().html())
    assert [len(row) for row in table.rows] == [6] * 8
    assert table.links == ["day04/consistent_hashing.ipynb"] * 2
    assert table.rows[0][4] == "4 Consistent hashing90 min · level 2 of 5→ next · not started"
    assert table.rows[0][5] == "5 Replication and quorums"
    assert "a dotted day comes later" in show_map().html()
    assert table.current == ["course-next"]
    monkeypatch.chdir(work / "day04")
    assert Table(show_map().html()).links == ["../day04/consistent_hashing.ipynb"] * 2


def test_progress_is_said_in_words_and_next_moves_on(work: Path) -> None:
    write_notebook(work / DAY_FOUR, [HEADER, *day_four()])
    write_notebook(work / DAY_FIVE, [HEADER, code(GRADED, "day05-quorum", grade=True, points=4)])
    earn("day04-ring", 1, 2, 4)
    days = show_map()
    assert days.headline == "0 of 2 days done · 2 of 8 points by checks · 2 h 15 min left"
    assert days.next is not None
    assert days.next.day.number == 4
    assert "→ next · 2 of 4 points" in days.html()
    assert '<progress max="8" value="2" aria-label="points earned"></progress>' in days.html()
    assert "45 min left · level 2 of 5" in days.html()
    earn("day04-ring", 2, 2, 4)
    days = show_map()
    assert days.headline == "1 of 2 days done · 4 of 8 points by checks · 1 h 30 min left"
    assert days.way() == "begin day 5, Replication and quorums"
    assert "✓ done, 4 points" in days.html()
    earn("day05-quorum", 1, 1, 4)
    days = show_map()
    assert days.headline == "2 of 2 days done · 8 of 8 points by checks"
    assert (days.next, days.way()) == (None, "")


def test_a_week_says_its_minutes_and_what_is_left(work: Path) -> None:
    write_notebook(work / DAY_FOUR, [HEADER, *day_four()])
    write_notebook(work / DAY_FIVE, [HEADER, code(GRADED, "day05-quorum", grade=True, points=4)])
    assert Table(show_map().html()).rows[0][0] == "Week 1Numbers, partitions, copies3 h"
    earn("day04-ring", 1, 2, 4)
    assert Table(show_map().html()).rows[0][0].endswith("copies3 h, 2 h 15 min left")


def test_it_goes_on_where_a_check_ran_last_and_at_its_open_exercise(work: Path) -> None:
    write_notebook(
        work / "day05" / "replication_and_quorums.ipynb",
        [
            text("### Exercise 1 · Votes (10 minutes, 4 points, about 9 lines)\n\nWhy."),
            code(GRADED, "day05-votes", grade=True, points=4),
            text("### Exercise 2 · Quorums & clocks (15 minutes, 4 points, about 9 lines)"),
            code(GRADED, "day05-quorum", grade=True, points=4),
        ],
    )
    earn("day05-votes", 1, 1, 4)
    days = show_map()
    assert days.way() == "go on with day 5, Replication and quorums: Exercise 2 · Quorums & clocks"
    page = days.html()
    assert Table(page).links[0] == "../day05/replication_and_quorums.ipynb#cell-id=cell-2"
    assert "Exercise 2 · Quorums &amp; clocks</b>" in page
    assert "next: go on with day 5" in days.text()
    earn("day05-quorum", 1, 1, 4)
    assert show_map().way() == "begin day 4, Consistent hashing"


def test_a_finished_day_is_due_for_review_after_three_days_then_ten_then_thirty(work: Path) -> None:
    def due(after: float) -> list[str]:
        return [ago for _, ago in show_map(now=clock + timedelta(days=after)).reviews()]

    clock = ran("day04-ring", datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert due(2.9) == []
    assert due(3) == ["3 days ago"]
    assert "Due for review: <a" in show_map(now=clock + timedelta(days=4)).html()
    assert (
        "review: day 4, Consistent hashing, seen 4 days ago" in show_map(now=clock + timedelta(days=4)).text()
    )
    clock = ran("day04-ring", datetime(2026, 3, 5, 12, tzinfo=UTC))
    clock = ran("day04-ring", datetime(2026, 3, 5, 13, tzinfo=UTC))
    assert (due(9), due(10)) == ([], ["10 days ago"])
    clock = ran("day04-ring", datetime(2026, 3, 20, 12, tzinfo=UTC))
    assert (due(29), due(30)) == ([], ["30 days ago"])
    clock = ran("day04-ring", datetime(2026, 4, 20, 12, tzinfo=UTC))
    assert (due(29), due(30)) == ([], ["30 days ago"])


def test_a_day_that_is_not_done_is_not_due(work: Path) -> None:
    ran("day04-ring", datetime(2026, 3, 1, tzinfo=UTC), score=2)
    assert show_map(now=datetime(2026, 5, 1, tzinfo=UTC)).reviews() == []


def test_the_plain_text_says_the_same(work: Path) -> None:
    earn("day04-ring", 1, 2, 4)
    text = show_map().text()
    assert ">4: 2/4" in text
    assert (
        "  next  day 4  Consistent hashing              2 of 4 points           day04/consistent_hashing.ipynb"
        in text
    )
    assert max(len(line) for line in text.splitlines()) <= 110
    assert sum(line.startswith("week ") for line in text.splitlines()) == 8


def test_points_that_a_check_no_longer_gives_do_not_count(work: Path) -> None:
    earn("day04-ring", 1, 1, 9)
    earn("day04-removed", 1, 1, 9)
    assert "4 of 4 points" in show_map().headline


def test_an_empty_folder_has_a_map_too(tmp_path: Path) -> None:
    days = show_map(tmp_path)
    assert days.headline == "no day's notebook is here; `course lab` brings them"
    assert days.next is None
    assert len(Table(days.html()).rows) == 8


def test_the_header_line_says_where_you_stand(work: Path, capsys: Any) -> None:
    write_notebook(
        work / "day04" / "consistent_hashing.ipynb",
        [*day_four(), code(GRADED, "day04-bounded", grade=True, points=2)],
    )
    start("day04")
    assert capsys.readouterr().out == "Day 4 of 40 · Consistent hashing · not started\n"
    earn("day04-ring", 1, 1, 4)
    start("day04")
    assert capsys.readouterr().out == "Day 4 of 40 · Consistent hashing · 4 of 6 points · open: bounded\n"
    earn("day04-bounded", 1, 1, 2)
    start("day04")
    assert capsys.readouterr().out == "Day 4 of 40 · Consistent hashing · done, 6 points\n"


def test_under_nbgrader_the_header_does_nothing(
    work: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    start("day04")
    assert capsys.readouterr().out == ""


def test_the_end_of_a_day_says_what_is_open_and_leads_back_and_on(work: Path) -> None:
    write_notebook(
        work / "day04" / "consistent_hashing.ipynb",
        [text("### Exercise 1 · The ring (25 minutes, 4 points, about 9 lines)"), *day_four()],
    )
    write_notebook(
        work / "day05" / "replication_and_quorums.ipynb", [code(GRADED, "day05-quorum", grade=True, points=4)]
    )
    (work / "start.ipynb").write_text("{}")
    end = finish("day04")
    assert end is not None
    assert end.text().splitlines() == [
        "Day 4 · not started · open: Exercise 1 · The ring",
        "← back to the map: ../start.ipynb",
        "on to day 5, Replication and quorums →: ../day05/replication_and_quorums.ipynb",
    ]
    assert Table(end.html()).links == ["../start.ipynb", "../day05/replication_and_quorums.ipynb"]
    earn("day04-ring", 1, 1, 4)
    earn("day05-quorum", 1, 1, 4)
    end = finish("day04")
    assert end is not None
    assert end.text().splitlines() == ["Day 4 · done, 4 points", "← back to the map: ../start.ipynb"]
    (work / "start.ipynb").unlink()
    assert "map" not in str(finish("day04"))


def test_under_nbgrader_the_end_is_nothing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert finish("day04") is None
