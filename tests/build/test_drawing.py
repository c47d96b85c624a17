"""Diagrams: from SVG to the PNG that a notebook shows. About 2 s."""

import sys
from pathlib import Path

import pytest
from tiny_lesson import SVG, write

from course.build.drawing import DrawingError, png, shown
from course.build.lesson import LessonError
from course.build.notebooks import answer_key
from course.checking.seeds import ROOT


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    path = tmp_path / "ring.svg"
    path.write_text(SVG, encoding="utf-8")
    return path


def test_a_drawing_is_kept_as_long_as_its_svg_is_the_same(svg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = png(svg)
    shown(svg).write_bytes(first)
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert png(svg) == first
    svg.write_text(SVG.replace("ff0000", "00ff00"), encoding="utf-8")
    with pytest.raises(DrawingError, match=r"ring\.png is missing or of another ring\.svg"):
        png(svg)
    monkeypatch.undo()
    assert png(svg) != first


def test_a_file_that_is_no_drawing_is_drawn_again(svg: Path) -> None:
    shown(svg).write_bytes(b"not a picture")
    assert png(svg).startswith(b"\x89PNG")


def test_a_committed_drawing_has_the_bytes_that_a_new_one_has(tmp_path: Path) -> None:
    committed = ROOT / "course" / "days" / "day04_consistent_hashing" / "ring.svg"
    copy = tmp_path / committed.name
    copy.write_bytes(committed.read_bytes())
    assert png(copy) == shown(committed).read_bytes()


def test_an_svg_that_cannot_be_drawn_is_the_lessons_error(tmp_path: Path) -> None:
    lesson = write(tmp_path)
    (tmp_path / "ring.svg").write_text("<svg", encoding="utf-8")
    with pytest.raises(LessonError, match=r"day04, cell \d+ .* ring\.svg cannot be drawn"):
        answer_key(lesson)
