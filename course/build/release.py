"""From answer key to notebook with holes: nbgrader's own preprocessors, and stubs that say what to write."""

import copy
from collections.abc import Callable
from typing import Any

from nbgrader import preprocessors as stock
from traitlets.config import Config

from course.build.cutting import ANSWER, STUB


class ClearSolutions(stock.ClearSolutions):  # type: ignore[misc]
    """nbgrader's, with a cell's own stub where ``metadata.course.stub`` gives one."""

    code_stub: Any

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        stub = cell.metadata.get("course", {}).get("stub")
        before = self.code_stub
        if stub is not None:
            self.code_stub = {"python": str(stub)}
        try:
            cleared: tuple[Any, Any] = super().preprocess_cell(cell, resources, cell_index)
        finally:
            self.code_stub = before
        return cleared


PREPROCESSORS = [
    stock.LockCells,
    ClearSolutions,
    stock.ClearOutput,
    stock.CheckCellMetadata,
    stock.ComputeChecksums,
    stock.ClearHiddenTests,
    stock.ClearMarkScheme,
    stock.ComputeChecksums,
    stock.CheckCellMetadata,
]


def release(key: Any, save: Callable[[Any], object] = lambda notebook: None) -> Any:
    """The notebook that a learner opens, made from an answer key; the key is left as it is.

    ``save`` sees it with checksums and hidden tests, as nbgrader keeps its cells.
    """
    notebook = copy.deepcopy(key)
    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = ANSWER
    resources: dict[str, Any] = {}
    for kind in PREPROCESSORS:
        if kind is stock.ClearHiddenTests:
            save(notebook)
        notebook, resources = kind(config=config).preprocess(notebook, resources)
    return notebook
