"""The widget's parts as ipywidgets: text made of blocks, boxes, and fields that are shown or not."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as w

from course.notebook.screens import markup
from course.notebook.screens.blocks import Block, Hint

NOTHING_YET = '<span class="iw-none"></span>'
"""A part that is left out."""


def of(blocks: Iterable[Block]) -> str:
    """Blocks as a part's HTML."""
    return markup.html(blocks) or NOTHING_YET


@functools.cache
def plain() -> tuple[Any, Any]:
    """A layout and a style of no wishes, shared: each is a message to the browser before the first picture."""
    return w.Layout(), w.HTML().style


def part(text: str = "") -> Any:
    layout, style = plain()
    return w.HTML(text, layout=layout, style=style)


def box(classes: str, *children: Any) -> Any:
    whole = w.VBox(children, layout=plain()[0])
    for name in classes.split():
        whole.add_class(name)
    return whole


def show_it(widget: Any, shown: bool) -> None:
    if shown == ("iw-hidden" in widget._dom_classes):
        (widget.remove_class if shown else widget.add_class)("iw-hidden")


def close_all(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        close_all(child)
    widget.close()


def safely(act: Callable[..., None], said: Any) -> Callable[..., None]:
    """``act``, with an error said in ``said``, a part: a button never fails in silence."""

    @functools.wraps(act)
    def acted(*args: object) -> None:
        try:
            act(*args)
        except Exception as error:
            said.value = of([Hint(f"This went wrong: {type(error).__name__}: {error}")])

    return acted
