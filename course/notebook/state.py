"""Where a learner's state lies, and whether a learner is there at all."""

import os
import re
from pathlib import Path

from course.files import kept_in_memory

FOLDER = ".course"
"""The name of the folder of progress and predictions, beside the day folders."""
KEPT = ("copies.json", "progress.jsonl", "predictions.jsonl")
"""Files of which a learner's state has one at least."""


def learner() -> bool:
    """Whether a person works in this kernel: no grader executes the notebook, and no gate of the course.

    Nothing is written, locked or remembered elsewhere.
    """
    return not kept_in_memory()


def home() -> Path:
    """The folder that holds the day folders, absolute: above ``day04`` or ``mocks/search_at_scale`` where the kernel runs in one;
    else the nearest one upwards that has a learner's state; else where the kernel runs.

    So a folder that a learner renamed still has its home, and so has one that a reset moved into a backup, inside
    the state, while its kernel ran.
    """
    here = Path.cwd()
    if re.fullmatch(r"day\d\d", here.name):
        return here.parent
    if here.parent.name == "mocks":
        return here.parent.parent
    for folder in (here, *here.parents):
        if folder.name == FOLDER:
            return folder.parent
        if any((folder / FOLDER / name).is_file() for name in KEPT):
            return folder
    return here


def state() -> Path:
    """The folder of progress and predictions: :data:`FOLDER` in :func:`home`, or ``COURSE_STATE``."""
    return Path(os.environ.get("COURSE_STATE") or home() / FOLDER)


def harvested() -> Path | None:
    """Where texts that were read from installed packages may be kept: for all runs of a gate in ``COURSE_HARVEST``, else beside a
    learner's progress; nowhere for a grader, who reads them anew."""
    shared = os.environ.get("COURSE_HARVEST")
    return Path(shared) if shared else state() if learner() else None


_PLAY = {"reference": False}


def play(reference: bool) -> None:
    """Say on what sections 5 and 6 of this kernel's day run: the course's own implementation, or the learner's."""
    _PLAY["reference"] = reference


def on_reference() -> bool:
    """Whether they run on the course's own implementation: see :func:`course.notebook.start`."""
    return _PLAY["reference"]
