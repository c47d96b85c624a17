"""Learners' notebooks as web pages, for formgrader and for feedback: what they wrote is data, never markup that runs.

`nbgrader_config.py` names them: :class:`SafePage` cleans outputs, :func:`safe_markdown` cleans rendered Markdown, and
:class:`FeedbackPage` makes feedback for many in less time.
"""

import html
import re
from typing import Any

import bleach
from jinja2 import BytecodeCache, Environment, pass_context
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
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
_STYLES = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)


def clean(markup: str, attributes: dict[str, Any] = ATTRIBUTES) -> str:
    """``markup`` without anything that runs, loads, restyles the page or takes part in it: no class, id or style. Unknown
    tags go, their text stays."""
    return str(
        bleach.clean(
            _STYLES.sub("", markup),
            tags=TAGS,
            attributes=attributes,
            protocols={"http", "https", "mailto", "data"},
            strip=True,
        )
    )


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """nbconvert's ``markdown2html`` filter, its result cleaned; what it cannot render is shown as it was typed."""
    cell = context.get("cell", {})
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=cell.get("attachments", {}))
    try:
        return clean(MarkdownWithMath(renderer=renderer).render(source))
    except Exception:
        return f"<pre>{html.escape(source)}</pre>"


class _Renderer(IPythonRenderer):
    """nbconvert's, but a picture that is missing is missing, and not the whole page."""

    def _embed_image_or_attachment(self, src: str) -> str:
        try:
            return str(super()._embed_image_or_attachment(src))
        except (InvalidNotebook, StopIteration, AttributeError, TypeError):
            return ""


class SafePage(Preprocessor):
    """Clean every output, and cut a graded cell's traceback to the line that says what happened: the lines above it
    quote the hidden test. Cards keep their look: their own style is put back after cleaning."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for name in ("widgets", "title"):
            nb.metadata.pop(name, None)
        nb, resources = super().preprocess(nb, resources)  # type: ignore[no-untyped-call]
        return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        cell.metadata = from_dict(
            {name: each for name, each in cell.metadata.items() if name in ("nbgrader", "course")}
        )
        if not _NAME.fullmatch(str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))):
            cell.metadata.pop("nbgrader")
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
