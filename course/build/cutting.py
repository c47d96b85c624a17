"""Cut holes in library code: by syntax tree to find them, by lines to keep every other byte."""

import ast
import functools
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STUB = "raise NotImplementedError  # your code here"
ANSWER = "*Your answer: diagnosis · trade-off · residual risk, each with a number that you measured above.*"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

Function = ast.FunctionDef | ast.AsyncFunctionDef


class CutError(ValueError):
    """A hole cannot be cut: ``what`` was asked for, and the ``mend``."""

    def __init__(self, what: str, mend: str) -> None:
        self.what, self.mend = what, mend
        super().__init__(f"{what}. Mend: {mend}")


@dataclass(frozen=True)
class Hole:
    """The body of one function, after its docstring: lines ``[first, last)`` of its module, indented by ``indent``."""

    name: str
    first: int
    last: int
    indent: str


@functools.cache
def module_text(module: str) -> str:
    """The source of a library module, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise CutError(f"there is no module {module}", "check its name in the lesson")
    return Path(spec.origin).read_text(encoding="utf-8")


def definition(tree: ast.Module, module: str, name: str) -> ast.ClassDef | Function:
    """The class or function ``name`` at the top of ``tree``."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
    raise CutError(f"{module} has no class or function {name}", "check its name in the lesson")


def holes(text: str, module: str, name: str, wanted: Iterable[str]) -> list[Hole]:
    """The holes to cut for an exercise: the named methods of class ``name``, or function ``name`` itself."""
    node = definition(ast.parse(text), module, name)
    wanted = list(wanted)
    if isinstance(node, ast.ClassDef):
        defined = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        methods = {n.name: n for n in defined}
        missing = [hole for hole in wanted if hole not in methods]
        twice = [hole for hole in wanted if sum(n.name == hole for n in defined) > 1]
        if twice:
            what = f"{module}.{name}.{twice[0]} is defined twice (a property and its setter?)"
            raise CutError(what, "cut a method with a name of its own")
        if missing or not wanted:
            what = (
                f"{module}.{name} has no method {', '.join(missing)}"
                if missing
                else f"no holes named in {name}"
            )
            raise CutError(what, f"one of {', '.join(methods)} after `# implement:`")
        functions: list[Function] = [methods[hole] for hole in wanted]
    else:
        if wanted:
            raise CutError(f"{name} is a function", "write `# implement` with no names after it")
        functions = [node]
    lines = text.split("\n")
    return sorted((_hole(function, module, lines) for function in functions), key=lambda hole: hole.first)


def _hole(function: Function, module: str, lines: list[str]) -> Hole:
    if ast.get_docstring(function) is None or len(function.body) < 2:
        raise CutError(
            f"{module}: {function.name} needs a docstring and a body", "the docstring is the exercise"
        )
    first, last = function.body[1], function.body[-1]
    start = function.body[0].end_lineno  # comments above the first statement go too
    if start is None or first.lineno <= start:
        raise CutError(
            f"{module}: {function.name} has its body on the docstring's line", "give it lines of its own"
        )
    indent = " " * function.body[0].col_offset
    assert last.end_lineno is not None
    end = last.end_lineno
    for number, line in enumerate(lines[end:], start=end + 1):  # and so do comments below the last one
        if line.startswith(f"{indent}#"):
            end = number
        elif line.strip():
            break
    return Hole(function.name, start, end, indent)


def stubbed(text: str, cuts: Iterable[Hole]) -> str:
    """``text`` with each hole's body replaced by the stub."""
    lines = text.split("\n")
    for hole in sorted(cuts, key=lambda hole: -hole.first):
        lines[hole.first : hole.last] = [hole.indent + STUB]
    return "\n".join(lines)


def bodies(text: str, cuts: Iterable[Hole]) -> list[str]:
    """The lines that were cut, as they stand in the module."""
    lines = text.split("\n")
    return [line for hole in cuts for line in lines[hole.first : hole.last]]


def exercise_source(module: str, name: str, wanted: Iterable[str], own: frozenset[str] = frozenset()) -> str:
    """The notebook cell of an exercise: the imports it needs, then the definition with marked solutions.

    ``own`` are names that earlier cells of the notebook define: those are used, not imported. Complexity: linear in
    the module's text.
    """
    text = module_text(module)
    tree = ast.parse(text)
    node = definition(tree, module, name)
    lines = text.split("\n")
    before = len(lines)
    for hole in reversed(holes(text, module, name, wanted)):
        lines[hole.last : hole.last] = [hole.indent + END]
        lines[hole.first : hole.first] = [hole.indent + BEGIN]
    added = len(lines) - before
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    assert node.end_lineno is not None
    body = "\n".join(lines[start : node.end_lineno + added])
    imports = needed_imports(tree, node, module, own)
    return "\n".join([f"# exercise: {module}.{name}", *imports, "", "", body])


def needed_imports(tree: ast.Module, node: ast.AST, module: str, own: frozenset[str]) -> list[str]:
    """Import lines for the names that ``node`` uses from its module, less those that the notebook has itself."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own
    out: list[str] = []
    local: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                out.insert(0, ast.unparse(statement))
                continue
            kept = [a for a in statement.names if (a.asname or a.name).split(".")[0] in used]
            if kept:
                copy = (
                    ast.Import(kept)
                    if isinstance(statement, ast.Import)
                    else ast.ImportFrom(statement.module, kept, statement.level)
                )
                out.append(ast.unparse(copy))
        elif statement is not node:
            local += [n for n in _defined(statement) if n in used]
    if local:
        out.append(f"from {module} import {', '.join(sorted(set(local)))}")
    return out


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [t.id for t in statement.targets if isinstance(t, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []
