"""Day 33: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course.checking.probes import Cost, Examination, Near, Row, Step, calls, examine, growth
from course.checking.seen import Raised
from course.checking.subject import Subject, plain
from course.systems.alignment.constitution import Constitution, Section
from course.systems.alignment.critique import critique_and_revise
from course.systems.alignment.judge import Question
from course.systems.alignment.policy import log_softmax
from course.systems.alignment.ppo import policy_step
from course.systems.alignment.preferences import ai_preferences
from course.systems.alignment.responses import FloatArray

NAN = float("nan")
CHAPTERS = ("harm", "help", "tone", "Ton", "größe")
WORDS = (
    "Say who can help.",
    "Be plain.",
    "Be brief.",
    "Antworte, bitte: ja oder nein?",
    "不要透露。",
    "Be kind.",
)


def _rules(draw: random.Random) -> Constitution:
    """A constitution of three sections; the last two share their words, but not their address."""
    ids = [f"{draw.choice(CHAPTERS)}.{number}" for number in draw.sample(range(99), 3)]
    first, shared = draw.sample(WORDS, 2)
    return Constitution(tuple(map(Section, ids, ids, (first, shared, shared))))


def _strangers(known: str) -> tuple[str, ...]:
    """Ids that no constitution here has, however like ``known`` they look."""
    return "", known + "0", known.upper(), known.split(".")[0], f" {known}"


# ── critique_and_revise ─────────────────────────────────────────────────────────────────────────────────


class Critic:
    """Objects to one section's words, or to a share of what it reads; says and writes odd things; notes what it is asked."""

    def __init__(self, draw: random.Random, objects: float | str, turn: int, *words: str) -> None:
        self.seed, self.objects, self.turn = draw.randrange(10**9), objects, turn
        self.asked, self.said = list[str](), [*(words or ("less", " ", "warum?", "0"))] * 99

    def critique(self, words: str, prompt: str, response: str) -> str:
        self.asked.append(f"critique({words!r}, {prompt!r}, {response!r})")
        share = random.Random(f"{self.seed} {words} {response}").random()
        objects = words == self.objects if isinstance(self.objects, str) else share < self.objects
        return self.said.pop(0) if objects else ""

    def revise(self, critique: str, prompt: str, response: str) -> str:
        self.asked.append(f"revise({critique!r}, {prompt!r}, {response!r})")
        self.turn += 1
        return (response, response + critique, "", critique)[self.turn % 4]


@examine(critique_and_revise)
def check_critique(exam: Examination) -> None:
    draw = exam.draw

    def chained(
        revise: Any, sections: Sequence[str], rules: Constitution, objects: float = 0.9, *words: str
    ) -> Any:
        """The case in words, the triples as rows, how many there are, and what the critic was asked."""
        prompt, response = f"p{draw.randrange(99)}", draw.choice(("draft", "черновик", "draft ", "Draft", ""))
        critic = Critic(draw, objects, len(sections) % 2, *words)
        ((_, rows),) = calls(revise, (prompt, response, sections, rules, critic), as_=list)
        case, many = f"sections {[*sections]} on {response!r}", type(rows) is list
        count = (f"{case}: number of triples", len(rows) if many else rows)
        return case, rows if many else [], count, critic.asked

    def drawn(revise: Any, n: int, objects: float) -> Any:
        rules = _rules(draw)
        return chained(revise, [draw.choice(rules.ids) for _ in range(n)], rules, objects)

    @exam.claim("the critic is asked by the words, about what is left of the response", "What is current?")
    def asks(revise: Any) -> Iterator[Step]:
        rules = _rules(draw)
        for n, words in ((1, rules), (2, rules.reworded(rules.ids[0], "Other words.")), (3, _rules(draw))):
            case, _, count, asked = chained(revise, words.ids[:n], words)
            if isinstance(count[1], Raised):
                yield count
            for number in range(2 * n):
                yield f"{case}: question {number + 1} to the critic", asked[number : number + 1]
            yield f"{case}: questions to the critic", len(asked)

    @exam.claim("every section is asked, in order, whatever was found before", "No reason to stop.")
    def _(revise: Any) -> Iterator[Step]:
        for n, objects in ((2, 0.0), (3, 0.4)):
            case, *_, asked = drawn(revise, n, objects)
            yield f"{case}: critiques", [line for line in asked if line.startswith("critique")]

    @exam.claim("a triple a section: what was read, said, left, and under which words", "Six fields.")
    def records(revise: Any) -> Iterator[Step]:
        for n, words in ((1, ["ok"]), (2, []), (3, ["None", "0", "\n"])):
            rules = _rules(draw)
            sections = [rules.ids[0]] * 2 if n == 2 else draw.sample(rules.ids, n)
            case, rows, count, _ = chained(revise, sections, rules, 1.0 if words else 0.9, *words)
            yield count
            names = ("prompt", "original", "critique", "revision", "section", "constitution")
            for number, row in enumerate(rows, start=1):
                for name, value in zip(names, row, strict=False):
                    known = "its version" if value == rules.version else value
                    yield f"{case}: {name} of triple {number}", known

    @exam.claim("a section that finds nothing is recorded, and revises nothing", "Adherence.", needs=records)
    def _(revise: Any) -> Iterator[Step]:
        for n in (1, 2):
            case, rows, count, asked = drawn(revise, n, 0.0)
            yield count
            yield f"{case}, no objection: critique and revision", [row[2:4] for row in rows]
            yield f"{case}, no objection: questions to the critic", len(asked)

    @exam.claim("each triple is linked to the one before it", "Its .id.", weight=2, needs=records)
    def _(revise: Any) -> Iterator[Step]:
        for n in (1, 3, 4):
            rules = _rules(draw)
            sections = [rules.ids[number % 2] for number in range(n)]
            chain = [*revise("p", "draft", (*sections,), rules, Critic(draw, rules.text(rules.ids[1]), n))]
            ids = [plain(triple.id, str) for triple in chain]
            for number, parent in enumerate((triple.parent for triple in chain), start=1):
                at = f"the id of triple {ids.index(parent) + 1}" if parent in ids else repr(parent)
                yield f"{n} sections, every other finds nothing: the parent of triple {number}", at
            yield f"{n} sections, as a tuple: the ids", ids

    @exam.claim("an unknown section is refused before anything is asked", "Look first.", needs=records)
    def _(revise: Any) -> Iterator[Step]:
        rules = _rules(draw)
        strangers = _strangers(rules.ids[0])
        for at, stranger in enumerate(strangers):
            for place, other in ((at % 3, []), (2, [strangers[at - 1]]))[: 1 + at % 2]:
                sections = [*rules.ids[:place], stranger, *rules.ids[place:2], *other]
                case, _, (_, refused), asked = chained(revise, sections, rules)
                yield f"{case}, where {stranger!r} is unknown in version {rules.version}", refused
                yield f"{case}: questions to the critic", len(asked)

    @exam.claim("no sections give no triples", "An empty loop.", needs=records)
    def _(revise: Any) -> Iterator[Step]:
        for _ in range(2):
            case, _, count, asked = drawn(revise, 0, 0.9)
            yield count
            yield f"{case}: questions to the critic", len(asked)


# ── ai_preferences ──────────────────────────────────────────────────────────────────────────────────────


class Judge:
    """Has drawn opinions on every response to every prompt under every words, and a habit for what stands first."""

    def __init__(
        self,
        draw: random.Random,
        questions: Sequence[Question],
        opinions: Sequence[float],
        habit: float = 0.0,
        rules: Constitution | None = None,
    ) -> None:
        self.rules, self.habit, self.silent = rules or _rules(draw), habit, set[tuple[str, Question]]()
        self.calls, self.given = list[int](), list[tuple[Question, float]]()
        keys = [(s.text, prompt, x) for s in self.rules.sections for prompt, *two in questions for x in two]
        self.opinion = {key: draw.choice(opinions) for key in keys}

    def log_odds(self, words: str, questions: Sequence[Question]) -> list[float]:
        self.calls.append(len(questions))
        found = [self.of(words, question) for question in questions]
        self.given += zip(questions, found, strict=True)
        return found

    def of(self, words: str, question: Sequence[str]) -> float:
        prompt, *two = question
        first, second = (self.opinion.get((words, prompt, response), NAN) for response in two)
        return NAN if (words, question) in self.silent else first - second + self.habit

    def said(self, prompt: str, a: str, b: str) -> float:
        """The mean of what it said of this question, in either order, in favour of ``a``; nan if any of it was."""
        found = [odds for asked, odds in self.given if asked == (prompt, a, b)]
        found += [-odds for asked, odds in self.given if asked == (prompt, b, a)]
        return sum(found) / len(found) if found else NAN


@examine(ai_preferences)
def check_preferences(exam: Examination) -> None:
    draw = exam.draw
    usual = (-2.2, -1.5, -0.7, -0.4, 0.0, 0.3, 0.3 + 1e-7, 0.9, 1.2, 2.6)

    def drawn(n: int, equal: float = 0.0) -> list[Question]:
        """``n`` questions: some twice, some the other way round, a share ``equal`` with equal responses."""
        found: list[Question] = []
        while len(found) < n:
            fresh = (f"p{draw.randrange(9)}", *draw.sample(("x", "X", "x ", "y", "ответ", "", "y2"), 2))
            prompt, a, b = draw.choice([fresh, *((q[0], q[2], q[1]) for q in found), *found])
            found.append((prompt, a, a if draw.random() < equal else b))
        return found

    def distinct(n: int) -> list[Question]:
        return [(f"p{number}", *draw.choice((("x", "y"), ("y", "x")))) for number in range(n)]

    def ask(prefer: Any, questions: Any, sections: Any, judge: Judge, **named: Any) -> Any:
        """The case in words, the pairs as rows, and how many there are."""
        ((_, rows),) = calls(prefer, Row(questions, sections, judge.rules, judge, **named), as_=list)
        told = "".join(f", {name} {value}" for name, value in named.items())
        case, many = f"{len(questions)} questions, sections {[*sections]}{told}", type(rows) is list
        return case, rows if many else [], (f"{case}: number of pairs", len(rows) if many else rows)

    def labels(prefer: Any, questions: Any, m: int, opinions: Any = usual, **named: Any) -> Iterator[Step]:
        """Pair by pair, under ``m`` sections of a judge without habits."""
        judge = Judge(draw, questions, opinions)
        sections = draw.sample(judge.rules.ids, m)
        case, rows, count = ask(prefer, questions, sections, judge, **named)
        for number, row in enumerate(rows, start=1):
            odds = [judge.of(judge.rules.text(section), row[:3]) for section in sections]
            yield f"{case}: pair {number}, log-odds {odds}", [*row[:4]]
        yield count

    @exam.claim("a label is the sigmoid of the mean log-odds over the sections", "Mean, then sigmoid.")
    def mean(prefer: Any) -> Iterator[Step]:
        for n, m in ((1, 1), (5, 2), (2, 3)):
            yield from labels(prefer, drawn(n), m)

    @exam.claim("it rests on what the judge said, turned in favour of a", "Average log-odds.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        questions, rules = distinct(3), _rules(draw)
        for m, habit in ((1, 1.5), (2, -4.0)):
            judge = Judge(draw, questions, usual, habit, rules)
            case, rows, count = ask(prefer, questions, rules.ids[:m], judge)
            yield count
            case += f", a judge that adds {habit} for what stands first: p_a minus the sigmoid of the mean"
            for *question, p_a in (row[:4] for row in rows):
                off = p_a - 0.5 * (1 + math.tanh(judge.said(*question) / 2))
                yield f"{case} of its answers, question {question}", Near(off, abs=1e-9)

    @exam.claim("equal responses give no pair, and no label slides", "Filter once.", weight=2, needs=mean)
    def apart(prefer: Any) -> Iterator[Step]:
        alike = [("p", "x", "x "), ("p", "X", "x"), ("p", "", "x")]
        for questions in (drawn(3, 0.5), [*drawn(exam.size(9), 0.3), *alike]):
            yield from labels(prefer, questions, 1)
        questions = draw.sample([*drawn(3, 1.0), *alike], 6)
        judge = Judge(draw, questions, usual)
        ask(prefer, questions, judge.rules.ids[:1], judge)
        yield f"{questions}: equal ones that the judge was asked", [q for q, _ in judge.given if q[1] == q[2]]

    @exam.claim("no answer from the judge is no label", "nan, under any section.", weight=2, needs=apart)
    def _(prefer: Any) -> Iterator[Step]:
        for m, named in ((1, {}), (2, {"clamp": (0.25, 0.75)})):
            questions = distinct(8)
            judge = Judge(draw, questions, usual)
            for prompt, a, b in questions[::2]:
                words, both = judge.rules.sections[draw.randrange(m)].text, [(prompt, a, b), (prompt, b, a)]
                judge.silent |= {(words, order) for order in draw.choice((both, both[:1], both[1:]))}
            case, rows, count = ask(prefer, questions, judge.rules.ids[:m], judge, **named)
            lost = [row[:4] for row in rows if math.isnan(judge.said(*row[:3]))]
            yield f"{case}: labels of questions on which an answer was missing", lost
            kept = [row[:4] for row in rows if row[:3] in questions[1::2]]
            yield f"{case}: labels of questions that were answered", kept if rows else count[1]

    @exam.claim("a tie is kept as 0.5, and equal questions give equal pairs", "An answer.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        questions, near = drawn(6), [(f"near{number}", "x", "y") for number in range(4)]
        judge = Judge(draw, [*questions, *near], (0.5, 0.5, 0.5 + 1e-7))
        words = judge.rules.sections[0].text
        for (prompt, a, b), gap in zip(near, (1e-7, -1e-5, 1e-3, -0.01), strict=True):
            judge.opinion[words, prompt, a] = judge.opinion[words, prompt, b] + gap
        case, rows, count = ask(prefer, [*questions, *near], judge.rules.ids[:1], judge)
        for number, row in enumerate(rows, start=1):
            yield f"{case}: pair {number}, log-odds {judge.of(words, row[:3])}", [*row[:4]]
        yield count

    @exam.claim("the label is held within the clamp, last of all", "One number a question.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        for m, low, high in ((1, 0.4, 0.6), (2, 0.25, 0.8), (1, 0.5, 0.5)):
            yield from labels(prefer, drawn(4), m, (-3.0, -1.0, 0.1, 0.4, 3.0), clamp=(low, high))

    @exam.claim("large log-odds give 0.0 and 1.0, without a warning", "What overflows?", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        before = len(prefer._port.printed)
        judge = Judge(draw, questions := distinct(5), (-1e6, -800.0, 0.7, 800.0, 1e6))
        case, rows, count = ask(prefer, questions, judge.rules.ids[:1], judge)
        for row in rows:
            odds = judge.of(judge.rules.text(judge.rules.ids[0]), row[:3])
            yield f"{case}: pair of log-odds {odds}", [*row[:4]]
            yield f"{case}: pair of log-odds {odds}: a label strictly between 0 and 1", 0 < row[3] < 1
        yield count
        yield "log-odds of a million: a warning", "Warning" in prefer._port.printed[before:]

    @exam.claim("a pair says by which sections, of which version", "Every id, as it came.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        questions = distinct(3)
        judge = Judge(draw, questions, usual)
        one, two = draw.sample(judge.rules.ids[:2], 2)
        case, rows, count = ask(prefer, questions, sorted((one, one, two), reverse=True), judge)
        yield count
        for row in rows:
            used, version, *rest = row[4:]
            yield f"{case}: p_a", row[3]
            yield f"{case}: sections", [*used] if type(used) is tuple else used
            yield f"{case}: constitution", "its version" if version == judge.rules.version else version
            yield f"{case}: source and triple", rest

    @exam.claim("the ids are those of equal pairs", "Pair, with plain fields.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        questions = drawn(3)
        judge = Judge(draw, questions, (0.5,))
        pairs = prefer(questions, judge.rules.ids[:1], judge.rules, judge)
        yield "sections as a tuple, all undecided: ids", [plain(pair.id, str) for pair in pairs]

    @exam.claim("no principle, or an unknown one, is refused before the judge is asked", "First.", needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        questions = drawn(2)
        judge = Judge(draw, questions, usual)
        known = judge.rules.ids
        stranger, other = sorted(draw.sample(_strangers(known[0]), 2))  # the first that is unknown sorts last
        for sections, none in (
            ([], []),
            ([known[0], stranger], drawn(2, 1.0)),
            ([other, known[1], stranger], []),
        ):
            for given in (questions, none):
                case, _, (_, refused) = ask(prefer, given, sections, judge)
                yield f"{case} in version {judge.rules.version}", refused
                yield f"{case}: calls of the judge", len(judge.calls)

    @exam.claim("nothing to ask: no pairs, and the judge is left alone", "Look at the list.", needs=apart)
    def _(prefer: Any) -> Iterator[Step]:
        for questions in ([], drawn(1, 1.0), drawn(3, 1.0)):
            judge = Judge(draw, questions, usual)
            case, _, count = ask(prefer, questions, judge.rules.ids[:1], judge)
            yield count
            yield f"{case}, {questions}: calls of the judge", len(judge.calls)

    @exam.claim("calls of the judge grow with the sections alone", "It takes a list.", weight=2, needs=mean)
    def _(prefer: Any) -> Iterator[Step]:
        for n, m in ((4, 1), (exam.size(60), 2)):
            questions = drawn(n, 0.1)
            judge = Judge(draw, questions, usual)
            case, rows, count = ask(prefer, questions, judge.rules.ids[:m], judge)
            yield count
            yield f"{case}: pairs", [row[:4] for row in rows]
            yield f"{case}: calls of the judge", Cost(len(judge.calls), times=1, of="calls")
            yield f"{case}: judgements", Cost(sum(judge.calls), times=1, of="judgements")


# ── policy_step ─────────────────────────────────────────────────────────────────────────────────────────

Batch = tuple[Any, ...]
"""Weights, features, actions, old log-probabilities, advantages, the reference's log-probabilities."""


@examine(policy_step)
def check_step(exam: Examination) -> None:
    draw = exam.draw

    def batch(size: Sequence[int], drift: float) -> Batch:
        """A batch of ``size`` (samples, features, responses): an older policy's, ``drift`` away; the reference is far."""
        (n, d, k), rng = size, np.random.default_rng(draw.randrange(2**31))
        old, features, actions = rng.normal(size=(d, k)), rng.normal(size=(n, d)), rng.integers(0, k, n)
        old_log_probs = log_softmax(features @ old)[np.arange(n), actions]
        reference = log_softmax(features @ (old + rng.normal(size=(d, k))))
        now: FloatArray = old + drift * rng.normal(size=(d, k))
        return now, features, actions, old_log_probs, 0.3 + rng.normal(size=n), reference

    def taken(step: Any, told: str, given: Batch, *fields: str, **options: float) -> Iterator[Step]:
        """The named fields after one step; what went wrong where there is none."""
        named = {"beta": 0.0, "clip": 0.2, "learning_rate": 1.0} | options
        case = ", ".join([told, *(f"{name} {value:g}" for name, value in named.items())])
        ((_, got),) = calls(step, Row(*given, **named))
        if type(got) is not Subject:
            yield case, got
            return
        for field in fields:
            whole = field in ("weights", "gradient")
            found = plain(getattr(got, field), "ndarray" if whole else float)
            yield f"{case}: {field}", found.tolist() if whole else found

    def sampled(
        step: Any, size: Sequence[int], drift: float, *fields: str, **options: float
    ) -> Iterator[Step]:
        """The fields after a step on a batch of ``size`` (samples, features, responses)."""
        told = "{} samples, {} features, {} responses".format(*size)
        yield from taken(step, told, batch(size, drift), *fields, **options)

    def alone(step: Any, rows: Any, *fields: str, leans: float = 0.5, **options: float) -> Iterator[Step]:
        """``rows`` of ratio and advantage, each with a feature of its own, so that row i of the gradient is its own."""
        ratios, advantages = (np.array(column) for column in zip(*rows, strict=True))
        n, told = len(rows), ", ".join(f"{a:+.2f} at {r:.3g}" for r, a in rows[:6]) + ", …" * (len(rows) > 6)
        actions = np.array([draw.randrange(2) for _ in rows])
        reference = np.tile(np.log([leans, 1 - leans]), (n, 1))
        given = (np.zeros((n, 2)), np.eye(n), actions, np.log(0.5 / ratios), advantages, reference)
        yield from taken(step, f"advantages at ratios: {told}", given, *fields, **options)

    @exam.claim("on fresh samples it is the plain policy gradient, averaged", "Ratio 1: what is clipped?")
    def fresh(step: Any) -> Iterator[Step]:
        for size in ((1, 1, 2), (1, 2, 3), (2, 1, 2), (3, 2, 3), (5, 3, 4)):
            yield from sampled(step, size, 0.0, "gradient")

    @exam.claim("samples of an older policy weigh by their ratio", "What is the slope of exp?", needs=fresh)
    def ratios(step: Any) -> Iterator[Step]:
        for size in ((1, 1, 2), (2, 2, 3), (5, 2, 3)):
            yield from sampled(step, size, 0.15, "gradient", clip=0.95)

    @exam.claim("the clip silences only what is past it its own way", "The min.", weight=2, needs=fresh)
    def _(step: Any) -> Iterator[Step]:
        for ratio in (1.4, 0.6, 1.1, 0.9, 1.0):
            for sign in (1, -1):
                rows = [(ratio, sign * draw.uniform(0.3, 2)), (1.0, draw.choice((-1.0, 1.0)))]
                yield from alone(step, rows, "gradient")
        for clip in (0.1, 0.3):
            rows = [
                (1 + clip * draw.choice((-3, -1.5, -0.5, 0.5, 1.5, 3)), draw.gauss(0, 1)) for _ in range(6)
            ]
            yield from alone(step, rows, "gradient", clip=clip)

    @exam.claim("silenced is the share whose clipped branch is strictly the smaller", "A tie is free.")
    def _(step: Any) -> Iterator[Step]:
        past = ((1.5, 1.0), (0.5, -1.0))
        free = ((1.5, -1.0), (0.5, 1.0), (1.1, 2.0), (0.9, -2.0), (2.0, 0.0), (1.0, 1.0), (1.0, -1.0))
        for n in (1, 2, 3, 5, exam.size(20)):
            nearly = [(1.2 + 1e-6, 1.0), (0.8 - 1e-6, -1.0)] if n == 2 else []
            yield from alone(
                step, draw.choices(past, k=n) + draw.choices(past + free, k=n) + nearly, "silenced"
            )

    @exam.claim("kl is the exact mean distance to the reference, before the step", "All responses.")
    def _(step: Any) -> Iterator[Step]:
        for size in ((1, 1, 2), (2, 1, 3), (4, 2, 3), (exam.size(30), 3, 5)):
            yield from sampled(step, size, 0.3, "kl", beta=draw.choice((0.0, 0.5)))
        for times in (1.1, 1.01):
            weights, features, *given, _ = batch((3, 2, 3), 0.3)
            close = (weights, features, *given, log_softmax(features @ (times * weights)))
            yield from taken(step, f"3 samples, a reference of {times} times the logits", close, "kl")

    @exam.claim("the objective is mean(min of the two branches) − beta × kl", "A penalty is subtracted.")
    def _(step: Any) -> Iterator[Step]:
        for row in ((1.5, 1.0), (1.5, -1.0), (0.5, -1.0)):
            yield from alone(step, [row], "objective")
        for size, beta in (
            ((1, 1, 2), 0.5),
            ((3, 2, 3), 0.0),
            ((3, 2, 3), 2.0),
            ((exam.size(30), 2, 3), 0.5),
        ):
            yield from sampled(step, size, 0.5, "objective", beta=beta)

    @exam.claim("the penalty pulls the policy back to the reference", "The slope of the KL.", weight=2)
    def pull(step: Any) -> Iterator[Step]:
        for size, beta in (((1, 1, 2), 1.0), ((1, 1, 3), 0.7), ((3, 2, 3), 0.7), ((4, 2, 5), 2.5)):
            *given, advantages, reference = batch(size, 0.2)
            told = "{} samples of advantage 0, {} features, {} responses".format(*size)
            yield from taken(step, told, (*given, 0 * advantages, reference), "gradient", beta=beta)

    @exam.claim("a silenced sample still pays for its distance", "What is constant there?", needs=pull)
    def _(step: Any) -> Iterator[Step]:
        for ratio, sign in ((1.5, 1.0), (0.5, -1.0)):
            leans = draw.choice((0.2, 0.7))
            yield from alone(step, [(ratio, sign), (1.0, sign)], "gradient", leans=leans, beta=0.7)

    @exam.claim("the step goes uphill: weights + learning_rate × gradient", "Ascent.", needs=fresh)
    def _(step: Any) -> Iterator[Step]:
        for size, rate in (((1, 1, 2), 1.0), ((2, 2, 3), 0.25), ((4, 2, 3), 3.0)):
            *given, advantages, reference = batch(size, 0.1)
            told = "{} samples of large advantages, {} features, {} responses".format(*size)
            large = (*given, 1e3 * advantages, reference)
            yield from taken(step, told, large, "gradient", "weights", beta=0.3, learning_rate=rate)

    @exam.claim("bad coefficients and an empty batch have names", "nan is not above 0.", needs=fresh)
    def _(step: Any) -> Iterator[Step]:
        weights, *full = batch((3, 2, 3), 0.1)
        bad = ((-0.1, 0.2), (0.1, 0.0), (0.1, 1.0), (0.1, -0.2), (NAN, 0.2), (0.1, NAN), (math.inf, 0.2))
        for beta, clip in ((0.0, 0.2), *bad):
            for told, n in (("3 samples", 3), ("0 samples", 0)):
                given = (weights, *(part[:n] for part in full))
                yield from taken(step, told, given, "kl", beta=beta, clip=clip)

    @exam.claim("one response alone, and logits of a thousand, stay finite", "log_softmax.", needs=fresh)
    def _(step: Any) -> Iterator[Step]:
        yield from sampled(step, (3, 2, 1), 0.2, "gradient", "kl", beta=0.3)
        for n in (1, 3):
            weights, features, *given = batch((n, 1, 3), 0.0)
            large, fields = (
                (1e3 + 1e3 * abs(weights), 1 + abs(features), *given),
                ("gradient", "kl", "objective"),
            )
            yield from taken(step, f"{n} samples, logits above a thousand", large, *fields, beta=0.3)

    @exam.claim("all of it together, near and far", "Both branches, the mean.", weight=2, needs=ratios)
    def _(step: Any) -> Iterator[Step]:
        fields = ("silenced", "kl", "objective", "gradient", "weights")
        for size, drift, clip in (
            ((9, 3, 4), 0.3, 0.2),
            ((exam.size(200), 6, 30), 0.15, 0.1),
            ((64, 6, 7), 2.0, 0.3),
        ):
            yield from sampled(step, size, drift, *fields, beta=0.4, clip=clip, learning_rate=0.5)

    @exam.claim("work and memory grow with the samples", "An array of samples × samples?", needs=fresh)
    def _(step: Any) -> Iterator[Step]:
        given, named = {n: [batch((n, 1, 2), 0.1)] * 3 for n in (200, 800)}, {"beta": 0.1, "clip": 0.2}
        grown = growth(
            "policy_step", lambda n: (step, given[n]), at=200, most=1.3, learning_rate=1.0, **named
        )
        yield from grown
