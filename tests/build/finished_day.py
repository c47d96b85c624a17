"""A day's room that passes every gate: the template of `course new-day`, with what it asks for written."""

from pathlib import Path

from course.build.rooms import example
from course.syllabus import Day

WORDS = (
    "A batch fills in order of arrival and a request waits until its batch is full or has no room for the next. "
    * 16
)

MORE_OF_BATCHES = """
[batches."sorted first"]
edit = ["for size in sizes:", "for size in sorted(sizes):"]
likely = "sizes are sorted first; they come in their order"

[batches."no guard"]
edit = ["if not 1 <= size <= limit:", "if False:"]
likely = "no size is refused"

[batches."no guard for what is below 1"]
edit = ["if not 1 <= size <= limit:", "if size > limit:"]
likely = "a size below 1 is taken"

[batches."its limit is refused"]
edit = ["if not 1 <= size <= limit:", "if not 1 <= size < limit:"]
likely = "a size of exactly the limit is refused"

[batches."an empty batch first"]
edit = ["packed: list[list[int]] = []", "packed: list[list[int]] = [[]]"]
likely = "there is an empty batch at the front"

[batches."room is never used up"]
edit = ["room -= size", "room -= 0"]
likely = "what is packed takes no room, so all go into one batch"

[batches."one item uses all room"]
edit = ["room -= size", "room = 0"]
likely = "each size gets a batch of its own"

[waste]
"""

MORE_OF_WASTE = """
[waste."the last batch is left out"]
edit = ["room = limit * len(packed)", "room = limit * max(len(packed) - 1, 0)"]
likely = "the room of the last batch is not counted"

[waste."counts what is used"]
edit = ["return 1 - used / room if room else 0.0", "return used / room if room else 0.0"]
likely = "the share that is used is given, not the one left empty"

[waste."no guard for a full batch"]
edit = ["if sum(batch) > limit:", "if False:"]
likely = "a batch over its limit is taken"

[waste."a full batch is refused"]
edit = ["if sum(batch) > limit:", "if sum(batch) >= limit:"]
likely = "a batch of exactly its limit is refused"

[waste."counts batches, not their sizes"]
edit = ["used += sum(batch)", "used += len(batch)"]
likely = "how many sizes a batch has is counted, not their sum"

[waste."only the last batch is used"]
edit = ["used += sum(batch)", "used = sum(batch)"]
likely = "only what the last batch holds is counted"

[waste."empty room, not its share"]
edit = ["return 1 - used / room if room else 0.0", "return float(room - used)"]
likely = "the empty room itself is given, not its share"
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
    change(room / "lesson.py", "TODO 300 to 900 words: what", f"{WORDS}\n\nWhat")
    change(room / "interview.py", '        Round(\n            name="squeeze",\n', MORE_ROUNDS)
    change(room / "mistakes.toml", "\n[waste]\n", MORE_OF_BATCHES)
    with (room / "mistakes.toml").open("a", encoding="utf-8") as file:
        file.write(MORE_OF_WASTE)
    for path in [*room.iterdir(), example(day, house)]:
        if path.suffix in (".py", ".toml", ".svg"):
            path.write_text(path.read_text(encoding="utf-8").replace("TODO", "Here stands"), encoding="utf-8")
    return room


def change(path: Path, old: str, new: str) -> None:
    """Replace ``old``, which must stand exactly once in ``path``."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in {path.name}, not once")
    path.write_text(text.replace(old, new), encoding="utf-8")
