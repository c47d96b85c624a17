"""Real text without shipping any: the docstrings of packages that are installed here, read as source, never imported."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from course.files import write_whole

PACKAGES = ("stdlib", "numpy", "scipy", "sklearn")
MIN_CHARACTERS = 120
PER_MODULE = 10
_SKIPPED = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "__pycache__"}
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}


@dataclass(frozen=True)
class Docstring:
    """One documented thing: ``name`` is its dotted path, ``text`` what it says of itself."""

    name: str
    text: str


def harvest(
    limit: int | None = None,
    *,
    per_module: int | None = PER_MODULE,
    packages: tuple[str, ...] = PACKAGES,
    cache: Path | None = None,
) -> list[Docstring]:
    """Docstrings of at least 120 characters, no text twice, tests left out; ``limit`` of them, or all.

    At most ``per_module`` come from one file (None: all), those whose names have the smallest hashes, and files are
    visited in the order of a hash of their module's name: so a smaller harvest is a mixed sample of the larger one and
    its beginning, and the same versions of the packages give the same list anywhere. A package that is not installed
    is passed over. With ``cache``, a folder, the list is kept there under a name made of all versions involved; a
    folder that cannot be written to only costs the time. Complexity: parses about as many files as the limit needs.
    """
    kept = (
        cache / f"docstrings-{_fingerprint(limit, per_module, packages)}.json" if cache is not None else None
    )
    if kept is not None and kept.is_file():
        try:
            return [Docstring(**entry) for entry in json.loads(kept.read_text(encoding="utf-8"))]
        except (ValueError, TypeError, OSError):
            pass  # half-written or foreign: harvest again
    found: dict[str, Docstring] = {}
    for module, path in sorted(_modules(packages), key=lambda pair: _digest(pair[0])):
        for entry in sorted(_documented(module, path), key=lambda entry: _digest(entry.name))[:per_module]:
            found.setdefault(entry.text, entry)
        if limit is not None and len(found) >= limit:
            break
    harvested = list(found.values())[:limit]
    if kept is not None:
        _keep(kept, harvested)
    return harvested


def library_pages(cache: Path | None = None) -> list[str]:
    """All docstrings of NumPy and SciPy in the order of their dotted paths, so that neighbours are alike.

    The same on Python 3.11 to 3.13 with the same versions of both; other versions move counts by little.
    """
    found = harvest(per_module=None, packages=("numpy", "scipy"), cache=cache)
    return [entry.text for entry in sorted(found, key=lambda entry: (entry.name, entry.text))]


def _modules(packages: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Every source file of the packages, with the dotted name of its module."""
    prefix: tuple[str, ...]
    for package in packages:
        if package == "stdlib":
            roots, prefix = [Path(sysconfig.get_paths()["stdlib"])], ()
        else:
            spec = importlib.util.find_spec(package)
            roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
            prefix = (package,)
        for root in roots:
            for folder, below, files in os.walk(root):
                below[:] = [name for name in below if name not in _SKIPPED]
                inside = (*prefix, *Path(folder).relative_to(root).parts)
                for name in files:
                    if name.endswith(".py"):
                        parts = inside if name == "__init__.py" else (*inside, name.removesuffix(".py"))
                        yield ".".join(parts), Path(folder, name)


def _documented(module: str, path: Path) -> Iterator[Docstring]:
    """The module's, its classes' and its functions' docstrings, in order of appearance."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other people's escape sequences
            tree = ast.parse(path.read_text(encoding="utf-8", errors="ignore"))
    except (SyntaxError, ValueError, OSError):
        return
    queue: list[tuple[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, str]] = [
        (tree, module)
    ]
    while queue:
        node, name = queue.pop(0)
        text = ast.get_docstring(node)
        if text and len(text) >= MIN_CHARACTERS:
            yield Docstring(name, text)
        queue += [
            (child, f"{name}.{child.name}")
            for child in node.body
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]


def _fingerprint(limit: int | None, per_module: int | None, packages: tuple[str, ...]) -> str:
    """Names everything that the harvest depends on."""
    versions = [
        f"python {sys.version_info[:3]}",
        f"limit {limit}",
        f"a module {per_module}",
        f"characters {MIN_CHARACTERS}",
    ]
    for package in packages:
        try:
            version = (
                importlib.metadata.version(_DISTRIBUTIONS.get(package, package))
                if package != "stdlib"
                else ""
            )
        except importlib.metadata.PackageNotFoundError:
            version = "absent"
        versions.append(f"{package} {version}")
    return _digest("\n".join(versions))[:16]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _keep(path: Path, harvested: list[Docstring]) -> None:
    """Two kernels may harvest at once; a folder that cannot be written costs another harvest."""
    with contextlib.suppress(OSError):
        write_whole(path, json.dumps([asdict(entry) for entry in harvested]).encode())
