"""One list of packages, in three forms: pyproject.toml, requirements.lock, environment.yml. Under a second."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.checking.seeds import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CORE = PROJECT["project"]["dependencies"]
WANTED = CORE + PROJECT["project"]["optional-dependencies"]["test"] + PROJECT["build-system"]["requires"]


def locked() -> dict[str, Requirement]:
    lines = re.findall(r"^[a-zA-Z0-9].*?(?= \\$)", LOCK, re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def test_the_lock_names_no_host_and_no_path() -> None:
    assert not re.findall(r"^-.*|.*://.*|.* @ .*", LOCK, re.MULTILINE)


def test_every_package_is_locked_at_one_version_with_hashes() -> None:
    for block in re.split(r"\n(?=\S)", LOCK.strip()):
        name, *hashes = block.split("\\\n")
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", name.strip()), f"{name.strip()} is not pinned by =="
        assert hashes, f"{name.strip()} has no hash: `make lock` writes them"
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64} *\n?", line) for line in hashes), name


@pytest.mark.parametrize("text", WANTED)
def test_the_lock_holds_what_the_project_asks_for(text: str) -> None:
    wanted = Requirement(text)
    found = locked().get(canonicalize_name(wanted.name))
    assert found is not None, f"{wanted.name} is not in requirements.lock: run `make lock`"
    version = next(iter(found.specifier)).version
    assert wanted.specifier.contains(version), f"{found} does not satisfy {text}: run `make lock`"


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
