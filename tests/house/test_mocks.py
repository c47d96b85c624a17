"""Each mock round has a page of its own, in the working folder and on the start page. Under 2 s."""

from pathlib import Path

import nbformat
import pytest

from course.build.days import ROOMS
from course.cli import main
from course.lab import START, write_pages
from course.mocks import NoSuchMock, find_mock, mocks, write_mocks


def test_every_room_with_a_mock_round_has_its_page() -> None:
    rooms = {path.parent.name for path in ROOMS.glob("*/mock.py")}
    assert {mock.source.parent.name for mock in mocks()} == rooms
    assert [mock.number for mock in mocks()] == sorted(mock.number for mock in mocks())


def test_a_page_plays_its_own_round_and_a_learners_copy_is_never_touched(tmp_path: Path) -> None:
    write_mocks(tmp_path)
    for mock in mocks():
        page = nbformat.read(tmp_path / mock.notebook, as_version=4)
        nbformat.validate(page)
        code = [cell.source for cell in page.cells if cell.cell_type == "code"]
        assert all("import incident\n" in cell for cell in code[1:]), "what follows the round is its incident"
        assert len(code) <= 2
        assert code[0].startswith(f"from course.days.{mock.source.parent.name}.mock import SCENARIO\n")
        assert page.cells[0].source.startswith(f"# Mock round · {mock.title}\n")
    mine = tmp_path / mocks()[0].notebook
    mine.write_text("mine", encoding="utf-8")
    write_mocks(tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_the_start_page_leads_to_each(tmp_path: Path) -> None:
    write_pages(tmp_path)
    text = (tmp_path / START).read_text(encoding="utf-8")
    for mock in mocks():
        assert f"[{mock.title}]({mock.notebook.as_posix()})" in text
        assert (tmp_path / mock.notebook).is_file()


def test_a_mock_is_named_by_its_week(capsys: pytest.CaptureFixture[str]) -> None:
    assert find_mock() == mocks()[0]
    assert find_mock(1).title == "a replicated key-value store"
    with pytest.raises(NoSuchMock, match=r"there is no mock round 9 yet; there are 1 \(a replicated"):
        find_mock(9)
    assert main(["mock", "9"]) == 2
    assert "there is no mock round 9" in capsys.readouterr().err


def test_a_page_without_its_heading_is_an_authors_slip(tmp_path: Path) -> None:
    room = tmp_path / "day05_replication_and_quorums"
    room.mkdir()
    (room / "mock.md").write_text("# Something\n", encoding="utf-8")
    with pytest.raises(ValueError, match="begins with no heading: write `# Mock round · title`"):
        mocks(tmp_path)
