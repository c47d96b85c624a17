"""Hidden seeds: one test for a cohort, that nobody else can compute."""

from pathlib import Path

import pytest

from course.checking.seeds import ROOT, NoCohortSecret, cohort_folder, hidden_seed, make_secret


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path))
    return tmp_path


def test_a_seed_depends_on_the_secret_the_name_and_the_epoch(cohort: Path) -> None:
    make_secret()
    first = hidden_seed("day04-ring")
    assert first == hidden_seed("day04-ring")
    assert len({first, hidden_seed("day04-ring", 1), hidden_seed("day04-moved")}) == 3
    (cohort / "secret").write_text("another")
    assert hidden_seed("day04-ring") != first


@pytest.mark.parametrize("secret", ["", " \n"])
def test_an_empty_secret_is_refused(cohort: Path, secret: str) -> None:
    (cohort / "secret").write_text(secret)
    with pytest.raises(NoCohortSecret, match="is empty; bring it back"):
        hidden_seed("day04-ring")


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_COHORT", "")
    assert cohort_folder() == ROOT / "cohort"
