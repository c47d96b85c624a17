"""What a verdict on a day rests on, and what it does not."""

from pathlib import Path

import pytest

from course.build.closure import closure, digest
from course.build.days import existing_days
from course.checking.seeds import ROOT
from course.syllabus import find

DAY = find(4)
FILES = {
    "course/__init__.py": "",
    "course/days/day04_consistent_hashing/lesson.py": "from course.systems.cluster.ring import (  # implement: add\n    Ring,\n)\n",
    "course/days/day04_consistent_hashing/mistakes.toml": "",
    "course/days/day05_replication_and_quorums/lesson.py": "import course.systems.cluster.quorum\n",
    "course/systems/cluster/__init__.py": "",
    "course/systems/cluster/ring.py": "def far():\n    from course.systems.cluster import errors, nothing_of_ours\n",
    "course/systems/cluster/errors.py": "import numpy\n",
    "course/systems/cluster/quorum.py": "",
    "course/build/gates.py": "import course.facts\n",
    "course/build/template/lesson.py.txt": "",
    "course/checking/seen.py": "",
    "course/facts.py": "",
    "course/lab.py": "",
    "datasets/__init__.py": "",
    "datasets/words.py": "",
    "datasets/words.csv": "",
    "notebooks/day03/partitioning.ipynb": "{}",
    "notebooks/day04/consistent_hashing.ipynb": "{}",
    "notebooks/day05/replication_and_quorums.ipynb": "{}",
    "solutions/day03/partitioning.ipynb": "{}",
    "solutions/day04/consistent_hashing.ipynb": "{}",
    "pyproject.toml": "",
}
ELSEWHERE = {
    "course/days/day05_replication_and_quorums/lesson.py",
    "course/systems/cluster/quorum.py",
    "course/lab.py",
    "datasets/__init__.py",
    "datasets/words.py",
    "datasets/words.csv",
    "notebooks/day05/replication_and_quorums.ipynb",
    "solutions/day03/partitioning.ipynb",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in closure(DAY, root)}


def test_it_is_the_room_what_that_imports_and_what_builds_and_checks_it(root: Path) -> None:
    assert names(root) == FILES.keys() - ELSEWHERE


def test_a_day_that_takes_data_rests_on_all_data(root: Path) -> None:
    ring = root / "course/systems/cluster/ring.py"
    ring.write_text("from datasets.words import WORDS\n")
    assert {"datasets/__init__.py", "datasets/words.py", "datasets/words.csv"} <= names(root)


def test_a_change_elsewhere_changes_nothing(root: Path) -> None:
    before = digest(closure(DAY, root), root)
    for name in ELSEWHERE:
        (root / name).write_text("changed = 1\n")
    assert digest(closure(DAY, root), root) == before
    (root / "course/systems/cluster/errors.py").write_text("changed = 1\n")
    assert digest(closure(DAY, root), root) != before


def test_no_day_rests_on_another_day_s_room() -> None:
    for day in existing_days():
        rooms = {
            path.relative_to(ROOT).parts[2]
            for path in closure(day)
            if "days" in path.relative_to(ROOT).parts[1:2]
        }
        assert rooms <= {day.package, "__init__.py"}, day.id
