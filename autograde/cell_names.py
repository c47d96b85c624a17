"""What a cell defines and what it may do to other cells, read off its syntax tree; nothing is run."""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from course.build.lesson import python

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DECORATORS = frozenset(
    [
        "abstractmethod",
        "cache",
        "cached_property",
        "classmethod",
        "contextmanager",
        "dataclass",
        "lru_cache",
        "overload",
        "override",
        "property",
        "setter",
        "staticmethod",
        "total_ordering",
        "wraps",
    ]
)
_MAGICS = re.compile(r"^[ \t]*%+(reset|reset_selective|xdel|run|store)\b", re.MULTILINE)
_BUILT_IN = frozenset(dir(builtins))
KEPT = 600
"""Cells whose names are remembered: each is asked about for every check of its notebook."""
_ACTS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


def parsed(source: str) -> ast.Module:
    """The tree of a cell, magics and shell lines passed over; an empty one where it cannot be parsed."""
    try:
        return ast.parse(python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


@lru_cache(maxsize=KEPT)
def defined(source: str) -> set[str]:
    """The classes, functions and variables that a cell defines at its top, under a condition or in a ``try`` too."""
    names: set[str] = set()
    for node in _statements(parsed(source).body):
        if isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _statements(
                [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
            )
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


@lru_cache(maxsize=KEPT)
def touched(source: str) -> set[str]:
    """The names that a cell binds, deletes, or changes an attribute or item of."""
    names = set(defined(source))
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(
            node.ctx, ast.Load
        ):
            target: ast.expr = node
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name):
                names.add(target.id)
    return names


def may_disturb(source: str, others: str) -> bool:
    """Whether running ``source`` may change what the cells ``others`` do: it acts and does not only define, or it
    defines a name that they use or that is built in."""
    return bool(source.strip()) and (
        _does_something(source) or bool(defined(source) & (_used(others) | _BUILT_IN))
    )


@lru_cache(maxsize=KEPT)
def _does_something(source: str) -> bool:
    body = parsed(source).body
    return bool(_MAGICS.search(source)) or not body or not all(map(_only_defines, body))


@lru_cache(maxsize=KEPT)
def _used(source: str) -> set[str]:
    return {node.id for node in ast.walk(parsed(source)) if isinstance(node, ast.Name)}


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, _DEFINITIONS) and not all(map(_is_plain_decorator, node.decorator_list)):
        return False
    if isinstance(node, ast.ClassDef):
        return not node.keywords and not _acts(*node.bases) and all(map(_only_defines, node.body))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        runs_later = node.name != "__init_subclass__"
        return runs_later and not _acts(*node.args.defaults, *filter(None, node.args.kw_defaults))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(isinstance(target, ast.Name) for target in targets) and not _acts(node)
    aliased = isinstance(node, ast.Import | ast.ImportFrom) and any(a.asname in _BUILT_IN for a in node.names)
    passive = isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
    return (passive and not aliased) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _is_plain_decorator(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return last in _DECORATORS and not (isinstance(node, ast.Call) and _acts(*node.args, *node.keywords))


def _acts(*nodes: ast.AST) -> bool:
    return any(isinstance(each, _ACTS) for node in nodes for each in ast.walk(node))
