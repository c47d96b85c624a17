"""An allocator worked through a list of plain lines, and its books after each: how a check, or a demo, sees it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from course.systems.serving.paged.audit import wrong_in
from course.systems.serving.paged.pool import BlockTable
from course.systems.serving.paged.refusals import refusal

Line = tuple[Any, ...]
"""What to do with whom: ("allocate", "a", 6), ("append", "a", 2), ("fork", "a", "b"), ("free", "a"),
("acquire", "a", keys, 6), ("publish", "a", keys); and ("alias", "a", "b"): a second table of the same blocks, made by hand."""


class NotedKey(bytes):
    """A key that notes whether it was looked up: whoever looks into a dict asks for its hash."""

    asked = False

    def __hash__(self) -> int:
        self.asked = True
        return super().__hash__()


class Ledger:
    """An allocator whose tables have names. A name stays with its table after it is freed."""

    def __init__(self, make: Callable[[int, int], Any], blocks: int, block_tokens: int) -> None:
        self.pool = make(blocks, block_tokens)
        self.tables: dict[str, Any] = {}

    def __call__(self, lines: Iterable[Line]) -> list[dict[str, Any]]:
        """The answer to each line ("", or the error with its numbers, or tokens found), and the books after it."""
        return [{"answer": self._do(*line)} | self.books() for line in lines]

    def books(self) -> dict[str, Any]:
        """The tables in use by name, each with its tokens and blocks; blocks are numbered as they are met."""
        met: dict[int, int] = {}
        tables = {
            name: [table.tokens, [met.setdefault(block, len(met)) for block in table.blocks]]
            for name, table in self.tables.items()
            if table in self.pool.tables
        }
        return {
            "tables": tables,
            "in use": len(self.pool.tables),
            "free": len(self.pool.free_blocks),
            "copied": getattr(self.pool, "copied_tokens", 0),
            "books": wrong_in(self.pool),
        }

    def grow(self, name: str, tokens: int) -> None:
        """Append so many tokens to a table, and nothing else."""
        for _ in range(tokens):
            self.pool.append(self.tables[name])

    def fill(self, name: str, keys: Sequence[bytes], tokens: int) -> None:
        """Acquire a prompt, publish it and free it: its blocks are free and known."""
        for line in (("acquire", name, keys, tokens), ("publish", name, keys), ("free", name)):
            self._do(*line)

    def twins(self, name: str, many: int) -> None:
        """A sequence of one token, and so many forks of it."""
        self._do("allocate", name, 1)
        for place in range(many):
            self._do("fork", name, f"{name}{place}")

    def visit(self, keys: Sequence[bytes], tokens: int, times: int) -> None:
        """Acquire a prompt and free it, so often, and nothing else."""
        for _ in range(times):
            table, _ = self.pool.acquire(keys, tokens)
            self.pool.free(table)

    def past_the_miss(self, keys: Sequence[bytes], tokens: int) -> int:
        """Acquire a prompt: how many keys behind the first that is not known were looked up all the same."""
        first = next((place for place, key in enumerate(keys) if key not in self.pool.block_of), len(keys))
        noted = [NotedKey(key) for key in keys]
        self.pool.acquire(noted, tokens)
        return sum(key.asked for key in noted[first + 1 :])

    def rooms(self, name: str) -> list[int]:
        """The block numbers of a table, as they are."""
        return list(self.tables[name].blocks)

    def _do(self, what: str, name: str, *given: Any) -> Any:
        try:
            return self._done(what, name, *given)
        except ValueError as error:
            if not (said := refusal(error)):
                raise
            return said

    def _done(self, what: str, name: str, *given: Any) -> Any:
        pool: Any = self.pool
        table: Any = self.tables.get(name)
        if what == "allocate":
            self.tables[name] = pool.allocate(*given)
        elif what == "acquire":
            kept = list(given[0])
            self.tables[name], found = pool.acquire(*given)
            return found if kept == given[0] else "the list of keys was changed"
        elif what == "fork":
            self.tables[given[0]] = pool.fork(table)
        elif what == "append":
            for _ in range(given[0]):
                before = list(table.blocks) if table else []  # a name without a table is unknown too
                pool.append(table)
                *kept, _ = table.blocks
                if kept != before[: len(kept)]:
                    return "blocks before the last one are in other places now"
        elif what == "alias":
            twin = self.tables[given[0]] = BlockTable(list(table.blocks), table.tokens)
            pool.tables.add(twin)
            for block in twin.blocks:
                pool.refs[block] += 1
        elif what == "publish":
            pool.publish(table, *given)
        else:
            pool.free(table)
        return ""
