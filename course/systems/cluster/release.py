"""One machine's versions: a new one is put beside the old, checked whole, and switched on by one rename."""

import os
from pathlib import Path

from course.systems.cluster.chunks import Manifest, name_of
from course.systems.cluster.errors import DistributionError


class NotNamed(DistributionError):
    """Bytes are not what their manifest names: ``chunk`` is the first place that differs."""

    def __init__(self, chunk: int) -> None:
        super().__init__(f"chunk {chunk} is not what the manifest names; fetch it again, from somebody else")
        self.chunk = chunk


class Versions:
    """The versions in ``folder``. What ``active`` points to is served; it changes in one step or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def active(self) -> str:
        """The name of the version that is served, "" for none."""
        link = self.folder / "active"
        return os.readlink(link) if link.is_symlink() else ""

    def put(self, manifest: Manifest, data: bytes) -> None:
        """Keep ``data`` under its manifest's name, beside the others. Raises :class:`NotNamed`; then nothing is kept."""
        for place, chunk in enumerate(manifest["chunks"]):
            if name_of(data[chunk["offset"] : chunk["offset"] + chunk["size"]]) != chunk["name"]:
                raise NotNamed(place)
        whole = self.folder / f"{manifest['name']}.part"
        whole.write_bytes(data)
        os.replace(whole, self.folder / manifest["name"])

    def activate(self, name: str) -> str:
        """Serve version ``name`` from now on; gives the one that was served before, which stays. Raises ``FileNotFoundError`` for
        a name that was not put here."""
        if not (self.folder / name).is_file():
            raise FileNotFoundError(f"version {name[:12]} is not on this machine; bring it first")
        before, fresh = self.active, self.folder / "active.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(name)
        os.replace(fresh, self.folder / "active")
        return before
