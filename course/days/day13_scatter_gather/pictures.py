"""Day 13's picture and tables: how many hits a shard must send, what its own counts are worth, and real processes that die."""

from functools import cache
from typing import Any

from course.days.day13_scatter_gather.corpus import (
    HASH,
    PATH,
    answered,
    asked,
    dealt,
    known,
    one_index,
    overlap,
    owners,
)
from course.notebook.predictions import Prediction
from course.systems.search.broker import Broker
from course.systems.search.merge import merge_top_k
from course.systems.search.shard_processes import ShardProcesses
from course.systems.simulate.shard_calls import PAUSES, Shards

SHARDS, K = 100, 100
NAMES = {HASH: "spread by a hash", PATH: "neighbours together"}


@cache
def fullest(by: str, shards: int = SHARDS, k: int = K) -> tuple[int, ...]:
    """For each query how many of its ``k`` best stand in the shard that holds most of them, from the fewest up."""
    import numpy as np

    owner = owners(shards, by)
    counts = [np.bincount(owner[[doc for doc, _ in hits[:k]]]) for hits in one_index()]
    return tuple(sorted(int(count.max()) for count in counts))


def needed(by: str = HASH) -> int:
    """How many hits a shard must send so that the exact best of every query are among them."""
    return fullest(by)[-1]


def trips() -> Any:
    """A function that draws for how many queries the exact best have come, by how many hits a shard sends."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        asks = [*range(1, 31), 40, 60, 80, 100]
        for by, color, style in ((HASH, "#12324d", "-"), (PATH, "#b35900", "--")):
            share = [sum(most <= ask for most in fullest(by)) / len(asked()) for ask in asks]
            axes.step(asks, share, style, where="post", color=color, label=NAMES[by])
        prediction.mark(axes, "x")
        axes.set_xscale("log")
        axes.set_xticks([1, 2, 5, 10, 20, 50, 100], labels=["1", "2", "5", "10", "20", "50", "100"])
        axes.minorticks_off()
        axes.set(
            xlabel=f"hits that each of {SHARDS} shards sends (log scale)",
            ylabel=f"share of {len(asked())} queries",
            ylim=(-0.03, 1.05),
        )
        axes.set_title(
            f"The exact {K} best need {needed()} hits of each shard, or {needed(PATH)} where neighbours stay together",
            loc="left",
            fontsize=11,
            pad=26,
        )
        axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        plt.show()

    return draw


def alone() -> None:
    """Print what is left of one index's ten where each shard knows only its own documents, or is told of all."""
    print(f"{'':<30}{'told of all':>14}{'own counts':>14}{'same order':>14}")
    for by in (HASH, PATH):
        for shards in (5, 20, 100):
            row = f"{shards:>4} shards, {NAMES[by]:<18}"
            tops = {}
            for own in (False, True):
                found = answered(shards, by, 10, own=own)
                tops[own] = [
                    [doc for doc, _ in merge_top_k(each, dict.fromkeys(each, 10), 10)[0]] for each in found
                ]
            same = sum(
                ten == [doc for doc, _ in hits[:10]]
                for ten, hits in zip(tops[True], one_index(), strict=True)
            )
            print(
                f"{row:<32}{overlap(tops[False], 10):>12.2f}{overlap(tops[True], 10):>14.2f}{same:>9} of {len(asked())}"
            )
    print(
        "\nshare of one index's ten; the last column counts queries whose ten, by own counts, come in the same order"
    )


def cut() -> None:
    """Print what cutting does to the time of a search: the work shrinks, and more calls can meet a pause."""
    print(f"{'':<12}{'a call':>10}{'meets a pause':>16}{'median':>12}{'p99':>12}{'p99, hedged':>14}")
    for shards in (5, 10, 20, 40, 80):
        plain = Shards(100, shards, 2, hedge=False)
        hedged = Shards(100, shards, 2, hedge=True)
        half, one = (plain.quantile(q, 0, False, 0.5) for q in (0.5, 0.99))
        two = hedged.quantile(0.99, 0, False, 0.5)
        met = 1 - (1 - PAUSES) ** shards
        print(
            f"{shards:>3} shards{plain.call_ms:>9.1f} ms{met:>16.0%}{half:>9.1f} ms{one:>9.1f} ms{two:>11.1f} ms"
        )


def killed() -> None:
    """Print what a broker finds in four shards with two copies each, eight processes on this machine: one is killed, one stands still, and
    at last the copy beside the dead one is killed as well."""
    parts = dealt(4, HASH)
    documents = {part.name: len(part.lengths) for part in parts}
    with ShardProcesses(parts, 2, known(4, HASH)) as machines:
        broker = Broker(machines, machines.machines, documents, 50.0, 2000.0)

        def ask(what: str) -> None:
            came = [broker.search(" ".join(query), 10, 10) for query in asked()]
            same = sum(answer.hits == hits[:10] for answer, hits in zip(came, one_index(), strict=True))
            covered = sum(answer.coverage for answer in came) / len(came)
            missing = ", ".join(sorted({name for answer in came for name in answer.missing})) or "none"
            again = "some" if any(answer.hedged for answer in came) else "none"
            print(f"{what:<36}{same:>3} of {len(came)}{covered:>12.3f}{missing:>10}{again:>10}")

        print(f"{'':<36}{'same ten':>9}{'coverage':>12}{'missing':>10}{'hedged':>10}")
        ask("all eight live")
        machines.kill("s3/0")
        ask("s3/0 is killed")
        machines.stop("s1/1")
        ask("s1/1 stands still as well")
        machines.go_on("s1/1")
        machines.kill("s3/1")
        ask("s1/1 goes on, and s3/1 is killed")


def by_word(nodes: int = 20) -> None:
    """Print what a query makes travel, and how unevenly the work falls, if the words are dealt to nodes instead of the documents."""
    import zlib

    from course.days.day13_scatter_gather.measures import HIT_BYTES

    parts = dealt(1, HASH)[0].postings
    half = len(asked()) // 2
    sent = nodes * 10 * HIT_BYTES / 1024
    print(
        f"{nodes} nodes, cut by documents: {sent:.1f} KiB a query reach the broker, and every node does the same work"
    )
    for name, queries in (("three words", asked()[:half]), ("the same and “the”", asked()[half:])):
        lists = [sorted(len(parts.get(word, ())) for word in query) for query in queries]
        travel = sum(sum(each[:-1]) for each in lists) / half * HIT_BYTES / 1024
        work = [0] * nodes
        for query in queries:
            for word in query:
                work[zlib.crc32(word.encode()) % nodes] += len(parts.get(word, ()))
        print(
            f"{nodes} nodes, cut by words, {name:<19}{travel:>5.1f} KiB a query travel, the busiest node does {max(work) * nodes / sum(work):.1f} times the mean work"
        )
    print(
        "\nthe postings of all words but the most frequent travel to the node that has that one: 12 bytes each"
    )
