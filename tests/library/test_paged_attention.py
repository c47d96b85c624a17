"""Day 24's blocks, forks and prefix cache, held against a plain model, vLLM's worked example, and attention itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from course import facts
from course.days.day24_paged_attention.faults import probes
from course.days.day24_paged_attention.pictures import packed
from course.systems.serving.attention import attention_with_cache
from course.systems.serving.errors import InvalidRequest, InvalidSetting, NotEnoughBlocks, UnknownTable
from course.systems.serving.kv_cache import KvCache
from course.systems.serving.paged.audit import RIGHT, wrong_in
from course.systems.serving.paged.blocks import BlockAllocator
from course.systems.serving.paged.keys import LENGTH, block_keys, keys_of
from course.systems.serving.paged.pool import BlockTable
from course.systems.serving.paged.prefix import PrefixCache
from course.systems.serving.paged.server import CHUNK, INDIRECTION, PagedServer
from course.systems.serving.paged.sharing import SharedBlocks
from course.systems.serving.paged.turns import Turns, TurnTaking
from course.systems.serving.step_time import published_step_time

deterministic = settings(derandomize=True, deadline=None, max_examples=60)
letters = st.lists(st.integers(0, 1), min_size=1, max_size=14)


# ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pool_of_nothing_is_refused():
    for blocks, tokens in ((0, 4), (4, 0), (-1, 1)):
        with pytest.raises(InvalidSetting, match="at least 1"):
            BlockAllocator(blocks, tokens)


@deterministic
@given(st.integers(1, 9), st.integers(1, 60))
def test_a_sequence_that_grew_token_by_token_has_the_blocks_of_one_that_came_whole(size, tokens):
    whole, grown = BlockAllocator(80, size).allocate(tokens), BlockAllocator(80, size)
    table = grown.allocate(1)
    for _ in range(tokens - 1):
        grown.append(table)
    assert len(table.blocks) == len(whole.blocks) == int(np.ceil(tokens / size))
    assert (table.tokens, wrong_in(grown)) == (tokens, RIGHT)


def test_errors_come_in_their_order_and_change_nothing():
    cache = PrefixCache(2, 4)
    table = cache.allocate(8)
    for call in (lambda: cache.allocate(0), lambda: cache.acquire([], 0)):
        with pytest.raises(InvalidRequest):
            call()
    for call in (lambda: cache.append(table), lambda: cache.allocate(1), lambda: cache.acquire([], 3)):
        with pytest.raises(NotEnoughBlocks) as error:
            call()
        assert (error.value.needed, error.value.free) == (1, 0)
    stranger = BlockTable([0], 1)
    for call in (cache.append, cache.fork, cache.free, lambda t: cache.publish(t, [])):
        with pytest.raises(UnknownTable):
            call(stranger)
    assert (table.tokens, wrong_in(cache)) == (8, RIGHT)


# ── What is written is what is read ─────────────────────────────────────────────────────────────────────


@deterministic
@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=200))
def test_no_block_is_lost_or_shared_wrongly_in_any_200_operations(size, operations):
    """A memory that is really written, beside a plain list of tokens for each sequence."""
    cache, memory = SharedBlocks(12, size), np.full((12, size), -1)
    model: dict[BlockTable, list[int]] = {}
    copied = 0
    for clock, (what, which) in enumerate(operations):
        tables = list(model)
        table = tables[which % len(tables)] if tables else None
        try:
            if what == 0 or table is None:
                made = cache.allocate(which + 1)
                model[made] = [1000 * clock + n for n in range(which + 1)]
                for place, token in enumerate(model[made]):
                    memory[made.blocks[place // size], place % size] = token
            elif what == 1:
                before, place = list(table.blocks), table.tokens
                cache.append(table)
                if before[-1] != table.blocks[len(before) - 1]:  # the copy that the GPU makes
                    memory[table.blocks[len(before) - 1]] = memory[before[-1]]
                    copied += place % size
                memory[table.blocks[place // size], place % size] = clock
                model[table].append(clock)
            elif what == 2:
                model[cache.fork(table)] = list(model[table])
            else:
                cache.free(table)
                del model[table]
        except NotEnoughBlocks:
            pass  # and nothing has changed
        assert wrong_in(cache) == RIGHT
        for each, tokens in model.items():
            assert [int(memory[each.blocks[n // size], n % size]) for n in range(len(tokens))] == tokens
    assert cache.copied_tokens == copied


def test_attention_through_tables_is_day_21s_attention_over_one_piece():
    """A prompt of 10 tokens and two continuations that share its blocks, beside a cache of its own for each."""
    rng, size, width = np.random.default_rng(24), 4, 16

    def drawn(tokens):
        return rng.normal(size=(3, tokens, 1, width)).astype(np.float32)

    shared, keys, values = SharedBlocks(20, size), *np.zeros((2, 20, size, width), np.float32)
    prompt, first = drawn(10), shared.allocate(10)
    for place in range(10):
        at = first.blocks[place // size], place % size
        keys[at], values[at] = prompt[1, place, 0], prompt[2, place, 0]
    second = shared.fork(first)
    own = {table: KvCache(1, width) for table in (first, second)}
    for cache in own.values():
        attention_with_cache(*prompt, cache, 0)
    for table in (first, second, first, second, first):
        q, k, v = drawn(1)
        before = list(table.blocks)
        shared.append(table)
        if table.blocks[len(before) - 1] != before[-1]:  # the copy that the GPU makes
            keys[table.blocks[-1]], values[table.blocks[-1]] = keys[before[-1]], values[before[-1]]
        at = table.blocks[-1], (table.tokens - 1) % size
        keys[at], values[at] = k[0, 0], v[0, 0]
        rows = [(table.blocks[n // size], n % size) for n in range(table.tokens)]
        weights = np.array([np.exp(q[0, 0] @ keys[row] / np.sqrt(width)) for row in rows])
        through = sum(w * values[row] for w, row in zip(weights / weights.sum(), rows, strict=True))
        straight = attention_with_cache(q, k, v, own[table], table.tokens - 1)[0, 0]
        assert np.allclose(through, straight, atol=1e-6)
    assert first.blocks[:2] == second.blocks[:2]
    assert first.blocks[2] != second.blocks[2]


# ── The prefix cache ────────────────────────────────────────────────────────────────────────────────────


@deterministic
@given(st.integers(1, 3), st.lists(letters, min_size=1, max_size=12))
def test_hits_are_the_longest_common_prefix_in_whole_blocks(size, prompts):
    """With memory for all: the longest that any earlier prompt shares, by comparing every pair."""
    cache = PrefixCache(200, size)
    for place, prompt in enumerate(prompts):
        keys = block_keys(prompt, size)
        table, hits = cache.acquire(keys, len(prompt))
        cache.publish(table, keys)
        cache.free(table)
        common = [
            next(
                (n for n, (a, b) in enumerate(zip(prompt, other, strict=False)) if a != b),
                min(len(prompt), len(other)),
            )
            for other in prompts[:place]
        ]
        assert hits == min(max(common, default=0) // size, (len(prompt) - 1) // size) * size
        assert wrong_in(cache) == RIGHT


@deterministic
@given(
    st.integers(1, 3), st.integers(4, 9), st.lists(st.tuples(letters, st.booleans()), min_size=1, max_size=40)
)
def test_what_is_found_is_what_was_written_however_full_the_memory(size, blocks, visits):
    cache, holds, open_ = PrefixCache(blocks, size), {}, []
    for prompt, stays in visits:
        keys = block_keys(prompt, size)
        try:
            table, hits = cache.acquire(keys, len(prompt))
        except NotEnoughBlocks:
            for each in open_:
                cache.free(each)
            open_ = []
            continue
        for place, block in enumerate(table.blocks):
            text = tuple(prompt[: (place + 1) * size])
            assert place >= hits // size or holds[block] == text
            holds[block] = text
        cache.publish(table, keys)
        if stays:
            open_.append(table)
        else:
            cache.free(table)
        assert wrong_in(cache) == RIGHT


def test_the_worked_example_of_vllms_design_page():
    """Blocks of 4, ten blocks; requests of 15, 14 and 29 tokens (docs/design/prefix_caching.md, times 1 to 8)."""
    cache = PrefixCache(10, 4)
    first = list(range(15))
    one, hits = cache.acquire(block_keys(first, 4), 15)
    cache.publish(one, block_keys(first, 4))
    assert (one.blocks, hits) == ([0, 1, 2, 3], 0)
    second = [*first[:10], 90, 91, 92, 93]
    for token in (15, 16):
        cache.append(one)
        first.append(token)
    cache.publish(one, block_keys(first, 4))
    assert one.blocks == [0, 1, 2, 3, 4]
    two, hits = cache.acquire(block_keys(second, 4), 14)
    cache.publish(two, block_keys(second, 4))
    assert (two.blocks, hits) == ([0, 1, 5, 6], 8)
    cache.free(one)
    assert list(cache.free_blocks) == [7, 8, 9, 4, 3, 2]
    cache.free(two)
    assert list(cache.free_blocks) == [7, 8, 9, 4, 3, 2, 6, 5, 1, 0]
    third = [*first[:12], *range(200, 217)]
    three, hits = cache.acquire(block_keys(third, 4), 29)
    assert (three.blocks, hits) == ([0, 1, 2, 7, 8, 9, 4, 3], 12)


def test_keys_depend_on_all_that_comes_before_and_on_the_salt():
    text = list(range(12))
    plain = block_keys(text, 4)
    assert block_keys([99, *text[1:]], 4)[1:] != plain[1:]
    assert not set(block_keys(text, 4, "a")) & set(block_keys(text, 4, "b"))
    mixed = [block_keys(text, 4, salt, public=9) for salt in "ab"]
    assert mixed[0][:2] == mixed[1][:2] == plain[:2]
    assert mixed[0][2] != mixed[1][2]
    assert block_keys(text, 4, chained=False)[1] == block_keys(text[4:], 4, chained=False)[0]
    assert block_keys(text[:3], 4) == []
    assert keys_of(((0, 5), (3, 7)), 4, "a", 5) == block_keys(
        [*range(5), *(3 * LENGTH + n for n in range(7))], 4, "a", 5
    )


# ── The server and the agents ───────────────────────────────────────────────────────────────────────────


def test_one_request_alone_takes_the_passes_that_it_needs():
    step = published_step_time()
    server = PagedServer(PrefixCache, step.table, 4000, 16)
    got = server.serve([(0.0, ((1, 700),), 3, "", 0)], shared=True)
    read = step.kv_read_ms_per_token * INDIRECTION / 16
    passes = [(CHUNK, 0), (700 - CHUNK, CHUNK), (1, 701), (1, 702)]
    assert got["end_ms"] == pytest.approx(sum(step.ms(*each) + read * each[1] for each in passes))
    assert (got["computed"], got["again"], got["found"]) == (702, 0, [0])
    assert len(got["gaps_ms"]) == 2


@pytest.mark.parametrize("beams", [1, 3])
def test_who_had_to_give_way_still_answers_in_full(beams):
    rows = [(float(n), ((n, 40),), 60, "", 0) for n in range(8)]
    server = PagedServer(PrefixCache, published_step_time().table, 60 * 8 * beams, 8, beams=beams)
    got = server.serve(rows, shared=True)
    assert got["again"] > 0
    assert len(got["gaps_ms"]) == 8 * 59
    assert got["computed"] - got["again"] == pytest.approx(8 * (40 + 59 * beams), rel=0.05)
    assert (len(server.cache.free_blocks), wrong_in(server.cache)) == (60 * beams, RIGHT)
    calm = PagedServer(PrefixCache, published_step_time().table, 60 * 8 * beams, 8, reserve=60, beams=beams)
    assert calm.serve(rows, shared=True)["again"] == 0


def test_a_circle_that_does_not_fit_finds_nothing_and_one_that_fits_finds_all():
    """Brute force: least recently used over whole contexts, each larger than what is missing."""
    turns = Turns(agents=4, start=160, grows=0, turns=5)
    taking = TurnTaking(PrefixCache, turns)
    assert taking.measure(1.0, 16)["hits"] == pytest.approx(0.8 * 144 / 160)
    assert taking.measure(0.75, 16)["hits"] == 0
    assert (
        TurnTaking(PrefixCache, Turns(agents=1, start=160, grows=0, turns=5)).measure(1.0, 16)["hits"] == 0.72
    )


def test_unchained_keys_read_what_is_not_theirs():
    taking = TurnTaking(PrefixCache, Turns(agents=3, start=320, grows=32, turns=4))
    assert taking.measure(1.0, 16)["foreign"] == 0
    assert taking.measure(1.0, 16, chained=False)["foreign"] > 0


# ── Published, as orderings ─────────────────────────────────────────────────────────────────────────────


def test_waste_falls_with_the_block_and_whole_slots_hold_as_little_as_was_published():
    waste = [packed(size, fills=6)[1] for size in (4096, 256, 64, 16)]
    assert waste == sorted(waste, reverse=True)
    low, high = facts.PAGED_BEFORE_LOW.value / 100, facts.PAGED_BEFORE_HIGH.value / 100
    assert low < 1 - waste[0] < high
    assert waste[-1] < 0.04  # the paper's "under 4%"


def test_a_test_of_two_samples_tells_whether_the_cache_is_shared():
    """Gu et al. (ICML 2025): Kolmogorov and Smirnov's test finds a shared cache by its times."""
    found, fresh = probes(PrefixCache, 1500, "shared by all")
    assert ks_2samp(found, fresh).pvalue < 1e-8
    assert probes(PrefixCache, 1500, "a company's own")[0] == []
