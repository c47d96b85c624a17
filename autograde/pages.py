"""Learners' notebooks as web pages, for formgrader and for feedback: what they wrote is data, never markup that runs.

`nbgrader_config.py` names them: :class:`SafePage` cleans outputs, :func:`safe_markdown` cleans rendered Markdown, and
:class:`FeedbackPage` makes feedback for many in less time.
"""

import re
from typing import Any

import bleach
from jinja2 import BytecodeCache, Environment, pass_context
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor

from course.checking.report import STYLE

TAGS = bleach.ALLOWED_TAGS | {
    *("br", "div", "hr", "img", "p", "pre", "small", "span", "sub", "sup", "del"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "details", "summary"),
    *("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}


def _picture(tag: str, name: str, value: str) -> bool:
    """Pictures come with the page: a learner must not learn by a request who reads it, and when."""
    return name in {"alt", "height", "width"} or (name == "src" and value.startswith("data:image/"))


ATTRIBUTES = {
    "*": ["class", "title"],
    "a": ["href"],
    "img": _picture,
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
}
SHOWN = {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml"}
"""Kinds of output that a page may hold. The templates put SVG into an ``img``, where its scripts do not run."""

_STYLES = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)


def clean(markup: str) -> str:
    """``markup`` without anything that runs, loads or restyles the page. Unknown tags go, their text stays."""
    return str(
        bleach.clean(
            _STYLES.sub("", markup),
            tags=TAGS,
            attributes=ATTRIBUTES,
            protocols={"http", "https", "mailto", "data"},
            strip=True,
        )
    )


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """nbconvert's ``markdown2html`` filter, its result cleaned."""
    cell = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
    return clean(MarkdownWithMath(renderer=renderer).render(source))


class SafePage(Preprocessor):
    """Clean every output, and cut a graded cell's traceback to the line that says what happened: the lines above it
    quote the hidden test. Cards keep their look: their own style is put back after cleaning."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb.metadata.pop("widgets", None)
        nb, resources = super().preprocess(nb, resources)  # type: ignore[no-untyped-call]
        return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = {kind: data for kind, data in output.data.items() if kind in SHOWN}
                if "text/html" in output.data:
                    cleaned = clean(output.data["text/html"])
                    output.data["text/html"] = cleaned + (STYLE if 'class="course-card' in cleaned else "")
            elif output.output_type == "error" and cell.metadata.get("nbgrader", {}).get("grade"):
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


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
