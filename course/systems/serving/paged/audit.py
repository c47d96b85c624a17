"""Whether the books of an allocator are right: no block lost, none shared wrongly."""

from collections import Counter

from course.systems.serving.paged.pool import BlockPool

RIGHT = "every block is held as often as tables name it, or free"


def wrong_in(pool: BlockPool) -> str:
    """What is wrong in the books of `pool`, in words; `RIGHT` where nothing is. O(blocks)."""
    named = Counter(block for table in pool.tables for block in table.blocks)
    free = set(pool.free_blocks)
    if any(len(set(table.blocks)) < len(table.blocks) for table in pool.tables):
        return "a table names a block twice"
    for tokens, blocks in sorted((table.tokens, len(table.blocks)) for table in pool.tables):
        if blocks != -(-tokens // pool.block_tokens):
            return f"a table has {blocks} blocks for {tokens} tokens"
    for block, refs in enumerate(pool.refs):
        if refs != named[block]:
            return f"a block is named by {named[block]} tables and counted {refs} times"
        if (block in free) == (refs > 0):
            return "a block is free and in use" if refs else "a block is lost: neither free nor in use"
    if len(free) + sum(refs > 0 for refs in pool.refs) != len(pool.refs):
        return "there are more free blocks than blocks"
    block_of, key_of = getattr(pool, "block_of", {}), getattr(pool, "key_of", {})
    if {block: key for key, block in block_of.items()} != key_of:
        return "block_of and key_of do not say the same"
    return RIGHT
