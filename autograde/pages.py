"""Learners' notebooks as web pages, for formgrader and for feedback: what they wrote is data, never markup that runs.

`nbgrader_config.py` names them: :class:`SafePage` cleans outputs, :func:`safe_markdown` cleans rendered Markdown, and
:class:`FeedbackPage` makes feedback for many in less time.
"""

import html
import re
import urllib.parse
from typing import Any

import bleach
from jinja2 import BytecodeCache, Environment, pass_context
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import from_dict

from course.checking.report import STYLE

TAGS = bleach.ALLOWED_TAGS | {
    *("br", "div", "hr", "img", "p", "pre", "small", "span", "sub", "sup", "del"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "details", "summary"),
    *("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}


def _picture(tag: str, name: str, value: str) -> bool:
    """Pictures come with the page: a learner must not learn by a request who reads it, and when."""
    return name in {"alt", "height", "title", "width"} or (name == "src" and value.startswith("data:image/"))


def _link(tag: str, name: str, value: str) -> bool:
    return name == "title" or (name == "href" and value.startswith(("http://", "https://", "mailto:")))


def _of_a_card(tag: str, name: str, value: str) -> bool:
    """The classes of a report's card. All others are the page's own: they cover, hide and press what it shows."""
    return name == "class" and all(each.startswith("course-") for each in value.split())


ATTRIBUTES = {
    "*": ["title"],
    "a": _link,
    "img": _picture,
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
}
CARD = ATTRIBUTES | {"div": _of_a_card}
SHOWN = {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml"}
"""Kinds of output that a page may hold. The templates put SVG into an ``img``, where its scripts do not run."""

_NAME = re.compile(r"[\w .:+-]*")
_ATTACHED = re.compile(r"""(?<=src=["'])(attachment:[^"'<>]{1,300})(?=["'])""")
_STYLE_BEGINS, _STYLE_ENDS = re.compile(r"<style\b", re.IGNORECASE), re.compile(r"</style\s*>", re.IGNORECASE)
_DATA = re.compile(r"data:image/[\w+.-]{1,20};base64,[A-Za-z0-9+/=]+")
MAX_RENDERED = 20_000
"""Characters of words, pictures not counted, that are rendered as Markdown: some texts take time with their square. What is
longer is shown as it was typed."""
MAX_LINE, MAX_COLOURED = 500, 100_000
"""Characters of a line of code, and of all code on a page, that are coloured."""


def clean(markup: str, attributes: dict[str, Any] = ATTRIBUTES) -> str:
    """``markup`` without anything that runs, loads, restyles the page or takes part in it: no class, id or style. Unknown
    tags go, their text stays."""
    return str(
        bleach.clean(
            _without_styles(markup),
            tags=TAGS,
            attributes=attributes,
            protocols={"http", "https", "mailto", "data"},
            strip=True,
        )
    )


def _without_styles(markup: str) -> str:
    kept, at = [], 0
    while (start := _STYLE_BEGINS.search(markup, at)) and (end := _STYLE_ENDS.search(markup, start.end())):
        kept.append(markup[at : start.start()])
        at = end.end()
    return "".join([*kept, markup[at:]])


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """nbconvert's ``markdown2html`` filter, its result cleaned; what it cannot render is shown as it was typed."""
    if len(source) > MAX_RENDERED and len(_DATA.sub("", source)) > MAX_RENDERED:
        return f"<pre>{html.escape(source)}</pre>"
    cell = context.get("cell", {})
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=cell.get("attachments", {}))
    try:
        shown = MarkdownWithMath(renderer=renderer).render(source)
        return clean(_ATTACHED.sub(lambda found: renderer.embedded(found[1]) or found[0], shown))
    except Exception:
        return f"<pre>{html.escape(source)}</pre>"


@pass_context
def safe_code(context: Any, source: str, metadata: Any = None) -> str:
    """nbconvert's ``highlight_code`` filter; in plain where :class:`SafePage` says so, and blind to magics: IPython's lexer,
    and those of the languages of cell magics, take an endless time on some lines."""
    language = context["nb"].metadata.get("language_info", {})
    lexer = str(language.get("pygments_lexer", language.get("name", "python")))
    lexer = "text" if metadata and metadata.get("plain") else lexer.replace("ipython", "python")
    return str(Highlight2HTML(pygments_lexer=lexer)(source))  # type: ignore[no-untyped-call]


class _Renderer(IPythonRenderer):
    """nbconvert's, but a picture that is missing is missing, and not the whole page; and its name may be quoted, as it is
    where it has a space."""

    def embedded(self, src: str) -> str:
        """The picture as data, "" where it is missing."""
        return self._embed_image_or_attachment(src)

    def _embed_image_or_attachment(self, src: str) -> str:
        src = urllib.parse.unquote(src) if src.startswith("attachment:") else src
        try:
            return str(super()._embed_image_or_attachment(src))
        except (InvalidNotebook, StopIteration, AttributeError, TypeError):
            return ""


class SafePage(Preprocessor):
    """Clean every output, and cut a graded cell's traceback to the line that says what happened: the lines above it
    quote the hidden test. Cards keep their look: their own style is put back after cleaning."""

    _coloured = 0

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for name in ("widgets", "title"):
            nb.metadata.pop(name, None)
        self._coloured = 0
        nb, resources = super().preprocess(nb, resources)  # type: ignore[no-untyped-call]
        return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        cell.metadata = from_dict(
            {name: each for name, each in cell.metadata.items() if name in ("nbgrader", "course")}
        )
        if not _NAME.fullmatch(str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))):
            cell.metadata.pop("nbgrader")
        if cell.cell_type == "code":
            self._coloured += len(cell.source)
            long = max(map(len, cell.source.splitlines()), default=0) > MAX_LINE
            if long or self._coloured > MAX_COLOURED:
                cell.metadata["plain"] = True
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = {kind: data for kind, data in output.data.items() if kind in SHOWN}
                output.metadata = from_dict(_sizes(output.get("metadata", {})))
                if "text/html" in output.data:
                    cleaned = clean(output.data["text/html"], CARD)
                    output.data["text/html"] = cleaned + (STYLE if 'class="course-card' in cleaned else "")
            elif output.output_type == "error" and cell.metadata.get("nbgrader", {}).get("grade"):
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


def _sizes(metadata: Any) -> dict[str, dict[str, int]]:
    """Of an output's metadata, the sizes of pictures."""
    return {
        kind: {name: size for name, size in of.items() if name in ("width", "height") and type(size) is int}
        for kind, of in metadata.items()
        if kind in SHOWN and isinstance(of, dict)
    }


class FeedbackPage(HTMLExporter):
    """nbconvert's, but what its templates compile to is kept for the process: a third of the time of each page."""

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.bytecode_cache = _COMPILED
        return environment


class _Compiled(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
