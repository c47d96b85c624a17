"""A day's room that passes every gate: the template of `course new-day`, with what it asks for written."""

from pathlib import Path

from course.syllabus import Day

WORDS = (
    "A batch fills in order of arrival and a request waits until its batch is full or has no room for the next. "
    * 16
)

MORE_MISTAKES = """
[[mistake]]
check = "check_batches"
of = "batches"
name = "sorted first"
edit = ["for size in sizes:", "for size in sorted(sizes):"]
says = "batches([6, 4, 1], 10)"

[[mistake]]
check = "check_batches"
of = "batches"
name = "no guard"
edit = ["if not 1 <= size <= limit:", "if False:"]
says = "there is no guard"

[[mistake]]
check = "check_batches"
of = "batches"
name = "an empty batch first"
edit = ["packed: list[list[int]] = []", "packed: list[list[int]] = [[]]"]
says = "batches([6, 4, 1], 10)"

[[mistake]]
check = "check_batches"
of = "batches"
name = "room is never used up"
edit = ["room -= size", "room -= 0"]
says = "batches([6, 4, 1], 10)"

[[mistake]]
check = "check_waste"
of = "waste"
name = "the last batch is left out"
edit = ["room = limit * len(packed)", "room = limit * max(len(packed) - 1, 0)"]
says = "waste([[10], [5]], 10)"

[[mistake]]
check = "check_waste"
of = "waste"
name = "counts what is used"
edit = ["return 1 - used / room if room else 0.0", "return used / room if room else 0.0"]
says = "waste([[10], [5]], 10)"

[[mistake]]
check = "check_waste"
of = "waste"
name = "no guard for a full batch"
edit = ["if sum(batch) > limit:", "if False:"]
says = "there is no guard"

[[mistake]]
check = "check_waste"
of = "waste"
name = "counts batches, not their sizes"
edit = ["used += sum(batch)", "used += len(batch)"]
says = "waste([[10], [5]], 10)"
"""

MORE_ROUNDS = """        Round(
            name="longer",
            line="Requests of twice the size.",
            load=LOAD | {"largest": 9},
            slos=(Slo("length", 90, label="length of a batch"),),
            presses="length",
            predicts="waste",
            replies=REPLIES,
        ),
        Round(
            name="burst",
            line="Twice the requests.",
            load=LOAD | {"requests": 400},
            slos=(Slo("waste", 0.12, label="room left empty"),),
            presses="waste",
            predicts="waste",
            replies=REPLIES,
        ),
        Round(
            name="squeeze",
"""


def finish(day: Day, house: Path) -> Path:
    """Write what the template of ``day`` in ``house`` leaves to write; returns the room."""
    room = house / "course" / "days" / day.package
    change(room / "lesson.py", "TODO 300 to 700 words: what", f"{WORDS}\n\nWhat")
    change(room / "interview.py", '        Round(\n            name="squeeze",\n', MORE_ROUNDS)
    with (room / "mistakes.toml").open("a", encoding="utf-8") as file:
        file.write(MORE_MISTAKES)
    library = (house / "course" / "systems" / day.field).glob(f"{day.slug}*.py")
    for path in [*room.iterdir(), *library]:
        if path.suffix in (".py", ".toml", ".svg"):
            path.write_text(path.read_text(encoding="utf-8").replace("TODO", "Here stands"), encoding="utf-8")
    return room


def change(path: Path, old: str, new: str) -> None:
    """Replace ``old``, which must stand exactly once in ``path``."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in {path.name}, not once")
    path.write_text(text.replace(old, new), encoding="utf-8")
