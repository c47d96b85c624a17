"""What a cell shows, as nbformat's outputs: a kernel's part for assignments that nbgrader itself grades. Standard library and
IPython only; it runs in the sandbox.
"""

import contextlib
import io
import json
import signal
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

MAX_SHOWN = 4 << 20
"""Characters of one cell's outputs."""
CUT = f"\n… the rest is left out: a cell shows at most {MAX_SHOWN >> 20} MiB\n"


class Outputs:
    """The outputs of one cell in their order, streams joined."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self._left = MAX_SHOWN
        self._clear = False

    def add(self, output: dict[str, Any]) -> None:
        if self._clear:
            self.clear()
        last = self.shown[-1] if self.shown else {}
        size = len(json.dumps(output, default=str))
        if self._left < 0:
            return
        self._left -= size
        if self._left < 0:
            output = {"output_type": "stream", "name": "stdout", "text": CUT}
        if last.get("output_type") == output["output_type"] == "stream" and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            self.shown.append(output)

    def clear(self, wait: bool = False) -> None:
        self._clear = wait
        if not wait:
            self.shown.clear()


class _Stream(io.TextIOBase):
    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        if text:
            self._outputs.add({"output_type": "stream", "name": self._name, "text": str(text)})
        return len(text)


class _Publisher(DisplayPublisher):
    outputs: Outputs
    named: dict[str, dict[str, Any]]

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        name = (transient or {}).get("display_id")
        known = self.named.get(name) if name else None
        if update and known is not None:
            known.update(data=data, metadata=metadata or {})
        elif not update:
            output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
            self.outputs.add(output)
            if name:
                self.named[name] = output

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.clear(wait)


class _Hook(DisplayHook):
    outputs: Outputs

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        output = {"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}}
        self.outputs.add(output)

    def finish_displayhook(self) -> None:
        self._is_active = False


def shown(shell: Any, source: str, seconds: float) -> tuple[list[dict[str, Any]], bool]:
    """Run a cell, for at most ``seconds`` if that is above 0; its outputs, and whether it was late."""
    outputs, late = Outputs(), False
    publisher, hook = _made(_Publisher, shell), _made(_Hook, shell)
    publisher.outputs = hook.outputs = outputs
    publisher.named = {}
    shell.display_pub, shell.displayhook, shell.display_trap.hook = publisher, hook, hook

    def stop(number: int, frame: object) -> None:
        nonlocal late
        late = True
        raise KeyboardInterrupt

    with (
        _within(seconds, stop),
        contextlib.redirect_stdout(_Stream("stdout", outputs)),
        contextlib.redirect_stderr(_Stream("stderr", outputs)),
    ):
        result = shell.run_cell(source, store_history=True, silent=False)
    error = result.error_before_exec or result.error_in_exec
    if error is not None and not late:
        outputs.shown.append(_error(shell, error))
    return outputs.shown, late


def _made(kind: Any, shell: Any) -> Any:
    return kind(parent=shell, shell=shell)


@contextlib.contextmanager
def _within(seconds: float, stop: Any) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(0.0, seconds))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _error(shell: Any, error: BaseException) -> dict[str, Any]:
    try:
        text = str(error)
        lines = list(shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__))
    except Exception:
        text, lines = "", []
    lines = [str(line) for line in lines] or [f"{type(error).__name__}: {text}"]
    return {"output_type": "error", "ename": type(error).__name__, "evalue": text, "traceback": lines}
