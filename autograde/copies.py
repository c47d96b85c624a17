"""Copies of the reference: the same function after renaming locals and dropping docstrings and annotations. For the
instructor's eyes; a copy is flagged, and scored like any other answer."""

import ast
from functools import cache

from course.build.cutting import definition, module_text
from course.build.lesson import Exercise, Lesson, python

COPIED = " is the reference's, up to names"
"""How the flag of a copied function ends; its name stands before."""


def copied(lesson: Lesson, solutions: dict[str, str]) -> list[str]:
    """The names of cut functions whose submitted body is the reference's by normalised syntax tree."""
    found = []
    for exercise in lesson.exercises:
        own = solutions.get(f"{lesson.day.id}-{exercise.name}-code", "")
        reference = _reference(exercise)
        submitted = _functions(own, exercise)
        found += [name for name, tree in reference.items() if submitted.get(name) == tree]
    return found


@cache
def _reference(exercise: Exercise) -> dict[str, str]:
    return _functions(module_text(exercise.module), exercise)


def _functions(source: str, exercise: Exercise) -> dict[str, str]:
    try:
        node = definition(ast.parse(python(source)), exercise.module, exercise.name)
        if not isinstance(node, ast.ClassDef):
            return {exercise.name: _normal(node)}
        return {
            f"{exercise.name}.{each.name}": _normal(each)
            for each in node.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name in exercise.holes
        }
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _normal(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
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
    trees = [ast.dump(Rename().visit(statement), annotate_fields=False) for statement in body]
    return repr((arguments, trees))
