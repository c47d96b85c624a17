"""Paged KV memory: blocks are handed out when they are needed, and not before."""

from course.systems.serving.errors import InvalidRequest, NotEnoughBlocks, UnknownTable
from course.systems.serving.paged.pool import BlockPool, BlockTable


class BlockAllocator(BlockPool):
    """Hands out blocks to sequences, and takes them back.

    Inherited: `self.block_tokens`, `self.refs` (how many tables name each block), `self.free_blocks` (the
    free ones in a line, an `OrderedDict`), `self.tables` (the set of tables in use), and `self.take()`, which
    hands out the first free block with a count of 1. A `BlockTable(blocks, tokens)` is one sequence: a list of
    block numbers, in order, and its number of tokens. Source: Kwon et al., *Efficient Memory Management for
    Large Language Model Serving with PagedAttention* (SOSP 2023), section 4.2.
    """

    def allocate(self, tokens: int) -> BlockTable:
        """A new table in use for a sequence of `tokens` tokens, with as many blocks as they need and no more.

        All or nothing. Raises `InvalidRequest(message)` for fewer than 1 token, and
        `NotEnoughBlocks(needed, free)`, with the blocks that the sequence needs and those that
        are free, where they do not suffice; then nothing has changed. Complexity: O(blocks
        handed out).
        """
        if tokens < 1:
            raise InvalidRequest(f"a sequence of {tokens} tokens: give at least 1")
        needed = -(-tokens // self.block_tokens)
        if needed > len(self.free_blocks):
            raise NotEnoughBlocks(needed, len(self.free_blocks))
        table = BlockTable([self.take() for _ in range(needed)], tokens)
        self.tables.add(table)
        return table

    def append(self, table: BlockTable) -> None:
        """Give a sequence room for one token more, and count it in `table.tokens`.

        Its last block is filled before it gets another, which stands behind it in the table.
        Raises `UnknownTable()` for a table that is not in use, also where no block is free;
        `NotEnoughBlocks(1, 0)` where it needs a block and none is free, and then nothing has
        changed. Complexity: O(1).
        """
        if table not in self.tables:
            raise UnknownTable
        if table.tokens == len(table.blocks) * self.block_tokens:
            table.blocks.append(self.take())
        table.tokens += 1

    def free(self, table: BlockTable) -> None:
        """The sequence is done: its table is in use no more, and names each of its blocks once less.

        A block that no table names now is free, at the end of the line; one that another table
        still names is not. In which order the blocks of one table come free does not matter
        here, nor what the freed table lists afterwards. Raises `UnknownTable()` for a table that is not in use, one that was freed before
        for instance; then nothing has changed. Complexity: O(blocks of the table).
        """
        if table not in self.tables:
            raise UnknownTable
        self.tables.remove(table)
        for block in table.blocks:
            self.refs[block] -= 1
            if not self.refs[block]:
                self.free_blocks[block] = None
