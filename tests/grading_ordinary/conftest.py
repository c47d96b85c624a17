"""nbgrader's own fixtures, and the course's configuration in every command of its tests."""

from pathlib import Path

import pytest
from nbgrader.tests.apps.conftest import *  # noqa: F403 - fixtures are found by name

CONFIGURATION = "from autograde.settings import configure\n\nconfigure(get_config())\n"
"""All of `nbgrader_config.py` but its paths: nbgrader's tests have their own."""


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    monkeypatch.delenv("COURSE_STOCK_EXECUTOR", raising=False)
