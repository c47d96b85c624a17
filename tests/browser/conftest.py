"""JupyterLab on a learner's fresh folder, for the tests that only look."""

from collections.abc import Iterator

import pytest
from lab_session import lab as served

from course.workspace import Workspace


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a notebook, to be filled in, token included."""
    work = tmp_path_factory.mktemp("learner") / "work"
    Workspace(work).bring()
    with served(work) as address:
        yield address
