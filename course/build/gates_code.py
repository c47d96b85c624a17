"""Gates on a day's Python text: nothing from a later day, and checks that mean the same at any time and place."""

import ast
import builtins
import functools
import importlib
import inspect
import re
from pathlib import Path

from course.build.gates_room import Code, Problem, Room
from course.build.lesson import EXERCISE
from course.syllabus import DAYS

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
SEEDED = {
    "random.Random",
    "numpy.random.default_rng",
    "numpy.random.Generator",
    "numpy.random.SeedSequence",
    "numpy.random.PCG64",
}
"""What makes a generator, and needs a seed given."""
CHANCE = ("random", "numpy.random", "secrets", "uuid")
"""Modules whose functions draw from a generator that nobody seeded."""
DRAW = "`exam.draw` in a check; elsewhere random.Random(seed)"
ERROR = re.compile(r"`(?:~?[\w.]+\.)?([A-Z]\w+)`")
"""A name that a docstring sets as code and that may be an error's."""
RAISES = re.compile(r"(?m)^ +([A-Z]\w+):")
"""An entry under ``Raises:``."""
ORDER = re.compile(r"\b(first|before|then|in this order|whichever|either|goes? ahead)\b")
"""A word that says which of two errors comes first, or that it does not matter."""


def no_later_day(room: Room) -> list[Problem]:
    """Nothing of a later day is imported: neither its room nor a module of the library that it is the first to cut."""
    found, homes = [], module_homes(room.rooms)
    for code in [*room.modules(), *room.cells(), *_exercise_lines(room)]:
        for node in ast.walk(code.tree):
            for module in _imported(node):
                number = homes.get(module, 0)
                later = re.match(r"course\.days\.day(\d\d)_", module + "_")
                number = int(later[1]) if later else number
                if number > room.day.number:
                    what = f"{code.at(node)} imports {module}, which is day {number}'s"
                    found.append(
                        room.problem(
                            "later day",
                            what,
                            "a day stands on earlier days alone; move what both need to a module of its own",
                        )
                    )
            if isinstance(node, ast.Call) and _dotted(node.func, {}) == "mine" and node.args:
                given = node.args[0]
                asked = (
                    re.fullmatch(r"(?:day)?0*(\d+)", str(given.value))
                    if isinstance(given, ast.Constant)
                    else None
                )
                if asked and int(asked[1]) >= room.day.number:
                    what = f"{code.at(node)} asks for the learner's work of day {asked[1]}"
                    found.append(room.problem("later day", what, "`mine` reaches back to earlier days"))
    return found


def steady(room: Room) -> list[Problem]:
    """Checks and interview use no bare assert, stderr, wall clock, ``hash()`` or unseeded randomness."""
    found = []
    for code in room.modules():
        names = _names(code.tree)
        for node in ast.walk(code.tree):
            fault = _fault(node, names)
            if fault:
                what, mend = fault
                found.append(room.problem("steady", f"{code.at(node)}: {what}", mend))
    return found


def errors_in_order(room: Room) -> list[Problem]:
    """Where the docstring of a hole names two errors that it raises, it says which comes first when both apply."""
    found = []
    for exercise in room.lesson.exercises:
        module = importlib.import_module(exercise.module)
        definition = getattr(module, exercise.name)
        for name in exercise.holes or (exercise.name,):
            function = inspect.unwrap(getattr(definition, name)) if exercise.holes else definition
            text = " ".join((inspect.getdoc(function) or "").split())
            errors = [each for each in errors_named(function) if _is_error(each, module)]
            if len(errors) > 1 and not ORDER.search(text[min(map(text.index, errors)) :]):
                what = f"{exercise.name}'s {name} raises {' and '.join(errors)}, and does not say which comes first"
                mend = "say it in the docstring: “… is raised first”, “before it looks at …”, or that either is right"
                found.append(room.problem("contract", what, mend))
    return found


def errors_named(function: object) -> list[str]:
    """The names in a docstring that may be errors: those set as code, and those under ``Raises:``."""
    text = inspect.getdoc(function) or ""
    return list(dict.fromkeys([*ERROR.findall(text), *RAISES.findall(text.partition("Raises:\n")[2])]))


def _is_error(name: str, module: object) -> bool:
    kind = getattr(module, name, None) or getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def setup_is_plain(room: Room) -> list[Problem]:
    """The set-up imports no day and no name that is cut: it runs on the cut tree before anything is written."""
    found = []
    cut = {(exercise.module, exercise.name) for exercise in room.lesson.exercises}
    for cell in room.lesson.of("setup"):
        code = Code(f"cell {cell.index}", cell.source)
        for node in ast.walk(code.tree):
            taken = (
                [(node.module, alias.name) for alias in node.names]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            names = [module for module in _imported(node) if module.startswith("course.days")]
            names += [f"{module}.{name}" for module, name in taken if (module, name) in cut]
            for name in names:
                found.append(
                    room.problem(
                        "set-up", f"{code.at(node)} imports {name}", "import it in the cell that uses it"
                    )
                )
    return found


@functools.cache
def module_homes(rooms: Path) -> dict[str, int]:
    """The day that is the first to cut each module of the library."""
    homes: dict[str, int] = {}
    for day in DAYS:
        path = rooms / day.package / "lesson.py"
        if path.is_file():
            for line in EXERCISE.finditer(path.read_text(encoding="utf-8")):
                homes.setdefault(line[1], day.number)
    return homes


def _exercise_lines(room: Room) -> list[Code]:
    return [Code(f"cell {cell.index}", cell.source) for cell in room.lesson.of("exercise")]


def _imported(node: ast.AST) -> list[str]:
    """Every module that an import statement may load: ``from a import b`` may load ``a.b``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _names(tree: ast.Module) -> dict[str, str]:
    """Names that imports bind, and what they stand for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(
                {
                    alias.asname or alias.name.split(".")[0]: alias.name
                    if alias.asname
                    else alias.name.split(".")[0]
                    for alias in node.names
                }
            )
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """``np.random.rand`` as ``numpy.random.rand``; "" for what starts with no imported name, unless it is one word."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([names[node.id], *parts]) if isinstance(node, ast.Name) and node.id in names else ""


def _fault(node: ast.AST, names: dict[str, str]) -> tuple[str, str] | None:
    """What makes ``node`` differ from run to run or speak past the report, and the mend."""
    if isinstance(node, ast.Assert):
        return "a bare assert", "yield the case and the value; what the library yields there is expected"
    if isinstance(node, ast.Attribute | ast.Name):
        name = _dotted(node, names)
        if name in ("sys.stderr", "sys.__stderr__"):
            return "it writes to standard error", "say it in the case that the probe yields"
        if name.startswith("time.") or any(name == clock or name.endswith("." + clock) for clock in CLOCKS):
            return (
                f"{name}, a wall clock",
                "count a cost (comparisons, messages, bytes) instead of measuring time",
            )
        if name == "os.urandom" or name.startswith("random.SystemRandom"):
            return (
                f"{name}, chance without a seed",
                DRAW,
            )
    if isinstance(node, ast.Call):
        name = _dotted(node.func, names)
        if name == "hash":
            return (
                "hash(), which is salted anew in each process",
                "hashlib.blake2b, or compare the values themselves",
            )
        if name.startswith(("warnings.warn", "logging.")):
            return f"{name} writes to standard error", "say it in the case that the probe yields"
        if name in SEEDED:
            return None if node.args or node.keywords else (f"{name}() without a seed", DRAW)
        if name.rpartition(".")[0] in CHANCE:
            return (
                f"{name}, chance without a seed",
                DRAW,
            )
    return None
