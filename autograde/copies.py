"""Answers that are the same function after renaming and dropping docstrings and annotations: as the reference, or as each
other. For the instructor's eyes; a copy is flagged, and scored like any other answer."""

import ast
import hashlib
from functools import cache

from course.build.cutting import definition, module_text
from course.build.lesson import Exercise, Lesson, python

COPIED = " is the reference's, up to names"
"""How the flag of a copied function ends; its name stands before."""

SUBSTANCE = 60
"""Nodes of a syntax tree from which on it tells something: of less, two people write the same by themselves."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def shapes(lesson: Lesson, solutions: dict[str, str]) -> dict[str, str]:
    """Of each cut function that is written, and not tiny, a hash of its normalised syntax tree: the same in every renamed
    copy."""
    found: dict[str, str] = {}
    for exercise in lesson.exercises:
        found |= _shapes(solutions.get(f"{lesson.day.id}-{exercise.name}-code", ""), exercise)
    return found


def copied(lesson: Lesson, found: dict[str, str]) -> list[str]:
    """The names of those among the :func:`shapes` ``found`` that are the reference's."""
    reference = {name: shape for each in lesson.exercises for name, shape in _reference(each).items()}
    return [name for name, shape in found.items() if reference.get(name) == shape]


@cache
def _reference(exercise: Exercise) -> dict[str, str]:
    return _shapes(module_text(exercise.module), exercise)


def _shapes(source: str, exercise: Exercise) -> dict[str, str]:
    try:
        node = definition(ast.parse(python(source)), exercise.module, exercise.name)
        functions: dict[str, Function] = {exercise.name: node} if isinstance(node, Function) else {}
        if isinstance(node, ast.ClassDef):
            inner = [each for each in node.body if isinstance(each, Function) and each.name in exercise.holes]
            functions = {f"{exercise.name}.{each.name}": each for each in inner}
        trees = {name: _normal(each) for name, each in functions.items() if _size(each) >= SUBSTANCE}
        return {name: hashlib.sha256(tree.encode()).hexdigest()[:16] for name, tree in trees.items()}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _body(function: Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def _size(function: Function) -> int:
    return sum(1 for statement in _body(function) for _ in ast.walk(statement))


def _normal(function: Function) -> str:
    names: dict[str, str] = {}

    class Rename(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return ast.Name(names.setdefault(node.id, f"v{len(names)}"), ast.Load())

        def visit_arg(self, node: ast.arg) -> ast.AST:
            return ast.arg(names.setdefault(node.arg, f"v{len(names)}"))

        def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
            self.generic_visit(node)
            return ast.Assign([node.target], node.value) if node.value else ast.Pass()

    arguments = [
        names.setdefault(each.arg, f"v{len(names)}")
        for each in ast.walk(function.args)
        if isinstance(each, ast.arg)
    ]
    trees = [ast.dump(Rename().visit(statement), annotate_fields=False) for statement in _body(function)]
    return repr((arguments, trees))
