"""Whether HTML nests: what a browser would mend in silence."""

from html.parser import HTMLParser


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def unbalanced(html: str) -> list[str]:
    """The tags of ``html`` that are not closed in the order in which they were opened."""
    tags = _Tags()
    tags.feed(html)
    return [*tags.wrong, *tags.open]
