"""Every picture in the text of every day, in JupyterLab, in Notebook 7 and on nbconvert's page. About 30 s."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import CHROMIUM, FLAGS, IN_CHROMIUM

from course.build.days import NOTEBOOKS, existing_days
from course.lab import START
from course.syllabus import Day

pytestmark = IN_CHROMIUM

OPEN = """async path => {
    const app = window.jupyterapp, shown = await app.commands.execute('docmanager:open', {path});
    await shown.context.ready; await shown.revealed;
}"""
SHOWN = """async () => {
    const book = window.jupyterapp.shell.currentWidget.content, found = [];
    for (const [at, cell] of book.widgets.entries()) {
        if (cell.model.type !== 'markdown' || !cell.model.sharedModel.getSource().includes('](attachment:')) continue;
        await book.scrollToItem(at, 'center'); await cell.ready;
        while (!cell.node.querySelector('.jp-MarkdownOutput > *')) await new Promise(requestAnimationFrame);
        for (const picture of cell.node.querySelectorAll('.jp-MarkdownOutput img')) {
            await picture.decode().catch(() => null);
            found.push([picture.alt, picture.naturalWidth, picture.getBoundingClientRect().width]);
        }
    }
    return found;
}"""
"""Each picture of the open notebook: its text, its own width and the width at which it stands; 0 for a broken one."""
ON_PAGE = """async () => { const pictures = [...document.querySelectorAll('.jp-MarkdownCell img')];
    await Promise.allSettled(pictures.map(picture => picture.decode()));
    return pictures.map(picture => [picture.alt, picture.naturalWidth, picture.getBoundingClientRect().width]); }"""
SHARP = 1000
"""Pixels that a diagram is wide at least: a column of text is half as wide."""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1366, "height": 768})
        browser.close()


def texts(day: Day) -> list[str]:
    """The alternative texts of a day's pictures, as its notebook holds them."""
    return re.findall(r"!\[([^\]]+)\]\(attachment:", (NOTEBOOKS / day.notebook).read_text(encoding="utf-8"))


def holds(day: Day, shown: list[list[Any]]) -> None:
    assert [text for text, *_ in shown] == texts(day), day.id
    assert shown, f"{day.id} has no picture"
    for text, natural, width in shown:
        assert natural >= SHARP, f"{day.id}: {text[:60]}… is {natural} pixels wide"
        assert width >= 300, f"{day.id}: {text[:60]}… stands {width} wide"


def test_every_picture_of_every_day_is_shown_in_jupyterlab(lab: str, page: Any) -> None:
    page.goto(lab.format(START))
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=60_000)
    for day in existing_days():
        page.evaluate(OPEN, day.notebook)
        holds(day, page.evaluate(SHOWN))


def test_a_picture_is_shown_in_notebook_7(lab: str, page: Any) -> None:
    day = existing_days()[0]
    page.goto(lab.replace("lab/tree", "notebooks").format(day.notebook))
    page.wait_for_selector(".jp-MarkdownCell img", timeout=60_000)
    holds(day, page.evaluate(ON_PAGE))


def test_every_picture_of_every_day_is_in_nbconverts_page(page: Any, tmp_path: Path) -> None:
    from nbconvert.exporters import HTMLExporter

    for day in existing_days():
        text, _ = HTMLExporter(mathjax_url="", require_js_url="").from_filename(str(NOTEBOOKS / day.notebook))
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        holds(day, page.evaluate(ON_PAGE))
