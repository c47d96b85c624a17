"""A small class of day 4, and what each hands in."""

import copy
from pathlib import Path
from typing import Any

import nbformat

from course.build.days import ROOMS, Built, make
from course.build.lesson import read_lesson
from course.build.notebooks import to_bytes
from course.syllabus import find

DAY = find(4)
LESSON = read_lesson(DAY, ROOMS / DAY.package)
POINTS = {check.grade_id: check.points for check in map(LESSON.check, LESSON.of("check", "interview"))}
"""What a right answer earns, by graded cell, in order."""
HOSTILE = (
    '<b>kept</b><script>window.stolen = 1</script><img src="x" onerror="window.stolen = 1">'
    '<iframe src="//stolen.invalid"></iframe><svg onload="window.stolen = 1"></svg>'
    '<a href="javascript:window.stolen = 1">link</a><style>body{display:none}</style>'
)
"""What must not run in an instructor's page; ``kept`` may stand there."""
COVER = (
    '<div class="modal-backdrop fade in full-credit mine" id="mine" style="position:fixed;inset:0">press me</div>'
    '<a class="full-credit mine" href="https://elsewhere.invalid">and me</a>\n\n![ring](attachment:ring.png)'
)
"""Words that take part in formgrader's page where their classes are left to them: it knows ``full-credit`` as a button."""
RING = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGM4YWQERAwQCgAjNgSxRnwWMwAAAABJRU5ErkJggg=="
"""A picture of two by two pixels, as JupyterLab attaches what is pasted."""


def built() -> Built:
    return make(DAY)


def cell_of(notebook: Any, grade_id: str) -> Any:
    return next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def full(made: Built) -> Any:
    """Right everywhere, the escalation played, one question answered in words."""
    notebook = copy.deepcopy(made.released)
    for name in [exercise.name for exercise in made.lesson.exercises]:
        cell_of(notebook, f"day04-{name}-code").source = cell_of(made.key, f"day04-{name}-code").source
    cell_of(notebook, "day04-play").source = cell_of(made.key, "day04-play").source
    cell_of(notebook, "day04-spoken-1").source = f"`p99 < 5 ms` at 3 > 2 nodes. {HOSTILE}"
    return notebook


def only_publicly_right(made: Built) -> Any:
    """A ring that is wrong where only the hidden half looks, and that shows what it is asked; one careless move."""
    notebook = copy.deepcopy(made.released)
    ring = cell_of(notebook, "day04-HashRing-code")
    ring.source = cell_of(made.key, "day04-HashRing-code").source + (
        "\n_right = HashRing.lookup\n"
        "def _lookup(self, key):\n"
        "    print('asked', key)\n"
        "    return _right(self, key) if len(self.points) <= 250 else 'nobody'\n"
        "HashRing.lookup = _lookup\n"
    )
    cell_of(notebook, "day04-play").source += "\ntable.propose(round=1, vnodes=1, predict=1)"
    return notebook


def hostile(made: Built) -> Any:
    """A wrong answer, and output, text, names and metadata that attack whoever looks at them."""
    notebook = copy.deepcopy(made.released)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                nbformat.v4.new_output("display_data", data={"text/html": HOSTILE, "text/markdown": HOSTILE})
            ]
    cell_of(notebook, "day04-moved_share-code").source = (
        f"from IPython.display import HTML, display\ndisplay(HTML({HOSTILE!r}))\n"
        f"def moved_share(*a): raise ValueError({HOSTILE!r} + chr(0xD800) + chr(27) + '[2J')"
    )
    cell_of(notebook, "day04-spoken-1").source = f"{HOSTILE}\n\n{COVER}"
    cell_of(notebook, "day04-spoken-1")["attachments"] = {"ring.png": {"image/png": RING}}
    cell_of(
        notebook, "day04-spoken-2"
    ).source = f"[click](javascript:window.stolen=1) ![x](http://stolen.invalid/x) {HOSTILE}"
    notebook.metadata["title"] = HOSTILE
    return notebook


def hand_in(cohort: Path, student: str, notebook: Any, *, late: bool = False) -> Path:
    folder = cohort / "submitted" / student / DAY.id
    folder.mkdir(parents=True, exist_ok=True)
    data = notebook if isinstance(notebook, bytes) else to_bytes(notebook)
    (folder / f"{DAY.slug}.ipynb").write_bytes(data)
    if late:
        (folder / "timestamp.txt").write_text("2100-01-01 00:00:00 UTC", encoding="utf-8")
    return folder / f"{DAY.slug}.ipynb"


def grades(cohort: Path, student: str) -> dict[str, tuple[float | None, bool]]:
    """The automatic score of each graded cell in nbgrader's gradebook, and whether it waits for a person."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort / 'gradebook.db'}") as book:
        found = book.find_submission_notebook(DAY.slug, DAY.id, student)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found.grades}


def page(cohort: Path, student: str) -> str:
    return (cohort / "feedback" / student / DAY.id / f"{DAY.slug}.html").read_text("utf-8")


def graded(cohort: Path, student: str) -> Any:
    return nbformat.read(cohort / "autograded" / student / DAY.id / f"{DAY.slug}.ipynb", as_version=4)
