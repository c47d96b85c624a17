"""The prefix cache: free blocks still say what they hold, and are found again until they are needed."""

from collections.abc import Sequence

from course.systems.serving.errors import InvalidRequest, NotEnoughBlocks, UnknownTable
from course.systems.serving.paged.pool import BlockTable
from course.systems.serving.paged.sharing import SharedBlocks


class PrefixCache(SharedBlocks):
    """An allocator that finds the beginning of a prompt in the blocks that earlier ones left.

    `block_of` maps a key to the block that holds what it stands for, `key_of` a block to its key; both say the
    same. A key (`block_keys`) stands for a full block *and for all that comes before it*. The key of a block stays
    when the block comes free, and goes when it is handed out again.
    Source: vLLM's design page *Automatic Prefix Caching*; Kwon et al. (SOSP 2023), section 4.4.
    """

    def __init__(self, blocks: int, block_tokens: int) -> None:
        super().__init__(blocks, block_tokens)
        self.block_of: dict[bytes, int] = {}
        self.key_of: dict[int, bytes] = {}

    def publish(self, table: BlockTable, keys: Sequence[bytes]) -> None:
        """The first blocks of `table` are computed: from now on they are found under these keys, one a full block.

        A key that is known already stays with its block, and a block with its key. Raises `UnknownTable()`.
        """
        if table not in self.tables:
            raise UnknownTable
        for key, block in zip(keys, table.blocks[: table.tokens // self.block_tokens], strict=False):
            if key not in self.block_of and block not in self.key_of:
                self.block_of[key], self.key_of[block] = block, key

    def acquire(self, keys: Sequence[bytes], tokens: int) -> tuple[BlockTable, int]:
        """A table in use for a prompt of `tokens` tokens, and how many of them need not be computed.

        `keys` are those of the prompt's full blocks, in order; the last ones may be left out. The
        list stays as it is. What is handed out here is found only once it is computed (`publish`).
        The table begins with the blocks that are known under them, *from the first key on and
        without a gap*; each is named once more. A block that is free and known is found too: it
        is free no more, wherever it stood in the line. The other blocks of the prompt come from
        `take`. At least the prompt's last token is computed, so its block is never a found one,
        even if it is full and known.

        Return the table, and the tokens in the blocks that were found. All or nothing: raises
        `InvalidRequest(message)` for fewer than 1 token, and `NotEnoughBlocks(needed, free)`,
        with the blocks that must be taken and the free blocks that are not among the found,
        where those do not suffice; then nothing has changed, the line's order included.
        Complexity: O(blocks of the prompt), and no key is looked up after the first miss.
        """
        if tokens < 1:
            raise InvalidRequest(f"a prompt of {tokens} tokens: give at least 1")
        keys = keys[: (tokens - 1) // self.block_tokens]
        run = next((n for n, key in enumerate(keys) if key not in self.block_of), len(keys))
        found = [self.block_of[key] for key in keys[:run]]
        free = len(self.free_blocks) - sum(not self.refs[block] for block in found)
        if (needed := -(-tokens // self.block_tokens) - len(found)) > free:
            raise NotEnoughBlocks(needed, free)
        for block in found:
            self.free_blocks.pop(block, None)
            self.refs[block] += 1
        table = BlockTable(found + [self.take() for _ in range(needed)], tokens)
        self.tables.add(table)
        return table, len(found) * self.block_tokens

    def take(self) -> int:
        """As `BlockPool.take`: the first free block, which has been free for longest, held once.

        It will be written anew: what it held is not found any more, and its key is in neither
        dict. Raises `NotEnoughBlocks(1, 0)` where no block is free. Complexity: O(1).
        """
        block = super().take()
        if block in self.key_of:
            del self.block_of[self.key_of.pop(block)]
        return block

    def free(self, table: BlockTable) -> None:
        """As `BlockAllocator.free`; a block that comes free keeps its key.

        All blocks of a table that is freed now stand in line behind those that came free
        before. In which order they stand among themselves is yours to decide; be ready to say
        why. Raises `UnknownTable()` for a table that is not in use; then nothing has changed.
        Complexity: O(blocks of the table).
        """
        if table not in self.tables:
            raise UnknownTable
        self.tables.remove(table)
        for block in reversed(table.blocks):
            self.refs[block] -= 1
            if not self.refs[block]:
                self.free_blocks[block] = None
