"""The gate of known wrong answers: each applies once, inside a hole, and is caught and named first."""

from collections import Counter
from typing import Any

from course.build.cutting import BEGIN, END
from course.build.gates_room import Problem, Room
from course.build.lesson import Check
from course.build.trial import answers, run_mistakes
from course.checking.mistakes import FILE, Edit, Mistake, read_mistakes

GATE = "mistakes"
AT_LEAST = 5
"""Mistakes that each exercise has."""


def mistakes(room: Room) -> list[Problem]:
    """At least five mistakes an exercise; each applies exactly once and its phrase is in the first finding."""
    try:
        listed = read_mistakes(room.folder / FILE)
    except ValueError as error:
        return [
            room.problem(
                GATE,
                f"mistakes.toml: {error}",
                'an entry is [exercise."name"] with edit = [old, new] and likely; its exercise says check',
            )
        ]
    found = _counts(room, listed)
    checks = {check.function: check for check in room.lesson.checks}
    cells = answers(room.lesson, room.built.key)
    runs: list[tuple[Mistake, dict[str, Any]]] = []
    for mistake, edit in ((each, edit) for each in listed for edit in each.edits):
        problem, texts = _applied(room, mistake, edit, checks, cells)
        if problem:
            found.append(problem)
        else:
            runs.append((mistake, {"name": mistake.name, "check": mistake.check, "cells": texts,
                                   "subjects": checks[mistake.check].subjects}))  # fmt: skip
    setup = next((cell["source"] for cell in cells if cell["id"].endswith("-setup")), "")
    trials, broken = (
        run_mistakes(room.lesson, setup, [run for _, run in runs], room.rooms) if runs else ([], "")
    )
    if broken:
        found.append(
            room.problem(
                GATE, f"the run broke off: {broken}", "a mistake may be wrong, and must not end the process"
            )
        )
    for (mistake, _), trial in zip(runs, trials, strict=False):
        if trial.verdict is None:
            found.append(
                room.problem(
                    GATE,
                    f"{mistake.title} cannot be run: {trial.error}",
                    "the edit must leave Python that defines its name",
                )
            )
        elif trial.verdict.passed:
            mend = f"give {mistake.check} a case that this answer fails at the public seed"
            found.append(room.problem(GATE, f"{mistake.title} is not caught", mend))
        elif mistake.likely not in trial.verdict.first:
            said = " · ".join(line.strip() for line in trial.verdict.first.splitlines())
            what = f"{mistake.title} is caught, but the first finding does not say {mistake.likely!r}; it says {said}"
            found.append(
                room.problem(
                    GATE, what, "put the claim that knows this mistake first, or let it name the cause"
                )
            )
    return found


def _counts(room: Room, listed: list[Mistake]) -> list[Problem]:
    found = []
    number = Counter(mistake.exercise for mistake in listed)
    for exercise in room.lesson.exercises:
        if number[exercise.name] < AT_LEAST:
            what = f"{exercise.name} has {number[exercise.name]} of at least {AT_LEAST} known wrong answers"
            found.append(room.problem(GATE, what, "add to mistakes.toml what people really get wrong in it"))
    for name, times in Counter((mistake.exercise, mistake.name) for mistake in listed).items():
        if times > 1:
            found.append(
                room.problem(
                    GATE,
                    f"“{name[1]}” ({name[0]}) stands {times} times",
                    "give each mistake a name of its own",
                )
            )
    return found


def _applied(
    room: Room, mistake: Mistake, edit: Edit, checks: dict[str, Check], cells: list[dict[str, str]]
) -> tuple[Problem | None, list[str]]:
    """What is wrong with the mistake as it is written, or the answers' cells with its edit made."""

    def problem(what: str, mend: str) -> tuple[Problem, list[str]]:
        return room.problem(GATE, f"{mistake.title} {what}", mend), []

    if mistake.check not in checks:
        return problem(f"names no check of the day: {mistake.check}", f"one of {', '.join(checks)}")
    if mistake.exercise not in checks[mistake.check].subjects:
        return problem(
            f"is of something that {mistake.check} does not get",
            f"one of {', '.join(checks[mistake.check].subjects)}",
        )
    if not mistake.likely:
        return problem("says nothing", "write the words that name this mistake in the first finding")
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
                return problem(
                    where,
                    f"its edit's old text must stand exactly once, inside a hole of {mistake.exercise}: {old!r}",
                )
            text = text.replace(old, new)
        texts.append(text)
    if not applied:
        return problem("is of no exercise of the day", "`of` is the name that an exercise cell imports")
    return None, texts
