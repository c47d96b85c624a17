"""Gates on files: generated ones are fresh, without outputs, and every link in the prose reaches something."""

import re
from collections.abc import Iterator
from pathlib import Path

from course.build.days import NOTEBOOKS, stale
from course.build.gates_room import Problem, Room
from course.checking.seeds import ROOT

_LINK = re.compile(
    r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|href)=[\"']([^\"']+)[\"']|^\[[^\]]+\]:\s+(\S+)",
    re.MULTILINE,
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def fresh(room: Room) -> list[Problem]:
    """The committed notebooks are, byte for byte, what the build makes."""
    found = []
    for path in stale(room.built):
        state = "is not what the build makes" if path.is_file() else "is missing"
        found.append(
            room.problem(
                "fresh",
                f"{path.relative_to(ROOT).as_posix()} {state}",
                f"`course build {room.day.number}`, then commit it",
            )
        )
    return found


def no_outputs(room: Room) -> list[Problem]:
    """Neither notebook carries outputs or counts of execution, and no cell's id stands twice."""
    found = []
    for name, notebook in (("key", room.built.key), ("released notebook", room.built.released)):
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if any(cell.outputs or cell.execution_count is not None for cell in code):
            found.append(
                room.problem(
                    "outputs",
                    f"the {name} carries outputs",
                    "outputs are made by the reader; remove them from the lesson",
                )
            )
        ids = [cell.id for cell in notebook.cells]
        if len(set(ids)) < len(ids):
            found.append(
                room.problem(
                    "outputs", f"the {name} has two cells of one id", "give each cell its own place or name"
                )
            )
    return found


def links(room: Room) -> list[Problem]:
    """Every relative link and picture in the day's prose resolves from where its notebook lies."""
    folder = NOTEBOOKS / room.day.id
    found = []
    for cell in room.built.released.cells:
        if cell.cell_type != "markdown":
            continue
        for link in relative_links(cell.source):
            if link.startswith("attachment:"):
                reached = link.removeprefix("attachment:") in cell.get("attachments", {})
            else:
                reached = reaches(folder, link)
            if not reached:
                found.append(
                    room.problem(
                        "links",
                        f"a link in the prose reaches nothing: {link}",
                        "mend its path, seen from the day's notebook",
                    )
                )
    return found


def linked(room: Room) -> list[Path]:
    """The files that the day's prose links to, so that a remembered verdict falls when one goes."""
    folder = NOTEBOOKS / room.day.id
    texts = (cell.source for cell in room.built.released.cells if cell.cell_type == "markdown")
    return [
        folder / link.split("#")[0]
        for text in texts
        for link in relative_links(text)
        if not link.startswith("attachment:")
    ]


def paper_links(root: Path) -> Iterator[Problem]:
    """Every relative link in the repository's papers resolves from its file."""
    for path in [
        *sorted(root.glob("*.md")),
        *sorted((root / "docs").rglob("*.md")),
        *sorted((root / "datasets").rglob("*.md")),
    ]:
        for link in relative_links(path.read_text(encoding="utf-8")):
            if not reaches(path.parent, link):
                yield Problem(
                    "house",
                    "links",
                    f"{path.relative_to(root).as_posix()} links to nothing: {link}",
                    "mend its path, seen from that file",
                )


def relative_links(text: str) -> list[str]:
    """Targets of links and pictures in Markdown or HTML, those to the web and within the page left out."""
    code_free = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = [next(part for part in found if part) for found in _LINK.findall(code_free)]
    return [target for target in targets if target.startswith("attachment:") or not _ELSEWHERE.match(target)]


def reaches(folder: Path, link: str) -> bool:
    """Whether ``link`` (its anchor apart) names a file or folder, seen from ``folder``."""
    return (folder / link.split("#")[0].split("?")[0]).exists()
