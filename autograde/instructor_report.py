"""What a day's grading says about its checks and about a cohort: one web page, and one CSV, both from the log."""

import base64
import csv
import html
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from autograde.copies import COPIED
from autograde.verdict_log import VerdictLog
from course.syllabus import Day


@dataclass(frozen=True)
class CheckRow:
    """One check over a cohort. ``difficulty`` is the mean share of its points (1: everybody had all); ``discrimination`` the
    correlation of that share with the score on all other checks (None where one of them does not vary)."""

    grade_id: str
    points: float
    difficulty: float
    discrimination: float | None
    zero: int
    full: int
    seconds: float
    limits: int
    review: int


@dataclass(frozen=True)
class CohortReport:
    """The latest grading of each student on one day."""

    day: Day
    scores: dict[str, dict[str, float]]
    rows: list[CheckRow]
    mistakes: list[tuple[str, str, int]]
    flags: dict[str, list[str]]
    limits: list[tuple[str, str, str]]
    problems: dict[str, str]


def cohort_report(day: Day, folder: Path) -> CohortReport:
    """Read the log in ``folder`` (checked on the way) and gather; raises ``LookupError`` where the day was never graded."""
    latest: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in VerdictLog(folder).entries():
        if entry["day"] == day.id:
            mine = latest.setdefault(entry["student"], {})
            mine[entry["grade_id"]] = entry
    if not latest:
        raise LookupError(f"the log has no grading of {day.id}; grade it first: autograde grade {day.id}")
    scores = {
        name: {key: float(e["score"]) for key, e in mine.items()} for name, mine in sorted(latest.items())
    }
    order = list(next(iter(latest.values())))
    entries = {key: [mine[key] for mine in latest.values() if key in mine] for key in order}
    named: Counter[tuple[str, str]] = Counter()
    for key, each in entries.items():
        for entry in each:
            first = _first_finding(entry)
            if first:
                named[key, first] += 1
    return CohortReport(
        day,
        scores,
        [_row(key, each, scores) for key, each in entries.items()],
        [(key, words, count) for (key, words), count in named.most_common(15)],
        {name: list(next(iter(mine.values()))["flags"]) for name, mine in sorted(latest.items()) if next(iter(mine.values()))["flags"]},
        [(name, key, e["limit"]) for name, mine in sorted(latest.items()) for key, e in mine.items() if e["limit"]],
        {name: next(iter(mine.values()))["problem"] for name, mine in sorted(latest.items()) if next(iter(mine.values()))["problem"]},
    )  # fmt: skip


def _first_finding(entry: dict[str, Any]) -> str:
    for claim in (entry["report"] or {"claims": []})["claims"]:
        found = claim["finding"]
        if found:
            return str(
                found["likely"]
                or (found["case"] if found["kind"] in ("not-written", "not-played") else claim["name"])
            )
    return ""


def _row(grade_id: str, entries: list[dict[str, Any]], scores: dict[str, dict[str, float]]) -> CheckRow:
    points = float(entries[0]["points"])
    shares = [float(entry["score"]) / points if points else 0.0 for entry in entries]
    rest = [sum(mine.values()) - mine[grade_id] for mine in scores.values() if grade_id in mine]
    return CheckRow(
        grade_id, points, mean(shares), correlation(shares, rest), sum(s == 0 for s in shares), sum(s >= 1 for s in shares),
        mean(float(entry["seconds"]) for entry in entries), sum(bool(entry["limit"]) for entry in entries),
        sum(bool(entry["needs_review"]) for entry in entries),
    )  # fmt: skip


def correlation(left: list[float], right: list[float]) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or where a side does not vary."""
    if len(left) < 3 or len(set(left)) < 2 or len(set(right)) < 2:
        return None
    a, b = mean(left), mean(right)
    over = sum((x - a) * (y - b) for x, y in zip(left, right, strict=True))
    return float(over / (sum((x - a) ** 2 for x in left) * sum((y - b) ** 2 for y in right)) ** 0.5)


def write_csv(report: CohortReport, path: Path) -> None:
    """One line a student: the score of each check, the sum, flags and problem."""
    keys = [row.grade_id for row in report.rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *keys, "automatic", "flags", "problem"])
        for name, mine in report.scores.items():
            cells = [_cell(name), *(mine.get(key, "") for key in keys), round(sum(mine.values()), 2)]
            writer.writerow(
                [*cells, _cell("; ".join(report.flags.get(name, []))), _cell(report.problems.get(name, ""))]
            )


def _cell(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def page(report: CohortReport) -> str:
    """The report as one self-contained page; every word of a learner's is escaped, and no script runs in it."""
    whole = sum(row.points for row in report.rows)
    totals = [sum(mine.values()) for mine in report.scores.values()]
    parts = [
        f"<h1>Day {report.day.number} · {html.escape(report.day.title)}</h1>",
        f"<p>{len(totals)} submissions · mean {mean(totals):.1f} of {whole:g} automatic points · "
        f"{sum(t >= whole for t in totals)} with all, {sum(t == 0 for t in totals)} with none</p>",
        _picture(_distribution(totals, whole), "How many submissions have how many automatic points"),
        "<h2>Checks</h2><p>Difficulty is the mean share of the points: low is hard. Discrimination is the correlation with the "
        "rest of the day: near 0 or below, the check may be asking something else, or be broken.</p>",
        _table(
            ["check", "points", "difficulty", "discrimination", "with none", "with all", "grading s", "limits hit", "to review"],
            [[r.grade_id, f"{r.points:g}", f"{r.difficulty:.2f}", "–" if r.discrimination is None else f"{r.discrimination:+.2f}",
              r.zero, r.full, f"{r.seconds:.2f}", r.limits, r.review] for r in report.rows],
        ),
        _picture(_difficulty(report.rows), "Mean share of the points of each check"),
        "<h2>What went wrong most often</h2>",
        _table(["check", "first finding", "submissions"], [list(row) for row in report.mistakes]),
        "<h2>To look at</h2>",
        _table(["student", "note"], [[n, _notes(f)] for n, f in report.flags.items()] + [[n, p] for n, p in report.problems.items()]),
        "<h2>Limits hit</h2>",
        _table(["student", "check", "limit"], [list(row) for row in report.limits]),
    ]  # fmt: skip
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{report.day.id}</title>{_STYLE}<main>{''.join(parts)}</main></html>"


_STYLE = """<style>:root{color-scheme:light dark}main{font:16px/1.5 system-ui,sans-serif;max-width:58em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}th,td{padding:.25em .8em .25em 0;text-align:left;vertical-align:top;
border-bottom:1px solid #8884}td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
th,td:first-child{white-space:nowrap}td:first-child{max-width:20em;overflow:hidden;text-overflow:ellipsis}img{max-width:100%;background:#fff}</style>"""


def _notes(flags: list[str]) -> str:
    """Flags in one line, what is copied gathered."""
    copies = [flag.removesuffix(COPIED) for flag in flags if flag.endswith(COPIED)]
    others = [flag for flag in flags if not flag.endswith(COPIED)]
    return "; ".join([*others, *([f"the reference's, up to names: {', '.join(copies)}"] if copies else [])])


def _table(head: list[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "<p>None.</p>"
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr></thead><tbody>{lines}</tbody></table>"


def _picture(data: bytes, words: str) -> str:
    return f"<img alt='{html.escape(words)}' src='data:image/png;base64,{base64.b64encode(data).decode()}'>"


def _figure() -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.2), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _distribution(totals: list[float], whole: float) -> bytes:
    figure, axes = _figure()
    edges = [i - 0.5 for i in range(int(whole) + 2)]
    axes.hist(totals, bins=edges, color="#1f4e79", edgecolor="white")
    middle = sorted(totals)[len(totals) // 2]
    axes.set_title(f"Half of the submissions have {middle:g} points or more", loc="left")
    axes.set(xlabel="automatic points", ylabel="submissions", xlim=(-0.5, whole + 0.5))
    axes.yaxis.get_major_locator().set_params(integer=True)
    return _png(figure)


def _difficulty(rows: list[CheckRow]) -> bytes:
    figure, axes = _figure()
    hardest = min(rows, key=lambda row: row.difficulty)
    axes.barh([row.grade_id for row in rows][::-1], [row.difficulty for row in rows][::-1], color="#1f4e79")
    axes.set_title(f"Hardest: {hardest.grade_id}, {hardest.difficulty:.0%} of its points", loc="left")
    axes.set(xlabel="mean share of the points", xlim=(0, 1))
    return _png(figure)
