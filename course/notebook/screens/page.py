"""A page: a title and blocks, shown as plain text, as HTML or as Markdown."""

from dataclasses import dataclass
from html import escape

from course.notebook.screens import lines, markup
from course.notebook.screens.blocks import Block
from course.notebook.screens.look import PAGE


@dataclass(frozen=True)
class Page:
    """One thing shown. ``state`` is ``"passed"``, ``"open"`` or ``""``: the border's kind, beside the words."""

    title: str
    blocks: tuple[Block, ...]
    state: str = ""
    folded: bool = False

    def text(self) -> str:
        """The page as plain text."""
        body = (line for block in self.blocks for line in lines.plain(block))
        return "\n".join([*lines.wrapped(self.title, ""), *body])

    def html(self) -> str:
        """The page as HTML by itself, in its frame and with its style; two prices in a line are no formula."""
        kind = f" iw-{self.state}" if self.state else ""
        return f'<div class="iw iw-page mathjax_ignore{kind}">{self.body()}</div>{PAGE}'

    def body(self) -> str:
        """Title and blocks as HTML, for a screen that has frame and style."""
        title, body = escape(self.title), markup.html(self.blocks)
        if self.folded:
            return (
                f'<details class="iw-whole"><summary class="iw-page-title">{title}</summary>{body}</details>'
            )
        return f'<div class="iw-page-title">{title}</div>{body}'

    def markdown(self) -> str:
        """The page as Markdown, under a heading of its own."""
        body = filter(None, map(lines.markdown, self.blocks))
        return "\n\n".join([f"## {lines.escaped(self.title)}", *body])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text()


class Markdown(str):
    """A string that a notebook shows as Markdown."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)
