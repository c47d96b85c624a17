"""What a day's grading says about its checks and about a cohort: one web page, and one CSV, both from the log."""

import base64
import csv
import html
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from autograde.copies import COPIED
from autograde.verdict_log import VerdictLog
from autograde.visible import visible
from course.syllabus import Day


@dataclass(frozen=True)
class CheckRow:
    """One check over a cohort. ``difficulty`` is the mean share of its points (1: everybody had all); ``discrimination`` the
    correlation of that share with the score on all other checks (None where one of them does not vary). ``claims`` are
    names, each with the share of submissions in which it holds."""

    grade_id: str
    points: float
    difficulty: float
    discrimination: float | None
    zero: int
    full: int
    seconds: float
    limits: int
    review: int
    claims: list[tuple[str, float]]


@dataclass(frozen=True)
class CohortReport:
    """The latest grading of each student on one day. ``alike`` are groups whose functions are the same up to names,
    ``worked`` the minutes that notebooks tell, ``slowest`` what took grading longest."""

    day: Day
    scores: dict[str, dict[str, float]]
    rows: list[CheckRow]
    mistakes: list[tuple[str, str, int]]
    flags: dict[str, list[str]]
    limits: list[tuple[str, str, str]]
    problems: dict[str, str]
    alike: list[list[str]]
    worked: dict[str, int]
    seconds: float
    slowest: list[tuple[str, str, float]]


Latest = dict[str, dict[str, dict[str, Any]]]


def cohort_report(day: Day, folder: Path, entered: Collection[str] | None = None) -> CohortReport:
    """Read the log in ``folder`` (checked on the way) and gather what it says of those whose submissions are still
    there, and who are ``entered`` in the gradebook if that is known; raises ``LookupError`` where there is none."""
    found: Latest = {}
    for entry in VerdictLog(folder).entries():
        if entry["day"] == day.id:
            found.setdefault(entry["student"], {})[entry["grade_id"]] = entry
    found = {
        name: mine
        for name, mine in found.items()
        if (entered is None or name in entered) and (folder / "submitted" / name / day.id).is_dir()
    }
    if not found:
        raise LookupError(f"the log has no grading of {day.id}; grade it first: autograde grade {day.id}")
    latest = dict(sorted(found.items()))
    first = {name: next(iter(mine.values())) for name, mine in latest.items()}
    scores = {name: {key: float(e["score"]) for key, e in mine.items()} for name, mine in latest.items()}
    by_check = {
        key: [mine[key] for mine in latest.values() if key in mine] for key in next(iter(latest.values()))
    }
    named = Counter(
        (key, words) for key, each in by_check.items() for e in each if (words := _first_finding(e))
    )
    every = [(name, key, float(e["seconds"])) for name, mine in latest.items() for key, e in mine.items()]
    return CohortReport(
        day,
        scores,
        [_row(key, each, scores) for key, each in by_check.items()],
        [(key, words, count) for (key, words), count in named.most_common(15)],
        {name: list(entry["flags"]) for name, entry in first.items() if entry["flags"]},
        [(name, key, e["limit"]) for name, mine in latest.items() for key, e in mine.items() if e["limit"]],
        {name: entry["problem"] for name, entry in first.items() if entry["problem"]},
        _alike(first),
        {name: entry["worked"] for name, entry in first.items() if entry.get("worked") is not None},
        sum(seconds for _, _, seconds in every),
        sorted(every, key=lambda each: each[2], reverse=True)[:5],
    )


def _alike(first: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Students whose functions, two or more, are all the same up to names, and not all the reference's; largest group first."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, entry in first.items():
        shapes = entry.get("shapes", {})
        copies = sum(flag.endswith(COPIED) for flag in entry["flags"])
        if len(shapes) > max(1, copies):
            groups.setdefault(tuple(sorted(shapes.items())), []).append(name)
    return sorted((names for names in groups.values() if len(names) > 1), key=len, reverse=True)


def _first_finding(entry: dict[str, Any]) -> str:
    """What the first open claim says, in words that mean something without the case."""
    for claim in (entry["report"] or {"claims": []})["claims"]:
        found = claim["finding"]
        if not found:
            continue
        if found["kind"].startswith("broke-"):
            return f"round “{claim['name']}”: {found['expected']}"
        if found["kind"] in ("not-written", "not-played"):
            return str(found["case"])
        return str(found["likely"] or claim["name"])
    return ""


def _row(grade_id: str, entries: list[dict[str, Any]], scores: dict[str, dict[str, float]]) -> CheckRow:
    points = float(entries[0]["points"])
    shares = [float(entry["score"]) / points if points else 0.0 for entry in entries]
    rest = [sum(mine.values()) - mine[grade_id] for mine in scores.values() if grade_id in mine]
    return CheckRow(
        grade_id,
        points,
        mean(shares),
        correlation(shares, rest),
        sum(s == 0 for s in shares),
        sum(s >= 1 for s in shares),
        mean(float(entry["seconds"]) for entry in entries),
        sum(bool(entry["limit"]) for entry in entries),
        sum(bool(entry["needs_review"]) for entry in entries),
        _claims([entry["report"]["claims"] for entry in entries if entry["report"]], len(entries)),
    )


def _claims(reports: list[list[dict[str, Any]]], number: int) -> list[tuple[str, float]]:
    """By place: each claim's name, and in which share of ``number`` submissions it holds. A round that was not reached
    has no name, so the first that has one gives it."""
    found = []
    for place in range(max(map(len, reports), default=0)):
        mine = [claims[place] for claims in reports if place < len(claims)]
        if 2 * len(mine) > len(reports):
            names = [claim["name"] for claim in mine if claim["name"] != f"round {place + 1}"]
            name = Counter(names).most_common(1)[0][0] if names else mine[0]["name"]
            found.append((name, sum(claim["finding"] is None for claim in mine) / number))
    return found


def correlation(left: list[float], right: list[float]) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or where a side does not vary."""
    if len(left) < 3 or len(set(left)) < 2 or len(set(right)) < 2:
        return None
    a, b = mean(left), mean(right)
    over = sum((x - a) * (y - b) for x, y in zip(left, right, strict=True))
    return float(over / (sum((x - a) ** 2 for x in left) * sum((y - b) ** 2 for y in right)) ** 0.5)


def write_csv(report: CohortReport, path: Path) -> None:
    """One line a student: the score of each check, the sum, minutes worked, whom it is like, flags and problem."""
    keys = [row.grade_id for row in report.rows]
    group = {name: number for number, names in enumerate(report.alike, start=1) for name in names}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *keys, "automatic", "minutes worked", "alike: group", "flags", "problem"])
        for name, mine in report.scores.items():
            cells = [_cell(name), *(mine.get(key, "") for key in keys), round(sum(mine.values()), 2)]
            cells += [report.worked.get(name, ""), group.get(name, "")]
            notes = ("; ".join(report.flags.get(name, [])), report.problems.get(name, ""))
            writer.writerow([*cells, *map(_cell, notes)])


def _cell(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return visible("'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text)


def page(report: CohortReport) -> str:
    """The report as one self-contained page; every word of a learner's is escaped, and no script runs in it."""
    whole = sum(row.points for row in report.rows)
    totals = [sum(mine.values()) for mine in report.scores.values()]
    parts = [
        f"<h1>Day {report.day.number} · {html.escape(report.day.title)}</h1>",
        f"<p>{len(totals)} submissions · mean {mean(totals):.1f} of {whole:g} automatic points · "
        f"{sum(t >= whole for t in totals)} with all, {sum(t == 0 for t in totals)} with none. Spoken answers are in formgrader.</p>",
        _picture(_distribution(totals, whole), "How many submissions have how many automatic points"),
        "<h2>Checks</h2><p>Difficulty is the mean share of the points: near 1 is easy. Discrimination is the correlation with the "
        "rest of the day: near 0 or below, the check may be asking something else, or be broken.</p>",
        _table(
            [
                "check",
                "points",
                "difficulty",
                "discrimination",
                "with none",
                "with all",
                "grading s",
                "limits hit",
                "to review",
            ],
            [
                [
                    r.grade_id,
                    f"{r.points:g}",
                    f"{r.difficulty:.2f}",
                    "–" if r.discrimination is None else f"{r.discrimination:+.2f}",
                    r.zero,
                    r.full,
                    f"{r.seconds:.2f}",
                    r.limits,
                    r.review,
                ]
                for r in report.rows
            ],
        ),
        _picture(_difficulty(report.rows), "Mean share of the points of each check"),
        "<h2>What went wrong most often</h2><p>The first finding of each check, by its likely cause.</p>",
        _table(["check", "first finding", "submissions"], [list(row) for row in report.mistakes]),
        "<h2>Claims</h2><p>In how many submissions each holds: the low ones are worth ten minutes of the next session.</p>",
        _table(
            ["check", "claim", "holds in"],
            [[r.grade_id, name, _Bar(share)] for r in report.rows for name, share in r.claims],
        ),
        "<h2>Time</h2>",
        *_time(report),
        "<h2>Answers alike</h2><p>The same functions up to names, two or more of them, and not all the reference's. Look before "
        "you judge: short functions may agree by chance.</p>",
        _table(
            ["group", "students"], [[n, ", ".join(names)] for n, names in enumerate(report.alike, start=1)]
        ),
        "<h2>To look at</h2>",
        _table(
            ["student", "note"],
            [[n, _notes(f)] for n, f in report.flags.items()] + [[n, p] for n, p in report.problems.items()],
        ),
        "<h2>Limits hit</h2>",
        _table(["student", "check", "limit"], [list(row) for row in report.limits]),
    ]
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{report.day.id}</title>{_STYLE}<main>{''.join(parts)}</main></html>"


def _time(report: CohortReport) -> list[str]:
    parts = []
    if report.worked:
        words = "Minutes at the notebook, as its cells' time stamps tell: a lower bound, since only the last run of a cell is noted."
        parts = [
            f"<p>{words} {len(report.worked)} of {len(report.scores)} tell it.</p>",
            _picture(_worked(list(report.worked.values())), "How many learners worked how many minutes"),
        ]
    else:
        parts = [
            "<p>No notebook tells how long its learner worked: JupyterLab's “record timing” was off.</p>"
        ]
    slow = _table(
        ["student", "check", "seconds"], [[name, key, f"{s:.2f}"] for name, key, s in report.slowest]
    )
    return [*parts, f"<p>Grading took {report.seconds:.0f} s of one examiner in all. The slowest:</p>", slow]


class _Bar(float):
    """A share that a table shows as a bar too."""

    def html(self) -> str:
        return f"<span class='bar' style='width:{90 * self:.0f}px'></span> {self:.0%}"


_STYLE = """<style>:root{color-scheme:light dark}main{font:16px/1.5 system-ui,sans-serif;max-width:58em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}th,td{padding:.25em .8em .25em 0;text-align:left;vertical-align:top;
border-bottom:1px solid #8884}td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}code{font-size:.95em}
th,td:first-child{white-space:nowrap}td:first-child{max-width:20em;overflow:hidden;text-overflow:ellipsis}img{max-width:100%;background:#fff}
td:has(.bar){white-space:nowrap}.bar{display:inline-block;height:.7em;background:#1f4e79}@media(prefers-color-scheme:dark){.bar{background:#7fb2dd}}</style>"""


def _notes(flags: list[str]) -> str:
    """Flags in one line, what is copied gathered."""
    copies = [flag.removesuffix(COPIED) for flag in flags if flag.endswith(COPIED)]
    others = [flag for flag in flags if not flag.endswith(COPIED)]
    return "; ".join([*others, *([f"the reference's, up to names: {', '.join(copies)}"] if copies else [])])


def _table(head: list[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "<p>None.</p>"
    lines = "".join("<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{''.join(f'<th scope=col>{name}</th>' for name in head)}</tr></thead><tbody>{lines}</tbody></table>"


def _shown(cell: object) -> str:
    if isinstance(cell, _Bar):
        return cell.html()
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(visible(cell)))


def _picture(figure: Any, words: str) -> str:
    """A figure at twice the pixels of its place; its text is its title, which states the finding, and what it shows."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=2 * figure.dpi)
    said = html.escape(f"{figure.axes[0].get_title(loc='left')}. {words}")
    width = round(figure.get_figwidth() * figure.dpi)
    return f"<img alt='{said}' width='{width}' src='data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}'>"


def _figure() -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.2), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _distribution(totals: list[float], whole: float) -> Any:
    figure, axes = _figure()
    edges = [i - 0.5 for i in range(int(whole) + 2)]
    axes.hist(totals, bins=edges, color="#1f4e79", edgecolor="white")
    middle = sorted(totals)[len(totals) // 2]
    axes.set_title(f"Half of the submissions have {middle:g} points or more", loc="left")
    axes.set(xlabel="automatic points", ylabel="submissions", xlim=(-0.5, whole + 0.5))
    axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def _worked(minutes: list[int]) -> Any:
    figure, axes = _figure()
    axes.hist(minutes, bins=range(0, max(minutes) + 16, 15), color="#1f4e79", edgecolor="white")
    middle = sorted(minutes)[len(minutes) // 2]
    axes.set_title(f"Half of the learners worked {middle} minutes or more", loc="left")
    axes.set(xlabel="minutes", ylabel="learners", xlim=(0, None))
    axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def _difficulty(rows: list[CheckRow]) -> Any:
    figure, axes = _figure()
    hardest = min(rows, key=lambda row: row.difficulty)
    axes.barh([row.grade_id for row in rows][::-1], [row.difficulty for row in rows][::-1], color="#1f4e79")
    axes.set_title(f"Hardest: {hardest.grade_id}, {hardest.difficulty:.0%} of its points", loc="left")
    axes.set(xlabel="mean share of the points", xlim=(0, 1))
    return figure
