"""Day 24: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from course.checking.probes import Examination, Step, examine, growth, raised
from course.checking.subject import plain, there
from course.systems.serving.paged.blocks import BlockAllocator
from course.systems.serving.paged.keys import block_keys
from course.systems.serving.paged.ledger import Ledger
from course.systems.serving.paged.prefix import PrefixCache
from course.systems.serving.paged.sharing import SharedBlocks

Line = tuple[Any, ...]
NAMES = "abcdefgh"
LINES = 10
"""Most lines before a case that are told with it."""


def _told(line: Line, letters: dict[bytes, str]) -> str:
    """A line in words; keys go by letters, equal ones by the same."""
    what, name, *given = line
    if what == "acquire":
        keys, tokens = given
        said = "".join(
            letters.setdefault(key, (ascii_uppercase + ascii_lowercase)[len(letters) % 52]) for key in keys
        )
        return f"acquire {name} ({tokens} tokens, {f'keys {said}' if said else 'no keys'})"
    if what == "publish":
        return f"publish {name}"
    if what == "fork":
        return f"fork {name} as {given[0]}"
    if what == "alias":
        return f"{given[0]} named the same blocks as {name}"
    return " ".join([what, name, *(f"({n} tokens)" if what == "allocate" else f"×{n}" for n in given)])


def worked(
    Allocator: Any, blocks: int, size: int, *lines: Line, only: Sequence[str] = (), last: int = 0
) -> Iterator[Step]:
    """What an allocator says to lines, one after the other, and its books after each: all of them or ``only`` some, and
    of the ``last`` lines alone."""
    ledger = there(Allocator, Ledger)(Allocator, blocks, size)
    seen = plain(ledger(list(lines)), list)
    done: list[str] = []
    letters: dict[bytes, str] = {}
    for number, (line, books) in enumerate(zip(lines, seen, strict=True)):
        told, before = _told(line, letters), ["…"] * (len(done) > LINES) + done[-LINES:]
        case = f"{blocks} blocks of {size}; " + (f"after {', '.join(before)}: " if done else "") + told
        done.append(told)
        if number >= len(lines) - (last or len(lines)):
            yield case, {key: books[key] for key in only} if only else books


SHOWN = ("answer", "tables", "free", "books")


# ── BlockAllocator ──────────────────────────────────────────────────────────────────────────────────────


def _some(draw: random.Random, lines: int, size: int, forks: bool = False) -> list[Line]:
    """Allocations, tokens and frees in any order; sometimes of what is freed."""
    done: list[Line] = [("allocate", "a", draw.randrange(1, 3 * size + 1))]
    made = ["a"]
    for _ in range(lines):
        who = draw.choice(made)
        name = f"{NAMES[len(made) % 8]}{len(made)}"
        what = draw.choice(("allocate", "append", "append", "append", "free") + forks * ("fork", "fork"))
        if what == "allocate":
            done.append((what, name, draw.randrange(1, 3 * size + 1)))
        elif what == "fork":
            done.append((what, who, name))
        else:
            done.append((what, who, draw.randrange(1, size + 2)) if what == "append" else (what, who))
        if what == "fork" and ("free", who) in done:
            done.pop()  # a fork of what is freed makes no table
        elif what in ("allocate", "fork"):
            made.append(name)
    return done


@examine(BlockAllocator)
def check_blocks(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("a sequence gets as many blocks as its tokens need", "Round up.", weight=2)
    def enough(Allocator: Any) -> Iterator[Step]:
        for size in (1, 2, 4, draw.randrange(5, 40)):
            for tokens in (1, size, size + 1, 2 * size, draw.randrange(2 * size, 4 * size + 1)):
                yield from worked(Allocator, 9, size, ("allocate", "a", tokens), only=SHOWN)

    @exam.claim("a new token fills the last block before it gets another", "When is it full?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size in (2, draw.randrange(3, 6), 1):
            tokens = draw.randrange(1, size + 1)
            lines = [("append", "a", 1)] * (2 * size + 1)
            blocks = -(-(tokens + 2 * size + 1) // size)
            yield from worked(Allocator, blocks, size, ("allocate", "a", tokens), *lines, only=SHOWN)

    @exam.claim("what is freed can be handed out again, all of it", "Who counts the tables?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size in (1, 3, 4):
            most = 4 * size
            lines = [("allocate", "a", most), ("free", "a"), ("allocate", "b", most), ("free", "b")]
            yield from worked(Allocator, 4, size, *lines, only=SHOWN)
            a, b = draw.randrange(1, size + 1), draw.randrange(size + 1, 2 * size + 1)
            lines = [("allocate", "a", a), ("allocate", "b", b), ("free", "a"), ("allocate", "c", size)]
            yield from worked(Allocator, 3, size, *lines, only=SHOWN)

    @exam.claim("what comes free stands at the end of the line", "In which order is it taken?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, blocks in ((1, 2), (4, 3), (2, 5)):
            ledger = there(Allocator, Ledger)(Allocator, 2 * blocks, size)
            ledger([("allocate", "a", size * blocks)])
            before = plain(ledger.rooms("a"), list)
            ledger([("free", "a"), ("allocate", "b", size * blocks)])
            both = set(before) & set(plain(ledger.rooms("b"), list))
            case = f"{2 * blocks} blocks of {size}; a has {blocks}, is freed, and b gets {blocks}"
            yield f"{case}: blocks of a that b gets", len(both)

    @exam.claim("a block that another table names is not free", "What does refs say?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((1, 2), (4, 6), (3, 9)):
            lines = [("allocate", "a", tokens), ("alias", "a", "b"), ("free", "a"), ("free", "b")]
            yield from worked(Allocator, 4, size, *lines, only=SHOWN)

    @exam.claim("all or nothing: an error leaves everything as it was", "Look before you take.", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size in (1, 4, 16):
            held = draw.randrange(1, size + 1)
            lines = [("allocate", "a", held), ("allocate", "b", 5 * size), ("allocate", "c", 3 * size)]
            yield from worked(Allocator, 4, size, *lines, ("allocate", "d", 1), only=SHOWN)
            full = [("allocate", "a", 2 * size), ("append", "a", 1), ("append", "a", 1), ("free", "a")]
            yield from worked(Allocator, 2, size, *full, ("allocate", "b", size), only=SHOWN)

    @exam.claim("a sequence without tokens is refused", "Which check comes first?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size in (1, 4):
            lines = [("allocate", "a", 0), ("allocate", "b", -3), ("allocate", "c", 2 * size)]
            yield from worked(Allocator, 2, size, *lines, ("allocate", "d", 0), only=SHOWN)

    @exam.claim("a table that was freed is unknown", "Which tables are in use?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((1, 1), (4, 4), (4, 6)):
            gone = [("allocate", "a", tokens), ("free", "a"), ("free", "a"), ("append", "a", 1)]
            yield from worked(Allocator, 3, size, *gone, ("allocate", "b", 3 * size), ("append", "a", 1))

    @exam.claim("so is a table of another allocator", "Equal is not the same.", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        mine, other = Allocator(4, 2), Allocator(4, 2)
        mine.allocate(3)
        table = other.allocate(3)
        yield "append(a table of another allocator)", raised(lambda: plain(mine.append(table), None))
        yield "free(a table of another allocator)", raised(lambda: plain(mine.free(table), None))
        yield "free blocks here afterwards", len(mine.free_blocks)
        yield "tokens of that table afterwards", plain(table.tokens, int)

    @exam.claim("sequences that come, grow and go", "Keep the books after every line.", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        for lines, blocks, size in ((6, 4, 2), (12, 5, 3), (exam.size(24), 9, 4), (exam.size(30), 14, 3)):
            yield from worked(Allocator, blocks, size, *_some(draw, lines, size))

    @exam.claim("a token more costs the same in a long sequence", "Do you walk the table?", needs=enough)
    def _(Allocator: Any) -> Iterator[Step]:
        def long(blocks: int) -> tuple[Any, Sequence[Any]]:
            own = there(Allocator, Ledger)(Allocator, blocks + 99, 8)
            own([("allocate", "a", 8 * blocks)])
            return own.grow, [("a", 99)] * 3

        yield from growth("99 tokens more, with the blocks of the sequence", long, at=64, most=0.3)


# ── SharedBlocks ────────────────────────────────────────────────────────────────────────────────────────


@examine(SharedBlocks)
def check_sharing(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("a fork names the same blocks, and takes none", "What does it cost?", weight=2)
    def forked(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((1, 1), (4, 4), (4, 3), (4, draw.randrange(5, 16)), (3, 7)):
            yield from worked(Allocator, 6, size, ("allocate", "a", tokens), ("fork", "a", "b"), last=1)

    @exam.claim(
        "a write into a shared block gets a copy, once", "Who else names the last block?", needs=forked
    )
    def copied(Allocator: Any) -> Iterator[Step]:
        for size in (2, 4, draw.randrange(5, 9)):
            for tokens in (1, size - 1, size + 1, 3 * size - 1):
                lines = [
                    ("allocate", "a", tokens),
                    ("fork", "a", "b"),
                    ("append", "b", 1),
                    ("append", "b", 1),
                ]
                yield from worked(Allocator, 8, size, *lines, last=2)

    @exam.claim(
        "who is left alone with a block writes in place", "What did the first writer leave?", needs=copied
    )
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((2, 1), (4, 6), (4, 7)):
            lines = [("allocate", "a", tokens), ("fork", "a", "b"), ("append", "a", 1), ("append", "b", 1)]
            yield from worked(Allocator, 8, size, *lines, last=2)
            gone = [("allocate", "a", tokens), ("fork", "a", "b"), ("free", "a"), ("append", "b", 1)]
            yield from worked(Allocator, 8, size, *gone, last=2)

    @exam.claim("a full block is never copied", "Where is the new token written?", needs=forked)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((1, 1), (1, 2), (4, 4), (3, 6)):
            lines = [("allocate", "a", tokens), ("fork", "a", "b"), ("append", "a", 1), ("append", "b", 1)]
            yield from worked(Allocator, 8, size, *lines, last=2)

    @exam.claim("forks of forks, and writers in any order", "Each counts.", needs=copied)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((2, 3), (4, 6), (4, 1)):
            names = draw.sample(["a", "b", "c"], 3)
            lines = [("allocate", "a", tokens), ("fork", "a", "b"), ("fork", "b", "c")]
            yield from worked(Allocator, 9, size, *lines, *(("append", name, 1) for name in names), last=5)
            again = [
                ("append", "b", 1),
                ("fork", "b", "d"),
                ("append", "d", 1),
                ("free", "a"),
                ("append", "c", 2),
            ]
            yield from worked(Allocator, 9, size, *lines, *again, last=5)

    @exam.claim("a freed fork leaves the other all it had", "Lower the count, look, then free.", needs=forked)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((1, 3), (4, 7), (4, 8)):
            lines = [
                ("allocate", "a", tokens),
                ("fork", "a", "b"),
                ("free", "b"),
                ("append", "a", 1),
                ("free", "a"),
            ]
            yield from worked(Allocator, 8, size, *lines, last=3)

    @exam.claim("no block for the copy: nothing has changed", "Take first, then let go.", needs=copied)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((2, 3), (4, 7), (4, 5)):
            lines = [("allocate", "a", tokens), ("fork", "a", "b"), ("append", "b", 1), ("free", "a")]
            yield from worked(Allocator, 2, size, *lines, ("append", "b", 1), last=3)

    @exam.claim("a freed table is unknown, to fork and to append", "Before anything else.", needs=forked)
    def _(Allocator: Any) -> Iterator[Step]:
        for size, tokens in ((2, 3), (4, 4), (4, 2)):
            lines = [("allocate", "a", tokens), ("fork", "a", "b"), ("fork", "b", "c"), ("free", "a")]
            yield from worked(Allocator, 4, size, *lines, ("append", "a", 1), ("fork", "a", "d"), last=2)
            tight = ("allocate", "a", tokens), ("fork", "a", "b"), ("fork", "b", "c"), ("free", "a")
            yield from worked(Allocator, -(-tokens // size), size, *tight, ("append", "a", 1), last=1)

    @exam.claim("sequences that come, fork, grow and go", "Keep the books after every line.", needs=forked)
    def _(Allocator: Any) -> Iterator[Step]:
        for lines, blocks, size in ((6, 4, 2), (12, 6, 3), (exam.size(24), 9, 4), (exam.size(30), 14, 3)):
            yield from worked(Allocator, blocks, size, *_some(draw, lines, size, forks=True))

    @exam.claim("a token more costs the same in a long sequence", "One block, not all.", needs=forked)
    def _(Allocator: Any) -> Iterator[Step]:
        def long(blocks: int) -> tuple[Any, Sequence[Any]]:
            own = there(Allocator, Ledger)(Allocator, blocks + 99, 8)
            own([("allocate", "a", 8 * blocks - 3), ("fork", "a", "b")])
            return own.grow, [("a", 99)] * 3

        yield from growth("99 tokens more, with the blocks of the sequence", long, at=64, most=0.3)


# ── PrefixCache ─────────────────────────────────────────────────────────────────────────────────────────


def _text(draw: random.Random, tokens: int) -> list[int]:
    return [draw.randrange(1000) for _ in range(tokens)]


def _prompt(name: str, text: Sequence[int], size: int, keys: int | None = None) -> list[Line]:
    """A prompt acquired and computed."""
    known = block_keys(text, size)[:keys]
    return [("acquire", name, known, len(text)), ("publish", name, known)]


@examine(PrefixCache)
def check_prefix(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("what was computed is found, from the first key on", "How far do the keys agree?", weight=2)
    def found(Cache: Any) -> Iterator[Step]:
        for size in (1, 2, 4, draw.randrange(5, 9)):
            text = _text(draw, 3 * size + 1)
            other = [*text[: 2 * size], *_text(draw, size + 1)]
            lines = [*_prompt("a", text, size), *_prompt("b", text, size), *_prompt("c", other, size)]
            yield from worked(Cache, 14, size, *lines)
            yield from worked(Cache, 14, size, *_prompt("a", text, size), *_prompt("b", _text(draw, 3), size))

    @exam.claim("what is not computed yet is not found", "Who publishes?", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size, tokens in ((1, 3), (2, 5), (4, draw.randrange(9, 13))):
            text = _text(draw, tokens)
            keys = block_keys(text, size)
            lines = [("acquire", "a", keys, tokens), ("acquire", "b", keys, tokens), ("publish", "b", keys)]
            yield from worked(Cache, 14, size, *lines, ("free", "a"), ("acquire", "c", keys, tokens))

    @exam.claim("after a miss nothing is found", "Break, or go on?", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size in (1, 4):
            text, strange = _text(draw, 4 * size + 1), _text(draw, 4 * size)
            mine, theirs = block_keys(text, size), block_keys(strange, size)
            for mixed in ([theirs[0], *mine[1:]], [mine[0], theirs[1], *mine[2:]], [*mine[:3], theirs[3]]):
                lines = [*_prompt("a", text, size), ("acquire", "b", mixed, len(text))]
                yield from worked(Cache, 12, size, *lines, last=1)

    @exam.claim("the last token of a prompt is always computed", "What yields the logits?", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size in (1, 4, draw.randrange(5, 9)):
            for tokens in (size, 2 * size, 3 * size):
                text = _text(draw, tokens)
                yield from worked(
                    Cache, 8, size, *_prompt("a", text, size), *_prompt("b", text, size)[:1], last=1
                )
            longer = _text(draw, 3 * size)
            keys = block_keys(longer, size)
            for tokens in (1, size, size + 1, 2 * size + 1):
                lines = [*_prompt("a", longer, size), ("acquire", "b", keys, tokens)]
                yield from worked(Cache, 8, size, *lines, last=1)

    @exam.claim("keys may be left out at the end, or all of them", "No key, nothing to find.", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size, known in ((2, 0), (2, 1), (4, 2)):
            text = _text(draw, 3 * size + 1)
            lines = [*_prompt("a", text, size), ("acquire", "b", block_keys(text, size)[:known], len(text))]
            yield from worked(Cache, 9, size, *lines, last=1)

    @exam.claim(
        "what is freed is still found, and is free no more", "Where does a found block stand?", needs=found
    )
    def kept(Cache: Any) -> Iterator[Step]:
        for size, tokens in ((1, 3), (2, 5), (4, 11), (4, 12)):
            text = _text(draw, tokens)
            lines = [*_prompt("a", text, size), ("free", "a"), *_prompt("b", text, size), ("free", "b")]
            yield from worked(
                Cache, 9, size, *lines, *_prompt("c", text, size), *_prompt("d", text, size), last=6
            )
        for size, many in ((2, 1), (3, 3)):
            text, other = _text(draw, many * size + 1), _text(draw, 3 * size)
            longer = [*text[: many * size], *_text(draw, 2 * size)]
            lines = [*_prompt("a", text, size), *_prompt("z", other, size), ("free", "a"), ("free", "z")]
            yield from worked(Cache, many + 4, size, *lines, *_prompt("b", longer, size), last=2)

    @exam.claim("a found block that is held stays when one of its tables goes", "Count.", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size, tokens in ((1, 3), (2, 5), (4, 9)):
            text = _text(draw, tokens)
            lines = [
                *_prompt("a", text, size),
                *_prompt("b", text, size),
                ("free", "a"),
                ("append", "b", size),
            ]
            yield from worked(Cache, 9, size, *lines, ("free", "b"), last=3)

    @exam.claim("what came free first is taken first", "Which end of the line?", needs=kept)
    def order(Cache: Any) -> Iterator[Step]:
        for size, many in ((2, 1), (3, 3)):
            tokens = many * size + 1
            texts = {name: _text(draw, tokens) for name in "abc"}
            lines = [line for name in "abc" for line in _prompt(name, texts[name], size)]
            gone = draw.sample("abc", 3)
            lines += [("free", name) for name in gone]
            lines += _prompt("d", _text(draw, tokens), size)
            lines += [line for name in gone[1:] for line in _prompt(f"{name}2", texts[name], size)[:1]]
            yield from worked(Cache, 3 * (many + 1), size, *lines, last=4)

    @exam.claim(
        "a block without a key waits its turn like any other", "Longest free, first taken.", needs=order
    )
    def _(Cache: Any) -> Iterator[Step]:
        for size, many in ((2, 1), (3, 3)):
            tokens = many * size + 1
            a = _text(draw, tokens)
            lines = [*_prompt("a", a, size), ("acquire", "b", [], tokens), ("free", "a"), ("free", "b")]
            lines += [("acquire", "c", [], tokens), *_prompt("a2", a, size)[:1]]
            yield from worked(Cache, 2 * (many + 1), size, *lines, last=2)

    @exam.claim("what was found again counts as new in the line", "It left, and came back.", needs=order)
    def _(Cache: Any) -> Iterator[Step]:
        for size, many in ((2, 1), (4, 3)):
            tokens = many * size + 1
            a, b = _text(draw, tokens), _text(draw, tokens)
            lines = [*_prompt("a", a, size), *_prompt("b", b, size), ("free", "a"), ("free", "b")]
            lines += [*_prompt("a2", a, size), ("free", "a2"), ("acquire", "c", [], tokens)]
            yield from worked(Cache, 2 * (many + 1), size, *lines, *_prompt("a3", a, size)[:1], last=2)

    @exam.claim("what was taken for something else is not found", "It holds another text now.", needs=kept)
    def _(Cache: Any) -> Iterator[Step]:
        for size, many in ((2, 1), (4, 3)):
            tokens = many * size + 1
            text, other = _text(draw, tokens), _text(draw, tokens)
            lines = [*_prompt("a", text, size), ("free", "a"), *_prompt("b", other, size), ("free", "b")]
            yield from worked(Cache, many + 1, size, *lines, *_prompt("c", text, size), last=5)
            grown = [
                *_prompt("a", text, size),
                ("free", "a"),
                ("allocate", "b", 1),
                ("append", "b", many * size),
            ]
            yield from worked(Cache, many + 1, size, *grown, ("free", "b"), *_prompt("c", text, size), last=4)

    @exam.claim(
        "too few blocks: the numbers, and nothing has changed", "What is found is not free.", needs=kept
    )
    def _(Cache: Any) -> Iterator[Step]:
        for size in (1, 4):
            text = _text(draw, 2 * size + 1)
            longer = [*text[: 2 * size], *_text(draw, 3 * size + 1)]
            big = ("acquire", "z", block_keys(longer, size), len(longer))
            lines = [
                *_prompt("a", text, size),
                big,
                ("free", "a"),
                big,
                *_prompt("b", text, size),
                ("free", "b"),
            ]
            yield from worked(Cache, 5, size, *lines, ("acquire", "c", [], 5 * size), ("acquire", "d", [], 1))
            held = [("allocate", "h", size), *_prompt("a", text, size), ("free", "a"), big]
            yield from worked(Cache, 6, size, *held, *_prompt("b", text, size))

    @exam.claim("an error leaves the order of the line as it was", "Look before you take.", needs=order)
    def _(Cache: Any) -> Iterator[Step]:
        for size, many in ((2, 1), (3, 3)):
            tokens = many * size + 1
            a, b = _text(draw, tokens), _text(draw, tokens)
            huge = [*a[: many * size], *_text(draw, 3 * tokens)]
            lines = [*_prompt("a", a, size), *_prompt("b", b, size), ("free", "a"), ("free", "b")]
            lines += [("acquire", "z", block_keys(huge, size), len(huge)), ("acquire", "c", [], tokens)]
            yield from worked(Cache, 2 * (many + 1), size, *lines, *_prompt("b2", b, size)[:1], last=3)

    @exam.claim("no tokens are refused, and a freed table is unknown", "In that order.", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size in (1, 4):
            text = _text(draw, size + 1)
            lines = [
                ("acquire", "z", [], 0),
                ("acquire", "y", block_keys(text, size), -1),
                *_prompt("a", text, size),
            ]
            yield from worked(Cache, 3, size, *lines, ("free", "a"), ("free", "a"), ("free", "a"), only=SHOWN)

    @exam.claim("prompts that come, grow, fork and go", "Keep the books after every line.", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for number, size in ((4, 2), (8, 3), (exam.size(12), 2), (exam.size(14), 4)):
            start = _text(draw, 2 * size)
            texts = [
                [*start[: draw.choice((size, 2 * size))], *_text(draw, draw.randrange(1, size + 2))]
                for _ in range(4)
            ]
            lines: list[Line] = []
            open_ = []
            for place in range(number):
                name = f"p{place}"
                lines += _prompt(name, draw.choice(texts), size)
                open_.append(name)
                if draw.random() < 0.4:
                    lines += [("fork", name, f"f{place}"), ("append", name, 1)]
                    open_.append(f"f{place}")
                while len(open_) > 3:
                    lines.append(("free", open_.pop(draw.randrange(len(open_)))))
            yield from worked(Cache, 9 * number, size, *lines)

    @exam.claim("no key is looked up after the first miss", "What can still be found there?", needs=found)
    def _(Cache: Any) -> Iterator[Step]:
        for size, known in ((2, 0), (4, 1)):
            text, strange = _text(draw, 6 * size + 1), _text(draw, 6 * size + 1)
            ledger = there(Cache, Ledger)(Cache, 16, size)
            ledger(_prompt("a", text, size))
            keys = [*block_keys(text, size)[:known], *block_keys(strange, size)[known:]]
            case = f"of 6 keys the first {known} are known: keys looked up behind the first miss"
            yield case, ledger.past_the_miss(keys, len(text))

    @exam.claim("a prompt costs the same in a large cache", "What do you walk through?", needs=kept)
    def _(Cache: Any) -> Iterator[Step]:
        keys = block_keys(_text(draw, 9), 4)

        def large(blocks: int) -> tuple[Any, Sequence[Any]]:
            own = there(Cache, Ledger)(Cache, blocks + 4, 4)
            own.fill("a", block_keys(range(4 * blocks), 4), 4 * blocks)
            own.fill("b", keys, 9)
            own.twins("c", blocks)
            return own.visit, [(keys, 9, 5)] * 2

        case = (
            "acquire, with 2 blocks found and 1 taken, and free, as the blocks and tables of the cache grow"
        )
        yield from growth(case, large, at=32, most=0.3)
