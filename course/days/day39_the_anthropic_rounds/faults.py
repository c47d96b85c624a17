"""Day 39's faults: which promise of the learner's filter breaks under which, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course.checking.answering import stubs
from course.checking.mistakes import FILE, edited, read_mistakes
from course.checking.port import subjects
from course.checking.report import cut
from course.days.day39_the_anthropic_rounds import service
from course.days.day39_the_anthropic_rounds.rule_scoped import RuleScopedFilter
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Block, Grid, Text
from course.notebook.screens.page import Page
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.defaults import DEFAULTS, run_outage
from course.systems.safety.interleaving import explore
from course.systems.safety.locks import ProbeLock
from course.systems.safety.races import rule_race
from course.systems.safety.rules import CountedRule

SAMPLE: Mapping[str, Any] = {"seed": 39, "sample": 400, "popular": 1.5, "restricted": 0.2}
THRESHOLD = 0.5


@dataclass(frozen=True)
class Scene:
    """What the filter works under: rules in force, share of evaluations that fail, and what else happens."""

    rules: int = 2
    late: int = 0
    failing: float = 0.0
    racing: bool = False
    hold_back: int | None = None


CALM = Scene()
FAULTS = {
    "a rule arrives mid-judgement": replace(CALM, racing=True),
    "twenty good rules join": replace(CALM, rules=22),
    "the rules are late": replace(CALM, late=100),
    "one evaluation in twenty fails": replace(CALM, failing=0.05),
    "text is shown before it is judged": replace(CALM, hold_back=0),
}
PROMISES = (
    Promise("harm is withheld", "share of restricted answers served", 0.10),
    Promise("good answers pass", "share of good answers blocked", 0.05),
    Promise("no stale score", "share of interleavings that end wrong", 0.0),
    Promise("nothing leaks", "words shown of a withheld passage", 0.0),
)


def under(fault: str, expected: Prediction, Filter: Any, Concurrent: Any, Scorer: Any) -> Page:
    """What the fault does to the learner's own classes: see :func:`~course.notebook.breaking.under_fault`."""
    Filter, Concurrent, Scorer = played("day39", Filter, Concurrent, Scorer)

    def run(fault: str) -> Run:
        before, after = (promises(scene, Filter, Concurrent, Scorer) for scene in (CALM, FAULTS[fault]))
        return Run(PROMISES, before, after, also=_beside(fault, Filter))

    return under_fault(fault, expected, FAULTS, run, Filter, Concurrent, Scorer)


def one_more_rule(Concurrent: Any, cached: int, rules: int) -> None:
    """Print what one more rule costs when ``cached`` responses are asked again: the learner's filter, and a scoped one."""
    (Concurrent,) = played("day39", Concurrent)
    if missing := stubs(Concurrent):
        print(f"{missing[0]} is not written yet; finish exercise 2 first")
        return
    print(f"evaluations to score {cached} cached responses again after rule {rules + 1}")
    for name, Filter in (("yours", Concurrent), ("scoped to a rule", RuleScopedFilter)):
        counted = [CountedRule(service.ServedRule(name)) for name in service.names(rules + 1)]
        safety = Filter(counted[:-1], lock=ProbeLock())
        texts = service.texts(restricted=False)[:cached]
        try:
            for text in texts:
                safety.score(text)
            before = sum(rule.evaluations for rule in counted)
            safety.add_rule(counted[-1])
            for text in texts:
                safety.score(text)
        except Exception as error:
            print(
                f"your code raised {type(error).__name__}: {cut(error, 200)}; its check in section 4 says more"
            )
            return
        print(f"  {name:<18}{sum(rule.evaluations for rule in counted) - before:>6,}")


def promises(scene: Scene, Filter: Any, Concurrent: Any, Scorer: Any) -> dict[str, float]:
    """Each promise's measure in ``scene``, on these classes."""
    sample = service.requests(SAMPLE)
    restricted = set(service.texts(restricted=True))
    rules = [service.ServedRule(name) for name in service.names(scene.rules)]
    if scene.late:
        answers = [(text, text in restricted) for text in sample]
        outage = run_outage(answers, Filter(), [service.FIRST], {scene.late: rules}, "open", THRESHOLD)
        harm, wrong = outage.harm_served, outage.good_blocked
    else:
        runner = service.CountingRunner(scene.failing)
        safety = Concurrent(rules, runner=runner, capacity=200, lock=ProbeLock())
        blocked = [safety.score(text) < THRESHOLD for text in sample]
        harm = sum(text in restricted and not was for text, was in zip(sample, blocked, strict=True))
        wrong = sum(text not in restricted and was for text, was in zip(sample, blocked, strict=True))
    bad = sum(text in restricted for text in sample)
    return {
        "harm is withheld": harm / bad,
        "good answers pass": wrong / (len(sample) - bad),
        "no stale score": _interleaved(Concurrent)[0] if scene.racing else 0.0,
        "nothing leaks": _leaked(Scorer, scene.hold_back),
    }


def _interleaved(Concurrent: Any) -> tuple[float, str]:
    """The share of all interleavings of a score with two new rules that end wrong, and the same in words."""
    found = explore(
        rule_race(lambda stage: Concurrent(strictness="strict", lock=stage.lock())), preemptions=100
    )
    return found.share_failed, f"{len(found.failures)} of {found.schedules} interleavings end wrong"


def locks_alone() -> Any:
    """The known wrong answer that takes the lock wherever the finished filter does, and keeps what it judged."""
    mistakes = read_mistakes(Path(__file__).with_name(FILE))
    wrong = next(mistake for mistake in mistakes if mistake.name == "no generation check")
    return next(edited(wrong, (ConcurrentSafetyFilter,)))[0]


def _leaked(Scorer: Any, hold_back: int | None) -> float:
    """Words shown of a passage that is withheld, a stream."""
    load = {"seed": 4, "streams": 8, "window": 6}
    design = {"policy": f"balanced {THRESHOLD}", "hold_back": hold_back if hold_back is not None else 5}
    return service.measure(design, load, *subjects(Scorer, Scorer))["leaked"]


def _beside(fault: str, Filter: Any) -> tuple[Block, ...]:
    """What stands beside the table: another design under the same fault."""
    if fault == "a rule arrives mid-judgement":
        share, words = _interleaved(locks_alone())
        return (Text(f"Beside it, a lock on every access and no generation check: {words} ({share:.0%})."),)
    if fault == "the rules are late":
        restricted = set(service.texts(restricted=True))
        answers = [(text, text in restricted) for text in service.requests(SAMPLE)]
        rows = []
        for default in DEFAULTS:
            rules = [service.ServedRule(name) for name in service.names(2)]
            came = run_outage(answers, Filter(), [service.FIRST], {100: rules}, default, THRESHOLD)
            rows.append((default, str(came.harm_served), str(came.good_blocked), str(came.delayed)))
        head = (f"{len(answers)} answers, rules after 100", "harm served", "good blocked", "delayed")
        return (Grid(head, tuple(rows), frozenset({1, 2, 3})),)
    return ()
