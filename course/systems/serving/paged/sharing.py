"""Copy on write: sequences share blocks until one of them writes."""

from course.systems.serving.errors import UnknownTable
from course.systems.serving.paged.blocks import BlockAllocator
from course.systems.serving.paged.pool import BlockTable


class SharedBlocks(BlockAllocator):
    """An allocator whose sequences may share what they have in common.

    `copied_tokens` counts the tokens that were copied from one block to another since the
    beginning. Source: Kwon et al. (SOSP 2023), section 4.4.
    """

    def __init__(self, blocks: int, block_tokens: int) -> None:
        super().__init__(blocks, block_tokens)
        self.copied_tokens = 0

    def fork(self, table: BlockTable) -> BlockTable:
        """A second table in use for a sequence that goes on from where `table` stands.

        It names the same blocks and has as many tokens. No block is taken and no token copied;
        from now on the two sequences are independent of each other, and either may be forked,
        appended to or freed. Raises `UnknownTable()` for a table that is not in use; then
        nothing has changed. Complexity: O(blocks of the table).
        """
        if table not in self.tables:
            raise UnknownTable
        for block in table.blocks:
            self.refs[block] += 1
        twin = BlockTable(list(table.blocks), table.tokens)
        self.tables.add(twin)
        return twin

    def append(self, table: BlockTable) -> None:
        """As `BlockAllocator.append`, and no other sequence sees what is written.

        The new token is written into the last block if that has room. Where another table
        names that block too, the writer gets a block of its own in its place, and what its
        own sequence has in the old one is copied: `copied_tokens` grows by those tokens. Who is
        left alone with the old block writes in place. A full block is never copied.

        Raises `UnknownTable()` for a table that is not in use, also where no block is free;
        `NotEnoughBlocks(1, 0)` where a block is needed and none is free, and then nothing has
        changed. Complexity: O(1) beside the copy.
        """
        if table not in self.tables:
            raise UnknownTable
        written = table.tokens % self.block_tokens
        if written and self.refs[table.blocks[-1]] > 1:
            own = self.take()
            self.refs[table.blocks[-1]] -= 1
            table.blocks[-1] = own
            self.copied_tokens += written
        super().append(table)
