"""The batching economics on this very CPU: milliseconds of an iteration of a real model against its tokens.

Measuring is an extra: it runs on request in a process of its own, which states its memory and gives it back.
Without it, or when it fails, the curve stored in `datasets/cpu_batch_curve.csv` is returned, and said to be so.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

from course.systems.serving.model_process import MEMORY_LIMIT, ModelProcessFailed, run_job


@dataclass(frozen=True)
class BatchCurve:
    """Median processor milliseconds of one iteration by tokens in it, one thread; `measured`: here, not stored."""

    tokens: tuple[int, ...]
    ms: tuple[float, ...]
    measured: bool
    note: str
    peak_mib: float = 0.0

    @property
    def tokens_per_s(self) -> tuple[float, ...]:
        return tuple(1000.0 * tokens / ms for tokens, ms in zip(self.tokens, self.ms, strict=True))

    @property
    def points(self) -> list[tuple[int, float]]:
        return list(zip(self.tokens, self.ms, strict=True))


def stored_batch_curve() -> BatchCurve:
    """The curve measured once, on the machine that `datasets/cpu_batch_curve.md` describes."""
    with resources.files("datasets").joinpath("cpu_batch_curve.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return BatchCurve(
        tuple(int(row["tokens_in_iteration"]) for row in rows),
        tuple(float(row["ms"]) for row in rows),
        measured=False,
        note="stored curve: measured on another machine (datasets/cpu_batch_curve.md), not on yours",
    )


def batch_curve(
    *, measure: bool = False, repeats: int = 9, announce: Callable[[str], None] = print
) -> BatchCurve:
    """The stored curve, or with `measure` the curve of this machine; `announce` is told what happens.

    Measuring needs the `llm` extra and takes about 20 s on one thread in a process under `MEMORY_LIMIT` MiB.
    If it cannot be done, says why and returns the stored curve instead; never raises for that.
    """
    if not measure:
        return stored_batch_curve()
    announce(
        f"Measuring a 135M-parameter model in a process of its own: 1 thread, under {MEMORY_LIMIT} MiB, about 20 s."
    )
    try:
        result = run_job({"job": "curve", "repeats": repeats})
    except ModelProcessFailed as failure:
        announce(f"Not measured: {failure} The stored curve is used instead.")
        return stored_batch_curve()
    points = result["points"]
    return BatchCurve(
        tuple(int(tokens) for tokens, _ in points),
        tuple(float(ms) for _, ms in points),
        measured=True,
        note=f"measured here: medians of {result['repeats']}, 1 thread, peak {result['peak_mib']:.0f} MiB",
        peak_mib=float(result["peak_mib"]),
    )
