"""A learner's room for tests: a work folder with a small day 4, real files, and nobody grading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from learner_room import day_four, write_notebook


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work folder that holds day 4 and an empty day 5; the kernel stands in day 4 and a learner works in it."""
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE", "COURSE_STATE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    write_notebook(folder / "day04" / "consistent_hashing.ipynb", day_four())
    (folder / "day05").mkdir()
    monkeypatch.chdir(folder / "day04")
    return folder


@pytest.fixture
def define(tmp_path: Path) -> Callable[[str, str], Any]:
    """Run a cell as a kernel does: its text lies in ``linecache`` under the name that its code carries."""
    import linecache

    def run(source: str, name: str) -> Any:
        path = f"/cell/{abs(hash(source))}.py"
        linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(source, path, "exec"), namespace)
        return namespace[name]

    return run
