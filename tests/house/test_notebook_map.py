"""The map of days and the header line. A second."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from learner_room import GRADED, code, day_four, write_notebook

from course.checking.report import Claim, Finding, Report
from course.notebook import progress, show_map, start


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


def test_the_map_has_eight_weeks_of_five_days_with_links_to_what_is_there(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    table = Table(show_map().html())
    assert [len(row) for row in table.rows] == [6] * 8
    assert table.links == ["day04/consistent_hashing.ipynb"]
    assert table.rows[0][4] == "4 Consistent hashing90 min · level 2 of 5→ next · not started"
    assert table.rows[0][5].endswith("not in this release")
    assert table.current == ["course-next"]
    monkeypatch.chdir(work / "day04")
    assert Table(show_map().html()).links == ["../day04/consistent_hashing.ipynb"]


def test_progress_is_said_in_words_and_next_moves_on(work: Path) -> None:
    write_notebook(
        work / "day05" / "replication_and_quorums.ipynb", [code(GRADED, "day05-quorum", grade=True, points=4)]
    )
    earn("day04-ring", 1, 2, 4)
    days = show_map()
    assert days.headline == "0 of 2 days done · 2 of 8 points by checks · next: day 4, Consistent hashing"
    assert "→ next · 2 of 4 points" in days.html()
    earn("day04-ring", 2, 2, 4)
    days = show_map()
    assert (
        days.headline == "1 of 2 days done · 4 of 8 points by checks · next: day 5, Replication and quorums"
    )
    assert "✓ done, 4 points" in days.html()
    earn("day05-quorum", 1, 1, 4)
    assert show_map().headline == "2 of 2 days done · 8 of 8 points by checks"


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
