"""The library that a candidate sees: today's bodies are stubs, and nothing else of the repository is there."""

import shutil
from pathlib import Path

from course.build.cutting import holes, module_text, stubbed
from course.build.lesson import Lesson
from course.checking.seeds import ROOT

LEFT_OUT = ("days", "build", "__pycache__", "cli.py")
"""What of the package a candidate never sees."""


def cut_tree(lesson: Lesson | None, folder: Path) -> Path:
    """Write a package ``course`` with the lesson's holes cut, if there is one, and ``datasets``, into ``folder``; returns
    ``folder``.

    Library modules that use what was cut get the stub too, since they import it from here. No checks, lessons,
    tests, keys or bytecode are in it.
    """
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    (folder / "course").mkdir(parents=True)
    for entry in sorted((ROOT / "course").iterdir()):
        if entry.name in LEFT_OUT:
            continue
        target = folder / "course" / entry.name
        if entry.is_dir():
            shutil.copytree(entry, target, ignore=ignore)
        else:
            shutil.copyfile(entry, target)
    shutil.copytree(ROOT / "datasets", folder / "datasets", ignore=ignore)
    # `mine` finds the exercises of earlier days in the released notebooks, which hold no solution.
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=ignore)
    by_module: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for exercise in lesson.exercises if lesson else ():
        by_module.setdefault(exercise.module, []).append((exercise.name, exercise.holes))
    for module, cuts in by_module.items():
        text = module_text(module)
        found = [hole for name, wanted in cuts for hole in holes(text, module, name, wanted)]
        (folder / (module.replace(".", "/") + ".py")).write_text(stubbed(text, found), encoding="utf-8")
    return folder
