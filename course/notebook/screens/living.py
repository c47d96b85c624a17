"""A living widget and the page of text beside it: what a converted or printed notebook shows, and a reopened one until
its kernel runs again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from course.notebook.screens.blocks import Text
from course.notebook.screens.look import STILL
from course.notebook.screens.page import Page

VIEW = "application/vnd.jupyter.widget-view+json"
ELSEWHERE = (
    "This is text now, since it was opened again in this kernel, in another cell or tab: it goes on there. Run this cell "
    "to bring it back here."
)


class Still:
    """A page that gives way to a living widget beside it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        html = f'<div class="iw-still">{self.page.html()}</div>{STILL}'
        return {"text/plain": self.page.text(), "text/html": html}


def moved(page: Page) -> Page:
    """``page`` where the widget was, once it went elsewhere."""
    return replace(page, blocks=(Text(ELSEWHERE, strong=True), *page.blocks))


def display(root: Any, page: Callable[[], Page], refresh: Callable[[], None], at_once: bool = True) -> Any:
    """Display widget ``root``, then its page; the page's display, to be updated. Where not ``at_once``, ``refresh`` is
    called after the first picture and not before."""
    from IPython.display import display as shown

    if at_once:
        refresh()
    view_of = {"version_major": 2, "version_minor": 0, "model_id": root.model_id}
    shown({"text/plain": "", VIEW: view_of}, raw=True)  # type: ignore[no-untyped-call]
    if not at_once:
        refresh()
    return shown(Still(page()), display_id=True)  # type: ignore[no-untyped-call]
