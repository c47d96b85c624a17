"""The map of the 40 days, eight weeks by five days, and the header line of one day."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from course.notebook import progress
from course.notebook.predictions import number
from course.notebook.released import automatic_points, read_cells
from course.notebook.state import home, learner, state
from course.syllabus import DAYS, DAYS_A_WEEK, Day, find


@dataclass(frozen=True)
class Square:
    """One day on the map. ``checks`` maps each check of the day's notebook to its points and to what was earned."""

    day: Day
    there: bool
    checks: dict[str, tuple[float, float]]

    @property
    def earned(self) -> float:
        return sum(earned for _, earned in self.checks.values())

    @property
    def points(self) -> float:
        return sum(points for points, _ in self.checks.values())

    @property
    def open(self) -> list[str]:
        """The checks that have points left."""
        return [check for check, (points, earned) in self.checks.items() if earned < points]

    @property
    def done(self) -> bool:
        return bool(self.checks) and not self.open

    def words(self) -> str:
        """The day's state in words."""
        if not self.there:
            return "not in this release"
        if self.done:
            return f"done, {number(self.points)} points"
        return f"{number(self.earned)} of {number(self.points)} points" if self.earned else "not started"


@dataclass(frozen=True)
class Map:
    """The 40 days as squares; shows itself as a table with links, or as text."""

    squares: tuple[Square, ...]
    prefix: str = ""

    @property
    def next(self) -> Square | None:
        """The first day with points left."""
        return next((square for square in self.squares if square.there and not square.done), None)

    @property
    def headline(self) -> str:
        there = [square for square in self.squares if square.there]
        earned, points = sum(s.earned for s in there), sum(s.points for s in there)
        done = sum(square.done for square in there)
        days = f"{done} of {len(there)} days done · {number(earned)} of {number(points)} points by checks"
        if not there:
            return "no day's notebook is here; `course lab` brings them"
        return f"{days} · next: day {self.next.day.number}, {self.next.day.title}" if self.next else days

    def text(self) -> str:
        """The map in plain text: a row a week, then a line for each day that is there."""
        lines = [self.headline, ""]
        for week in self._weeks():
            row = "".join(f"{self._brief(square):>11}" for square in week)
            lines.append(f"week {week[0].day.week}  {week[0].day.week_title:<39}{row}")
        lines.append("")
        for square in self.squares:
            if square.there:
                mark = "next" if square is self.next else ""
                lines.append(
                    f"{mark:>6}  day {square.day.number:<3}{square.day.title:<32}{square.words():<24}{square.day.notebook}"
                )
        return "\n".join(line.rstrip() for line in lines)

    def html(self) -> str:
        """The map as a table: every state in words and in the shape of its frame, not in colour alone."""
        rows = []
        for week in self._weeks():
            day = week[0].day
            cells = "".join(self._cell(square) for square in week)
            rows.append(
                f'<tr><th scope="row">Week {day.week}<br><span>{escape(day.week_title)}</span></th>{cells}</tr>'
            )
        caption = f"<caption>{escape(self.headline)}</caption>"
        return f'<table class="course-map">{caption}<tbody>{"".join(rows)}</tbody></table>{STYLE}'

    def _cell(self, square: Square) -> str:
        day, ahead = square.day, square is self.next
        kind = "away" if not square.there else "done" if square.done else "next" if ahead else "open"
        name = f"<b>{day.number}</b> {escape(day.title)}"
        if square.there:
            name = f'<a href="{escape(self.prefix + day.notebook)}">{name}</a>'
        mark = {"done": "✓ ", "next": "→ next · ", "open": "", "away": ""}[kind]
        facts = f"{day.minutes} min · level {day.difficulty} of 5<br>" if square.there else ""
        current = ' aria-current="step"' if ahead else ""
        return f'<td class="course-{kind}"{current}>{name}<br><span>{facts}{mark}{square.words()}</span></td>'

    def _weeks(self) -> list[tuple[Square, ...]]:
        return [self.squares[at : at + DAYS_A_WEEK] for at in range(0, len(self.squares), DAYS_A_WEEK)]

    def _brief(self, square: Square) -> str:
        share = f"{number(square.earned)}/{number(square.points)}"
        what = "-" if not square.there else "done" if square.done else share
        return f"{'>' if square is self.next else ''}{square.day.number}: {what}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text()


def show_map(folder: Path | None = None) -> Map:
    """The map of ``folder`` (that holds the day folders; by default around this notebook), with its progress."""
    best = progress.best(folder / ".course" if folder else state())
    where = folder or home()
    prefix = "" if where == Path.cwd() or folder else "../"
    return Map(tuple(_square(day, where, best) for day in DAYS), prefix)


def start(day: int | str) -> None:
    """Print a day's header line with the progress in it. Does nothing where a grader runs."""
    if not learner():
        return
    found = find(day)
    square = _square(found, home(), progress.best())
    parts = [f"Day {found.number} of {len(DAYS)}", found.title, square.words()]
    if square.earned and square.open:
        parts.append("open: " + ", ".join(check.removeprefix(f"{found.id}-") for check in square.open))
    print(" · ".join(parts))


def _square(day: Day, folder: Path, best: dict[str, progress.Attempt]) -> Square:
    cells = read_cells(folder / day.notebook)
    checks = {}
    for check, points in automatic_points(cells).items():
        earned = min(best[check].score, points) if check in best else 0.0
        checks[check] = (points, earned)
    return Square(day, bool(cells), checks)


STYLE = """<style>
.course-map{border-collapse:separate!important;border-spacing:5px!important;table-layout:fixed;width:100%;
max-width:72em;font-family:var(--jp-ui-font-family,sans-serif);font-size:12.5px!important;
color:var(--jp-content-font-color1,inherit)}
.course-map caption{caption-side:top;text-align:left;font-size:1.15em;font-weight:600;padding:4px;
color:var(--jp-content-font-color1,inherit)}
.course-map tr,.course-map tr:hover{background:transparent!important}
.course-map th,.course-map td{text-align:left!important;vertical-align:top!important;white-space:normal!important;
padding:6px 8px!important;line-height:1.35}
.course-map th{font-weight:600;padding-left:0!important}.course-map span{font-weight:400;font-size:.92em;opacity:.85}
.course-map td{border:1px solid #8a8a8a!important;border-radius:4px}
.course-map td.course-done{border:3px double #1b7f4d!important}
.course-map td.course-next{border:3px solid #b35900!important}
.course-map td.course-away{border:1px dotted #8a8a8a!important;opacity:.78}
.course-map td.course-away b{font-weight:400}.course-map td.course-away span{opacity:1}
.course-map a{color:var(--jp-content-link-color,#1a5fb4)!important}
.course-map a:focus-visible{outline:2px solid currentColor;outline-offset:2px}
</style>"""
