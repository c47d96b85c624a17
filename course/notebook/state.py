"""Where a learner's state lies, and whether a learner is there at all."""

import os
import re
from pathlib import Path


def learner() -> bool:
    """Whether a person works in this kernel: no grader executes the notebook, and no gate of the course.

    Nothing is written, locked or remembered elsewhere.
    """
    return "NBGRADER_EXECUTION" not in os.environ and "COURSE_GATE" not in os.environ


def home() -> Path:
    """The folder that holds the day folders: above ``day04`` or ``mock_search`` where the kernel runs in one, else
    where it runs."""
    here = Path.cwd()
    return here.parent if re.fullmatch(r"day\d\d|mock_\w+", here.name) else here


def state() -> Path:
    """The folder of progress and predictions: ``.course`` beside the day folders, or ``COURSE_STATE``."""
    return Path(os.environ.get("COURSE_STATE") or home() / ".course")
