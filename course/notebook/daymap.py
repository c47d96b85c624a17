"""The map of the 40 days, eight weeks by five days; the first line of a day's notebook and its last."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, Literal

from course.notebook import figures, progress, spoken, unrun
from course.notebook.earlier import lay_out
from course.notebook.released import automatic_points, minutes, place, read_cells
from course.notebook.state import FOLDER, home, learner, state
from course.notebook.state import play as state_of_play
from course.numbers import number
from course.syllabus import DAYS, DAYS_A_WEEK, Day, find

START = "start.ipynb"
"""The page that holds the map, beside the day folders."""


@dataclass(frozen=True)
class Square:
    """One day on the map. ``checks`` maps each check of the day's notebook to its points and to what was earned,
    ``places`` to what its part of the notebook is called and to the id of the cell where that begins. The day ``takes``
    so many minutes; 0 where its notebook does not say."""

    day: Day
    there: bool
    checks: dict[str, tuple[float, float]]
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    takes: int = 0
    unscored: int = 0
    """Spoken answers that were not compared with their rubric to its end."""

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

    @property
    def minutes(self) -> int:
        """The day's minutes that are left: its own, less the share of its points that is earned."""
        if not self.there or self.done:
            return 0
        left = 1 - self.earned / self.points if self.points else 1
        return 5 * round(self.takes * left / 5)

    def words(self) -> str:
        """The day's state in words."""
        if not self.there:
            return "later"
        if self.done:
            unscored = " · answers unscored" if self.unscored else ""
            return f"done, {number(self.points)} points{unscored}"
        return f"{number(self.earned)} of {number(self.points)} points" if self.earned else "not started"

    def link(self) -> str:
        """The way to the open exercise, from the folder that holds the day folders; to the day where nothing was done."""
        cell = self.places[self.open[0]][1] if self.open and self.earned else ""
        return self.day.notebook + (f"#cell-id={cell}" if cell else "")

    def exercise(self) -> str:
        """What is open, as its heading names it; "" where nothing was done yet or all is done."""
        return self.places[self.open[0]][0] if self.open and self.earned else ""


@dataclass(frozen=True)
class Map:
    """The 40 days as squares; shows itself as a table with links, or as text.

    ``last`` is the day in which a check ran last, and ``due`` holds the days that are due for review.
    """

    squares: tuple[Square, ...]
    prefix: str = ""
    last: str = ""
    due: dict[str, timedelta] = field(default_factory=dict)

    @property
    def next(self) -> Square | None:
        """Where to go on: the day that was worked on last while it is open, else the first one with points left."""
        open_days = [square for square in self.squares if square.there and not square.done]
        return next(
            (square for square in open_days if square.day.id == self.last), next(iter(open_days), None)
        )

    @property
    def headline(self) -> str:
        there = self._there()
        if not there:
            return "no day's notebook is here; `course lab` brings them"
        earned, points = sum(s.earned for s in there), sum(s.points for s in there)
        done, left = sum(square.done for square in there), sum(square.minutes for square in there)
        days = f"{done} of {len(there)} days done · {number(earned)} of {number(points)} points by checks"
        return f"{days} · {_hours(left)} left" if left else days

    def way(self) -> str:
        """Where to go on, as a sentence; "" where nothing is left."""
        if not self.next:
            return ""
        day, exercise = self.next.day, self.next.exercise()
        name = f"day {day.number}, {day.title}"
        return f"go on with {name}: {exercise}" if exercise else f"begin {name}"

    def reviews(self) -> list[tuple[Square, str]]:
        """The finished days that are due for review, each with how long ago it was seen."""
        done = {square.day.id: square for square in self.squares if square.done}
        return [(done[day], f"{since.days} days ago") for day, since in self.due.items() if day in done]

    def text(self) -> str:
        """The map in plain text: a row a week, then a line for each day that is there."""
        way = [f"next: {self.way()}, about {self.next.minutes} minutes"] if self.next else []
        due = [f"review: day {s.day.number}, {s.day.title}, seen {ago}" for s, ago in self.reviews()]
        lines = [self.headline, *way, *due, ""]
        for week in self._weeks():
            row = "".join(f"{self._brief(square):>11}" for square in week)
            lines.append(f"week {week[0].day.week}  {week[0].day.week_title:<39}{row}")
        lines.append("")
        for square in self._there():
            mark = "next" if square is self.next else ""
            lines.append(
                f"{mark:>6}  day {square.day.number:<3}{square.day.title:<32}{square.words():<24}{square.day.notebook}"
            )
        return "\n".join(line.rstrip() for line in lines)

    def html(self) -> str:
        """The map as a table: every state in words and in the shape of its frame, not in colour alone."""
        rows = []
        for week in self._weeks():
            cells = "".join(self._cell(square) for square in week)
            rows.append(f'<tr><th scope="row">{self._week(week)}</th>{cells}</tr>')
        away = any(not square.there for square in self.squares)
        caption = self.headline + (" · a dotted day comes later" if away and self._there() else "")
        earned, points = (sum(getattr(s, what) for s in self._there()) for what in ("earned", "points"))
        bar = f'<progress max="{points or 1:g}" value="{earned:g}" aria-label="points earned"></progress>'
        table = f'<table class="course-map"><caption>{bar} {escape(caption)}</caption><tbody>{"".join(rows)}</tbody></table>'
        return f'<div class="course-desk">{self._ahead()}{table}</div>{STYLE}'

    def _ahead(self) -> str:
        """Where to go on and what to review, as links."""
        lines = []
        if self.next:
            way = escape(self.way()[:1].upper() + self.way()[1:])
            lines.append(
                f'<a href="{escape(self.prefix + self.next.link())}"><b>{way}</b></a> · about {self.next.minutes} minutes'
            )
        for square, ago in self.reviews():
            day = f"day {square.day.number}, {escape(square.day.title)}"
            lines.append(
                f'Due for review: <a href="{escape(self.prefix + square.day.notebook)}">{day}</a>, seen {ago}. '
                "Say its recap aloud, then run one of its checks again"
            )
        return "".join(f"<p>{line}</p>" for line in lines)

    def _week(self, week: tuple[Square, ...]) -> str:
        there = [square for square in week if square.there]
        day, whole, left = week[0].day, sum(s.takes for s in there), sum(s.minutes for s in there)
        time = f"<br>{_hours(whole)}" + (f", {_hours(left)} left" if left < whole else "") if there else ""
        return f"Week {day.week}<br><span>{escape(day.week_title)}{time}</span>"

    def _cell(self, square: Square) -> str:
        day, ahead = square.day, square is self.next
        kind = "away" if not square.there else "done" if square.done else "next" if ahead else "open"
        name = f"<b>{day.number}</b> {escape(day.title)}"
        if not square.there:
            return f'<td class="course-away">{name}</td>'
        mark = {"done": "✓ ", "next": "→ next · ", "open": ""}[kind]
        begun = square.earned and not square.done
        takes = (
            (f"{square.minutes} min left · " if begun else f"{square.takes} min · ") if square.takes else ""
        )
        current = ' aria-current="step"' if ahead else ""
        return (
            f'<td class="course-{kind}"{current}><a href="{escape(self.prefix + square.link())}">{name}</a><br>'
            f"<span>{takes}level {day.difficulty} of 5<br>{mark}{square.words()}</span></td>"
        )

    def _there(self) -> list[Square]:
        return [square for square in self.squares if square.there]

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


@dataclass(frozen=True)
class End:
    """The end of a day's notebook: what it earned, and the ways back and on."""

    square: Square
    days: Map
    back: bool

    def text(self) -> str:
        """The ways in words."""
        stand = f"Day {self.square.day.number} · {self.square.words()}"
        missing = [self.square.places[check][0] for check in self.square.open]
        lines = [stand + (f" · open: {'; '.join(missing)}" if missing else "")]
        return "\n".join([*lines, *(f"{words}: {link}" for words, link in self._ways())])

    def html(self) -> str:
        """The ways as links."""
        first = escape(self.text().splitlines()[0])
        ways = " · ".join(f'<a href="{escape(link)}">{escape(words)}</a>' for words, link in self._ways())
        return f'<div class="course-desk"><p>{first}</p><p>{ways}</p></div>{STYLE}'

    def _ways(self) -> list[tuple[str, str]]:
        ways = [("← back to the map", f"../{START}")] if self.back else []
        onward = self.days.next
        if onward and onward.day == self.square.day:
            later = (
                s for s in self.days.squares if s.there and not s.done and s.day.number > onward.day.number
            )
            onward = next(later, None)
        if onward:
            ways.append((f"on to day {onward.day.number}, {onward.day.title} →", f"../{onward.link()}"))
        return ways

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text()


def show_map(folder: Path | None = None, now: datetime | None = None) -> Map:
    """The map of ``folder`` (that holds the day folders; by default around this notebook), with its progress; what is
    due is due ``now``."""
    where, kept = (folder, folder / FOLDER) if folder else (home(), state())
    tries = progress.attempts(kept)
    best = progress.best(kept)
    prefix = "" if where == Path.cwd() or folder else "../"
    return Map(
        tuple(_square(day, where, best, kept) for day in DAYS),
        prefix,
        tries[-1].day if tries else "",
        progress.reviews(now or datetime.now(UTC), kept),
    )


def start(day: int | str, play: Literal["own", "reference"] = "own") -> None:
    """Print a day's header line with the progress in it, and let the kernel show figures as the course does. Does nothing
    where a grader runs.

    With ``play="reference"``, sections 5 and 6 run on the course's own implementation, whether or not section 4 was run:
    for a reader who does not program today. The rounds count; the exercises stay open.
    """
    if not learner():
        return
    shell = _shell()
    found = find(day)
    if shell:
        figures.use(shell)
        unrun.watch(shell, found)
    state_of_play(reference=play == "reference")
    if shell and play == "reference":
        lay_out(found, shell.user_ns)
    square = _square(found, home(), progress.best())
    parts = [f"Day {found.number} of {len(DAYS)}", found.title, square.words()]
    if square.earned and square.open:
        parts.append("open: " + ", ".join(check.removeprefix(f"{found.id}-") for check in square.open))
    print(" · ".join(parts))
    if play == "reference":
        print(
            "Break and Escalate run on the course's own implementation: skip section 4. Your rounds count, its exercises "
            "stay open"
        )
    elif play != "own":
        print(f'play is {play!r}; say play="reference", or leave it out')


def _shell() -> Any:
    """The kernel's shell; None where IPython does not run."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def finish(day: int | str) -> End | None:
    """The end of a day's notebook, to be shown as its last cell's value. None where a grader runs."""
    if not learner():
        return None
    found, days = find(day), show_map()
    square = next(each for each in days.squares if each.day == found)
    return End(square, days, back=(home() / START).is_file())


def _square(day: Day, folder: Path, best: dict[str, progress.Attempt], kept: Path | None = None) -> Square:
    cells = read_cells(folder / day.notebook)
    checks = {}
    for check, points in automatic_points(cells).items():
        earned = min(best[check].score, points) if check in best else 0.0
        checks[check] = (points, earned)
    places = {check: place(cells, check) for check in checks}
    compared = (len(spoken.kept(day.id, at, kept).marks) for at in range(1, spoken.questions(cells) + 1))
    unscored = sum(marks < spoken.POINTS for marks in compared)
    return Square(day, bool(cells), checks, places, minutes(cells), unscored)


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


STYLE = """<style>
.course-desk{font-family:var(--jp-ui-font-family,sans-serif);font-size:13.5px;max-width:72em;line-height:1.4;
color:var(--jp-content-font-color1,inherit)}
.course-desk p{margin:.3em 0 .6em!important}
.course-desk a{color:var(--jp-content-link-color,#1a5fb4)!important}
.course-desk a:focus-visible{outline:2px solid currentColor;outline-offset:2px}
.course-map{border-collapse:separate!important;border-spacing:5px!important;table-layout:fixed;width:100%;
font-size:12.5px!important;color:inherit}
.course-map progress{width:12em;height:.8em;vertical-align:middle;margin-right:.5em}
.course-map caption{caption-side:top;text-align:left;font-size:1.08em;padding:4px;color:inherit}
.course-map tr,.course-map tr:hover{background:transparent!important}
.course-map th,.course-map td{text-align:left!important;vertical-align:top!important;white-space:normal!important;
padding:6px!important;line-height:1.35;overflow-wrap:break-word;hyphens:auto}
.course-map th{font-weight:600;padding-left:0!important}.course-map span{font-weight:400;font-size:.92em}
.course-map td{border:1px solid #8a8a8a!important;border-radius:4px}
.course-map td.course-done{border:3px double #1b7f4d!important}
.course-map td.course-next{border:3px solid #b35900!important}
.course-map td.course-away{border:1px dotted #8a8a8a!important}
.course-map td.course-away b{font-weight:400}
</style>"""
