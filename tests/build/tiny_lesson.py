"""The smallest lesson that the build accepts, on the real library, and ways to bend it."""

from pathlib import Path
from typing import Any

from course.build.lesson import Lesson, read_lesson
from course.build.notebooks import answer_key
from course.syllabus import find

TEXT = '''# %% [markdown]
"""
## 1 Brief

Vimeo chose {facts.BOUNDED_LOAD_FACTOR}.

![A ring](ring.svg)
"""

# %% [setup]
from course.notebook import start

start("day04")

# %% [markdown]
"""
## 2 Predict
"""

# %% [predict]
guess = 0.25  # a share
prediction = print(guess)

# %% [markdown]
"""
## 3 Run
"""

# %% [demo]
await_nothing = 1

# %% [markdown]
"""
## 4 Implement

What and why.

> hint: Use `a < b` and *think*.
> It goes on here.

> hint: The second.

After the hints.
"""

# %% [exercise]
from course.systems.cluster.ring import moved_share  # implement

# %% [check] points=4
check_moved(moved_share)

# %% [exercise]
from course.systems.cluster.ring import HashRing  # implement: add, lookup

# %% [check] points=8.5
check_ring(HashRing)

# %% [markdown]
"""
## 5 Break
"""

# %% [markdown]
"""
## 6 Escalate
"""

# %% [markdown]
"""
## 7 Explain
"""

# %% [spoken] [markdown] points=3
"""
**"Why?"**

---rubric---
Because of the rubric.
"""

# %% [markdown]
"""
## 8 Recap
"""
'''
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0H10V10H0Z" fill="#ff0000"/></svg>'


def write(folder: Path, *changes: tuple[str, str]) -> Lesson:
    """The tiny lesson with changes (old, new), read from ``folder``."""
    text = TEXT
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times")
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    (folder / "lesson.py").write_text(text, encoding="utf-8")
    (folder / "ring.svg").write_text(SVG, encoding="utf-8")
    return read_lesson(find(4), folder)


def key(folder: Path, *changes: tuple[str, str]) -> Any:
    """Its answer key."""
    return answer_key(write(folder, *changes))


def cell(notebook: Any, start: str) -> Any:
    """The first cell whose text starts with ``start``, or whose grade id it is."""
    for found in notebook.cells:
        if found.source.startswith(start) or found.metadata.get("nbgrader", {}).get("grade_id") == start:
            return found
    raise LookupError(start)
