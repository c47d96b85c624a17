"""The papers for people: what they tell you to type exists, and what they point to is there. A second."""

import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.cli import main as grade
from course.build.days import ROOMS
from course.checking.seeds import ROOT
from course.cli import main
from course.syllabus import find

PAPERS = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/learner.md",
    "docs/instructor.md",
    "docs/operations.md",
    "docs/threat-model.md",
    "datasets/README.md",
]
SHELL = {".", "cp", "jupyter", "mkdir", "rm"}


def commands(paper: str) -> Iterator[list[str]]:
    text = (ROOT / paper).read_text(encoding="utf-8")
    for block in re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if words := shlex.split(line, comments=True):
                yield words


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_command_in_a_paper_exists(paper: str) -> None:
    from nbgrader.apps import NbGraderApp

    for command, *words in commands(paper):
        match command.removeprefix(".venv/bin/"):
            case "make":
                assert words[0] in targets(), words
            case "course":
                with pytest.raises(SystemExit) as ended:
                    main([words[0], "--help"])
                assert ended.value.code == 0, words
            case "autograde":
                with pytest.raises(SystemExit) as ended:
                    grade([words[0], "--help"])
                assert ended.value.code == 0, words
            case "nbgrader":
                assert words[0] in NbGraderApp.subcommands, words
            case "python":
                assert words[:3] == ["-m", "pip", "install"], words
            case other:
                assert other in SHELL, (command, *words)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_link_in_a_paper_leads_somewhere(paper: str) -> None:
    here = ROOT / paper
    for link in re.findall(r"\]\(([^)\s]+)\)", here.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (here.parent / path) if path else here
        assert target.exists(), f"{paper} links to {path}, which is not there"
        assert not anchor or anchor in headings(target), f"{paper} links to #{anchor}, no heading of {path}"


def headings(paper: Path) -> set[str]:
    """GitHub's anchors."""
    found = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_example_of_a_mistake_is_a_real_one() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block
    known = tomllib.loads((ROOMS / find(4).package / "mistakes.toml").read_text(encoding="utf-8"))
    [(exercise, mistakes)] = tomllib.loads(textwrap.dedent(block[1])).items()
    for name, mistake in mistakes.items():
        assert known[exercise][name] == mistake


def test_the_picture_in_the_readme_is_small() -> None:
    assert (ROOT / "docs" / "day04.png").stat().st_size <= 250_000


def test_every_data_set_has_a_card_that_the_index_names() -> None:
    index = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    stems = {path.stem.removeprefix("build_") for path in (ROOT / "datasets").glob("*.*")}
    names = stems - {"README", "__init__"}
    assert names
    for name in sorted(names):
        assert (ROOT / "datasets" / f"{name}.md").is_file(), f"datasets/{name}.md: write its card"
        assert f"({name}.md)" in index, f"datasets/README.md: add a line for {name}"


def promises() -> dict[str, list[Path]]:
    """Each promise of the threat model, and the files and folders of tests that it names."""
    found = {}
    text = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
    table = text.partition("## Promises")[2].partition("## ")[0]
    for line in [line for line in table.splitlines() if line.startswith("| ")][2:]:
        promise, _, tried = [cell.strip() for cell in line.strip("|").split(" | ")]
        found[promise] = []
        for name in re.findall(r"`([^`]+)`", tried):
            folder = next(
                (path.parent for path in reversed(found[promise]) if path.suffix), ROOT / "tests/attacks"
            )
            near = [ROOT / name, ROOT / "tests/attacks" / name, folder / name]
            found[promise].append(next((path for path in near if path.exists()), near[0]))
    return found


@pytest.mark.parametrize(("promise", "tried"), promises().items())
def test_every_promise_of_the_threat_model_names_tests_that_exist(promise: str, tried: list[Path]) -> None:
    assert tried, f"no test tries “{promise}”"
    for path in tried:
        files = [path] if path.is_file() else sorted(path.glob("test_*.py"))
        assert "def test_" in "".join(file.read_text(encoding="utf-8") for file in files), (
            f"{path} tests nothing"
        )


def test_every_file_of_attacks_tries_a_promise() -> None:
    named = {path.name for tried in promises().values() for path in tried}
    assert {path.name for path in (ROOT / "tests/attacks").glob("test_*.py")} <= named
