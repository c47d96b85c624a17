"""Day 11's interview: how long a block, which words, and which beginnings of words, in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, there
from course.days.day11_inverted_index.corpus import RARE
from course.days.day11_inverted_index.measures import layout, measure
from course.interview import (
    Assumed,
    Before,
    Complexity,
    Design,
    Estimate,
    Knob,
    Naive,
    Production,
    Replies,
    Round,
    Scenario,
    Side,
    Slo,
    Tenfold,
)
from course.systems.search.block_list import BlockList
from course.systems.search.index_cost import DROP, KEEP, PAIRS
from course.systems.search.reader import Reader

LOAD: Mapping[str, float] = {"rare": RARE}
"""Pages in which the rarer word of an AND stands, on average."""


def run(
    design: Mapping[str, Any], under: Round, PostingList: Subject, intersect: Subject, phrase_match: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, in the layout of the learner's list as the learner's intersection reads it."""
    return measure(design, layout(PostingList, intersect), int(under.load["rare"]))


def _in_a_row(
    places: int, PostingList: Subject, intersect: Subject, phrase_match: Subject
) -> tuple[Any, Sequence[Any]]:
    """A phrase of two words that stand in so many places of a document."""
    return phrase_match, [([list(range(0, 2 * places, 2)), list(range(1, 2 * places, 2))],)] * 3


def _in_both(
    ids: int, PostingList: Subject, intersect: Subject, phrase_match: Subject
) -> tuple[Any, Sequence[Any]]:
    """Three ids AND a list of so many."""
    Blocks, reader = there(intersect, BlockList), there(intersect, Reader)()
    lists = [Blocks([3, 2 * ids, 4 * ids], 8), Blocks(list(range(0, 8 * ids, 2)), 8)]
    return intersect, [(lists, reader)] * 3


def _and(limit: float) -> Slo:
    return Slo("and", limit, unit="KiB", label="read for an AND, mean", of=100)


def _bytes(limit: float) -> Slo:
    return Slo("bytes", limit, unit="B", label="index bytes a page")


def _phrase(limit: float) -> Slo:
    return Slo("phrase", limit, unit="KiB", label="read for a phrase of three words, mean", of=90)


WRONG = Slo("wrong", 1, unit="%", label="of a phrase's answer that is wrong, mean", of=90)
PREFIX = Slo("prefix", 1.8, unit="KiB", label="read for the beginning of a word, mean", of=100)

NAMES = ("block", "common", "edge")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "and": (32, KEEP, 0),
        "memory": (64, DROP, 0),
        "phrases": (64, KEEP, 0),
        "slow phrase": (64, PAIRS, 0),
        "as you type": (96, PAIRS, 1),
        "less memory": (64, KEEP, 1),
    }.items()
}

SCENARIO = Scenario(
    id="day11",
    title="A billion pages, these words",
    safety=("wrong",),
    opening=(
        "A billion pages, one and a half kilobytes of text each, and machines with 256 GB of memory. Which pages contain all "
        "of these words, next to each other, in this order? How many machines, and what does one query read?"
    ),
    clarify=(
        (
            "How many words has a page, and how many different ones?",
            "223 words, of which 94.5 are different: so many postings. In small numbers an id takes 1.1 bytes, a count 1 and a position 1.25; "
            "the dictionary and the skip tables are 126 bytes a page more.",
        ),
        (
            "How are the pages numbered?",
            "By their path, so neighbours are alike. A word in 30 pages meets about half of the blocks of 128 of one that is in 2,000.",
        ),
        ("Do you need exact phrases?", "Not in the first two rounds; from the third on, yes."),
        ("Do pages change?", "They are rebuilt each night. Pages that change all day are day 14."),
        (
            "Which languages?",
            "Fifty. One analyser for pages and queries, named in the index; Han and kana become overlapping pairs.",
        ),
        ("Are answers ranked?", "Not today: all pages that match. That is day 12."),
        ("May a beginning be a single letter?", "Yes, once we answer while people type."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "index bytes a page, compressed",
                "bytes",
                607,
                within=1.5,
                given="A billion pages of 1.5 KB. Without compression: 1,648 bytes a page.",
                asks=("How many words has a page, and how many different ones?",),
                how="94.5 × (1.1 + 1) + 223 × 1.25 + 126 = 603",
            ),
            Estimate(
                "share of ids, of the bytes of all postings",
                "%",
                22,
                within=1.5,
                given="Ids, counts and positions.",
                asks=("How many words has a page, and how many different ones?",),
                how="94.5 × 1.1 of 94.5 × (1.1 + 1) + 223 × 1.25",
            ),
            Estimate(
                "blocks read of the longer list",
                "blocks",
                8,
                within=1.5,
                given="A word in 30 pages AND a word in 2,000, blocks of 128.",
                asks=("How are the pages numbered?",),
                how="2,000 / 128 = 16 blocks, about half of them",
            ),
        ),
        data=(
            "search_all(words: list[str]) -> ids: list[int]\n"
            "phrase(words: list[str]) -> ids: list[int]\n"
            "prefix(letters: str) -> ids: list[int]\n"
            "term, its number of pages and where its list lies: dictionary, key term, used at skip table\n"
            "first id and byte offset of a block: skip table, key term and block, used at blocks\n"
            "ids of a block, and positions of a block: blocks, key term and block"
        ),
        path=(
            "client -> search ×3\nsearch -> analyser\nsearch -> dictionary\ndictionary -> skip table\n"
            "skip table -> blocks\nblocks -> search"
        ),
    ),
    knobs=(
        Knob(
            "block",
            "postings in a block",
            choices=(8, 512, True),
            default=128,
            grid=(8, 16, 24, 32, 48, 64, 96, 128, 256),
        ),
        Knob(
            "common",
            "the 50 commonest words: keep, drop, or keep and add pairs of them",
            choices=(KEEP, DROP, PAIRS),
            default=KEEP,
        ),
        Knob("edge", "first letters of a word that are a term too, up to", choices=(0, 1, 2, 3), default=0),
    ),
    rounds=(
        Round(
            name="and",
            line="All of these words, anywhere on the page. One of them is rare. I pay for 0.60 KiB a query.",
            load=LOAD,
            slos=(_and(0.60),),
            presses="and",
            predicts="and",
            replies=Replies(
                weak="“The smaller the block, the less is read.” And the skip table, who reads that?",
                good="A block in between: small ones have a large skip table, large ones are decoded for one id.",
                strong="Says which bytes an AND never needs, and that they lie elsewhere.",
            ),
        ),
        Round(
            name="memory",
            line="It must fit: 480 bytes a page. Nobody has asked for phrases yet.",
            load=LOAD,
            slos=(_bytes(480), _and(0.60)),
            presses="bytes",
            predicts="bytes",
            replies=Replies(
                weak="Longer blocks. The skip table was never a quarter of it.",
                good="Leaves the commonest words out: four tokens in ten, and most of them are positions.",
                strong="Says what that promises away, and writes it down before somebody finds out.",
            ),
        ),
        Round(
            name="phrases",
            line="Somebody searched for “is not None”, and got everything. One per cent wrong at most. You have 760 bytes a page again.",
            load=LOAD,
            slos=(WRONG, _bytes(760), _and(0.60)),
            presses="wrong",
            relaxes=("bytes",),
            predicts="bytes",
            replies=Replies(
                weak="Keeps a shorter list of stop words. Which phrase has none of them?",
                good="All words come back: their ids are cheap, and one analyser serves pages and queries.",
                strong="Had counted how many logged queries change their answer, before the list went in.",
            ),
        ),
        Round(
            name="slow phrase",
            line="That phrase reads thirty KiB. Twelve, please.",
            load=LOAD,
            slos=(_phrase(12), WRONG, _bytes(760), _and(0.60)),
            presses="phrase",
            predicts="phrase",
            replies=Replies(
                weak="Smaller blocks. Nearly all of them hold a candidate.",
                good="Two common neighbours become a term of their own, whose list is short.",
                strong="Prices the pairs in bytes a page, and says which phrases they do not help.",
            ),
        ),
        Round(
            name="as you type",
            line="Answer while they type: the first letters of a word, 1.8 KiB. An AND may read 0.70 for that.",
            load=LOAD,
            slos=(PREFIX, _phrase(12), WRONG, _bytes(760), _and(0.70)),
            presses="prefix",
            relaxes=("and",),
            predicts="prefix",
            replies=Replies(
                weak="Indexes all beginnings up to three letters. Count what the third one saves.",
                good="One letter alone: it has the most words to unite, and there are few such beginnings.",
                strong="Suggests a word only when several owners have it: half of all words stand on one page, and a pasted key is one of them, a few letters away.",
            ),
        ),
        Round(
            name="less memory",
            line="A seventh of the memory back: 650 bytes. Phrases are rare now and may read 40 KiB; an AND is at 0.60 again.",
            load=LOAD,
            slos=(_bytes(650), _phrase(40), PREFIX, WRONG, _and(0.60)),
            presses="bytes",
            relaxes=("phrase",),
            predicts="bytes",
            replies=Replies(
                weak="Drops the common words once more.",
                good="Gives up the pairs, which served phrases alone.",
                strong="Says what would bring them back, and measures how often a phrase of common words is asked.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of a phrase, with the places of its words in a page, and of an AND of three ids with the ids of the longer list?",
            before=Side("a phrase, with the places in a page", _in_a_row, at=64),
            after=Side("three ids AND a list, with the ids of that list", _in_both, at=150),
            good="A phrase linearly: each place is looked up once. The AND with the logarithm, since it steps over first ids and reads three blocks, however many there are.",
            on=("and", "phrase"),
        ),
        Tenfold(
            ask="The rarer word of a query stands in ten times as many pages. Which promise breaks first?",
            times={"rare": 10},
            good="What an AND reads: with 300 candidates there is hardly a block without one, and both lists are read whole. Bytes a page do not move, and phrases were never about rare words.",
            rounds=("and", "memory", "phrases", "slow phrase", "as you type", "less memory"),
        ),
        Production(
            good=(
                "Blocks decoded over blocks, each day, alarm at 1.3 times the figure of a fresh index; KiB a query by kind, 99th percentile; phrases asked with and "
                "without the word list on 1,000 logged queries, alarm at 1% difference; a checksum for each block, counted when it fails. Roll back by the analyser's "
                "name: the index of yesterday is kept until today's has served a day."
            ),
        ),
        Assumed(
            good=(
                "That no word in the dictionary is a secret: suggested from five pages on, three quarters of the words are hidden and 7% of the postings; count owners and not pages, since one "
                "owner can post a key five times. That pages stay numbered by path; that documentation of two libraries stands for a billion pages; that one word of an AND is rare; that the dictionary "
                "is in memory. The last would hurt most: half of its terms occur on one page, and it grows with every page."
            ),
        ),
    ),
    run=run,
    probes={
        "and": "Which streams did that query read, and which of their bytes did it need?",
        "bytes": "Of these bytes a page, which are ids, which are positions, and which words do they belong to?",
        "wrong": "A phrase with three common words: what is left of it, and what do you answer?",
        "phrase": "Whose positions were read, and how many of those pages hold the phrase?",
        "prefix": "How many words begin with that letter, and how many of their lists did you unite?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (32, DROP, 0), strict=True)), fails_round="phrases", fails_metric="wrong"
    ),
)
