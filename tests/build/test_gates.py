"""Each gate of `course check` catches the defect that is planted for it. About 25 s of CPU for all of them together."""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from finished_day import change, finish

from course.build.gates_code import steady
from course.build.gates_interview import printed_numbers
from course.build.gates_room import Room
from course.build.rooms import open_room
from course.syllabus import DAYS, Day

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("gates")]

RECAP = "- Here stands five lines to remember, then the day's words with folded answers.\n"
LESSON, CHECKS, INTERVIEW, MISTAKES, LIBRARY = (
    "lesson.py",
    "checks.py",
    "interview.py",
    "mistakes.toml",
    "library",
)
IN_A_CLAIM = "        yield from calls(pack, ([], draw.randint(10, 20))"


@dataclass(frozen=True)
class Plant:
    """A defect: edits (file of the room or ``library``, old, new) of a finished day, and what the gate must say."""

    name: str
    gate: str
    edits: tuple[tuple[str, str, str], ...]
    says: tuple[str, ...]
    limits: dict[str, float] = field(default_factory=dict)


def text(old: str, new: str) -> tuple[tuple[str, str, str], ...]:
    return ((LESSON, old, new),)


def in_checks(code: str) -> tuple[tuple[str, str, str], ...]:
    """``code`` run inside the claim of check_batches about no sizes."""
    return ((CHECKS, IN_A_CLAIM, f"        {code}\n{IN_A_CLAIM}"),)


STARTS = text('start("$id")', 'start("$id")\n1 / 0')  # `$id` is the day's own

PLANTS = [
    # ── runs ──
    Plant(
        "a right answer fails",
        "key_runs",
        (
            (
                CHECKS,
                "@examine(batches)",
                'def _other(sizes: list[int], limit: int) -> list[list[int]]:\n    return batches(sizes, limit) or [[]]\n\n\n_other.__name__ = "batches"\n\n\n@examine(_other)',
            ),
        ),
        ("the key gets 5 of 6 points in", "-batches: batches([], "),
    ),
    Plant(
        "a cell raises",
        "key_runs",
        text("rng = random.Random(", "[][0]\nrng = random.Random("),
        ("raises IndexError",),
    ),
    Plant(
        "a cell computes for ever",
        "key_runs",
        text("rng = random.Random(", "while True: pass\nrng = random.Random("),
        ("did not run to its end: it computed for more than 3 s (at code cell 3, 'import random')",),
        {"course.build.trial.MAX_CPU_SECONDS": 3},
    ),
    Plant(
        "a cell waits for ever",
        "key_runs",
        text("rng = random.Random(", "import threading; threading.Event().wait()\nrng = random.Random("),
        ("did not run to its end: it was still running after 5 s",),
        {"course.build.trial.MAX_WALL_SECONDS": 5},
    ),
    Plant(
        "a cell ends the process",
        "key_runs",
        text("rng = random.Random(", "import os; os._exit(3)\nrng = random.Random("),
        ("it ended with status 3 (at code cell 3",),
    ),
    Plant(
        "much memory",
        "key_runs",
        text("rng = random.Random(", "import numpy\nmuch = numpy.ones(40 * 2**20)\nrng = random.Random("),
        ("MiB, more than 320",),
        {"course.build.gates_runs.MAX_MEMORY_MIB": 320},
    ),
    Plant(
        "slow cells",
        "key_runs",
        text("rng = random.Random(", "sum(range(20_000_000))\nrng = random.Random("),
        ("s of CPU, more than 0.2; the slowest is code cell 3",),
        {"course.build.gates_runs.MAX_CPU_SECONDS": 0.2},
    ),
    Plant(
        "a slow set-up",
        "key_runs",
        text("import predict, reveal, start", "import predict, reveal, start\nsum(range(20_000_000))"),
        ("the set-up cell takes",),
        {"course.build.gates_runs.MAX_SETUP_SECONDS": 0.1},
    ),
    Plant(
        "two claims of one name",
        "key_runs",
        ((CHECKS, '@exam.claim("no sizes make no batches"', '@exam.claim("a batch may be exactly full"'),),
        ("ValueError: two claims are called “a batch may be exactly full”",),
    ),
    Plant(
        "a lesson that needs the build to run",
        "lesson_runs",
        text("from course.days.$package.checks import check_waste\n\n", ""),
        ("'check_waste(waste)' raises NameError",),
    ),
    Plant(
        "fails at a hidden seed",
        "cut_tree_passes",
        in_checks('import os\n        yield "the seed", 0 if exam.seed == 20_040_601 else os.urandom(4)'),
        ("-batches, hidden seed 1",),
    ),
    Plant(
        "leans on what is cut",
        "cut_tree_passes",
        (
            (
                LIBRARY,
                "def waste(",
                "def _again(sizes: list[int], limit: int) -> int:\n    return len(batches(sizes, limit))\n\n\ndef waste(",
            ),
            (LIBRARY, "    used = 0\n", "    used = _again([], limit)\n"),
        ),
        ("-waste, public half", "is not written yet"),
    ),
    Plant(
        "raises when blank",
        "released_scores_nothing",
        text("reveal(prediction, finished", "float(prediction.value)\nreveal(prediction, finished"),
        ("before anything is written, code cell 3", "TypeError"),
    ),
    Plant(
        "scores when blank",
        "released_scores_nothing",
        text("\ncheck_waste(waste)", "\ncheck_waste(finished_waste)"),
        ("-waste gives 6 points to the released notebook",),
    ),
    Plant(
        "does not name the stub",
        "released_scores_nothing",
        text("\ncheck_waste(waste)", "\ncheck_waste(sizes)"),
        ("-waste says first list(", "not which function is not written yet"),
    ),
    Plant(
        "many messages, slow check",
        "costs",
        in_checks("for _ in range(310): pack([1], 10)\n        sum(range(4_000_000))"),
        (
            "messages at public size, more than 300",
            "messages at hidden size, more than 300",
            "the day's checks need",
            "of CPU at hidden size, more than 0.05",
        ),
        {
            "course.build.gates_runs.MAX_CHECK_SECONDS": 0.05,
            "course.build.gates_runs.MAX_CROSSINGS_A_DAY": 200,
        },
    ),
    Plant(
        "known by heart",
        "knows_nothing",
        (
            (CHECKS, "([*packed, [limit, 1]], limit), as_=float)", "([[7, 4]], 10), as_=float)"),
            (
                CHECKS,
                '"Check before you count.", needs=share)\n    def _(wasted: Any) -> Iterator[Step]:\n        packed, limit = some(2)\n',
                '"Check before you count.")\n    def _(wasted: Any) -> Iterator[Step]:\n',
            ),
            (CHECKS, "wasted, (packed, limit), ", "wasted, "),
            (CHECKS, '"What is the share of nothing?", needs=share)', '"What is the share of nothing?")'),
        ),
        (
            "-waste: a parrot of the public half passes “a batch over its limit is refused”",
            "-waste: an answer that is always 0.0 passes “no batches waste nothing”",
            "-waste: an answer that always raises ValueError passes “a batch over its limit is refused”",
        ),
    ),
    # ── known mistakes ──
    Plant(
        "mistakes that do not work",
        "mistakes",
        (
            (MISTAKES, '"room -= 0"', '"room -= size * 1"'),
            (MISTAKES, '["used += sum(batch)", "used += len', '["used", "used += len'),
            (MISTAKES, '["for size in sizes:"', '["``sizes`` in order"'),
            (
                MISTAKES,
                'likely = "there is an empty batch at the front"',
                'likely = "sizes are sorted first; they come in their order"',
            ),
            (MISTAKES, '"return used / room if room else 0.0"', '"return ("'),
        ),
        (
            "“room is never used up” (batches) is not caught",
            "applies 3 times inside the holes",
            "applies 0 times inside the holes and 1 times outside",
            "“an empty batch first” (batches) says the same as “sorted first” (batches)",
            "“counts what is used” (waste) cannot be run: SyntaxError",
        ),
    ),
    Plant(
        "mistakes that are not told apart",
        "mistakes",
        ((MISTAKES, 'edit = ["room -= size", "room = 0"]', 'edit = ["room -= size", "pass"]'),),
        (
            "“room is never used up” (batches) is caught, but the card says “what is packed takes no room, so all go into one batch; or each size",
            "“one item uses all room” (batches) is caught, but the card says",
        ),
    ),
    Plant(
        "too few mistakes",
        "mistakes",
        (
            (
                MISTAKES,
                '[waste."counts batches, not their sizes"]',
                '[lessons]\ncheck = "check_waste"\n[lessons."another"]',
            ),
        ),
        ("waste has 7 of at least 8", "“another” (lessons) is of something that check_waste does not get"),
    ),
    Plant(
        "naming that takes long",
        "mistakes",
        (),
        ("s of CPU, more than 1e-05",),
        {"course.build.gates_mistakes.MAX_NAMING_SECONDS": 0.00001},
    ),
    Plant(
        "malformed mistakes",
        "mistakes",
        ((MISTAKES, 'likely = "the division has no guard for no room"\n', ""),),
        ("mistakes.toml: “no guard for no room” of waste has edit",),
    ),
    Plant(
        "decisions that lose nothing, or by the rules",
        "mistakes",
        (
            (MISTAKES, 'likely = "no size is refused"', 'decision = "squeeze"'),
            (
                MISTAKES,
                '[batches."its limit is refused"]',
                '[batches."another way to say it"]\nedit = ["size > room", "room < size"]\ndecision = "squeeze"\n\n[batches."its limit is refused"]',
            ),
        ),
        (
            "“no guard” (batches) is a decision, and check_batches refuses it: batches(",
            "“another way to say it” (batches) says that it pays in 'squeeze'; run as the reference is, it does not",
        ),
    ),
    # ── text ──
    Plant(
        "an answer in the prose",
        "leaks",
        (
            (LIBRARY, "        room -= size\n", "        room = room - size  # left over\n"),
            (LESSON, RECAP, RECAP + "- `room  = room -  size # left over`, and so on\n"),
        ),
        ("a line of batches's answer stands in the released notebook, in the cell '## 8 Recap'",),
    ),
    Plant(
        "a rubric in the prose",
        "leaks",
        text(RECAP, "2. *Trade-off, with a number.* Here stands\n"),
        ("a line of a rubric",),
    ),
    Plant(
        "a hint that quotes the key",
        "hints",
        (
            *text(
                '> hint: Here stands the gentlest push.\n> hint: Here stands the one that nearly says it.\n"""\n\n# %% [exercise]\nfrom $module import waste',
                '> hint: Write `room = limit*len( packed )`.\n> hint: Here stands\n> `sum(batch)  > limit`\n"""\n\n# %% [exercise]\nfrom $module import waste',
            ),
            (CHECKS, '"Count what is used."', '"used += sum(batch)"'),
        ),
        (
            "quotes the key of waste: limit*len(packed)",
            "quotes the key of waste: sum(batch)>limit",
            "the hint of “a full batch wastes nothing” quotes the key of waste: sum(batch)",
        ),
    ),
    Plant(
        "points and headings",
        "shape",
        (
            *text(
                "# %% [check] points=6\nfrom course.days.$package.checks import check_waste",
                "# %% [check] points=3\nfrom course.days.$package.checks import check_waste",
            ),
            *text("(10 minutes, 6 points, about 8 lines)", "(hard)"),
            *text("# %% [interview] points=2", "# %% [interview] points=1"),
        ),
        (
            "points sum to 16; they sum to 20",
            "give 10 points; they give 14 to 16",
            "the heading of waste says 6 points, its checks give 3",
            "the heading of batches does not say what it takes",
            "the interview gives 1 points",
        ),
    ),
    Plant(
        "lengths",
        "shape",
        (
            *text(
                "\nHere stands what it is and why it matters",
                "\n" + "word " * 120 + "Here stands what it is and why it matters",
            ),
            *text("rng = random.Random(", "x = 0\n" * 15 + "rng = random.Random("),
            *text("What the topic is", "More and more. " * 250 + "What the topic is"),
        ),
        (
            "the text of batches has",
            "of Run has 21 lines of code, more than 15",
            "words; it takes 300 to 900",
        ),
    ),
    Plant(
        "a long day",
        "shape",
        text("(10 minutes, 6 points, about 8 lines)", "(110 minutes, 6 points, about 8 lines)"),
        ("the day takes 1", "minutes, reading, exercises, interview and answers together; more than 150"),
    ),
    Plant(
        "things that are missing",
        "shape",
        (
            *text("![Here stands what the picture shows, in a sentence](diagram.svg)", ""),
            *text("A weak answer sounds", "It sounds"),
            *text("**Flash question.**", "**Question.**"),
            *text(
                "| what | number |\n| --- | --- |\n| requests | 200 |\n| room left empty | at most 12% |\n",
                "",
            ),
            *text(
                '> hint: Here stands the gentlest push.\n> hint: Here stands the one that nearly says it.\n"""\n\n# %% [exercise]\nfrom $module import waste',
                '"""\n\n# %% [exercise]\nfrom $module import waste',
            ),
        ),
        (
            "the Brief has no diagram",
            "what a weak answer sounds like",
            "no “Flash question”",
            "no table of numbers",
            "waste has 0 hints",
        ),
    ),
    Plant(
        "cells out of place",
        "shape",
        text(
            "# %% [predict]\nguess = 0.2",
            '# %% [markdown]\n"""\n## 3 Run\n"""\n\n# %% [predict]\nguess = 0.2',
        )
        + text('"""\n## 3 Run\n\nHere', '"""\nHere'),
        ("is a [predict] cell outside Predict",),
    ),
    Plant(
        "a hole too small",
        "shape",
        (
            (
                LIBRARY,
                '    used = 0\n    for batch in packed:\n        if sum(batch) > limit:\n            raise ValueError(f"a batch holds {sum(batch)}; it must be at most {limit}")\n        used += sum(batch)\n',
                "",
            ),
        ),
        ("the holes of waste have 2 lines of code",),
    ),
    Plant(
        "words that nobody used",
        "shape",
        text(RECAP, "> word: quorum (of five): three.\n\n" + RECAP),
        ("1 words of the day; a day has 6 to 10", "the word “quorum (of five)” is not used before the recap"),
    ),
    Plant(
        "text that was never written",
        "shape",
        text(RECAP, "- TODO remember\n"),
        ("lesson.py says TODO 1×", "remember"),
    ),
    # ── code ──
    Plant(
        "imports a later day",
        "no_later_day",
        (
            (
                CHECKS,
                "import random\n",
                "import random\n\nfrom course.days.day40_search_at_scale.checks import check_batches as other\n",
            ),
            (
                LESSON,
                "import random\n",
                'import random\nfrom course.systems.search.day40_example import batches as later\nfrom course.notebook import mine\nmine("day40", "batches")\n',
            ),
        ),
        (
            "checks.py, line 5 imports course.days.day40_search_at_scale.checks, which is day 40's",
            "imports course.systems.search.day40_example, which is day 40's",
            "asks for the learner's work of day 40",
        ),
    ),
    Plant(
        "a set-up that imports what is cut",
        "setup_is_plain",
        text(
            "import predict, reveal, start",
            "import predict, reveal, start\nfrom $module import waste\nimport course.days.$package.checks",
        ),
        ("cell 2, line 2 imports $module.waste", "imports course.days.$package.checks"),
    ),
    Plant(
        "unsteady checks",
        "steady",
        in_checks(
            "import sys, time, datetime, uuid; import numpy as np; from random import shuffle\n        assert seed\n        print('x', file=sys.stderr)\n        time.perf_counter()\n"
            "        datetime.datetime.now()\n        hash('x')\n        random.random()\n        random.Random()\n        np.random.rand()\n        shuffle([])\n        uuid.uuid4()"
        ),
        (
            "a bare assert",
            "standard error",
            "time.perf_counter, a wall clock",
            "datetime.datetime.now, a wall clock",
            "hash(), which is salted",
            "random.random, chance without a seed",
            "random.Random() without a seed",
            "numpy.random.rand, chance",
            "random.shuffle, chance",
            "uuid.uuid4, chance",
        ),
    ),
    Plant(
        "two errors in no order",
        "errors_in_order",
        (
            (
                LIBRARY,
                "Raises ``ValueError`` where a size is below 1 or",
                "Raises ``ValueError`` where a size is below 1, ``TypeError`` where one is no number, or",
            ),
            (
                LIBRARY,
                "Raises ``ValueError`` where a batch holds more than its limit.",
                "Raises ``TypeError`` where a batch is none, then ``ValueError`` where it holds more than its limit.",
            ),
        ),
        ("batches's batches raises ValueError and TypeError, and does not say which comes first",),
    ),
    Plant(
        "two errors in no order under Raises",
        "errors_in_order",
        (
            (
                LIBRARY,
                "Raises ``ValueError`` where a batch holds more than its limit. Complexity: one pass.",
                "Complexity: one pass.\n\n    Raises:\n        TypeError: a batch is none.\n        ValueError: one holds more than its limit.",
            ),
        ),
        ("waste's waste raises TypeError and ValueError, and does not say which comes first",),
    ),
    Plant(
        "a probe with a mistake of its own",
        "mistakes",
        ((CHECKS, "exam.size(200)", "exam.sizes(200)"),),
        (
            "none was tried, for the key itself cannot be examined: ValueError: “sizes fill batches in their order” sees nothing",
        ),
    ),
    Plant(
        "figures without a source",
        "units",
        (
            (
                INTERVIEW,
                "REPLIES = ",
                "STEP_MS = 12.5\nDISK_GB: float = -2 * 512\nFREE_MS = 0\nPAGE_BYTES = 4096  # chosen: the page of this toy\nREPLIES = ",
            ),
            (
                INTERVIEW,
                "def run(",
                "def cost(price_usd: float = 3.5, *, wait_s=9) -> None:\n    cost(price_usd=7)\n\n\ndef run(",
            ),
            (LESSON, "rng = random.Random(", "rate_qps = 1_000_000\nrng = random.Random("),
        ),
        (
            "STEP_MS = 12.5",
            "DISK_GB = -2 * 512",
            "price_usd = 3.5",
            "wait_s = 9",
            "price_usd = 7",
            "rate_qps = 1000000",
        ),
    ),
    # ── files ──
    Plant(
        "links to nothing",
        "links",
        text(
            RECAP,
            "[a](../day05/gone.ipynb) ![b](gone/b.png) <img src='c.png'> [web](https://example.org) [here](#x) `[no](link)`\n",
        ),
        ("reaches nothing: ../day05/gone.ipynb", "reaches nothing: gone/b.png", "reaches nothing: c.png"),
    ),
    Plant("never built", "fresh", (), ("solutions/$notebook is missing", "notebooks/$notebook is missing")),
    Plant(
        "a budget that nobody is held to",
        "printed_budgets",
        text("| requests | 200 |", "| requests | 2,000 of 37% |"),
        ("says 2,000", "says 37%"),
    ),
    Plant(
        "a scenario that plays otherwise",
        "scenario_plays",
        ((INTERVIEW, 'fails_metric="length"', 'fails_metric="waste"'), (INTERVIEW, 'id="$id"', 'id="day99"')),
        ("the naive answer fails at round 'squeeze', breaking length", "the scenario's id is 'day99'"),
    ),
    Plant(
        "a lesson that cannot be built",
        "shape",
        text("from $module import waste  # implement", "from $module import waist  # implement"),
        ("$module has no class or function waist",),
    ),
    Plant(
        "an interview that cannot be imported",
        "shape",
        ((INTERVIEW, "import random\n", "import random\nimport no_such_module\n"),),
        ("interview.py gives no SCENARIO: ModuleNotFoundError",),
    ),
]
FINISHED, LATER, ENDLESS = 39, 40, 38
"""Days without a defect: one held to every gate, one that others must not import, one with an endless mistake."""
FREE = DAYS[:37]


@dataclass(frozen=True)
class Held:
    """What the gates said: of each plant, of the finished day, of the endless mistake, and of the house."""

    plants: dict[str, list[dict[str, Any]]]
    finished: list[dict[str, Any]]
    endless: list[dict[str, Any]]
    house: list[dict[str, Any]]
    own: dict[str, Callable[[str], str]]


@pytest.fixture(scope="module")
def held(copies: Any) -> Held:
    houses = [copies(f"planted {number}") for number in range(1, -(-len(PLANTS) // len(FREE)) + 1)]
    places = dict(zip((p.name for p in PLANTS), itertools.product(houses, FREE), strict=False))
    own = {plant.name: _planted(plant, *places[plant.name]) for plant in PLANTS}
    first = houses[0]
    for number in (FINISHED, LATER, ENDLESS):
        room = _room(DAYS[number - 1], first)
        if number == ENDLESS:
            change(room / MISTAKES, '"used += len(batch)"]', '"while batch: used += 1"]')
    _spoil(first.root)
    assert first.course("build", str(FINISHED)).returncode == 0
    said: dict[str, list[dict[str, Any]]] = {}
    for house in houses:
        wanted = [plant for plant in PLANTS if places[plant.name][0] is house]
        orders: list[tuple[int, list[str], dict[str, float]]] = [
            (places[plant.name][1].number, [plant.gate], plant.limits) for plant in wanted
        ]
        names = [plant.name for plant in wanted]
        if house is first:
            orders += [
                (FINISHED, [], {}),
                (ENDLESS, ["mistakes"], {"course.build.trial.MISTAKE_SECONDS": 0.3}),
            ]
            orders += [(0, [], {})]
            names += ["finished", "endless", "house"]
        said |= dict(zip(names, house.hold(orders), strict=True))
    return Held(said, said["finished"], said["endless"], said["house"], own)


def _room(day: Day, house: Any) -> Path:
    open_room(day, house.root)
    return finish(day, house.root)


def _planted(plant: Plant, house: Any, day: Day) -> Callable[[str], str]:
    """Plant a defect in a room for ``day``; returns how its words are read there."""
    module = f"course.systems.{day.field}.{day.id}_example"
    names = {"$id": day.id, "$module": module, "$package": day.package, "$notebook": day.notebook}
    own = functools.partial(_own, names)
    room = _room(day, house)
    for file, old, new in plant.edits:
        path = house.root / f"{module.replace('.', '/')}.py" if file == LIBRARY else room / file
        change(path, own(old), own(new))
    return own


def _own(names: dict[str, str], text: str) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def _spoil(root: Path) -> None:
    """Defects of the house as a whole."""
    (root / "course/systems/cluster/planted.py").write_text(
        '"""Planted."""\n\nfrom course.checking.report import Report\n\nSTEP_MS = 12.5\n__all__ = ["Report"]\n'
    )
    (root / "README.md").write_text("See [the guide](docs/gone.md) and [the course](course/).\n")
    (root / "course/days/day99_nothing").mkdir()
    (root / "notebooks/day01").mkdir(parents=True)
    (root / "notebooks/day01/ghost.ipynb").write_text("{}")


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.gate}: {plant.name}")
def test_a_planted_defect_is_caught_and_has_a_mend(held: Held, plant: Plant) -> None:
    problems = held.plants[plant.name]
    said = "\n".join(problem["what"] for problem in problems)
    for words in plant.says:
        assert held.own[plant.name](words) in said, said or "nothing was found"
    assert all(problem["mend"] for problem in problems)


def test_a_finished_day_passes_every_gate(held: Held) -> None:
    assert held.finished == []


def test_a_number_that_is_chosen_or_0_is_no_figure_without_a_source(held: Held) -> None:
    said = str(held.plants["figures without a source"])
    assert "FREE_MS" not in said
    assert "PAGE_BYTES" not in said
    assert "requests" not in said


def test_links_to_the_web_within_the_page_and_in_code_are_left_alone(held: Held) -> None:
    assert len(held.plants["links to nothing"]) == 3


def test_a_mistake_that_hangs_is_ended_and_is_no_evidence_of_its_cause(held: Held) -> None:
    [problem] = held.endless
    assert "not their sizes” (waste) is caught, but the card says “a loop without an end" in problem["what"]


@pytest.mark.parametrize(
    "words",
    [
        "course.systems.cluster.planted -> course.checking.report",
        "course/systems/cluster/planted.py, line 5: STEP_MS = 12.5 has a unit and no source",
        "README.md links to nothing: docs/gone.md",
        "course/days/day99_nothing is the room of no day",
        "notebooks/day01/ghost.ipynb is built by no lesson",
    ],
)
def test_a_defect_of_the_house_is_caught(held: Held, words: str) -> None:
    assert words in "\n".join(problem["what"] for problem in held.house)


CALM = """
import random
from datetime import timedelta

import numpy as np


def check(seed: int, time: Clock, random_: Source) -> None:
    rng, other = random.Random(seed), np.random.default_rng(seed=seed)
    time.sleep(rng.random() + other.random())
    random_.random()
    clock.time.now(timedelta(1))
    stderr = hash_of("x")
"""


def test_seeded_chance_and_things_that_only_sound_like_clocks_are_steady(tmp_path: Path) -> None:
    day = DAYS[3]
    (tmp_path / day.package).mkdir()
    (tmp_path / day.package / "checks.py").write_text(CALM)
    assert steady(Room(day, tmp_path)) == []


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("| servers | 24, later 240 |", [24, 240]),
        ("| hits | 95% of all, 8 % at night |", [0.95, 0.08]),
        ("| p99 | at most 1.4× of 50 ms |", [1.4, 50]),
        ("| documents | 1B, 2.5 million, 10k, 1,000,000 |", [1e9, 2.5e6, 1e4, 1e6]),
        ("| memory | 64 GB, 8 B, {facts.GPU_MEMORY_BYTES}, `day04` |", [64, 8]),
    ],
)
def test_numbers_are_read_as_a_person_wrote_them(row: str, values: list[float]) -> None:
    assert [value for _, value in printed_numbers(row)] == pytest.approx(values)
