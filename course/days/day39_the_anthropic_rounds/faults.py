"""Day 39's faults: which promise of the learner's filter breaks under which, and by how much."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course.checking.answering import stubs
from course.checking.mistakes import FILE, edited, read_mistakes
from course.checking.port import subjects
from course.days.day39_the_anthropic_rounds import service
from course.days.day39_the_anthropic_rounds.rule_scoped import RuleScopedFilter
from course.notebook.breaking import FIRST, Promise, Run, promised, under_fault, why
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Block, Grid, Text
from course.notebook.screens.page import Page
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.defaults import DEFAULTS, run_outage
from course.systems.safety.interleaving import explore
from course.systems.safety.locks import ProbeLock
from course.systems.safety.races import rule_race
from course.systems.safety.rules import TableRule

SAMPLE: Mapping[str, Any] = {"seed": 39, "sample": 400, "popular": 1.5, "restricted": 0.2}
STREAM: Mapping[str, Any] = {"seed": 4, "streams": 8, "window": 6, "word_ms": 40}
POLICY = "balanced 0.5"
LATE = 100
"""Answers that come before the rules, where the rules are late."""
CALM: Mapping[str, Any] = {"rules": 2, "failing": 0.0, "late": 0, "racing": False, "hold_back": 5}
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "a rule arrives mid-judgement": {"racing": True},
    "twenty good rules join": {"rules": 22},
    "the rules are late": {"late": LATE},
    "one evaluation in twenty fails": {"failing": 0.05},
    "text is shown before it is judged": {"hold_back": 0},
}
PROMISES = (
    Promise("harm is withheld", "share of restricted answers served", 0.10),
    Promise("good answers pass", "share of good answers blocked", 0.05),
    Promise("no stale score", "share of interleavings that end wrong", 0.0),
    Promise("nothing leaks", "words shown of a withheld passage", 0.0),
)


def limits() -> Page:
    """What is promised, before anything is guessed."""
    return promised(PROMISES)


def under(fault: str, expected: Prediction, Filter: Any, Concurrent: Any, Scorer: Any) -> Page:
    """What the fault does to the learner's own classes: see :func:`~course.notebook.breaking.under_fault`."""
    Filter, Concurrent, Scorer = played("day39", Filter, Concurrent, Scorer)

    def run(fault: str) -> Run:
        scenes = (CALM, {**CALM, **FAULTS[fault]})
        before, after = (promises(scene, Filter, Concurrent, Scorer) for scene in scenes)
        return Run(PROMISES, before, after, also=_beside(fault, Filter))

    return under_fault(fault, expected, FAULTS, run, Filter, Concurrent, Scorer)


def promises(scene: Mapping[str, Any], Filter: Any, Concurrent: Any, Scorer: Any) -> dict[str, float]:
    """Each promise's measure in ``scene``, on these classes."""
    strictness, threshold = service.policy({"policy": POLICY})
    sample, named = service.requests(SAMPLE), service.names(scene["rules"])
    rules = [TableRule(name, service.table(name, sample, scene["failing"])) for name in named]
    if scene["late"]:
        answers = [(text, text in service.texts(restricted=True)) for text in sample]
        came = run_outage(answers, Filter((), strictness), [service.FIRST], {LATE: rules}, "open", threshold)
        bad = sum(harmful for _, harmful in answers)
        shares = {"missed": came.harm_served / bad, "wrong": came.good_blocked / (len(answers) - bad)}
    else:
        safety = Concurrent(rules, strictness, capacity=200, lock=ProbeLock())
        shares = service.judged(sample, [safety.score(text) for text in sample], threshold)
    design = {"policy": POLICY, "hold_back": scene["hold_back"]}
    return {
        "harm is withheld": shares["missed"],
        "good answers pass": shares["wrong"],
        "no stale score": _interleaved(Concurrent)[0] if scene["racing"] else 0.0,
        "nothing leaks": service.measure(design, STREAM, *subjects(Scorer, Scorer))["leaked"],
    }


def _interleaved(Concurrent: Any) -> tuple[float, str]:
    """The share of all interleavings of a score with two new rules that end wrong, and the same in words."""
    race = rule_race(lambda stage: Concurrent(strictness="strict", lock=stage.lock()))
    found = explore(race, preemptions=100)
    return found.share_failed, f"{len(found.failures)} of {found.schedules} interleavings end wrong"


def locks_alone() -> Any:
    """The known wrong answer that takes the lock wherever the finished filter does, and keeps what it judged."""
    mistakes = read_mistakes(Path(__file__).with_name(FILE))
    wrong = next(mistake for mistake in mistakes if mistake.name == "no generation check")
    return next(edited(wrong, (ConcurrentSafetyFilter,)))[0]


def _beside(fault: str, Filter: Any) -> tuple[Block, ...]:
    """What stands beside the table: another design under the same fault."""
    if fault == "a rule arrives mid-judgement":
        share, words = _interleaved(locks_alone())
        return (
            Text(
                f"A filter that locks as often as yours and keeps whatever it judged: {words} ({share:.0%})."
            ),
        )
    if fault == "the rules are late":
        return (_defaults(Filter),)
    if fault == "twenty good rules join":
        return (_thresholds(CALM["rules"] + 20),)
    return ()


def _defaults(Filter: Any) -> Grid:
    """What three defaults cost while the rules are late."""
    sample, rows = service.requests(SAMPLE), []
    answers = [(text, text in service.texts(restricted=True)) for text in sample]
    for default in DEFAULTS:
        rules = [TableRule(name, service.table(name, sample)) for name in service.names(2)]
        came = run_outage(answers, Filter(), [service.FIRST], {LATE: rules}, default, 0.5)
        rows.append((default, str(came.harm_served), str(came.good_blocked), str(came.delayed)))
    head = (f"{len(answers)} answers, rules after {LATE}", "harm served", "good blocked", "delayed")
    return Grid(head, tuple(rows), frozenset({1, 2, 3}))


def _thresholds(number: int) -> Grid:
    """The minimum in place of the mean, at four thresholds: what it blocks, and what it lets through."""
    sample, rows = service.requests(SAMPLE), []
    scores = [min(service.says(name, text) for name in service.names(number)) for text in sample]
    for threshold in (0.2, 0.3, 0.4, 0.5):
        found = service.judged(sample, scores, threshold)
        rows.append((f"strict, below {threshold}", f"{found['missed']:.2f}", f"{found['wrong']:.2f}"))
    head = (f"{number} rules, the lowest score counts", "restricted served", "good blocked")
    return Grid(head, tuple(rows), frozenset({1, 2}))


def one_more_rule(Concurrent: Any, kept: int, rules: int) -> Page:
    """What one more rule costs when ``kept`` responses are asked again: the learner's filter, and a scoped one."""
    (Concurrent,) = played("day39", Concurrent)
    if unwritten := stubs(Concurrent):
        return Page("Not run", (Text(f"{unwritten[0]} is not written yet; {FIRST}."),), "open")
    try:
        rows = [
            (name, f"{_evaluations(Filter, kept, rules):,}")
            for name, Filter in (("yours", Concurrent), ("scoped to a rule", RuleScopedFilter))
        ]
    except Exception as error:
        return Page("Not run", (Text(why(error)),), "open")
    head = (f"{kept} kept responses, asked again after rule {rules + 1}", "evaluations")
    return Page("One more rule", (Grid(head, tuple(rows), frozenset({1})),))


def _evaluations(Filter: Any, kept: int, rules: int) -> int:
    table = [TableRule(name, {}) for name in service.names(rules + 1)]
    safety = Filter(table[:-1], lock=ProbeLock())
    for text in (sample := service.texts(restricted=False)[:kept]):
        safety.score(text)
    safety.add_rule(table[-1])
    for text in sample:
        safety.score(text)
    return sum(len(rule.asked) for rule in table) - rules * kept
