"""Day 17's picture and tables: what is found by how many cells, by how large a code, and by reading again."""

from functools import cache
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.checking.subject import Subject
from course.days.day17_ivf_and_pq.measures import CELLS, ID_BYTES, PLAIN, SEED, asked, measure, stored
from course.notebook.predictions import Prediction
from course.systems.search.ivf import IVFPQ
from course.systems.search.kmeans import kmeans
from course.systems.search.nearest import nearest, squared_distances

OPENED = (1, 2, 4, 8, 16, 32)
AGAIN = 50
BILLION = 1e9
FULL = 256
"""Bytes of a vector of 64 numbers in full."""


@cache
def _finished() -> Subject:
    own: Subject = subjects(IVFPQ)[0]
    return own


def at(code: int, opened: int, again: int = 0) -> dict[str, float]:
    """The finished index with codes of ``code`` bytes: what a search finds, and what it pays."""
    return measure({"bytes": code, "opened": opened, "again": again}, PLAIN, _finished())


@cache
def cells_alone() -> tuple[float, ...]:
    """For each of ``OPENED`` the share of the true ten that lies in the opened cells: what full vectors would find."""
    about, centroids = asked(False, 1), kmeans(stored(), CELLS, seed=SEED)
    home = nearest(stored(), centroids)
    order = squared_distances(about.queries, centroids).argsort(axis=1, kind="stable")
    return tuple(
        float(np.mean([np.isin(home[best], near[:k]) for best, near in zip(about.best, order, strict=True)]))
        for k in OPENED
    )


def sizes() -> None:
    """Print what a billion vectors take, by what is kept of each."""
    print(f"{'kept of a vector':<22}{'bytes':>6}{'a billion':>12}{'machines of 64 GB':>20}")
    rows = [("all 64 numbers", FULL)]
    rows += [(f"a code of {code} and an id", code + ID_BYTES) for code in (32, 16, 8, 4)]
    for name, size in rows:
        total = BILLION * size / 1e9
        print(f"{name:<22}{size:>6}{total:>9,.0f} GB{-(-total // 64):>20.0f}")


def table() -> None:
    """Print recall, and the codes measured, by bytes of a code and cells opened; and what is read again."""
    print(f"{'recall@10':<28}" + "".join(f"{f'{opened} cells':>10}" for opened in (4, 8, 32)))
    for code in (8, 16):
        for again in (0, AGAIN):
            name = f"code of {code:>2} B" + (f", {again} read again" if again else "")
            found = [at(code, opened, again)["recall"] for opened in (4, 8, 32)]
            print(f"{name:<28}" + "".join(f"{each:>10.3f}" for each in found))
    shares = [at(8, opened)["measured"] for opened in (4, 8, 32)]
    print(f"{'share of codes measured':<28}" + "".join(f"{each:>10.3f}" for each in shares))


def filtered() -> None:
    """Print what a user who may see one document in twenty gets, by the number of cells that are opened."""
    load = {**PLAIN, "share": 0.05}
    print(f"{'':<12}{'of the permitted ten':>22}{'codes measured':>16}{'short pages':>13}")
    for opened in (8, 16, 32):
        found = measure({"bytes": 8, "opened": opened, "again": AGAIN}, load, _finished())
        print(
            f"{f'{opened} cells':<12}{found['permitted']:>22.3f}{found['scanned']:>16.3f}{found['short']:>13.0%}"
        )


def ceilings() -> Any:
    """A function that draws recall by cells opened, for three ways to keep a vector, and one that reads again."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(9, 4.6), dpi=80, layout="constrained")
        again = [at(8, opened, AGAIN)["recall"] for opened in OPENED]
        axes.plot(OPENED, cells_alone(), "^-", color="#333333", label="full vectors, 256 B")
        axes.plot(
            OPENED, again, "D--", color="#1f4e79", label=f"codes of 8 B, the best {AGAIN} read again in full"
        )
        for code, color, style in ((16, "#4c7a34", "o-"), (8, "#b35900", "s-")):
            found = [at(code, opened)["recall"] for opened in OPENED]
            axes.plot(OPENED, found, style, color=color, label=f"codes of {code} B")
        prediction.mark(axes)
        axes.set_xscale("log", base=2)
        axes.set_xticks(OPENED, labels=[str(each) for each in OPENED])
        axes.set(
            xlabel="cells opened, of 32", ylabel="of the true ten, found (100 queries)", ylim=(0.25, 1.04)
        )
        axes.set_title("More cells do not mend what the code has lost", loc="left")
        axes.legend(frameon=False, loc="lower right")
        plt.show()

    return draw
