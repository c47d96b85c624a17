"""One GPU that serves from a prefix cache: admission with a reserve, chunked prompts, preemption of the newest."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from course.systems.serving.paged.keys import Segments, keys_of
from course.systems.serving.paged.refusals import refusal
from course.systems.serving.step_time import StepTimeModel, Table

CHUNK = 512
"""Tokens of a pass."""
MOST = 128
"""Sequences that share a pass."""
INDIRECTION = 4.0
"""Attention's read through a table costs 1 + this ÷ block_tokens times as much: a quarter more at 16."""
Asked = tuple[float, Segments, int, str, int]
"""A request in plain numbers: arrival (ms), its prompt in pieces, tokens of its answer, salt, public tokens."""


@dataclass(eq=False)
class Running:
    """A request between its arrival and its last token."""

    row: int
    keys: list[bytes]
    prompt: int
    answer: int
    out: int = 0
    shown: int = 0  # tokens that the user has
    known: int = 0  # tokens to compute before the next is written
    ready: int = 0  # of those, computed
    done: int = 0  # tokens that were computed before memory was taken away
    last_ms: float = 0.0
    tables: list[Any] = field(default_factory=list)


class PagedServer:
    """Llama-2-7B on one A100 with `memory` tokens of cache, on the allocator that `make(blocks, block_tokens)` gives.

    Every pass: who decodes gets room for a token, prompts get what is left of `CHUNK`. A request is admitted when the
    free blocks hold its prompt and `reserve` tokens of each of its `beams` answers, beside what was promised to those
    inside. Where no block is left the newest gives all of its own up, and computes them again when there is room.
    """

    def __init__(
        self,
        make: Callable[[int, int], Any],
        table: Table,
        memory: int,
        block_tokens: int,
        reserve: int = 0,
        beams: int = 1,
    ) -> None:
        self.cache = make(memory // block_tokens, block_tokens)
        self.block_tokens, self.reserve, self.beams = block_tokens, reserve, beams
        self.step = StepTimeModel(*table)
        self.line: deque[Running] = deque()
        self.running: list[Running] = []
        self.found: dict[int, int] = {}
        self.computed = self.again = 0

    def serve(self, asked: Iterable[Asked], shared: bool) -> dict[str, Any]:
        """Answer all requests, sorted by arrival; `shared`: prompts are looked up in the cache.

        Return plain numbers: `first_ms` and `found` tokens of each request, `gaps_ms` between tokens, tokens
        `computed` and, of those, computed `again`, and the share of held memory that nothing was written to, `waste`.
        """
        coming = deque(enumerate(asked))
        arrival = [row[0] for _, row in coming]
        first_ms: list[float] = [0.0] * len(arrival)
        gaps: list[float] = []
        now, passes, held, unwritten = 0.0, 0, 0, 0.0
        per_token = self.step.kv_read_ms_per_token * INDIRECTION / self.block_tokens
        while coming or self.line or self.running:
            if not (self.line or self.running):
                now = max(now, coming[0][1][0])
            while coming and coming[0][1][0] <= now:
                row, (_, prompt, answer, salt, public) = coming.popleft()
                keys = keys_of(prompt, self.block_tokens, salt, public) if shared else []
                self.line.append(Running(row, keys, sum(n for _, n in prompt), answer))
            self._admit()
            writers = self._decode()
            tokens, cached = self.beams * len(writers), sum(t.tokens for s in writers for t in s.tables)
            left = CHUNK - tokens
            for s in self.running:
                if s.ready < s.known and left > 0:
                    part = min(left, s.known - s.ready)
                    tokens, cached, left = tokens + part, cached + s.ready, left - part
                    s.ready += part
                    if s.ready == s.known:
                        if s.keys:
                            self.cache.publish(s.tables[0], s.keys)
                        writers.append(s)
            self.computed += tokens
            now += self.step.ms(tokens, cached) + per_token * cached
            for s in writers:
                s.out += 1
                if s.out > s.shown:
                    s.shown = s.out
                    if s.out == 1:
                        first_ms[s.row] = now - arrival[s.row]
                    else:
                        gaps.append(now - s.last_ms)
                    s.last_ms = now
                if s.out == s.answer:
                    self.running.remove(s)
                    self._give_up(s)
            passes += 1
            if passes % 8 == 0:
                more, empty = self._memory()
                held, unwritten = held + more, unwritten + empty
        return {
            "first_ms": first_ms,
            "found": [self.found[row] for row in range(len(arrival))],
            "gaps_ms": gaps,
            "computed": self.computed,
            "again": self.again,
            "waste": unwritten / max(1, held),
            "end_ms": now,
        }

    def _admit(self) -> None:
        """Let in who is first in line, while memory suffices."""
        size, cache = self.block_tokens, self.cache
        while self.line and len(self.running) < MOST:
            s = self.line[0]
            # Beams write different tokens: what they had is written anew, one by one.
            tokens = s.prompt + (s.out if self.beams == 1 else 0)
            known = takewhile(cache.block_of.__contains__, s.keys[: (tokens - 1) // size])
            inside = sum(cache.refs[cache.block_of[key]] > 0 for key in known)
            wanted = -(-tokens // size) - inside + self._reserved(s, tokens)
            if self.running and wanted > len(cache.free_blocks) - self._owed():
                return
            self.line.popleft()
            table, found = cache.acquire(s.keys, tokens)
            self.found.setdefault(s.row, found)
            self.again += max(0, min(s.done, tokens) - found)
            s.tables, s.known, s.ready = [table], tokens, found
            s.out = s.out if self.beams == 1 else 0
            self.running.append(s)

    def _reserved(self, s: Running, tokens: int) -> int:
        """Blocks beyond those of `tokens` that the reserve of a request is worth, over all its beams."""
        if not self.reserve:
            return 0
        more = max(0, s.prompt + self.reserve - tokens)
        return (
            -(-(tokens + more) // self.block_tokens)
            - -(-tokens // self.block_tokens)
            + (self.beams - 1) * -(-self.reserve // self.block_tokens)
        )

    def _owed(self) -> int:
        """Blocks that were promised to those inside, and that they have not taken yet."""
        if not self.reserve:
            return 0
        size, promised = self.block_tokens, -(-self.reserve // self.block_tokens)
        owed = 0
        for s in self.running:
            whole = -(-(s.prompt + self.reserve) // size)
            have = sum(len(table.blocks) for table in s.tables)
            shared = (len(s.tables) - 1) * (s.prompt // size)
            owed += max(0, whole + (self.beams - 1) * promised - (have - shared))
        return owed

    def _decode(self) -> list[Running]:
        """Who writes a token in this pass, each with room for one token more, in every beam."""
        writers, append = [], self.cache.append
        for s in list(self.running):
            if s.ready < s.known or not s.tables:
                continue
            if len(s.tables) < self.beams:
                s.tables += [self.cache.fork(s.tables[0]) for _ in range(self.beams - 1)]
            room = True
            for table in s.tables:
                try:
                    append(table)
                except ValueError as error:
                    room = room and self._room(s, table, error)
            if room:
                writers.append(s)
        writers = [s for s in writers if s.tables]
        self.again += sum(self.beams for s in writers if s.out < s.shown)
        return writers

    def _room(self, s: Running, table: Any, error: ValueError) -> bool:
        """After `error`, room for one token more at the price of the newest; False where that was the sequence itself."""
        while s.tables:
            if refusal(error)[:1] != ["NotEnoughBlocks"]:
                raise error
            newest = self.running.pop()
            whole = newest.ready == newest.known
            newest.done = max(newest.done, newest.tables[0].tokens if whole else newest.ready)
            self._give_up(newest)
            self.line.appendleft(newest)
            if s.tables:
                try:
                    self.cache.append(table)
                    return True
                except ValueError as again:
                    error = again
        return False

    def _give_up(self, s: Running) -> None:
        """Free all tables of a sequence, the latest first."""
        for table in reversed(s.tables):
            self.cache.free(table)
        s.tables = []

    def _memory(self) -> tuple[int, float]:
        """Tokens of memory that are held, and those of them that no token has been given to."""
        size, refs = self.block_tokens, self.cache.refs
        empty = sum(
            (len(table.blocks) * size - table.tokens) / refs[table.blocks[-1]]
            for s in self.running
            for table in s.tables
        )
        return size * (len(refs) - len(self.cache.free_blocks)), empty
