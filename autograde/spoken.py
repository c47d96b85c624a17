"""Spoken answers, wherever they stand in a submitted notebook: split in two, typed again, in a cell of their own below the
question, with their pictures. What is shown in an answer's place is the learner's; never a text of ours.
"""

import base64
import difflib
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from autograde.cell_names import parsed
from course.build.cutting import ANSWER

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
_BY_NAME = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
MAX_PICTURES = 8 << 20
"""Characters of the pictures of one answer, in base64."""
OWN_LINE = 25
"""Characters from which on a line that stands in the released notebook too is taken for ours."""
_LINK = re.compile(r"(!\[[^\[\]\n]{0,300}\]\()<?([^()<>\s]{1,300})>?((?:[ \t][^()\n]{0,300})?\))")
_TAG = re.compile(r"""(<img\b[^<>]{0,300}?\bsrc=["'])([^"'<>]{1,300})(["'])""")
"""Bounded, and no two parts of one fit the same text: their time grows with the text and not with its square."""
COMPARED, PARAGRAPH = 50, 500
"""Paragraphs of a changed cell that are compared with ours, and characters of one."""
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


@dataclass(frozen=True)
class Part:
    """One submitted cell: the grade id that it has or goes by ("" for none), whether it is one of ours, its kind, text
    and pictures."""

    name: str
    ours: bool
    kind: str
    text: str
    pictures: Any = None


@dataclass(frozen=True)
class Answer:
    """What is shown in an answer's place; "" where nothing was written."""

    text: str = ""
    pictures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def answers(
    parts: Iterable[Part], released: list[Any], files: Mapping[str, bytes]
) -> tuple[dict[str, Answer], list[str]]:
    """The answer to each spoken question of the notebook ``released``, by grade id, and what the instructor should know.

    Where the cell of an answer is lost and nothing stands under its question, it is all that the learner wrote anywhere.
    """
    parts = list(parts)
    asked = {
        bare(before.source): str(cell.metadata.nbgrader.grade_id)
        for before, cell in pairwise(released)
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    ours = [text for cell in released if (text := bare(cell.source))]
    lines = {line for text in ours for line in map(str.strip, text.splitlines()) if len(line) >= OWN_LINE}
    found: dict[str, list[Part]] = {name: [] for name in asked.values()}
    elsewhere: list[Part] = []
    current = ""
    for part in parts:
        text = bare(part.text)
        if part.name in found:
            current, words = part.name, text.replace(ANSWER, "")
        elif part.name:
            current = ""
            continue
        else:
            question = next((name for words, name in asked.items() if words in text), "")
            if question or part.ours or text in ours:
                current = question
            if part.kind == "code" and not (current and text and not parsed(text).body):
                continue
            words = _without(text, ours, lines, changed=part.ours)
        if words.strip():
            place = found[current] if current else elsewhere
            place.append(Part(current, False, part.kind, words.strip("\n"), part.pictures))
    flags = []
    for name in {*found} - {part.name for part in parts}:
        found[name] = found[name] or elsewhere
        told = "what stands elsewhere is shown" if found[name] else "it counts as not written"
        flags.append(f"{name}: its cell is missing; {told}")
    flags += [
        f"{name} stands in {len(mine)} cells; all are shown" for name, mine in found.items() if len(mine) > 1
    ]
    return {name: _joined(mine, files) for name, mine in found.items()}, sorted(flags)


def bare(text: str) -> str:
    """``text`` without space at its ends and at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _without(text: str, ours: list[str], lines: set[str], *, changed: bool) -> str:
    """``text`` without what is ours; of a cell of ours that was ``changed``, without its paragraphs that are nearly so."""
    for each in ours:
        if len(each) >= OWN_LINE or each == text:
            text = text.replace(each, "")
    if changed and text.strip():
        known = [part[:PARAGRAPH] for each in ours for part in each.split("\n\n") if len(part) >= OWN_LINE]
        text = "\n\n".join(
            part
            for number, part in enumerate(text.split("\n\n"))
            if number >= COMPARED or not difflib.get_close_matches(part[:PARAGRAPH], known, 1, 0.8)
        )
    return "\n".join(line for line in text.splitlines() if line.strip() not in lines)


def _joined(parts: list[Part], files: Mapping[str, bytes]) -> Answer:
    texts: list[str] = []
    pictures: dict[str, dict[str, str]] = {}
    for part in parts:
        mine = _pictures(part.pictures)
        text = part.text
        for link in (_LINK, _TAG):
            text = link.sub(lambda found, mine=mine: _attached(found, mine, files), text)  # type: ignore[misc]
        for name, data in mine.items():
            new = name
            while pictures.get(new, data) != data:
                new = f"{len(pictures)}-{new}"
            for written in {name, urllib.parse.quote(name)}:
                text = text.replace(f"attachment:{written}", f"attachment:{urllib.parse.quote(new)}")
            if sum(len(each) for kept in pictures.values() for each in kept.values()) < MAX_PICTURES:
                pictures[new] = data
        if text not in texts:
            texts.append(text)
    return Answer("\n\n".join(texts), pictures)


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """The attachments of a cell that are pictures, in nbformat's form."""
    found: dict[str, dict[str, str]] = {}
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            if isinstance(data, list):
                data = "".join(line for line in data if isinstance(line, str))
            if (
                kind in PICTURES
                and isinstance(data, str)
                and len(data) < MAX_PICTURES
                and _BASE64.fullmatch(data)
            ):
                found[str(name)] = {kind: data}
    return found


def _attached(link: re.Match[str], pictures: dict[str, dict[str, str]], files: Mapping[str, bytes]) -> str:
    """A link to a picture file beside the notebook, as a link to an attachment, which is added to ``pictures``."""
    name = urllib.parse.unquote(link[2]).removeprefix("./")
    kind = _BY_NAME.get(f".{name.rsplit('.', 1)[-1].lower()}")
    if kind is None or name not in files:
        return link[0]
    called = re.sub(r"[^\w.-]", "-", name)
    pictures[called] = {kind: base64.b64encode(files[name]).decode()}
    return f"{link[1]}attachment:{called}{link[3]}"
