"""Every block says the same words as text, as HTML and as Markdown. A second."""

import re
from html import unescape

import pytest
from well_formed import unbalanced

from course.interview.before import Path
from course.notebook.screens import lines, markup
from course.notebook.screens.blocks import (
    YOU,
    Block,
    Code,
    Drawn,
    Figures,
    Fold,
    Grid,
    Heading,
    Headline,
    Hint,
    Mark,
    Promise,
    Promises,
    Says,
    Step,
    Steps,
    Text,
    Trace,
)
from course.notebook.screens.page import Page

BROKE = Promise(
    "BROKE FIRST",
    "mean wait",
    "≤ 50 ms",
    Mark("65.3 ms", -0.31),
    "−31%",
    "2 · Spike",
    before=Mark("40 ms", 0.2),
    predicted=Mark("12 ms", 0.76),
    interval=(Mark("10 ms", 0.8), Mark("14 ms", 0.72)),
)
HELD = Promise("held", "cost", "≤ 40 $/h", Mark("9 $/h", 0.78), "+78%")
BLOCKS: list[tuple[Block, list[str]]] = [
    (Says("Size it <for> me."), ["Interviewer", "Size it <for> me."]),
    (Says("How many?", who=YOU), ["You", "How many?"]),
    (Text("More *servers*.", lead="weak"), ["weak", "More *servers*."]),
    (Text("one\ntwo", quiet=True), ["one", "two"]),
    (Text("It broke & burned", strong=True), ["It broke & burned"]),
    (Code("table.propose(round=1)"), ["table.propose(round=1)"]),
    (Heading("Budget of round 1"), ["Budget of round 1"]),
    (Hint("Predict first"), ["Predict first"]),
    (Headline("BROKE", "Round 1 · Steady", held=False), ["BROKE", "Round 1 · Steady"]),
    (Steps((Step("Steady", "passed", "passed on attempt 2"), Step("", "to come"))), ["1 Steady"]),
    (
        Figures("mean wait", (("predicted", "12 ms"), ("too low by", "×5"))),
        ["mean wait", "predicted", "12 ms", "too low by", "×5"],
    ),
    (Grid(("knob", "values"), (("servers", "1 | 60"),)), ["knob", "values", "servers", "1 | 60"]),
    (
        Promises((BROKE, HELD)),
        ["BROKE FIRST", "mean wait", "≤ 50 ms", "65.3 ms", "−31%", "2 · Spike", "held", "9 $/h"],
    ),
    (
        Drawn(Path({"client": False, "router": True}, (("client", "router"),)), single=("router",)),
        ["client", "router"],
    ),
    (
        Trace("errors <5xx>", (0.002, 0.002, 0.3), 2, "0.002", "0.3"),
        ["errors <5xx>", "0.002", "0.3"],
    ),
    (Fold("More", (Text("inside"),)), ["More", "inside"]),
]
NAMES = [f"{type(block).__name__} {at}" for at, (block, _) in enumerate(BLOCKS)]


def test_every_kind_of_block_is_held_here() -> None:
    assert {type(block) for block, _ in BLOCKS} == set(Block.__args__)


@pytest.mark.parametrize(("block", "words"), BLOCKS, ids=NAMES)
def test_a_block_says_its_words_in_every_form(block: Block, words: list[str]) -> None:
    html = markup.html([block])
    assert unbalanced(html) == []
    seen = {
        "text": " ".join(lines.plain(block)),
        "Markdown": re.sub(r"\\(.)", r"\1", lines.markdown(block)),
        "HTML": unescape(re.sub(r"<title>.*?</title>|<[^>]+>", " ", html)),
    }
    for form, text in seen.items():
        text = " ".join(text.split())
        assert [word for word in words if " ".join(word.split()) not in text] == [], form


def test_html_escapes_every_text_of_a_block() -> None:
    evil = "<script>alert(1)</script>"
    promise = Promise("held", evil, evil, Mark(evil, 0.1), evil, evil, Mark(evil, 0.1), Mark(evil, 0.1))
    page = Page(
        evil,
        (
            Says(evil, who=evil),
            Text(evil, lead=evil),
            Code(evil),
            Heading(evil),
            Hint(evil),
            Headline(evil, evil, True),
            Steps((Step(evil, "now", evil),)),
            Figures(evil, ((evil, evil),)),
            Grid((evil,), ((evil,),)),
            Promises((promise,)),
            Drawn(Path({evil: False, "router": True}, ((evil, "router"),))),
            Trace(evil, (1.0, 2.0), 1, evil, evil),
            Fold(evil, (Text(evil),)),
        ),
    )
    assert {type(block) for block in page.blocks} == set(Block.__args__)
    assert "<script" not in page.html()


def test_a_fold_shows_all_its_summary_or_nothing_where_it_cannot_be_opened() -> None:
    def shown(fold: Fold) -> list[str]:
        return [line.strip() for line in lines.plain(fold) if line.strip()]

    inner = (Text("inside"),)
    assert shown(Fold("More", inner)) == ["More", "inside"]
    assert shown(Fold("More", inner, unfolded="summary")) == ["More"]
    assert shown(Fold("More", inner, unfolded="nothing")) == []
    for fold in (Fold("More", inner, unfolded="summary"), Fold("More", inner, unfolded="nothing")):
        assert "inside" in markup.html([fold])
        assert "inside" not in lines.markdown(fold)


def test_the_legend_explains_the_marks_that_are_drawn_and_no_others() -> None:
    assert re.findall(r"</svg>([a-z ]+)</span>", markup.html([Promises((HELD,))])) == ["holds", "broke"]
    assert re.findall(r"</svg>([a-z ]+)</span>", markup.html([Promises((BROKE,))])) == [
        "holds",
        "broke",
        "last run",
        "your prediction",
        "give or take",
    ]
    assert "iw-legend" not in markup.html([Promises((BROKE,), legend=False)])
