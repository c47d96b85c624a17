"""Holes: what is cut, and that nothing else changes. Under 1 s."""

import ast
import textwrap
from pathlib import Path

import pytest

from course.build import cutting
from course.build.cutting import CutError, bodies, exercise_source, holes, module_text, stubbed

STUB = "raise NotImplementedError  # your code here"


def cut(text: str, name: str, *wanted: str) -> str:
    text = textwrap.dedent(text)
    return stubbed(text, holes(text, "course.x", name, wanted))


def test_a_function_keeps_its_signature_decorators_and_docstring() -> None:
    text = '''
        import functools

        @functools.cache
        def double(
            n: int,
            *, by: int = 2,  # the factor
        ) -> int:
            """n twice.

            And no more.
            """
            # an idea
            m = n * by
            return m


        AFTER = 1
        '''
    expected = '''
        import functools

        @functools.cache
        def double(
            n: int,
            *, by: int = 2,  # the factor
        ) -> int:
            """n twice.

            And no more.
            """
            raise NotImplementedError  # your code here


        AFTER = 1
        '''
    assert cut(text, "double") == textwrap.dedent(expected)


def test_comments_above_and_below_the_statements_are_part_of_the_answer() -> None:
    text = '''
        class Ring:
            def add(self) -> None:
                """Add."""

                # above
                x = 1

                # below, at the body's depth

            # about the next method
            def keep(self) -> None:
                """Keep."""
                pass
        '''
    found = cut(text, "Ring", "add")
    assert "# above" not in found
    assert "# below" not in found
    assert "    # about the next method\n    def keep" in found


def test_async_static_and_class_methods_are_cut_like_others() -> None:
    text = '''
        class Door:
            async def open(self) -> int:
                """Open."""
                async with self.lock:
                    return 1

            @staticmethod
            def close() -> int:
                """Close."""
                return 2

            @property
            def state(self) -> str:
                """State."""
                return "shut"
        '''
    found = cut(text, "Door", "open", "close", "state")
    assert found.count(STUB) == 3
    assert "async def open" in found
    assert "@staticmethod" in found
    assert "@property" in found
    assert "return" not in found
    ast.parse(found)


def test_functions_nested_in_a_body_go_with_it() -> None:
    text = '''
        def outer() -> int:
            """Outer."""
            def inner() -> int:
                """Inner."""
                return 1
            return inner()
        '''
    assert "inner" not in cut(text, "outer")


def test_a_statement_with_a_decorator_is_cut_from_its_decorator_on() -> None:
    text = '''
        def outer() -> int:
            """Outer."""
            @cache
            def inner() -> int:
                return 1
            return inner()
        '''
    assert "@cache" not in cut(text, "outer")


def test_letters_of_any_alphabet_and_odd_line_separators_do_not_move_a_hole() -> None:
    text = 'MARK = "\u2028 \x0c \x85 é"\n\n\ndef größe(ключ: str) -> str:\n    """Größe."""\n    return ключ + "\u2029"\n\n\nEND = "ж"\n'
    found = stubbed(text, holes(text, "course.x", "größe", ()))
    assert found == text.replace('    return ключ + "\u2029"\n', f"    {STUB}\n")


def test_a_module_with_windows_line_ends_is_cut_as_one_with_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'def one() -> int:\n    """One."""\n    return 1\n'
    for name, ends in (("unix_ends", "\n"), ("windows_ends", "\r\n")):
        (tmp_path / f"{name}.py").write_bytes(text.replace("\n", ends).encode())
    monkeypatch.syspath_prepend(tmp_path)
    unix, windows = (
        exercise_source(name, "one", ()).replace(name, "m") for name in ("unix_ends", "windows_ends")
    )
    assert unix == windows
    assert "\r" not in windows


def test_what_is_cut_is_what_the_stub_replaces() -> None:
    text = 'def one() -> int:\n    """One."""\n    # why\n    return 1\n'
    assert bodies(text, holes(text, "course.x", "one", ())) == ["    # why", "    return 1"]


@pytest.mark.parametrize(
    ("text", "name", "wanted", "says"),
    [
        (
            "class R:\n    def add(self):\n        'a'\n        pass\n",
            "R",
            ["ad"],
            "course.x.R has no method ad. Mend: one of add",
        ),
        ("class R:\n    def add(self):\n        'a'\n        pass\n", "R", [], "no holes named in R"),
        (
            "def f():\n    'f'\n    pass\n",
            "f",
            ["g"],
            "f is a function. Mend: write `# implement` with no names",
        ),
        ("def f():\n    return 1\n", "f", [], "f needs a docstring and a body"),
        ("def f():\n    'f'\n", "f", [], "f needs a docstring and a body"),
        ("def f():\n    'f'; return 1\n", "f", [], "on the docstring's line"),
        ("x = 1\n", "f", [], "course.x has no class or function f"),
        (
            "class R:\n    @property\n    def a(self):\n        'a'\n        pass\n    @a.setter\n    def a(self, v):\n        'a'\n        pass\n",
            "R",
            ["a"],
            "R.a is defined twice",
        ),
    ],
)
def test_a_hole_that_cannot_be_cut_says_why_and_the_mend(
    text: str, name: str, wanted: list[str], says: str
) -> None:
    with pytest.raises(CutError) as caught:
        holes(text, "course.x", name, wanted)
    assert says in str(caught.value)
    assert "Mend: " in str(caught.value)


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(CutError, match=r"no module course\.no_such_module"):
        module_text("course.no_such_module")


def test_an_exercise_brings_just_the_imports_that_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "piece.py").write_text(
        "from __future__ import annotations\n\nimport os.path\nimport random as rnd\nfrom math import ceil, floor\n\n"
        'LIMIT = 3\n\n\nclass Other:\n    """Other."""\n\n\n@staticmethod\ndef f(o: Other) -> int:\n    """F."""\n    return ceil(rnd.random()) + LIMIT\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    cell = exercise_source("piece", "f", ())
    assert cell.split("\n\n\n")[0].split("\n") == [
        "# exercise: piece.f",
        "from __future__ import annotations",
        "import random as rnd",
        "from math import ceil",
        "from piece import LIMIT, Other",
    ]
    assert "from piece import LIMIT\n" in exercise_source("piece", "f", (), frozenset({"Other"}))
    assert cell.split("\n\n\n")[1].startswith("@staticmethod\ndef f")
    assert f"    {cutting.BEGIN}\n    return" in cell
    assert cell.endswith(cutting.END)
