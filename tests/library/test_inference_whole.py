"""S3 from end to end, of the parts that ``mine`` carries from days 21 to 25: jobs come twice, a fair queue says who is next, a router finds the
replica that has the beginning, blocks are shared and run out, and every answer is what the model says alone. Under 4 s."""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from course.notebook.earlier import mine
from course.systems.serving.errors import NotEnoughBlocks
from course.systems.serving.fleet import Sample
from course.systems.serving.kv_cache import Floats
from course.systems.serving.paged.keys import block_keys
from course.systems.serving.tiny_model import HEAD_WIDTH, KV_HEADS, LAYERS, VOCABULARY, TinyModel

PARTS = {
    21: ("attention_with_cache",),
    22: ("JobStore", "FairQueue"),
    24: ("PrefixCache",),
    25: ("prefix_affinity", "Autoscaler"),
}
BLOCKS, BLOCK, BEGINNING, TENANTS = 24, 8, 24, ("a", "b", "c")


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    return {name: mine(day, name) for day, names in PARTS.items() for name in names}


class PagedKv:
    """The keys and values of one sequence in one layer, in blocks that others may read too."""

    def __init__(self, memory: Floats, table: Any, tokens: int) -> None:
        self.kv_heads, self.width, self.tokens = KV_HEADS, HEAD_WIDTH, tokens
        self._memory, self._table = memory, table

    def append(self, keys: Floats, values: Floats) -> None:
        for key, value in zip(keys, values, strict=True):
            block = self._table.blocks[self.tokens // BLOCK]
            self._memory[:, block, self.tokens % BLOCK] = key, value
            self.tokens += 1

    keys = property(lambda self: self._seen(0))
    values = property(lambda self: self._seen(1))

    def _seen(self, which: int) -> Floats:
        rows = self._memory[which, self._table.blocks].reshape(-1, KV_HEADS, HEAD_WIDTH)
        return np.array(rows[: self.tokens])


@dataclass(eq=False)
class Running:
    """One job on a replica."""

    job: Any
    ids: list[int]
    wanted: int
    table: Any = None
    cache: Any = None
    written: list[int] = field(default_factory=list)


class Replica:
    """A model, its blocks, a line, and what runs."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.model, self.blocks = (
            TinyModel(parts["attention_with_cache"]),
            parts["PrefixCache"](BLOCKS, BLOCK),
        )
        self.memory = np.zeros((LAYERS, 2, BLOCKS, BLOCK, KV_HEADS, HEAD_WIDTH), np.float32)
        self.line, self.running = deque[Running](), list[Running]()
        self.found: list[tuple[str, int]] = []
        self.preempted = 0

    @property
    def in_flight(self) -> int:
        return len(self.line) + len(self.running)

    def step(self) -> list[tuple[Running, int]]:
        """Who may enters, then everybody writes one token; who finds no block goes back to the line and begins again."""
        told = []
        while self.line and self._entered(self.line[0]):
            self.running.append(self.line.popleft())
        for each in list(self.running):
            if each.written:
                try:
                    self.blocks.append(each.table)
                except NotEnoughBlocks:
                    self.preempted += 1
                    self.blocks.free(each.table)
                    each.written.clear()
                    self.running.remove(each)
                    self.line.append(each)
                    continue
            done = each.cache[0].tokens
            ids = np.array([*each.ids, *each.written][done:])
            each.written.append(int(self.model.forward(ids, each.cache, done)[-1].argmax()))
            told.append((each, each.written[-1]))
            if len(each.written) == 1:
                self.blocks.publish(each.table, keys_of(each))
            if len(each.written) == each.wanted:
                self.running.remove(each)
                self.blocks.free(each.table)
        return told

    def _entered(self, each: Running) -> bool:
        try:
            each.table, found = self.blocks.acquire(keys_of(each), len(each.ids))
        except NotEnoughBlocks:
            return False
        each.cache = [PagedKv(memory, each.table, found) for memory in self.memory]
        self.found.append((each.job.tenant, found))
        return True


def keys_of(each: Running) -> list[bytes]:
    """The keys of a prompt's blocks; each tenant's have a salt of their own."""
    return block_keys(each.ids, BLOCK, salt=each.job.tenant)


def alone(ids: list[int], wanted: int, attention: Any) -> list[int]:
    """What the model says without a batch, blocks or others."""
    model, written = TinyModel(attention), list[int]()
    cache = model.new_cache()
    new = ids
    for _ in range(wanted):
        logits = model.forward(np.array(new), cache, cache[0].tokens)
        new = [int(logits[-1].argmax())]
        written += new
    return written


def test_every_job_is_answered_once_with_what_the_model_says_alone(parts: dict[str, Any]) -> None:
    draw = random.Random(3)
    beginning = [
        draw.randrange(VOCABULARY) for _ in range(BEGINNING)
    ]  # all tenants begin alike, and may not find each other's
    store, queue = parts["JobStore"](room=100), parts["FairQueue"]()
    scaler = parts["Autoscaler"](least=1, most=3, calm=2, per_replica=4)
    ids: dict[int, list[int]] = {}
    wanted: dict[int, int] = {}
    ended: list[int] = []
    streams: dict[int, list[int]] = {}
    for number in range(24):
        tenant = draw.choice(TENANTS)
        body = {"text": f"prompt {number}"}
        job = store.submit(f"key {number}", body, tenant, now_s=float(number))
        ids[job.id] = beginning + [draw.randrange(VOCABULARY) for _ in range(draw.randint(1, 20))]
        wanted[job.id] = draw.randint(1, 30)
        queue.push(tenant, job.id, len(ids[job.id]))
        store.watch(job.id, lambda job: ended.append(job.id))
        if draw.random() < 0.3:
            assert store.submit(f"key {number}", dict(body), tenant, now_s=number + 0.5) is job
    cancelled = store.cancel(draw.choice([id for id in ids]))

    replicas, most, steps = {"r0": Replica(parts)}, 1, 0
    while queue.waiting or any(replica.in_flight for replica in replicas.values()):
        steps += 1
        assert steps < 2_000
        while queue.waiting and min(replica.in_flight for replica in replicas.values()) < 6:
            tenant, request = queue.pop()
            if store.get(request) is cancelled:
                queue.finish(tenant)
                continue
            loads = {name: float(replica.in_flight) for name, replica in replicas.items()}
            chosen = replicas[parts["prefix_affinity"](tenant, loads, 1.5)]
            chosen.line.append(Running(store.start(request), ids[request], wanted[request]))
        for replica in replicas.values():
            for each, token in replica.step():
                tenant = each.job.tenant
                queue.charge(tenant, 1)
                streams[each.job.id] = [*each.written]
                assert streams[each.job.id][-1] == token
                if len(each.written) == each.wanted:
                    store.resolve(each.job.id, list(each.written))
                    queue.finish(tenant)
        if steps % 5 == 0:
            samples = [Sample(1.0, len(each.line), each.in_flight) for each in replicas.values()]
            for number in range(len(replicas), scaler.desired(samples, 0)):
                replicas[f"r{number}"] = Replica(parts)
            most = max(most, len(replicas))

    assert sorted(ended) == sorted(ids), "each job ends once, whatever happened to it"
    for id in ids:
        job = store.get(id)
        if job is cancelled:
            assert (job.state, job.result) == ("cancelled", None)
        else:
            assert job.state == "succeeded"
            assert job.result == streams[id] == alone(ids[id], wanted[id], parts["attention_with_cache"])
    every = list(replicas.values())
    assert most == 3, "the scaler went by what was in flight"
    assert all(len(replica.blocks.free_blocks) == BLOCKS for replica in every), "no block is lost"
    assert sum(replica.preempted for replica in every) > 0, "blocks ran out, and answers began again"
    for replica in every:
        for tenant in TENANTS:
            seen = [found for name, found in replica.found if name == tenant]
            assert not seen or seen[0] == 0, (
                "a tenant's first prompt finds nothing of the others, who begin alike"
            )
    assert any(found >= BEGINNING for replica in every for _, found in replica.found)
