"""An instructor's own assignment, one that is no day of the course: nbgrader's own grading, its cells run in the sandbox.

Outputs come back as data, and nbgrader judges them as ever. What nbgrader does not promise is not promised here: the tests of
such an assignment run in one process with the answers.
"""

import atexit
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import DeadKernelError
from nbformat import from_dict
from nbgrader.preprocessors import Execute
from nbgrader.preprocessors.execute import UnresponsiveKernelError

from autograde.beside import MAX_BYTES, MAX_FILES, beside
from autograde.channel import Gone
from autograde.pool import Server
from autograde.sandbox import DEFAULT_LIMITS

GRACE = 5.0
"""Seconds after its time-out in which a cell that was interrupted must end."""
ENDLESS = 24 * 3600.0
"""Seconds of a cell that has no time-out."""
_KEPT = ("timestamp.txt", "submission_secret.txt")
_open = ExitStack()
atexit.register(_open.close)


class NotPython(ValueError):
    """The notebook wants a kernel that the sandbox does not have."""


class SandboxedExecute(Execute):  # type: ignore[misc]
    """nbgrader's Execute, with its options and what it makes of errors and time-outs; files that cells leave are kept."""

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        self._require_python(nb)
        folder = Path(resources["metadata"]["path"])
        server, count = _server(), 0
        wall = self.timeout if self.timeout and self.timeout > 0 else 0
        server.limits = replace(DEFAULT_LIMITS, cpu=int((wall or ENDLESS) + GRACE), submission=ENDLESS)
        with server.candidate() as candidate:
            candidate.put(beside(folder, skip=(f"{resources['unique_key']}.ipynb",))[0])
            for cell in nb.cells:
                if (
                    cell.cell_type != "code"
                    or not cell.source.strip()
                    or self.skip_cells_with_tag in cell.metadata.get("tags", [])
                ):
                    continue
                count += 1
                try:
                    outputs, late = candidate.show(cell.source, wall, (wall or ENDLESS) + GRACE)
                except Gone as gone:
                    hung = gone.why.startswith(("it hung", "more than"))
                    raise (UnresponsiveKernelError if hung else DeadKernelError)(gone.why) from None
                cell.execution_count = count
                cell.outputs = [found for each in outputs if (found := _output(each, count))]
                if late:
                    cell.outputs.append(from_dict({"output_type": "error", **self.error_on_timeout}))
            _keep(folder, candidate.left())
        return nb, resources

    def _require_python(self, nb: Any) -> None:
        name = nb.metadata.get("kernelspec", {}).get("name", "python3")
        if name == "python":
            return
        language = KernelSpecManager().get_kernel_spec(name).language
        if language != "python":
            raise NotPython(
                f"the sandbox runs Python, and this notebook is for {name} ({language}): COURSE_STOCK_EXECUTOR=1 grades it without"
            )


@cache
def _server() -> Server:
    return _open.enter_context(Server())


def _output(output: object, count: int) -> Any:
    """A stranger's output in nbformat's form; None where it has none."""
    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return from_dict({"output_type": "stream", "name": name, "text": text})
        case {"output_type": "error", "ename": str(name), "evalue": str(text), "traceback": list(lines)}:
            return from_dict(
                {
                    "output_type": "error",
                    "ename": name,
                    "evalue": text,
                    "traceback": [str(line) for line in lines],
                }
            )
        case {
            "output_type": "display_data" | "execute_result" as kind,
            "data": dict(data),
            "metadata": dict(metadata),
        }:
            counted = {"execution_count": count} if kind == "execute_result" else {}
            return from_dict({"output_type": kind, "data": data, "metadata": metadata, **counted})
    return None


def _keep(folder: Path, files: dict[str, bytes]) -> None:
    """Write what cells have left beside the notebook, within the caps of what a learner may hand in."""
    size = 0
    for name, data in list(files.items())[:MAX_FILES]:
        path, size = PurePosixPath(name), size + len(data)
        strange = path.is_absolute() or ".." in path.parts or "\0" in name or name.endswith(".ipynb")
        if (
            strange
            or path.name in _KEPT
            or size > MAX_BYTES
            or any(part.startswith(".") for part in path.parts)
        ):
            continue
        target = folder / path
        if any(each.is_symlink() for each in (target, *target.parents) if each.is_relative_to(folder)):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_bytes(data)
