"""Seeds: the public one, and the hidden ones that are drawn when grading."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

PUBLIC = 20_040_601
"""Seed of every visible check."""

HIDDEN_SCALE = 2.0
"""How much larger the hidden half of a check is."""

ROOT = Path(__file__).resolve().parents[2]


class NoCohortSecret(RuntimeError):
    """There is no cohort secret here, so hidden checks cannot run."""


def cohort_folder() -> Path:
    """Where a cohort's files lie: ``COURSE_COHORT``, or ``cohort/`` in the repository where that is unset or empty."""
    return Path(os.environ.get("COURSE_COHORT") or ROOT / "cohort")


def secret_path() -> Path:
    """Where the cohort's secret lies."""
    return cohort_folder() / "secret"


def make_secret() -> Path:
    """Create the cohort's secret if it is missing; never replace one, or past grades could not be replayed."""
    path = secret_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return path


def hidden_seed(name: str, epoch: int = 0) -> int:
    """The hidden seed of check ``name`` (``day04-ring``): HMAC-SHA256 of name and epoch under the cohort's secret.

    One cohort meets one test, and any grade can be replayed. Raises :class:`NoCohortSecret` where none was made, or where
    its file is empty: anybody could compute the seeds.
    """
    path = secret_path()
    if not path.is_file():
        raise NoCohortSecret(
            f"no secret at {path}; run any nbgrader command in the repository, which makes one"
        )
    secret = path.read_bytes()
    if not secret.strip():
        raise NoCohortSecret(
            f"the secret at {path} is empty; bring it back from a copy, or remove the file and grade the cohort anew"
        )
    digest = hmac.new(secret, f"{name}:{epoch}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:6], "big")
