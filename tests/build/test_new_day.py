"""`course new-day` and the author's commands on a copy of the repository. About 12 s of CPU."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course.build.lesson import LessonError
from course.build.rooms import next_steps, open_room
from course.checking.seeds import ROOT
from course.syllabus import find

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rooms")]

DAY = find(17)
ASKS_FOR_CONTENT = {
    "the Brief has 65 words": "explain the topic",
    "lesson.py says TODO": "write what stands beside each",
    "checks.py says TODO": "write what stands beside each",
    "interview.py says TODO": "write what stands beside each",
    "mistakes.toml says TODO": "write what stands beside each",
    "diagram.svg says TODO": "write what stands beside each",
    "course/systems/search/day17_example.py says TODO": "write what stands beside each",
    "2 rounds": "write 4 to 6",
    "batches has 1 of at least 8 known wrong answers": "add to mistakes.toml",
    "waste has 1 of at least 8 known wrong answers": "add to mistakes.toml",
}
"""What the gates say of a fresh room, and the mend: nothing else."""


@pytest.fixture(scope="module")
def house(copies: Any) -> Any:
    """A copy of the repository with a fresh room for day 17, built."""
    house = copies("fresh")
    made = house.course("new-day", "17")
    assert made.returncode == 0, made.stderr
    built = house.course("build", "ivf_and_pq")
    assert built.returncode == 0, built.stderr
    return house


def test_a_fresh_room_passes_every_gate_that_does_not_ask_for_content(house: Any) -> None:
    [problems] = house.hold([(17, [], {})])
    for problem in problems:
        wanted = [mend for words, mend in ASKS_FOR_CONTENT.items() if problem["what"].startswith(words)]
        assert wanted, problem
        assert wanted[0] in problem["mend"], problem
    assert len(problems) == len(ASKS_FOR_CONTENT)


def test_a_room_is_never_made_twice(house: Any) -> None:
    again = house.course("new-day", "17")
    assert again.returncode == 2
    assert "day17: its room is there: course/days/day17_ivf_and_pq" in again.stderr


def test_a_room_that_holds_a_mock_round_alone_gets_what_it_lacks(tmp_path: Path) -> None:
    folder = tmp_path / "course" / "days" / DAY.package
    folder.mkdir(parents=True)
    for name in ("__init__.py", "mock.py", "mock.md"):
        (folder / name).write_text("# mine\n", encoding="utf-8")
    written = {path.name for path in open_room(DAY, tmp_path)}
    assert {"lesson.py", "checks.py", "interview.py", "mistakes.toml"} <= written
    assert {(folder / name).read_text() for name in ("__init__.py", "mock.py", "mock.md")} == {"# mine\n"}


def test_a_room_says_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path).as_posix() for path in open_room(DAY, tmp_path)}
    room = "course/days/day17_ivf_and_pq"
    files = {"__init__.py", "checks.py", "diagram.svg", "interview.py", "lesson.py", "mistakes.toml"}
    assert written == {f"{room}/{name}" for name in files} | {
        "course/systems/search/day17_example.py",
        "course/systems/search/__init__.py",
    }
    assert "`course build 17`" in next_steps(DAY)
    assert "`course check 17`" in next_steps(DAY)


def test_a_room_is_opened_beside_a_library_that_was_written_first(tmp_path: Path) -> None:
    there = tmp_path / "course/systems/search/ivf_and_pq.py"
    there.parent.mkdir(parents=True)
    there.write_text("# mine\n")
    open_room(DAY, tmp_path)
    assert there.read_text() == "# mine\n"
    with pytest.raises(LessonError, match="its room is there") as caught:
        open_room(DAY, tmp_path)
    assert (caught.value.where, caught.value.mend) == (
        "day17",
        "work in it; only a day without one is made anew",
    )


def test_build_writes_what_differs_and_check_only_says_so(house: Any) -> None:
    key = house.root / "solutions/day17/ivf_and_pq.ipynb"
    other = house.root / "notebooks/day16/left_alone.ipynb"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    assert house.course("build", "--check").returncode == 0
    before = key.read_bytes()
    key.write_bytes(before.replace(b"Batches", b"Badges"))
    stale = house.course("build", "--check", "17")
    assert (stale.returncode, stale.stdout.splitlines()[0]) == (1, "stale solutions/day17/ivf_and_pq.ipynb")
    assert key.read_bytes() != before
    written = house.course("build")
    assert (written.returncode, written.stdout.split()) == (0, ["wrote", "solutions/day17/ivf_and_pq.ipynb"])
    assert key.read_bytes() == before
    assert other.read_text() == "{}"
    other.unlink()


def test_check_prints_each_problem_with_its_mend_and_remembers_what_holds(copies: Any) -> None:
    house = copies("checked")
    assert house.course("new-day", "17").returncode == 0
    assert house.course("build", "17").returncode == 0
    first = house.course("check", "17")
    assert first.returncode == 1
    assert "day17 · shape: the Brief has 65 words" in first.stdout
    assert "\n    mend: " in first.stdout
    assert first.stdout.splitlines()[-1].startswith("0 of 1 hold (day17); ")

    finish_here = (
        f"import sys; sys.path[:0] = [{str(house.root)!r}, {str(Path(__file__).parent)!r}]; "
        "from pathlib import Path; from course.syllabus import find; from finished_day import finish; finish(find(17), Path('.'))"
    )
    assert house.run("-c", finish_here).returncode == 0
    assert house.course("build").returncode == 0
    held = house.course("check", "17")
    assert held.returncode == 0, held.stdout + held.stderr
    assert "1 of 1 hold (day17); 0 problems" in held.stdout

    cache = house.root / ".course/check-cache.json"
    remembered = cache.read_bytes()
    again = house.course("check", "17")  # nothing is run
    assert (again.returncode, again.stdout) == (0, held.stdout)

    assert b"day17" in remembered
    assert cache.read_bytes() == remembered

    (house.root / "notebooks/day17/ivf_and_pq.ipynb").write_text("{}")
    spoilt = house.course("check", "17")
    assert spoilt.returncode == 1
    assert "day17 · fresh: notebooks/day17/ivf_and_pq.ipynb is not what the build makes" in spoilt.stdout
    assert "mend: `course build 17`, then commit it" in spoilt.stdout


def test_what_cannot_be_done_is_said_in_one_sentence(house: Any) -> None:
    for arguments, says in (
        (("check", "18"), "day18: it has no room. Mend: `course new-day 18` makes one"),
        (("build", "18"), "day18: no lesson.py in day18_hnsw. Mend: make one: `course new-day 18`"),
        (("build", "99"), "give a number from 1 to 40"),
    ):
        run = house.course(*arguments)
        assert run.returncode in (1, 2)
        assert says in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize("number", [1, 4, 17, 31, 38])
def test_a_fresh_room_is_formatted_and_in_the_order_that_ruff_wants(tmp_path: Path, number: int) -> None:
    open_room(find(number), tmp_path)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for command in (["check", "--config", 'lint.isort.known-first-party=["course"]'], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--no-cache", "course"]
        run = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
