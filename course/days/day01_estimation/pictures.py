"""Day 1's pictures: what cutting an index costs, and dollars against bytes."""

from collections.abc import Sequence
from typing import Any

from course.days.day01_estimation.service import COPIES, STANDARD_GB, look_up, machine_of
from course.days.day01_estimation.shards import as_good, ratio, searched
from course.notebook.predictions import Prediction
from course.systems.simulate.estimate import fleet_size
from course.systems.simulate.parts import Machine, Work
from course.systems.simulate.vector_bytes import CODECS, document_bytes

BLUE, ORANGE, GREY = "#1f4e79", "#b35900", "#777777"


def cut(parts: Sequence[int]) -> Any:
    """A function that draws the distances of a query against the parts that the vectors are cut into."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80)
        same = [ratio(count) for count in parts]
        good = [as_good(count).distances / searched(1).distances for count in parts]
        axes.plot(parts, parts, ":", color=GREY, label="every part does all of the work")
        axes.plot(parts, same, "o-", color=BLUE, label="the same effort in every part")
        axes.plot(parts, good, "s--", color=ORANGE, label="least effort that finds as many")
        axes.axhline(1, color=GREY, linewidth=0.8)
        prediction.mark(axes)
        if isinstance(prediction.value, float):
            axes.plot([10], [prediction.value], "D", color="black", markersize=9, fillstyle="none")
        axes.set(
            xscale="log",
            yscale="log",
            xlim=(0.88, 62),
            xlabel="parts that 10,000 vectors are cut into (log scale)",
            ylabel="distances of a query ÷ those in one index (log scale)",
        )
        axes.set_xticks(parts, labels=[str(count) for count in parts])
        ticks = (1, 2, 5, 10, 20, 50)
        axes.set_yticks(ticks, labels=[str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_title(f"Ten parts compute {ratio(10):.1f} times the distances of one index", loc="left")
        axes.legend(frameon=False, loc="upper left")
        plt.show()

    return draw


def plan(codec: str, memory: float, rate: float, documents: float = 1e9) -> None:
    """Print the fleet of machines with ``memory`` GB that holds the documents and serves ``rate`` queries a second, what it
    costs, and how busy it is."""
    machine, work = Machine(*machine_of(memory)), Work(*look_up())
    fleet = fleet_size(documents, rate, document_bytes(codec), work, machine, COPIES)
    used = rate * fleet.shards * work.seconds(documents / fleet.shards)
    print(f"{codec} vectors, machines of {memory} GB, {rate:,.0f} queries/s:")
    print(f"  {fleet.shards} shards × {fleet.copies} copies = {fleet.machines:,} machines")
    print(f"  ${fleet.dollars_month(machine):,.0f} a month")
    print(
        f"  {used:,.1f} of {fleet.machines * machine.cores:,} cores busy: {used / fleet.machines / machine.cores:.1%}"
    )


def bill(rates: Sequence[float] = (1e3, 1e6)) -> None:
    """Draw dollars a month for a billion documents against bytes a document, at each rate of queries."""
    import matplotlib.pyplot as plt

    machine, work = Machine(*machine_of(STANDARD_GB)), Work(*look_up())
    _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80)
    sizes = {codec: document_bytes(codec) for codec in CODECS}
    for rate, colour, style in zip(rates, (BLUE, ORANGE), ("o-", "s--"), strict=True):
        costs = [
            fleet_size(1e9, rate, size, work, machine, COPIES).dollars_month(machine) / 1000
            for size in sizes.values()
        ]
        axes.plot(list(sizes.values()), costs, style, color=colour, label=f"{rate:,.0f} queries a second")
        fall = costs[0] / costs[-1]
        axes.annotate(
            f"{fall:.0f}× cheaper with\nshort codes",
            (min(sizes.values()), costs[-1]),
            xytext=(14, -4),
            textcoords="offset points",
            va="top",
            fontsize=9,
            color=colour,
        )
    for codec, size, dear in zip(sizes, sizes.values(), costs, strict=True):
        axes.annotate(codec, (size, dear), xytext=(0, 9), textcoords="offset points", fontsize=9, ha="center")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="bytes a document, vector and links (log scale)",
        ylabel="thousand $ a month (log scale)",
        xlim=(160, 4200),
        ylim=(1, 6000),
    )
    ticks = (200, 500, 1000, 2000, 3000)
    axes.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    axes.set_yticks((1, 10, 100, 1000), labels=["1", "10", "100", "1,000"])
    axes.minorticks_off()
    axes.set_title("Bytes set the bill, even where processors are what you buy", loc="left")
    axes.legend(frameon=False, loc="upper left")
    plt.show()
