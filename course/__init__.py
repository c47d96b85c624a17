"""A 40-day workbook for system-design interviews: every answer is run and measured."""

from importlib.util import find_spec

if missing := [name for name in ("numpy", "matplotlib", "ipywidgets") if find_spec(name) is None]:
    raise ModuleNotFoundError(
        f"this Python has no {' and no '.join(missing)}, so it is not the course's. In VS Code choose .venv as the kernel; "
        "elsewhere run `make lab`. What works where: docs/learner.md"
    )
