"""From answer key to notebook with holes: nbgrader's own preprocessors, and stubs that say what to write.

`nbgrader_config.py` names :class:`ClearSolutions` in the place of nbgrader's, so that `nbgrader generate_assignment`
and the build make the same bytes.
"""

import copy
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


def stub_config(config: Config) -> Config:
    """Set the stubs on an nbgrader configuration."""
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = ANSWER
    return config


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


def release(key: Any) -> Any:
    """The notebook that a learner opens, made from an answer key; the key is left as it is."""
    notebook = copy.deepcopy(key)
    config = stub_config(Config())
    resources: dict[str, Any] = {}
    for kind in PREPROCESSORS:
        notebook, resources = kind(config=config).preprocess(notebook, resources)
    return notebook
