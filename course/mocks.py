"""The mock rounds: for each a page of its own, written in Markdown in its day's room."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.checking.seeds import ROOT
from course.files import write_whole
from course.syllabus import DAYS, DAYS_A_WEEK
from course.workspace import LANGUAGE, WORK

ROOMS = ROOT / "course" / "days"
PAGE = "mock.md"
_HEADING = re.compile(r"# Mock round · (.+)\n")


class NoSuchMock(ValueError):
    """No mock round has this number; the message names those there are."""


@dataclass(frozen=True)
class Mock:
    """The mock round that closes week ``number``: its ``title``, the Markdown of its page, and where a learner's copy lies
    in the working folder."""

    number: int
    title: str
    source: Path
    notebook: Path


def mocks(rooms: Path = ROOMS) -> list[Mock]:
    """The mock rounds that the course holds, in order. Raises :class:`ValueError` for a page without its heading."""
    return list(_found(rooms))


def _found(rooms: Path) -> Iterator[Mock]:
    for day in DAYS:
        source = rooms / day.package / PAGE
        if source.is_file():
            heading = _HEADING.match(source.read_text(encoding="utf-8"))
            if heading is None:
                raise ValueError(
                    f"{source.name} of {day.id} begins with no heading: write `# Mock round · title`"
                )
            notebook = Path("mocks") / day.slug / f"{day.slug}.ipynb"
            yield Mock(day.number // DAYS_A_WEEK, heading[1], source, notebook)


def find_mock(number: int | None = None) -> Mock:
    """The mock round of week ``number``, the first of all for None. Raises :class:`NoSuchMock`."""
    found = {mock.number: mock for mock in mocks()}
    if number is None:
        return found[min(found)]
    if number not in found:
        held = ", ".join(f"{each.number} ({each.title})" for each in found.values())
        raise NoSuchMock(f"there is no mock round {number} yet; there are {held}")
    return found[number]


def write_mocks(work: Path = WORK) -> None:
    """Write the page of each mock round where it is missing; a learner's own is never touched."""
    for mock in mocks():
        if not (work / mock.notebook).exists():
            write_whole(work / mock.notebook, page(mock))


def page(mock: Mock) -> bytes:
    """The notebook of ``mock``: its Markdown in cells."""
    import jupytext
    import nbformat

    notebook = jupytext.read(mock.source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{cell.cell_type}-{number}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": LANGUAGE,
        }
    )
    text: str = nbformat.writes(notebook, version=4)
    return text.encode()
