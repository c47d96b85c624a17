"""The text of the cell that defined an object, and its hash."""

import dataclasses
import hashlib
import inspect
import linecache
import re
import sys
from types import CodeType
from typing import Any


def text_hash(text: str) -> str:
    """SHA-256 of ``text``, less what a notebook may change without an author: blank ends of lines and of the cell."""
    lines = [line.rstrip() for line in text.splitlines()]
    return hashlib.sha256("\n".join(lines).strip("\n").encode()).hexdigest()


def cell_text(target: object) -> str | None:
    """The text of the one cell whose code ``target`` (a function, a class, or an instance) runs.

    None where there is no such text, or where the parts come from several cells: no single text then stands for what
    was checked.
    """
    # A dataclass has a method of the standard library's since Python 3.13.
    files = {code.co_filename for code in _codes(target)} - {dataclasses.__file__}
    files = {file for file in files if linecache.getlines(file)}
    return "".join(linecache.getlines(files.pop())) if len(files) == 1 else None


def newer_text(target: object) -> str | None:
    """The text of the cell that was run last to define ``target``, where ``target`` is not what it defines: it stopped
    with an error, and the name still means what an older text made it. None where that is not so, or not known."""
    name, text = getattr(target, "__name__", type(target).__name__), cell_text(target)
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or text is None:
        return None
    defines = re.compile(rf"^(?:class|def|async def) {re.escape(name)}\b", re.MULTILINE)
    last = next((cell for cell in reversed(shell.user_ns.get("In", [])) if defines.search(cell)), None)
    return last if last is not None and text_hash(last) != text_hash(text) else None


def _codes(target: object) -> list[CodeType]:
    if not isinstance(target, type) and _code(target) is None:
        target = type(target)
    members = list(vars(target).values()) if isinstance(target, type) else [target]
    return [code for code in map(_code, members) if code is not None]


def _code(member: Any) -> CodeType | None:
    """The code of a function, through the decorators of the standard library that wrap one."""
    try:
        for wrapper in ("__func__", "fget", "func"):
            member = getattr(member, wrapper, member)
        code = getattr(inspect.unwrap(member), "__code__", None)
    except Exception:  # an object of the learner's may raise from any attribute
        return None
    return code if isinstance(code, CodeType) else None
