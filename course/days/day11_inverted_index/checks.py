"""Day 11: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from course.checking.probes import Cost, Examination, Step, calls, examine, growth, raised, script
from course.checking.subject import plain, there
from course.systems.search.block_list import Answered, BlockList
from course.systems.search.intersect import intersect
from course.systems.search.phrases import phrase_match
from course.systems.search.postings import PostingList
from course.systems.search.read_back import ReadBack
from course.systems.search.reader import Reader

Postings = list[tuple[int, list[int]]]


def _postings(draw: random.Random, n: int, most: int = 3) -> Postings:
    """``n`` postings with ids that do not begin at 0 and up to ``most`` positions in each."""
    ids = sorted(draw.sample(range(1, 40 * n + 10), n))
    return [(doc, sorted(draw.sample(range(1, 300), draw.randint(1, most)))) for doc in ids]


def _told(postings: Sequence[Any], block: int) -> str:
    said = repr(list(postings)) if len(postings) < 4 else f"{len(postings)} postings"
    return (
        f"{said} in blocks of {block}"
        if len(said) < 130
        else f"{len(postings)} postings in blocks of {block}"
    )


# ── PostingList ─────────────────────────────────────────────────────────────────────────────────────────


@examine(PostingList)
def check_postings(exam: Examination) -> None:
    draw = exam.draw

    def encoded(PL: Any, postings: Sequence[Any], block: int) -> str:
        PL.encode(postings, block)
        return "a list of postings"

    kinds = {"ids": list[list[int]], "positions": list[list[list[int]]], "in_memory": dict[str, Any]}

    def read(
        PL: Any, postings: Sequence[Any], block: int, *what: str, order: Sequence[int] | None = None
    ) -> Iterator[Step]:
        """``what`` the list says of its blocks; ``order``: in which they are asked, where not from the first on."""
        numbers = list(order if order is not None else range(-(-len(postings) // block)))
        made, said = there(PL, ReadBack)(PL, postings, block), _told(postings, block)
        asked = "" if order is None else f", blocks in the order {numbers}"
        lines = {
            "ids": (f"ids, block by block, of {said}{asked}", made, "ids", numbers),
            "positions": (f"positions, block by block, of {said}{asked}", made, "positions", numbers),
            "in_memory": (f"what is in memory of {said}", made, "in_memory"),
        }
        yield from script(*[lines[each] for each in what], as_=kinds)

    @exam.claim("the ids come back, block by block", "Each is the one before plus a difference.", weight=3)
    def ids(PL: Any) -> Iterator[Step]:
        for n, block in ((1, 4), (2, 4), (3, 2), (5, 2), (9, 4), (exam.size(30), 7)):
            yield from read(PL, _postings(draw, n), block, "ids")

    @exam.claim(
        "the positions come back, in the order of the ids",
        "Where does one document's end?",
        weight=3,
        needs=ids,
    )
    def positions(PL: Any) -> Iterator[Step]:
        for n, block, most in ((1, 4, 1), (1, 4, 3), (2, 4, 2), (3, 2, 3), (7, 3, 5), (exam.size(20), 6, 9)):
            yield from read(PL, _postings(draw, n, most), block, "positions")

    @exam.claim("count, and the first id of each block", "They are in memory.", weight=2, needs=ids)
    def _(PL: Any) -> Iterator[Step]:
        for n, block in ((1, 3), (2, 3), (3, 3), (4, 3), (9, 3), (exam.size(20), 8)):
            yield from read(PL, _postings(draw, n), block, "in_memory")

    @exam.claim("a block may be exactly full, or hold one", "When does a block begin?", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        block = draw.randint(3, 6)
        for n in (block - 1, block, block + 1, 2 * block, 3 * block, 3 * block + 1):
            postings = _postings(draw, n)
            yield from read(PL, postings, block, "in_memory", "ids", "positions")
        yield from read(PL, _postings(draw, 3), 1, "positions")

    @exam.claim("blocks can be read in any order, by themselves", "What does a block need?", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        for n, block in ((5, 2), (exam.size(18), 4)):
            postings, blocks = _postings(draw, n), -(-n // block)
            order = draw.sample(range(blocks), blocks)
            yield from read(PL, postings, block, "ids", "positions", order=[*order, order[0]])

    @exam.claim("0 is an id and a position like any other", "The first difference may be 0.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        one, two = draw.randint(1, 9), draw.randint(10, 400)
        for postings in (
            [(0, [0])],
            [(0, [0, one])],
            [(0, [one]), (1, [0])],
            [(0, [0]), (1, [0, 1]), (two, [0, two])],
        ):
            yield from read(PL, postings, 2, "ids", "positions")

    @exam.claim("differences of any size", "More than a byte holds.", weight=2, needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        for gaps in ([127, 128], [128, 1], [16383, 16384], [1, 2**31, 300]):
            doc, postings = draw.randint(0, 2), []
            for gap in gaps:
                doc += gap
                postings.append((doc, [gap - 1, gap, 2 * gap]))
            yield from read(PL, postings, draw.choice((1, 2, 4)), "ids", "positions")

    @exam.claim("many positions in one document", "The count is a number like others.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        many = sorted(draw.sample(range(9000), exam.size(400)))
        yield from read(PL, [(3, [7]), (5, many), (8, [2])], 2, "positions")

    @exam.claim("no postings make no blocks", "What is there to write?", needs=ids)
    def _(PL: Any) -> Iterator[Step]:
        for block in (1, draw.randint(2, 9)):
            yield from read(PL, [], block, "in_memory")

    @exam.claim("what is wrong is refused, by the first wrong", "`in_order` is given.", needs=ids)
    def _(PL: Any) -> Iterator[Step]:
        good, doc = _postings(draw, 2), draw.randint(200, 300)
        rows: list[tuple[Any, int]] = [
            ([*good, (doc, [4]), (doc, [5])], 2),
            ([*good, (doc, [4]), (doc - 1, [])], 2),
            ([*good, (doc, [])], 2),
            ([(doc, [9, 9])], 4),
            ([(doc, [9, 3]), (1, [1])], 4),
            ([(-1, [1])], 4),
            ([(4, [-1, 3])], 4),
            (good, 0),
            ([], 0),
            ([(3, []), (3, [])], -draw.randint(1, 5)),
        ]
        for postings, block in draw.sample(rows, len(rows)):
            case = f"encode({postings!r}, {block})"
            yield case, raised(lambda postings=postings, block=block: encoded(PL, postings, block))  # type: ignore[misc]

    @exam.claim("what was passed in stays as it is", "Copy what you change.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        for n in (2, 5):
            postings = _postings(draw, n)
            made: Any = there(PL, ReadBack)(PL, postings, 2)
            yield (
                f"the argument is as it was after encode of {_told(postings, 2)}",
                plain(made.argument_is_as_it_was(), bool),
            )

    @exam.claim("tuples will do", "A sequence is asked for.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        postings = tuple((doc, tuple(places)) for doc, places in _postings(draw, 5))
        yield from read(PL, postings, 2, "ids", "positions")

    @exam.claim("as few bytes as the differences need", "Small numbers take a byte.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        for n, block, step in ((20, 8, 1), (exam.size(60), 16, 40), (30, 8, 5000)):
            postings = [(1000 + step * doc, [500 + 90 * place for place in range(4)]) for doc in range(n)]
            made: Any = there(PL, ReadBack)(PL, postings, block)
            streams = plain(made.bytes_read("ids"), dict[str, int])["streams"]
            case = f"bytes of all streams of {n} postings, ids {step} apart, 4 positions 90 apart, in blocks of {block}"
            yield case, Cost(streams, of="bytes", times=1.02)

    @exam.claim("a block costs its own bytes, once", "From where to where?", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        postings = [(7 * doc + 3, [draw.randint(0, 90)]) for doc in range(64)]
        for what in ("ids", "positions"):
            made: Any = there(PL, ReadBack)(PL, postings, 8)
            found = plain(made.bytes_read(what), dict[str, int])
            whole = found["streams"]
            yield (
                f"bytes read for the {what} of one block of 8",
                Cost(found["first"], 1.3 * whole / 8, "bytes"),
            )
            yield (
                f"the reader is asked for at least 7 bytes for the {what} of one block of 8",
                found["first"] >= 7,
            )
            yield f"bytes read again for the {what} of all blocks", found["again"]

    @exam.claim("the work grows with the positions", "One pass.", needs=positions)
    def _(PL: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Postings, int]]]:
            return PL.encode, [([(3 * doc, [1, 5]) for doc in range(n)], 8)] * 3

        yield from growth("encode, with the postings", at, at=32, most=1.3)


# ── intersect ───────────────────────────────────────────────────────────────────────────────────────────


@examine(intersect)
def check_intersect(exam: Examination) -> None:
    draw = exam.draw

    def some(n: int, of: int = 0) -> list[int]:
        return sorted(draw.sample(range(of or 4 * n + 4), n))

    def told(found: Sequence[Sequence[int]], block: int) -> str:
        said = " AND ".join(map(str, found))
        if len(said) > 110:
            said = " AND ".join(f"{len(ids)} ids" for ids in found)
        return f"{said}, in blocks of {block}"

    def answered(both: Any, found: Sequence[Sequence[int]], block: int) -> Any:
        return there(both, Answered)(both, found, block)

    def asked(both: Any, found: Sequence[Sequence[int]], block: int) -> list[list[int]]:
        """The blocks that are read of each list."""
        numbers: list[list[int]] = plain(answered(both, found, block).asked, list[list[int]])
        return numbers

    def answers(both: Any, *rows: tuple[Sequence[Sequence[int]], int]) -> Iterator[Step]:
        for found, block in rows:
            yield told(found, block), plain(answered(both, found, block).answer, list[int])

    def blocks_read(both: Any, found: Sequence[Sequence[int]], block: int) -> int:
        return sum(map(len, asked(both, found, block)))

    @exam.claim("what stands in all lists, increasing", "All of them.", weight=3)
    def right(both: Any) -> Iterator[Step]:
        rows = []
        for n, lists, block in ((1, 1, 4), (2, 2, 4), (3, 2, 2), (5, 2, 2), (6, 3, 2), (9, 3, 4), (12, 4, 3)):
            rows.append(([some(n, 2 * n) for _ in range(lists)], block))
        many = exam.size(60)
        rows += [
            ([some(many, 2 * many), some(many // 2, 2 * many)], 8),
            ([some(80, 120), some(20, 120), some(60, 120)], 8),
        ]
        rows += [([some(many)], 7)]
        yield from answers(both, *rows)

    @exam.claim("lists that are nested, equal in length, or share nothing", "Any of them.", needs=right)
    def _(both: Any) -> Iterator[Step]:
        ids = some(exam.size(20))
        inner = sorted(draw.sample(ids, 5))
        odd, even = [2 * n + 1 for n in range(9)], [2 * n for n in range(9)]
        low, high = list(range(6)), list(range(20, 26))
        rows = [[ids, inner], [inner, ids], [odd, even], [low, high], [high, low], [low, list(range(3, 9))]]
        yield from answers(both, *[(row, 4) for row in rows])

    @exam.claim(
        "an empty list leaves nothing, and one list is its own answer", "What is in all?", needs=right
    )
    def _(both: Any) -> Iterator[Step]:
        ids = some(5, 20)
        yield from answers(both, ([[]], 3), ([ids, []], 3), ([[], ids], 3), ([ids], 2), ([[0]], 2))

    @exam.claim("ids at the edges of blocks", "First, last, between two blocks.", weight=2, needs=right)
    def _(both: Any) -> Iterator[Step]:
        block = draw.randint(2, 4)
        long = [10 * n + 10 for n in range(5 * block)]
        edges = {long[at] for at in (0, block - 1, block, 2 * block - 1, 3 * block, len(long) - 1)}
        for near in (sorted(edges), sorted({0, 5, *edges, long[-1] + 5})):
            yield from answers(both, ([near, long], block), ([long, near], block))
        between = sorted([long[block] - 5, long[2 * block] - 1, long[0] - 1, long[block] + 1])
        yield from answers(both, ([[*between, long[-1] + 9], long], block), ([[long[-1]], long], block))
        yield from answers(both, ([[0, long[block - 1]], long], block))

    @exam.claim("several ids in one block", "Go on where you stood.", needs=right)
    def _(both: Any) -> Iterator[Step]:
        for block in (4, 8):
            long = some(3 * block, 5 * block)
            few = sorted(draw.sample(long[block : 2 * block], 4))
            yield from answers(both, ([few, long], block), ([sorted({*few, few[0] + 1}), long], block))

    @exam.claim("the same list may come twice", "A word AND itself.", needs=right)
    def _(both: Any) -> Iterator[Step]:
        ids, other = some(6, 20), some(9, 20)
        yield from answers(both, ([ids, ids], 3), ([other, ids, other], 3), ([ids, other, ids], 3))

    @exam.claim("no list is EmptyQuery", "What would match?", needs=right)
    def _(both: Any) -> Iterator[Step]:
        yield from calls(both, ([], there(both, Reader)()), as_=list[int])

    @exam.claim(
        "no block is read that cannot hold a candidate", "What do firsts tell?", weight=2, needs=right
    )
    def few_blocks(both: Any) -> Iterator[Step]:
        for n, m, block in ((12, 1, 3), (30, 2, 5), (exam.size(200), 3, 8)):
            long = some(n, 3 * n)
            found = [sorted(draw.sample(long, m)), long]
            yield (
                f"blocks read for {told(found, block)}",
                Cost(blocks_read(both, found, block), times=1, of="blocks"),
            )
        early = [[1, 2, 3, 4], list(range(draw.randint(9, 40), 400, 3))]
        yield f"blocks read for {told(early, 8)}", Cost(blocks_read(both, early, 8), times=1, of="blocks")
        far = [[900, 905], list(range(0, 300, 3)), list(range(0, 1000, 5))]
        yield f"blocks read for {told(far, 8)}", Cost(blocks_read(both, far, 8), times=1, of="blocks")

    @exam.claim("no list has a block read twice", "Keep the block that you are in.", weight=2, needs=right)
    def _(both: Any) -> Iterator[Step]:
        for n, m, block in ((12, 6, 6), (40, 20, 8), (exam.size(60), 25, 16)):
            long = some(n, 2 * n)
            found = [sorted(draw.sample(range(2 * n), m)), long]
            most = max(numbers.count(number) for numbers in asked(both, found, block) for number in numbers)
            yield f"the most that one block is read for {told(found, block)}", Cost(most, 1, "times")
        alone = [some(9)]
        yield f"blocks read for {told(alone, 4)}", Cost(blocks_read(both, alone, 4), times=1, of="blocks")

    @exam.claim("the shortest list leads, wherever it stands", "By count.", weight=2, needs=few_blocks)
    def _(both: Any) -> Iterator[Step]:
        one, two = (some(exam.size(90)) for _ in range(2))
        rare = sorted(draw.sample(one, 2))
        for found in ([one, two, rare], [one, rare, two], [two, rare], [rare, two]):
            yield f"blocks read for {told(found, 6)}", Cost(blocks_read(both, found, 6), times=1, of="blocks")
        start = draw.randint(0, 40)  # as many blocks, and not as many ids
        found = [list(range(start + 10, start + 28)), list(range(start, start + 13))]
        yield f"blocks read for {told(found, 6)}", Cost(blocks_read(both, found, 6), times=1, of="blocks")

    @exam.claim("what one list has ruled out costs nothing in the next", "Candidates.", needs=few_blocks)
    def _(both: Any) -> Iterator[Step]:
        low, high = draw.randint(3, 30), draw.randint(200, 260)
        few = [low, low + 100, high, high + 20]
        middle = [low, *range(301, 320)]
        found = [few, middle, list(range(0, 400))]
        yield f"blocks read for {told(found, 8)}", Cost(blocks_read(both, found, 8), times=1, of="blocks")

    @exam.claim("the query stays as it is", "Sort a copy.", needs=right)
    def _(both: Any) -> Iterator[Step]:
        for n in (3, 12):
            found = [some(2 * n), some(n), some(3 * n)]
            yield (
                f"the lists in their order after {told(found, 4)}",
                answered(both, found, 4).query_is_as_it_was,
            )

    @exam.claim(
        "with few candidates the work hardly grows with the long list", "Double your steps.", needs=right
    )
    def _(both: Any) -> Iterator[Step]:
        Blocks = there(both, BlockList)

        def at(n: int) -> tuple[Any, list[tuple[Any, Any]]]:
            short, long = Blocks([3, 2 * n, 4 * n], 8), Blocks(list(range(0, 8 * n, 2)), 8)
            return both, [([short, long], there(both, Reader)())] * 3

        yield from growth("intersect, with the longer list's ids", at, at=400, most=0.5)


# ── phrase_match ────────────────────────────────────────────────────────────────────────────────────────


@examine(phrase_match)
def check_phrase(exam: Examination) -> None:
    draw = exam.draw

    def standing(text: str, phrase: str) -> list[Any]:
        """Where the words of a phrase of letters stand in a text of letters; * is any word."""
        return [None if word == "*" else [n for n, at in enumerate(text) if at == word] for word in phrase]

    def text(n: int, of: str = "abc") -> str:
        return "".join(draw.choice(of) for _ in range(n))

    def found(match: Any, *pairs: tuple[str, str]) -> Iterator[Step]:
        rows = [(standing(at, phrase),) for at, phrase in pairs]
        yield from calls(match, *rows, as_=list[int])

    @exam.claim("words next to each other, in this order", "Place p, then p + 1.", weight=3)
    def ordered(match: Any) -> Iterator[Step]:
        pairs = [("ab", "ab"), ("ba", "ab"), ("abcab", "ab"), ("acb", "ab"), ("aab", "ab"), ("xabc", "abc")]
        pairs += [(text(8), "ab"), (text(12), "abc"), (text(20), "ca"), (text(exam.size(60)), "bca")]
        yield from found(match, *pairs)

    @exam.claim("every place, increasing", "Not the first alone.", weight=2, needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        pad = text(draw.randint(1, 4), "xyz")
        pairs = [("abxab" + pad + "ab", "ab"), ("aaab", "aab"), ("bab" * 4, "ab"), (text(40, "ab"), "ab")]
        far = sorted(draw.sample(range(0, 5000, 2), 12))
        yield from found(match, *pairs)
        yield from calls(match, ([far, [place + 1 for place in far]],), as_=list[int])

    @exam.claim("a word that comes twice, and phrases that overlap", '"a a a"', weight=2, needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        yield from found(match, ("aaaa", "aa"), ("aaa", "aaa"), ("abaab", "aba"), ("abababa", "aba"))
        yield from found(match, (text(15, "ab"), "aba"), (text(24, "ab"), "aabb"))
        same = sorted(draw.sample(range(12), 8))
        yield from calls(
            match, ([same, same],), ([same, [place + 1 for place in same], same],), as_=list[int]
        )

    @exam.claim("None is any word, and keeps its place", "Count it too.", weight=2, needs=ordered)
    def gaps(match: Any) -> Iterator[Step]:
        yield from found(match, ("axb", "a*b"), ("ab", "a*b"), ("axxb", "a**b"), ("axbxab", "a*b"))
        yield from found(match, (text(20), "a*c"), (text(30), "a*b*"), (text(40), "a**b"))

    @exam.claim("None first: the phrase begins before the word, at 0 or later", "p, not p + i.", needs=gaps)
    def _(match: Any) -> Iterator[Step]:
        yield from found(match, ("xa", "*a"), ("axa", "*a"), ("aaxa", "**a"), ("ab" + text(6), "*b"))
        yield from found(match, (text(20), "*ab"), (text(24), "*a*"), ("a" + text(12), "**a*b"))

    @exam.claim("None last asks nothing", "It might be any word.", needs=gaps)
    def _(match: Any) -> Iterator[Step]:
        yield from found(match, ("xa", "a*"), ("aba", "a**"), (text(12), "ab*"))

    @exam.claim("a single word stands where it stands", "A phrase of one.", needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        yield from found(match, ("axa", "a"), (text(10), "b"))
        yield from calls(match, ([[5, 40_000]],), as_=list[int])

    @exam.claim("a word that is not there leaves nothing", "All of them.", needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        yield from found(match, ("abab", "aq"), ("abab", "qa"), ("abab", "a*q"), ("", "a"))

    @exam.claim("no word at all is EmptyQuery", "What would match?", needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        rows: list[tuple[Any, ...]] = [
            ([],),
            ([None],),
            ([None] * draw.randint(2, 4),),
            ([[]],),
            ([None, []],),
        ]
        yield from calls(match, *draw.sample(rows, len(rows)), as_=list[int])

    @exam.claim("tuples will do", "A sequence is asked for.", needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        start = draw.randint(1, 9)
        yield from calls(match, (((start, 20), (start + 1, 30)),), ([(1, 2, 7), (3, 9)],), as_=list[int])

    @exam.claim("the work grows with the positions, not their square", "Look up at once.", needs=ordered)
    def _(match: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any]]]:
            return match, [([list(range(0, 2 * n, 2)), list(range(1, 2 * n, 2))],)] * 3

        yield from growth("phrase_match, with the positions", at, at=40, most=1.3)
