"""One list of packages, in three forms: pyproject.toml, the two locks, environment.yml. About 2 s."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course import install
from course.checking.seeds import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CORE = PROJECT["project"]["dependencies"]
LEARNER, TESTS = "requirements.lock", "requirements-test.lock"
LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in (LEARNER, TESTS)}
WANTED = [(LEARNER, text) for text in CORE + PROJECT["build-system"]["requires"]]
WANTED += [(TESTS, text) for text in PROJECT["project"]["optional-dependencies"]["test"]]
HEAVY = {"playwright", "mypy", "anthropic", "distributed", "psycopg", "hypothesis", "pytest", "ruff"}
"""What a learner never runs."""


def locked(lock: str) -> dict[str, Requirement]:
    lines = re.findall(r"^[a-zA-Z0-9].*?(?= \\$)", LOCKS[lock], re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    assert not re.findall(r"^-.*|.*://.*|.* @ .*", LOCKS[lock], re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_at_one_version_with_hashes(lock: str) -> None:
    for block in re.split(r"\n(?=\S)", LOCKS[lock].strip()):
        name, *hashes = block.split("\\\n")
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", name.strip()), f"{name.strip()} is not pinned by =="
        assert hashes, f"{name.strip()} has no hash: `make lock` writes them"
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64} *\n?", line) for line in hashes), name


@pytest.mark.parametrize(("lock", "text"), WANTED)
def test_a_lock_holds_what_the_project_asks_for(lock: str, text: str) -> None:
    wanted = Requirement(text)
    name = canonicalize_name(wanted.name)
    found = locked(lock).get(name) or locked(LEARNER).get(name)
    assert found is not None, f"{wanted.name} is not in {lock}: run `make lock`"
    version = next(iter(found.specifier)).version
    assert wanted.specifier.contains(version), f"{found} does not satisfy {text}: run `make lock`"


def test_a_learner_gets_no_testers_tools_and_the_tests_lock_repeats_nothing() -> None:
    learner, tests = locked(LEARNER).keys(), locked(TESTS).keys()
    assert not learner & HEAVY
    assert tests > HEAVY
    assert not learner & tests


@pytest.mark.parametrize("name", LOCKS)
def test_what_an_installation_says_of_its_size_is_so(name: str) -> None:
    said = install.LOCKS[name].on_disk
    found = sum(size(package) for package in locked(name)) / 1e6
    assert found == pytest.approx(said, rel=0.15)


def size(package: str) -> int:
    """Bytes of an installed package, its bytecode included; 0 where this platform has no use for it."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return 0
    paths = {Path(str(file.locate())) for file in files}
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_conda_and_binder_get_the_same_packages() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *plain, by_pip = environment["dependencies"]
    assert by_pip["pip"] == [*CORE, "-e ."]
    python = next(Requirement(text) for text in plain if text.startswith("python"))
    assert PROJECT["project"]["requires-python"] in str(python.specifier).split(",")


def test_the_course_is_importable_from_any_folder(tmp_path: Path) -> None:
    line = "import autograde, course, datasets; print(course.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == ROOT / "course" / "__init__.py"
