"""Words of a learner are data: none of them leaves by a name, a class or a link; and nobody's list is flooded with them."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attack_room import MOVED, RING, Bench
from bs4 import BeautifulSoup
from nbformat import from_dict
from nbformat.v4 import new_markdown_cell, new_output

from autograde.graded import output_of
from autograde.pages import SafePage, clean, safe_markdown
from autograde.pool import Server
from autograde.submission import read_submission
from course.build.days import ROOMS, existing_days, make
from course.build.lesson import read_lesson
from course.checking.seeds import hidden_seed

pytestmark = pytest.mark.xdist_group("attacks: words")

LEAK = '''
import types
def moved_share(before, after, load=None):
    """An answer that names itself after what it was asked."""
    def told(): raise NotImplementedError
    secret = "-".join(list(before)[:3])
    code = told.__code__.replace(co_name=secret, co_qualname=secret)
    types.FunctionType(code, {})()
'''
RENAMED = """
import types
def moved_share(before, after, load=None):
    raise NotImplementedError
moved_share.__code__ = moved_share.__code__.replace(co_qualname="<script>alert('stub')</script>", co_name="x")
moved_share.__qualname__ = "<script>alert('stub')</script>"
"""


@pytest.mark.parametrize("answer", [LEAK, RENAMED], ids=["what it was asked", "markup"])
def test_names_in_a_finding_come_from_the_lesson(answer: str, room: Bench) -> None:
    """That a function is not written is the one thing that feedback says in full, hidden half included."""
    verdict = room.grade(room.notebook({MOVED: answer})).of("moved")
    assert verdict.score == 0
    assert verdict.report is not None
    cases = {claim.finding.case for claim in verdict.report.claims if claim.finding}
    assert cases == {"moved_share is not written yet"}
    shown = output_of(verdict)["data"]["text/html"]
    assert "moved_share is not written yet" in shown
    assert "alert" not in shown
    names = importlib.import_module("course.days.day04_consistent_hashing.checks")
    assert names
    assert str(hidden_seed("day04-moved")) not in shown


STRANGE_STUBS = [
    "class HashRing:\n    pass\nclass Meta(type):\n    def __getattribute__(cls, name): raise MemoryError\nHashRing = Meta('HashRing', (), {})",
    "HashRing = 3",
    "HashRing = None",
    "import builtins\nHashRing = lambda *a, **k: (_ for _ in ())",
    "class HashRing:\n    __dict__ = 7\n    def __init__(self, *a, **k): raise BaseException('x')",
    "class HashRing:\n    def __getattr__(self, name): return self",
    "class HashRing(dict): pass",
    "import sys\nfor name in ('course.checking.answering',):\n    sys.modules[name].stubs = lambda target: 7\nclass HashRing: pass",
    "import sys\nsys.modules['course.checking.answering'].stubs = lambda target: [7, None, {'a': b'x'}]\nclass HashRing: pass",
    "import sys\nsys.modules['course.checking.answering']._calls = lambda *a: 'nonsense'\n",
    "import sys\nsys.modules['course.checking.answering']._calls = lambda *a: [[], None, [1, 2]]\n",
    "import sys\nsys.modules['course.checking.answering']._work = lambda *a: 'many'\n",
    "import sys\nsys.modules['course.checking.answering'].answer = lambda *a: {'a': [1, {2: None}]}\n",
]


@pytest.mark.parametrize("answer", STRANGE_STUBS)
def test_what_is_strange_is_a_finding_and_not_a_case_for_a_person(answer: str, room: Bench) -> None:
    outcome = room.grade(room.notebook({RING: answer}))
    assert not [verdict for verdict in outcome.verdicts if verdict.needs_review]
    assert outcome.of("ring").score < 5


LAZY = {
    "None": "None",
    "0": "0",
    "1.0": "1.0",
    "empty list": "[]",
    "empty dict": "{}",
    "text": "''",
    "True": "True",
    "NaN": "float('nan')",
    "itself": "(lambda f: f)(name)",
    "a class": "type('X', (), {})",
    "an object": "object()",
    "a deep list": "__import__('functools').reduce(lambda a, _: [a], range(30), 1)",
    "bytes": "b'x'",
    "a generator": "(x for x in 'abc')",
}
ERRORS = [
    "ValueError",
    "KeyError",
    "NotImplementedError",
    "RecursionError",
    "StopIteration",
    "SystemExit",
    "KeyboardInterrupt",
]


def lazy(day: Any) -> Iterator[dict[str, str]]:
    """Every exercise of a day answered by one constant, or by one error, in all its functions."""
    lesson = read_lesson(day, ROOMS / day.package)
    for body in [f"return {value}" for value in LAZY.values()] + [f"raise {error}('no')" for error in ERRORS]:
        cells = {}
        for exercise in lesson.exercises:
            name = exercise.name
            if exercise.holes:
                functions = "".join(f"    def {hole}(name, *a, **k): {body}\n" for hole in exercise.holes)
                text = f"import importlib\n_base = importlib.import_module({exercise.module!r}).{name}\nclass {name}(_base):\n{functions}"
            else:
                text = f"def {name}(*a, name=1, **k):\n    {body}\n"
            cells[f"{day.id}-{name}-code"] = text
        yield cells


@pytest.mark.parametrize("day", existing_days(), ids=lambda day: str(day.id))
def test_lazy_answers_do_not_flood_the_list_of_what_a_person_must_see(day: Any, tmp_path: Any) -> None:
    from autograde.examine import examine

    built = make(day)
    waiting = []
    with Server(built.lesson) as server:
        for cells in lazy(day):
            notebook = json.loads(json.dumps(built.released))
            for cell in notebook["cells"]:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                cell["source"] = cells.get(name, cell["source"])
            path = tmp_path / f"{day.slug}.ipynb"
            path.write_text(json.dumps(notebook))
            verdicts = examine(server, built, read_submission(path, built))
            waiting += [(cells, each.grade_id, each.detail) for each in verdicts if each.needs_review]
    assert waiting == []


def test_an_error_in_a_claim_opens_that_claim_alone(room: Bench) -> None:
    """Across the wall as in the kernel: what is odd in one question says nothing of the others."""
    answer = "_right = HashRing.remove\n\ndef remove(self, node):\n    raise KeyError(object())\nHashRing.remove = remove\n"
    notebook = room.notebook()
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == RING)
    cell.source += "\n" + answer
    report = room.grade(notebook).of("ring").report
    assert report is not None
    assert 0 < sum(claim.passed for claim in report.claims) < len(report.claims)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────

COVER = [
    '<div class="modal-backdrop fade full-credit">x</div>',
    '<a class="full-credit" href="https://x.invalid">y</a>',
    '<span id="submit-and-next" onclick="x()">z</span>',
    '<p style="position:fixed;inset:0">w</p>',
    '<div data-toggle="modal" data-target="#x">v</div>',
    '<table class="course-card"><tr><td class="a">u</td></tr></table>',
    '<a href="javascript:alert(1)">t</a>',
    '<a href="JaVa\tscript:alert(1)">s</a>',
    '<a href=" &#106;avascript:alert(1)">r</a>',
    '<a href="data:text/html,<script>alert(1)</script>">q</a>',
    "<img src=x onerror=alert(1)>",
    '<svg><a xlink:href="javascript:1">p</a></svg>',
    '<math><maction actiontype="statusline" href="javascript:1">o</maction></math>',
    '<input class="score" id="score">',
    '<form action="//x"><button>n</button></form>',
    '<base href="//x.invalid">',
    '<meta http-equiv="refresh" content="0;url=//x.invalid">',
    "<style>.a{}</style>",
    '<link rel="stylesheet" href="//x.invalid">',
    "[m](javascript:alert(1))",
    "[l](vbscript:x)",
    "![k](http://x.invalid/x.png)",
    "![j](javascript:alert(1))",
    "# <i class='h'>i</i>",
    "```html\n<div class='modal'>\n```",
    "<details open ontoggle=alert(1)><summary>g</summary></details>",
    "$\\href{javascript:alert(1)}{f}$",
    '<http://x.invalid/"onmouseover=alert(1)>',
    "<div\nclass='full-credit'>e</div>",
    "<DIV CLASS=full-credit>d</DIV>",
    "[c]: javascript:alert(1)\n[c]",
]


def _harmless(html: str) -> None:
    page = BeautifulSoup(html, "html.parser")
    assert not page.find_all(
        [
            "script",
            "iframe",
            "object",
            "embed",
            "style",
            "link",
            "meta",
            "base",
            "form",
            "input",
            "button",
            "svg",
            "math",
        ]
    )
    for tag in page.find_all(True):
        assert set(tag.attrs) <= {"href", "src", "alt", "title", "width", "height", "colspan", "rowspan"}, tag
        assert str(tag.get("href", "https://")).startswith(("https://", "http://", "mailto:")), tag
        assert str(tag.get("src", "data:image/")).startswith("data:image/"), tag


@pytest.mark.parametrize("text", COVER)
def test_a_learners_markdown_takes_no_part_in_the_page(text: str) -> None:
    """No class, id, style or script of theirs: a class of formgrader's gave three points at one click."""
    _harmless(safe_markdown({"cell": new_markdown_cell(text)}, text))
    _harmless(clean(text))


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "> " * 3_000 + "deep", "*" * 20_000, "[" * 5_000, "<div>" * 5_000, "$" * 9_999]
)
def test_a_text_that_is_hard_to_render_is_shown_as_it_was_typed(text: str) -> None:
    assert safe_markdown({"cell": new_markdown_cell(text)}, text)


def test_outputs_keep_a_cards_look_and_nothing_else_of_a_page(room: Bench) -> None:
    verdict = room.grade(room.notebook({MOVED: "x = 1"})).of("moved")
    ours = output_of(verdict)["data"]["text/html"]
    theirs = '<div class="course-card modal-backdrop">x</div><div class="full-credit" id="y">y</div>'
    cell = from_dict(
        {
            "cell_type": "code",
            "source": "",
            "metadata": {
                "tags": ['x"><script>alert(1)</script>', "full-credit"],
                "nbgrader": {"grade_id": '"><b'},
            },
            "outputs": [
                new_output(
                    "display_data",
                    data={"text/html": html},
                    metadata={"image/png": {"width": "1 onload=alert(1)", "height": 3}},
                )
                for html in (ours, theirs)
            ],
        }
    )
    shown, _ = SafePage().preprocess_cell(cell, {}, 0)
    first, second = (BeautifulSoup(each.data["text/html"], "html.parser") for each in shown.outputs)
    assert first.find(class_="course-card")
    assert not [tag for tag in second.find_all(True) if tag.name != "style" and tag.attrs]
    assert shown.metadata == {}
    assert shown.outputs[0].metadata == {"image/png": {"height": 3}}
