"""Blocks of KV memory: how often each is held, which are free, and the tables that name them."""

from collections import OrderedDict
from dataclasses import dataclass, field

from course.systems.serving.errors import InvalidSetting, NotEnoughBlocks


@dataclass(eq=False)
class BlockTable:
    """Where the keys and values of one sequence lie: its blocks in order, and how many tokens it has.

    Two tables are never equal, whatever they name: a table is known by itself.
    """

    blocks: list[int] = field(default_factory=list)
    tokens: int = 0


class BlockPool:
    """`blocks` blocks of KV memory, numbered from 0, each with room for `block_tokens` tokens.

    `refs[block]` is the number of tables that name a block; a block that none names is free. `free_blocks` holds the
    free ones in a line, an `OrderedDict` with None as values: `take` hands out the first, and what comes free is added
    at the end (`free_blocks[block] = None`). `tables` is the set of the tables in use. Raises `InvalidSetting` for
    fewer than one block or one token.
    """

    def __init__(self, blocks: int, block_tokens: int) -> None:
        if blocks < 1 or block_tokens < 1:
            raise InvalidSetting(f"{blocks} blocks of {block_tokens} tokens: use at least 1 of each")
        self.block_tokens = block_tokens
        self.refs = [0] * blocks
        self.free_blocks: OrderedDict[int, None] = OrderedDict.fromkeys(range(blocks))
        self.tables: set[BlockTable] = set()

    def take(self) -> int:
        """Hand out the first free block, held once; O(1). Raises `NotEnoughBlocks(1, 0)` where none is free."""
        if not self.free_blocks:
            raise NotEnoughBlocks(1, 0)
        block, _ = self.free_blocks.popitem(last=False)
        self.refs[block] = 1
        return block
