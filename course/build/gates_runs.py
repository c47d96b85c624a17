"""Gates that run a day: its key, its key on the cut tree, its released notebook, and what the checks cost."""

from course.build.gates_room import Problem, Room
from course.checking.report import NOT_WRITTEN

MAX_CPU_SECONDS = 20.0
"""Processor seconds of a whole key."""
MAX_MEMORY_MIB = 1024.0
"""Most memory that a key's kernel holds."""
MAX_SETUP_SECONDS = 1.5
"""Processor seconds of the set-up cell in a fresh interpreter."""
MAX_CROSSINGS = 300
"""Messages between a check and an answer, in each half."""
MAX_CROSSINGS_A_DAY = 1000
MAX_CHECK_SECONDS = 1.0
"""Processor seconds of a check at hidden size."""
LOOPS = "put loops into one message: `calls(f, *rows)`, `each(f, arguments)`"


def key_runs(room: Room) -> list[Problem]:
    """The key runs top to bottom within its budgets, its set-up in a fresh interpreter, and every check gives it all its
    points."""
    gate, day, setup_run = "key", room.day.id, room.setup_run
    run, found = room.key_run, []
    if run.broken:
        mend = "a key ends by itself in under a minute; make that cell smaller"
        found.append(room.problem(gate, f"the key did not run to its end: {run.broken}", mend))
    for name, cell in run.cells.items():
        if cell.error:
            found.append(
                room.problem(gate, f"{name} raises {cell.error}", "mend the cell, its check or the library")
            )
    for cell_of in room.lesson.of("check", "interview"):
        check = room.lesson.check(cell_of)
        ran = run.cells.get(check.grade_id)
        if ran is None or ran.error:
            continue
        said = ran.verdict
        if said is None:
            found.append(
                room.problem(gate, f"{check.grade_id} ends in no Report", "its last line is the verdict")
            )
        elif not said.passed or said.score != check.points:
            what = f"the key gets {said.score:g} of {check.points:g} points in {check.grade_id}: {said.line}"
            found.append(
                room.problem(gate, what, "the library or the check is mistaken; mend the one that is")
            )
    setup = setup_run.cells.get(f"{day}-setup")
    if setup and setup.cpu > MAX_SETUP_SECONDS:
        what = f"the set-up cell takes {setup.cpu:.1f} s of CPU, more than {MAX_SETUP_SECONDS:g}"
        found.append(room.problem(gate, what, "import what is heavy in the cell that uses it"))
    if run.cpu > MAX_CPU_SECONDS:
        slow = max(run.cells.values(), key=lambda cell: cell.cpu)
        what = f"the key takes {run.cpu:.0f} s of CPU, more than {MAX_CPU_SECONDS:g}; the slowest is {slow.id} with {slow.cpu:.1f} s"
        found.append(room.problem(gate, what, "use a smaller sample there"))
    if run.peak > MAX_MEMORY_MIB:
        what = f"the key holds {run.peak:.0f} MiB, more than {MAX_MEMORY_MIB:g}"
        found.append(room.problem(gate, what, "use less data, or a process of its own that is announced"))
    return found


def lesson_runs(room: Room) -> list[Problem]:
    """``lesson.py`` itself runs top to bottom on the library, as one who opens it as a notebook would run it."""
    run = room.trials.lesson(room.lesson)
    found = [f"{name} raises {cell.error}" for name, cell in run.cells.items() if cell.error]
    found += [f"it did not run to its end: {run.broken}"] if run.broken else []
    return [
        room.problem("lesson", what, "a lesson runs as it stands; import there what its cell uses")
        for what in found
    ]


def cut_tree_passes(room: Room) -> list[Problem]:
    """The key's answers, defined on the library with today's holes in it, pass public and hidden halves."""
    gate, run = "cut tree", room.cut_run
    found = [
        room.problem(gate, f"on the cut tree: {error}", "an answer uses only what is given or written today")
        for error in run.errors
    ]
    if run.broken:
        found.append(
            room.problem(
                gate,
                f"the run on the cut tree broke off: {run.broken}",
                "run the check by itself on the library",
            )
        )
    for name, check in run.checks.items():
        halves = [
            ("public half", check.public),
            *((f"hidden seed {n}", half) for n, half in enumerate(check.hidden, start=1)),
        ]
        for half, said in halves:
            if not said.passed:
                what = f"{name}, {half}: {said.line}"
                mend = "a right answer passes at every seed and with the cut tree on its path; mend the check, or what the answer imports"
                found.append(room.problem(gate, what, mend))
                break
    return found


def released_scores_nothing(room: Room) -> list[Problem]:
    """The released notebook runs to its end; every graded cell gives 0 and says by name what is not written yet."""
    gate, run = "released notebook", room.released_run
    found = []
    if run.broken:
        found.append(
            room.problem(
                gate,
                f"the released notebook did not run to its end: {run.broken}",
                "no cell may end the kernel or hang",
            )
        )
    for name, cell in run.cells.items():
        ran = room.key_run.cells.get(name)
        if cell.error and not cell.stub and not (ran and ran.error == cell.error):  # the key's gate says that
            what = f"before anything is written, {name} raises {cell.error}"
            found.append(
                room.problem(
                    gate, what, "say in one line what is missing instead (see how the day's `faults` do)"
                )
            )
    for cell_of in room.lesson.of("check", "interview"):
        check = room.lesson.check(cell_of)
        ran = run.cells.get(check.grade_id)
        if ran is None or ran.error:
            continue
        said = ran.verdict
        if said is None or said.score > 0:
            got = "no Report" if said is None else f"{said.score:g} points"
            found.append(
                room.problem(
                    gate,
                    f"{check.grade_id} gives {got} to the released notebook",
                    "nothing written is worth nothing",
                )
            )
        elif cell_of.kind == "check" and (said.kind != NOT_WRITTEN or "is not written yet" not in said.first):
            what = f"{check.grade_id} says first {said.line}, not which function is not written yet"
            found.append(
                room.problem(gate, what, "pass the exercise's class or function itself to the check")
            )
    return found


def costs(room: Room) -> list[Problem]:
    """Messages and CPU of each check stay within their caps."""
    gate, found = "costs", []
    checks = room.cut_run.checks
    for name, check in checks.items():
        for size, crossings in (
            ("public", check.public.crossings),
            ("hidden", max(half.crossings for half in check.hidden)),
        ):
            if crossings > MAX_CROSSINGS:
                what = f"{name} needs {crossings} messages at {size} size, more than {MAX_CROSSINGS}"
                found.append(room.problem(gate, what, LOOPS))
        if check.cpu > MAX_CHECK_SECONDS:
            what = f"{name} takes {check.cpu:.2f} s of CPU at hidden size, more than {MAX_CHECK_SECONDS:g}"
            found.append(room.problem(gate, what, "use a smaller case; sizes grow with `scale`"))
    whole = sum(check.public.crossings for check in checks.values())
    if whole > MAX_CROSSINGS_A_DAY:
        what = f"the day's checks need {whole} messages, more than {MAX_CROSSINGS_A_DAY}"
        found.append(room.problem(gate, what, LOOPS))
    return found


def knows_nothing(room: Room) -> list[Problem]:
    """One who knows nothing gets nothing: no hidden claim of weight holds for a parrot of the public half, or for a lazy
    answer."""
    return [
        room.problem(
            "by heart",
            f"{name}: {what}",
            "draw its cases from `exam.draw`, mix in some with another answer, or give it `needs=` a claim that tells",
        )
        for name, check in room.cut_run.checks.items()
        for what in check.ignorant
    ]
