"""The gate of known wrong answers: each applies once, inside a hole, and is caught and named by its own sentence, first.

The losing side of the day's decision is held to the contrary: every check passes it, and it pays where it says.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from course.build.cutting import BEGIN, END
from course.build.gates_room import Problem, Room
from course.build.lesson import Check
from course.build.told import KEY, STUB
from course.build.trial import MistakeTrial, answers
from course.checking.mistakes import FILE, Edit, Mistake, read_mistakes

GATE = "mistakes"
AT_LEAST = 8
"""Mistakes that each exercise has."""
MAX_NAMING_SECONDS = 1.0
"""Processor seconds for finding which known mistake an answer makes. A third of it is wanted; on a busy machine the same
work counts up to three times as much."""


def mistakes_thoroughly(room: Room) -> list[Problem]:
    """The same at hidden seeds too: each mistake is caught whatever the seed. And its edit of the library is asked for what its
    answer gets right, too."""
    return mistakes(room, thorough=True)


def mistakes(room: Room, *, thorough: bool = False) -> list[Problem]:
    """At least eight mistakes an exercise, no two of a check with one sentence; each applies exactly once, is caught, and its sentence
    is the first finding's likely cause. What a decision loses passes every check, and fails the round that it names."""
    try:
        listed = read_mistakes(room.folder / FILE)
    except ValueError as error:
        mend = 'an entry is [exercise."name"] with edit = [old, new] and likely; its exercise says check'
        return [room.problem(GATE, f"{FILE}: {error}", mend)]
    found = [*_counts(room, listed), *_sentences(room, listed)]
    cells = answers(room.lesson, room.built.key)
    runs: list[Run] = []
    asked: Counter[str] = Counter()
    for mistake, edit in ((each, edit) for each in listed for edit in each.edits):
        problem, texts = _applied(room, mistake, edit, cells)
        if problem:
            found.append(problem)
        else:
            number = None if mistake.decision else asked[mistake.check]
            runs.append((mistake, _run(room, mistake, texts) | {"number": number}))
        asked[mistake.check] += not mistake.decision  # as `known_mistakes` counts them
    right_and_none = [_answer(room, KEY, room.built.key), _answer(room, STUB, room.built.released)]
    trials, broken = _tried(room, right_and_none + [run for _, run in runs], thorough=thorough)
    for name, trial in zip([KEY, STUB, *(mistake.title for mistake, _ in runs)], trials, strict=False):
        room.told.setdefault(name, dict(trial.told))
    if trials and trials[0].error:
        what = f"none was tried, for the key itself cannot be examined: {trials[0].error}"
        return [*found, room.problem(GATE, what, "mend that first")]
    trials = trials[len(right_and_none) :]
    if broken:
        mend = "a mistake may be wrong, and must not end the process"
        found.append(room.problem(GATE, f"the run broke off: {broken}", mend))
    for (mistake, _), trial in zip(runs, trials, strict=False):
        problem = _judged(room, mistake, trial)
        found += [problem] if problem else []
    return [*found, *_slow(room, runs, trials)]


def cards(room: Room, wanted: str = "") -> Iterator[tuple[str, str]]:
    """Each known wrong answer whose name or exercise holds ``wanted``, with the card that a learner reads then."""
    cells = answers(room.lesson, room.built.key)
    runs: list[Run] = []
    for mistake in read_mistakes(room.folder / FILE):
        for edit in mistake.edits if wanted.lower() in mistake.title.lower() else ():
            problem, texts = _applied(room, mistake, edit, cells)
            if problem:
                yield mistake.title, problem.text()
            else:
                runs.append((mistake, _run(room, mistake, texts)))
    trials, _ = _tried(room, [run for _, run in runs])
    for (mistake, _), trial in zip(runs, trials, strict=False):
        said = [report.card for report in trial.reports.values()]
        if mistake.decision:
            said = [f"{mistake.title} is right by every check, and pays in {mistake.decision!r}."]
        yield mistake.title, "\n".join(said) or trial.error


Run = tuple[Mistake, dict[str, Any]]
"""A mistake, and what the child needs to try it."""


def _tried(
    room: Room, runs: list[dict[str, Any]], *, thorough: bool = False
) -> tuple[list[MistakeTrial], str]:
    if not runs:
        return [], ""
    return room.trials.mistakes(room.lesson, room.built.key, runs, thorough=thorough)


def _slow(room: Room, runs: list[Run], trials: list[MistakeTrial]) -> list[Problem]:
    """The mistake that takes longest to name, where that is too long: a second time, too, in a process of its own."""
    ordered = sorted(zip(runs, trials, strict=False), key=lambda pair: -pair[1].naming)
    if not ordered or ordered[0][1].naming <= MAX_NAMING_SECONDS:
        return []
    (mistake, run), trial = ordered[0]
    again, _ = _tried(room, [run])
    least = min(each.naming for each in (trial, *again))
    what = f"finding {mistake.title} takes {least:.2f} s of CPU, more than {MAX_NAMING_SECONDS:g}"
    mend = "use smaller cases at the public seed"
    return [room.problem(GATE, what, mend)] if least > MAX_NAMING_SECONDS else []


def _judged(room: Room, mistake: Mistake, trial: MistakeTrial) -> Problem | None:
    """What is wrong with how a mistake fared."""
    if trial.error:
        mend = (
            "the edit, or that of the mistake which the error names, must leave Python that defines its name"
        )
        if mistake.decision:
            mend = "`decision` names a round of the interview or a fault of section 5"
        return room.problem(GATE, f"{mistake.title} cannot be run: {trial.error}", mend)
    if mistake.decision:
        return _decided(room, mistake, trial)
    for half, said in trial.reports.items():
        where = half.removeprefix(mistake.check)
        if said.passed:
            mend = f"give {mistake.check} a case that this answer fails, whatever the seed"
            return room.problem(GATE, f"{mistake.title} is not caught{where}", mend)
        if mistake.likely != said.likely and not where:
            told = "says nothing of a cause" if not said.likely else f"says “{said.likely}”"
            what = f"{mistake.title} is caught, but the card {told}: {said.line}"
            mend = "give a case that tells the two apart, or one entry with two `edits` where none can"
            return room.problem(GATE, what, mend)
    return None


def _decided(room: Room, mistake: Mistake, trial: MistakeTrial) -> Problem | None:
    refused = [name for name, said in trial.reports.items() if not said.passed]
    if refused:
        what = f"{mistake.title} is a decision, and {refused[0]} refuses it: {trial.reports[refused[0]].line}"
        return room.problem(GATE, what, "let the check ask for what both ways share")
    if trial.pays != mistake.decision:
        pays = f"pays first in {trial.pays!r}" if trial.pays else "does not"
        what = (
            f"{mistake.title} says that it pays in {mistake.decision!r}; run as the reference is, it {pays}"
        )
        return room.problem(GATE, what, "name the round or the fault in which the losing side pays")
    return None


def _counts(room: Room, listed: list[Mistake]) -> list[Problem]:
    number = Counter(mistake.exercise for mistake in listed if not mistake.decision)
    return [
        room.problem(
            GATE,
            f"{exercise.name} has {number[exercise.name]} of at least {AT_LEAST} known wrong answers",
            "add to mistakes.toml what people really get wrong in it",
        )
        for exercise in room.lesson.exercises
        if number[exercise.name] < AT_LEAST
    ]


def _sentences(room: Room, listed: list[Mistake]) -> list[Problem]:
    first: dict[tuple[str, str], Mistake] = {}
    found = []
    for mistake in listed:
        other = first.setdefault((mistake.check, mistake.likely), mistake) if mistake.likely else mistake
        if other is not mistake:
            what = f"{mistake.title} says the same as {other.title}: “{mistake.likely}”"
            mend = "say what tells them apart, or make them one entry with two `edits`"
            found.append(room.problem(GATE, what, mend))
    return found


def _run(room: Room, mistake: Mistake, texts: list[str]) -> dict[str, Any]:
    """What the child needs to try a mistake."""
    lesson = room.lesson
    wanted = [
        check
        for check in lesson.checks
        if check.function == mistake.check or (mistake.decision and mistake.exercise in check.subjects)
    ]
    interviews = [vars(lesson.check(cell)) for cell in lesson.of("interview")]
    return {
        "name": mistake.name,
        "cells": texts,
        "checks": [vars(check) for check in wanted],
        "decision": mistake.decision,
        "interview": next(iter(interviews), None),
        "number": None,
    }


def _answer(room: Room, name: str, notebook: Any) -> dict[str, Any]:
    """The same for the answers in ``notebook``, under every check."""
    cells = [cell["source"] for cell in answers(room.lesson, notebook) if cell["id"].endswith("-code")]
    checks = [vars(check) for check in room.lesson.checks]
    return {"name": name, "cells": cells, "checks": checks, "decision": "", "interview": None, "number": None}


def _applied(
    room: Room, mistake: Mistake, edit: Edit, cells: list[dict[str, str]]
) -> tuple[Problem | None, list[str]]:
    """What is wrong with the mistake as it is written, or the answers' cells with its edit made."""

    def problem(what: str, mend: str) -> tuple[Problem, list[str]]:
        return room.problem(GATE, f"{mistake.title} {what}", mend), []

    checks: dict[str, Check] = {check.function: check for check in room.lesson.checks}
    if mistake.check not in checks:
        return problem(f"names no check of the day: {mistake.check}", f"one of {', '.join(checks)}")
    if mistake.exercise not in checks[mistake.check].subjects:
        mend = f"one of {', '.join(checks[mistake.check].subjects)}"
        return problem(f"is of something that {mistake.check} does not get", mend)
    old, new = edit
    texts, applied = [], 0
    for cell in cells:
        if not cell["id"].endswith("-code"):
            continue
        text = cell["source"]
        if cell["id"] == f"{room.day.id}-{mistake.exercise}-code":
            applied = sum(part.split(END)[0].count(old) for part in text.split(BEGIN)[1:])
            outside = text.count(old) - applied
            if applied != 1 or outside:
                where = f"applies {applied} times inside the holes and {outside} times outside"
                mend = f"its edit's old text must stand exactly once, inside a hole of {mistake.exercise}: {old!r}"
                return problem(where, mend)
            text = text.replace(old, new)
        texts.append(text)
    if not applied:
        return problem("is of no exercise of the day", "its table is called as an exercise cell imports it")
    return None, texts
