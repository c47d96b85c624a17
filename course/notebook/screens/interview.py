"""Sit down at an interview: a table with the widget where a notebook can show one."""

import sys
from collections.abc import Sequence

from course.files import kept_in_memory
from course.interview.scenario import Scenario
from course.notebook.screens.table import Heard, Table


def interview(
    scenario: Scenario,
    *objects: object,
    reference: Sequence[object] = (),
    on_reference: bool = False,
    heard: Heard | None = None,
) -> Table:
    """Sit down at ``scenario`` with your own ``objects``; the moves made so far are read from ``interview.json``.

    ``reference`` are the course's in their place, on which all is measured where ``on_reference``; ``heard`` is told of
    each new measured move.
    """
    return Table(
        scenario, *objects, reference=reference, on_reference=on_reference, heard=heard, screen=_widget
    )


def _widget(table: Table) -> None:
    """Show the widget of ``table``; raises NotImplementedError where a grader runs, and where there are no widgets."""
    if kept_in_memory() or not in_a_notebook():
        raise NotImplementedError
    try:
        from course.notebook.screens.widget import show
    except ImportError:
        raise NotImplementedError from None
    show(table)


def in_a_notebook() -> bool:
    """Whether a kernel runs, whose page may show widgets."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")
