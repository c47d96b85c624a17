"""Day 33: what a right answer shows. Every expected value comes from the library, run by the examiner."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course.checking.errors import NotPlain
from course.checking.examination import Examination, Finding, examine, expect_error
from course.checking.report import cut
from course.checking.subject import Subject, each, plain
from course.days.day33_constitutional_ai.own import pairs, triples
from course.systems.alignment.constitution import Constitution, Section
from course.systems.alignment.critique import critique_and_revise
from course.systems.alignment.judge import Question
from course.systems.alignment.policy import log_softmax
from course.systems.alignment.ppo import PolicyStep, policy_step
from course.systems.alignment.preferences import ai_preferences
from course.systems.alignment.records import Pair, Triple
from course.systems.alignment.responses import FloatArray


def _refuses(
    name: str, call: Callable[[], object], case: str, *, kind: str = "", likely: str = ""
) -> Finding | None:
    """:func:`expect_error`; an error of that name which an object of the check raised on the way is right too."""
    found = expect_error(name, call, case, kind=kind, likely=likely)
    return None if found and found.got.startswith(f"ServedError: {name}") else found


def _handles(records: Any, kind: type) -> list[Subject]:
    """Records as they were returned: a list (or tuple) of the course's own ``kind``."""
    if (
        type(records) not in (list, tuple)
        or not records
        or any(type(record) is not Subject for record in records)
    ):
        raise NotPlain(f"a list of {kind.__name__}", cut(repr(records), 120))
    return list(records)


# ── critique_and_revise ─────────────────────────────────────────────────────────────────────────────────


class Scribe:
    """A critic by table: objects where ``(words, response)`` is listed, rewrites by appending, notes every call."""

    def __init__(self, objections: Mapping[tuple[str, str], str]) -> None:
        self.objections = objections
        self.asked: list[tuple[Any, ...]] = []
        self.revised: list[tuple[Any, ...]] = []

    def critique(self, principle: str, prompt: str, response: str) -> str:
        self.asked.append((principle, prompt, response))
        return self.objections.get((principle, response), "")

    def revise(self, critique: str, prompt: str, response: str) -> str:
        self.revised.append((critique, prompt, response))
        return f"{response}+{critique}"


class Fussy(Scribe):
    """Objects to every response that an odd number of words was said about, and to each under other words."""

    def critique(self, principle: str, prompt: str, response: str) -> str:
        self.asked.append((principle, prompt, response))
        return "" if (len(principle) + len(response)) % 3 == 0 else principle[:2]


@examine
def check_critique(exam: Examination, revise: Subject, *, seed: int, scale: float) -> None:
    rng = random.Random(seed)
    tag = rng.randrange(10**6)
    rules = Constitution(
        (
            Section(f"tone.{tag}", "Tone", "Be plain."),
            Section("care.1", "Care", "Say who can help."),
            Section("harm.1", "Disclosure", "Keep restricted detail back."),
            Section("hilfe.ß", "Hilfe", "Antworte auf die Frage."),
        )
    )
    tone, care, harm = rules.ids[:3]
    says = {section: rules.text(section) for section in rules.ids}

    def chain(
        critic: Scribe, sections: Sequence[str], response: str = "draft", prompt: str = "p1"
    ) -> list[Triple]:
        got = each(revise, [(prompt, response, list(sections), rules, critic)])[0]
        return triples(got)

    def expected(objections: Mapping[tuple[str, str], str], sections: Sequence[str]) -> list[Triple]:
        return critique_and_revise("p1", "draft", sections, rules, Scribe(objections))

    @exam.claim("the critic gets the section's words, the prompt and the response", hint="constitution.text(section).",
                likely={"TypeError": "a record holds plain text: constitution.version, not the constitution itself"})  # fmt: skip
    def _() -> Finding | None:
        critic = Scribe({})
        try:
            chain(critic, [harm])
        except NotPlain as error:
            return Finding("no-list", f'critique_and_revise with sections ["{harm}"]', error.wanted, error.got,
                           "the whole chain is wanted, one triple a section, in a list")  # fmt: skip
        case, right = f'the first call of critic.critique, for section "{harm}"', (says[harm], "p1", "draft")
        if critic.asked[:1] == [right]:
            return None
        if not critic.asked:
            return Finding("critic-not-asked", case, f"critique{right}", "no call")
        got = critic.asked[0]
        likely = "the critic is given the section's address, not its words" if harm in got else (
            "prompt and response stand in the wrong order" if got == (says[harm], "draft", "p1") else "")  # fmt: skip
        return Finding("critic-asked", case, f"critique{right}", f"critique{got}", likely)

    @exam.claim("a section that finds nothing is recorded, and nothing is rewritten", hint="Adherence is evidence too.",
                likely={"ValueError": "the critic was asked to revise without an objection"})  # fmt: skip
    def _() -> Finding | None:
        critic = Scribe({})
        got = chain(critic, [tone])
        case = f'sections ["{tone}"], and the critic answers ""'
        if critic.revised:
            return Finding("revised-without-objection", case, "critic.revise is not called", f"revise{critic.revised[0]}",
                           "the response was revised without an objection", "only revise where the critique is not empty")  # fmt: skip
        if not got:
            return Finding("adherence-lost", case, 'one Triple, with critique "" and the response unchanged', "[]",
                           "a round without an objection is thrown away; adherence is evidence too")  # fmt: skip
        if (got[0].critique, got[0].revision) != ("", "draft"):
            return Finding(
                "adherence",
                case,
                'critique "", revision "draft"',
                f"critique {got[0].critique!r}, revision {got[0].revision!r}",
            )
        return None

    @exam.claim(
        "every section is asked, whatever the one before found", hint="Finding nothing is no reason to stop."
    )
    def _() -> Finding | None:
        critic = Scribe({(says[harm], "draft"): "less"})
        chain(critic, [tone, harm, tone])
        asked, right = [principle for principle, *_ in critic.asked], [says[tone], says[harm], says[tone]]
        if asked == right:
            return None
        if sorted(asked) == sorted(right):
            return Finding("sections-order", f"sections {[tone, harm, tone]}", f"asked under {right}", f"{asked}",
                           "the sections are asked in another order than they were given")  # fmt: skip
        likely = {1: "the loop stops at the first section that finds nothing: later sections were never asked",
                  2: "the loop stops at the first objection, or a section that occurs twice is asked once"}  # fmt: skip
        return Finding("sections-skipped", "three sections; only the second objects", "three critiques, in order", f"{len(asked)}: {asked}",
                       likely.get(len(asked), "the critic is asked more than once a round" if len(asked) > 3 else ""))  # fmt: skip

    @exam.claim("each round reads the revision of the round before", weight=2, hint="What does round 2 read?")
    def _() -> Finding | None:
        objections = {(says[harm], "draft"): "less", (says[care], "draft+less"): "who"}
        critic = Scribe(objections)
        got = chain(critic, [harm, care])
        case = 'two sections; under the first "draft" becomes "draft+less"'
        if len(critic.asked) < 2 or not critic.revised or not got:
            return Finding("rounds", case, "two critiques, two revisions, two triples",
                           f"{len(critic.asked)} critiques, {len(critic.revised)} revisions, {len(got)} triples")  # fmt: skip
        if critic.asked[1][2] != "draft+less":
            return Finding("reads-the-first", case, 'the second critique reads "draft+less"', f'it reads "{critic.asked[1][2]}"',
                           "each critique is of the first response: round 2 must read the revision")  # fmt: skip
        if len(critic.revised) < 2 or critic.revised[1][2] != "draft+less":
            what = f"revise{critic.revised[1]}" if len(critic.revised) > 1 else "no second revision"
            return Finding("revision-lost", case, "revise('who', 'p1', 'draft+less')", what,
                           "the second revision starts from the first response, so an earlier revision was lost")  # fmt: skip
        if critic.revised[0][:2] != ("less", "p1"):
            return Finding(
                "revise-asked", case, "revise('less', 'p1', 'draft')", f"revise{critic.revised[0]}"
            )
        if got[-1].revision != "draft+less+who":
            return Finding("revision", case, 'the last revision is "draft+less+who"', f'"{got[-1].revision}"')
        return None

    @exam.claim("a triple says what was read, what was said, what came of it, and under which words",
                hint="original, critique, revision, section id, version.",
                needs="each round reads the revision of the round before")  # fmt: skip
    def _() -> Finding | None:
        objections = {(says[harm], "draft"): "less"}
        got, right = chain(Scribe(objections), [harm, care]), expected(objections, [harm, care])
        causes = {"original": "every triple keeps the very first response: `original` is what this round read",
                  "section": "the words are stored; store the section's address, not the words",
                  "constitution": "a record must name the version, constitution.version, to be found again"}  # fmt: skip
        if len(got) != 2:
            return Finding("triples", "two sections; the second finds nothing", "two triples", f"{len(got)}",
                           "the last triple alone is returned; the whole chain is wanted" if got == right[-1:] else "")  # fmt: skip
        for number, (mine, theirs) in enumerate(zip(got, right, strict=True), start=1):
            for field in ("prompt", "original", "critique", "revision", "section", "constitution"):
                if getattr(mine, field) != (want := getattr(theirs, field)):
                    known = field != "section" or mine.section in says.values()
                    return Finding("field", f"the {field} of triple {number} of 2", repr(want), repr(getattr(mine, field)),
                                   causes.get(field, "") if known else "")  # fmt: skip
        direct = _handles(revise("p1", "draft", [harm], rules, Scribe(objections)), Triple)
        if (mine_id := plain(direct[0].id, str)) != right[0].id:
            return Finding(
                "other-id", "the .id of the triple", right[0].id, mine_id, "a field is of another type"
            )
        return None

    @exam.claim("each triple is linked to the one before it", hint="The .id of the triple before; None in round 0.",
                needs="a triple says what was read, what was said, what came of it, and under which words")  # fmt: skip
    def _() -> Finding | None:
        objections = {(says[harm], "draft"): "less", (says[tone], "draft+less"): "plain"}
        sections = [harm, care, tone, care]
        got, right = chain(Scribe(objections), sections), expected(objections, sections)
        links = [triple.parent for triple in right]
        if len(got) != len(links):
            return Finding("triples", f"{len(links)} sections", f"{len(links)} triples", f"{len(got)}")
        for number, (mine, link) in enumerate(zip((t.parent for t in got), links, strict=True)):
            if mine != link:
                likely = ("the first triple has no parent" if number == 0 else
                          "every triple links to the first of the chain: its parent is the triple before it" if mine == links[1] else
                          "the triples are not linked: a parent is the .id of the triple before" if mine is None else "")  # fmt: skip
                return Finding(
                    "parent",
                    f"the parent of triple {number + 1} of {len(right)}",
                    repr(link),
                    repr(mine),
                    likely,
                )
        return None

    @exam.claim(
        "an unknown section is refused before anything is asked", hint="Look at every id before the loop."
    )
    def _() -> Finding | None:
        critic = Scribe({})
        case = f'sections ["{harm}", "harm.9"], where "harm.9" is in no version'
        found = _refuses("UnknownSection", lambda: revise("p1", "draft", [harm, "harm.9"], rules, critic), case, kind="no-guard",
                         likely="nothing checks the ids at the door: the chain is left half made")  # fmt: skip
        if found is None and critic.asked:
            return Finding("half-made", case, "UnknownSection before the critic is asked", f"{len(critic.asked)} critiques, then the error",
                           "the ids are checked on the way: the chain is left half made")  # fmt: skip
        return found

    @exam.claim("no sections give no triples", hint="An empty loop.",
                likely={"IndexError": "there is no first section in an empty list"})  # fmt: skip
    def _() -> Finding | None:
        critic = Scribe({})
        if chain(critic, []) == [] and not critic.asked:
            return None
        return Finding(
            "empty",
            "critique_and_revise with sections=[]",
            "[], and the critic is not asked",
            f"{len(critic.asked)} critiques",
        )

    @exam.claim("a long chain costs one critique a section, and one revision an objection", weight=2, hint="Count the calls.",
                needs="each round reads the revision of the round before")  # fmt: skip
    def _() -> Finding | None:
        sections = [rng.choice(rules.ids) for _ in range(int(14 * scale))]
        prompt, response = f"p{tag}", rng.choice(["черновик", "draft ", ""])
        critic, other = Fussy({}), Fussy({})
        got = chain(critic, sections, response, prompt)
        right = critique_and_revise(prompt, response, sections, rules, other)
        calls, allowed = (len(critic.asked), len(critic.revised)), (len(other.asked), len(other.revised))
        case = f"{len(sections)} sections, {len(set(sections))} different ones, on {response!r}"
        if calls[0] > allowed[0] or calls[1] > allowed[1]:
            return Finding("calls", case, f"{allowed[0]} critiques, {allowed[1]} revisions", f"{calls[0]} critiques, {calls[1]} revisions",
                           "the critic is asked more than once a round")  # fmt: skip
        if got != right:
            number = next(
                (n for n, (a, b) in enumerate(zip(got, right, strict=False)) if a != b),
                min(len(got), len(right)),
            )
            mine = got[number] if number < len(got) else "no more triples"
            return Finding(
                "chain",
                f"triple {number + 1} of {len(right)}; {case}",
                str(right[number]) if number < len(right) else "no more",
                str(mine),
            )
        return None


# ── ai_preferences ──────────────────────────────────────────────────────────────────────────────────────


class Table:
    """A judge by table of scores ``(words, response)``, fond by ``bias`` of what stands first.

    It gives no answer (nan) on a question that is in ``silent``, as it is asked: ``(words, first, second)``.
    """

    def __init__(
        self,
        scores: Mapping[tuple[str, str], float],
        bias: float = 0.0,
        silent: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> None:
        self.scores, self.bias, self.silent = scores, bias, silent
        self.calls = 0
        self.asked: list[tuple[str, str, str]] = []

    def log_odds(self, principle: str, questions: Sequence[Question]) -> list[float]:
        self.calls += 1
        self.asked += [(prompt, a, b) for prompt, a, b in questions]
        return [self._one(principle, a, b) for _, a, b in questions]

    def _one(self, principle: str, a: str, b: str) -> float:
        if (principle, a, b) in self.silent:
            return math.nan
        return self.scores.get((principle, a), 0.0) - self.scores.get((principle, b), 0.0) + self.bias


def _sigmoid(x: float) -> float:
    return 0.5 * (1.0 + math.tanh(x / 2))


def _match(got: float, causes: Mapping[float, str]) -> str:
    """The cause whose number is ``got``."""
    return next((cause for number, cause in causes.items() if math.isclose(got, number, abs_tol=1e-9)), "")


@examine
def check_preferences(exam: Examination, prefer: Subject, *, seed: int, scale: float) -> None:
    rng = random.Random(seed)
    rules = Constitution(
        (
            Section("harm.1", "Disclosure", "Keep restricted detail back."),
            Section("help.1", "Answer", "Answer the question."),
            Section("mood.1", "Mood", "Be kind."),
        )
    )
    harm, kind, mood = (rules.text(section) for section in rules.ids)
    strength = rng.choice([1.2, 0.8, 1.6])
    undecided = "no answer from the judge is no label"

    def labelled(judge: Table, questions: Sequence[Question], sections: Sequence[str]) -> list[Pair]:
        got = each(prefer, [(list(questions), list(sections), rules, judge)])[0]
        return pairs(got)

    def one(judge: Table, sections: Sequence[str] = ("harm.1",)) -> float:
        found = labelled(judge, [("p1", "first", "second")], sections)
        if len(found) != 1:
            raise NotPlain("one Pair for one question", f"{len(found)}")
        return found[0].p_a

    @exam.claim(
        "a log-odds of l becomes the probability sigmoid(l)",
        hint="Half the difference of the two orders, then a sigmoid.",
    )
    def _() -> Finding | None:
        got, right = one(Table({(harm, "first"): strength})), _sigmoid(strength)
        if math.isclose(got, right, abs_tol=1e-9):
            return None
        likely = _match(got, {
            0.5: "adding the two orders cancels the preference and keeps the position bias",
            _sigmoid(2 * strength): "this is sigmoid(2 l): the difference of the two orders is not halved, or tanh(l) stands where tanh(l / 2) belongs",
            1.0: "the label is a verdict, not a probability",
            0.0: "the label is a verdict, not a probability",
            _sigmoid(-strength): "this is the probability that b is the better one",
            strength: "the log-odds themselves are the label: a sigmoid is missing",
            2 * strength: "the log-odds themselves are the label: a sigmoid is missing",
        })  # fmt: skip
        return Finding("label", f"one section; a judge without habits answers {strength} in one order and {-strength} in the other", f"p_a = {right:.4f}",
                       f"{got:.4f}", likely)  # fmt: skip

    @exam.claim(
        "what stands first gains nothing", hint="Ask in both orders; combine log-odds, not probabilities."
    )
    def _() -> Finding | None:
        bias = 2.0
        for odds in (strength, -0.5):
            got, right = one(Table({(harm, "first"): odds}, bias)), _sigmoid(odds)
            if not math.isclose(got, right, abs_tol=1e-9):
                likely = _match(got, {
                    _sigmoid(odds + bias): "each question is asked in one order only: position bias is left in",
                    (_sigmoid(odds + bias) + 1 - _sigmoid(bias - odds)) / 2: "probabilities are averaged; halve the difference of the log-odds",
                })  # fmt: skip
                return Finding(
                    "position-bias",
                    f"a judge that prefers the first response by {odds}, and adds {bias} to whatever stands first",
                    f"p_a = {right:.4f}",
                    f"{got:.4f}",
                    likely,
                )
        return None

    @exam.claim(
        "the label is by the mean over all sections", hint="Sections are averaged before the sigmoid."
    )
    def _() -> Finding | None:
        judge = Table({(harm, "first"): 3.0, (kind, "first"): 0.4, (mood, "second"): 1.0})
        got, right = one(judge, rules.ids), _sigmoid(2.4 / 3)
        if math.isclose(got, right, abs_tol=1e-9):
            return None
        likely = _match(got, {
            _sigmoid(2.4): "the sections are summed, so that more principles make a surer judge; take the mean",
            (_sigmoid(3.0) + _sigmoid(-1.0) + _sigmoid(0.4)) / 3: "probabilities are averaged over sections; average log-odds, then squash once",
            _sigmoid(3.0): "only the first section is asked",
            _sigmoid(-1.0): "only the last section counts",
            _sigmoid(0.4): "the median of the sections is taken; the mean is wanted",
        })  # fmt: skip
        return Finding(
            "sections",
            "log-odds 3, 0.4 and −1 under three sections",
            f"p_a = {right:.4f}: sigmoid of their mean",
            f"{got:.4f}",
            likely,
        )

    @exam.claim(
        "a pair says by which sections, of which version",
        hint="Every id that was used, and constitution.version.",
    )
    def _() -> Finding | None:
        judge, sections = Table({(harm, "first"): 1.0}), ["mood.1", "harm.1"]
        right = ai_preferences([("p1", "first", "second")], sections, rules, Table({(harm, "first"): 1.0}))[0]
        found = labelled(judge, [("p1", "first", "second")], sections)
        if len(found) != 1:
            return Finding("pairs", "one question", "one Pair", f"{len(found)}")
        mine = found[0]
        causes = {"sections": "the pair names some of the sections that were used, not all",
                  "constitution": "a record must name the version, constitution.version, to be found again",
                  "a": "a and b are exchanged", "b": "a and b are exchanged"}  # fmt: skip
        for field in ("prompt", "a", "b", "sections", "constitution", "source", "triple"):
            got, want = getattr(mine, field), getattr(right, field)
            if got != want:
                likely = (
                    "the words are stored; store the addresses, not the words"
                    if field == "sections" and harm in got
                    else "the sections are sorted; they stand in the order in which they were given"
                    if field == "sections" and set(got) == set(want)
                    else causes.get(field, "")
                )
                return Finding(
                    "field", f"the {field} of a pair labelled under {sections}", repr(want), repr(got), likely
                )
        direct = _handles(prefer([("p1", "first", "second")], sections, rules, judge), Pair)
        if (mine_id := plain(direct[0].id, str)) != right.id:
            return Finding("other-id", "the .id of the pair", right.id, mine_id, "a field is of another type")
        return None

    @exam.claim(
        "equal responses are not asked, and every label stays with its question",
        weight=2,
        hint="Filter the questions once, then zip with those.",
    )
    def _() -> Finding | None:
        judge = Table({(harm, "x"): 2.0, (harm, "y"): 1.0})
        questions = [("p1", "x", "x"), ("p1", "y", "x"), ("p2", "z", "z"), ("p2", "x", "z")]
        got = [
            (pair.prompt, pair.a, pair.b, round(pair.p_a, 4))
            for pair in labelled(judge, questions, ["harm.1"])
        ]
        right = [("p1", "y", "x", round(_sigmoid(-1.0), 4)), ("p2", "x", "z", round(_sigmoid(2.0), 4))]
        case = "questions about (x, x), (y, x), (z, z), (x, z)"
        if any(a == b for _, a, b, _ in got) and len(got) == 4:
            return Finding(
                "same-response",
                case,
                "two pairs",
                f"{len(got)} pairs",
                "two equal responses give a pair of 0.5: nothing to learn, and it is counted",
            )
        if got != right:
            slid = [label for *_, label in got] == [label for *_, label in right]
            likely = (
                "labels are zipped with the unfiltered questions, so they slid onto other pairs"
                if slid
                else ""
            )
            return Finding("misaligned", case, f"{right}", f"{got}", likely)
        if any(a == b for _, a, b in judge.asked):
            return Finding(
                "asked-for-nothing",
                case,
                "the judge sees (y, x) and (x, z)",
                "it also sees (x, x)",
                "each of those is a judgement that was paid for",
            )
        return None

    @exam.claim(undecided, weight=2, hint="nan in either order, under any section.",
                needs="equal responses are not asked, and every label stays with its question")  # fmt: skip
    def _() -> Finding | None:
        scores = {(words, "good"): 1.5 for words in (harm, kind)}
        gone = frozenset({(harm, "good", "a"), (harm, "b", "good"), (kind, "good", "c"), (kind, "d", "good")})
        questions = [("p1", "good", other) for other in ("a", "x", "b", "c", "y", "d")]
        got = {
            pair.b: pair.p_a for pair in labelled(Table(scores, 0.5, gone), questions, ["harm.1", "help.1"])
        }
        where = {"a": "in the first order under the first section", "b": "in the other order under the first section",
                 "c": "in the first order under the second section", "d": "in the other order under the second section"}  # fmt: skip
        for other, place in where.items():
            if other in got:
                p = got[other]
                likely = ("a missing answer became a tie" if p == 0.5 else "the label of a question without an answer is kept" if math.isnan(p)
                          else "a missing answer became a zero, or the answers that came were used: half a judgement is none")  # fmt: skip
                return Finding("missing-answer", f"nan {place}", "no pair for this question", f"a pair with p_a = {p:.4f}", likely,
                               "drop a question that has a nan anywhere")  # fmt: skip
        if list(got) != ["x", "y"] or not all(
            math.isclose(p, _sigmoid(1.5), abs_tol=1e-9) for p in got.values()
        ):
            return Finding("answers-lost", "six questions, four of them without an answer somewhere", "the other two keep their labels", f"{got}",
                           "labels slid onto other pairs, or answered questions were dropped")  # fmt: skip
        return None

    @exam.claim("a tie is kept as 0.5, and equal questions give equal pairs", hint="Undecided is an answer.")
    def _() -> Finding | None:
        got = [
            (pair.a, pair.b, pair.p_a)
            for pair in labelled(
                Table({}), [("p1", "x", "y"), ("p1", "x", "y"), ("p1", "y", "x")], ["harm.1"]
            )
        ]
        if got == [("x", "y", 0.5), ("x", "y", 0.5), ("y", "x", 0.5)]:
            return None
        likely = (
            "ties are dropped"
            if not got
            else "questions that came before are dropped"
            if len(got) < 3
            else ""
        )
        return Finding(
            "tie",
            "three questions on which the judge is undecided, two of them equal",
            "three pairs of 0.5",
            f"{got}",
            likely,
        )

    @exam.claim("the probability is held within the clamp", hint="Last of all.")
    def _() -> Finding | None:
        judge = Table({(harm, "x"): 2.0, (harm, "y"): -0.2})
        held = prefer(
            [("p1", "x", "z"), ("p1", "z", "x"), ("p1", "y", "z")], ["harm.1"], rules, judge, clamp=(0.4, 0.6)
        )
        got = [round(float(plain(pair.p_a, float)), 4) for pair in _handles(held, Pair)]
        right = [0.6, 0.4, round(_sigmoid(-0.2), 4)]
        if got == right:
            return None
        likely = "the clamp is not used" if got[:2] == [round(_sigmoid(2.0), 4), round(_sigmoid(-2.0), 4)] else (
            "a label outside the clamp is dropped; it is moved to the end of the clamp" if got == right[2:] else
            "the log-odds are clamped; clamp the probability" if got and got[0] == round(_sigmoid(0.6), 4) else "")  # fmt: skip
        return Finding("clamp", "log-odds 2, −2 and −0.2 with clamp=(0.4, 0.6)", f"{right}", f"{got}", likely)

    @exam.claim(
        "the clamp comes after the mean over sections", hint="Clamp one number a question, the last one."
    )
    def _() -> Finding | None:
        judge = Table({(harm, "x"): 3.0, (kind, "z"): 1.0})
        held = prefer([("p1", "x", "z")], ["harm.1", "help.1"], rules, judge, clamp=(0.2, 0.8))
        got = [round(float(plain(pair.p_a, float)), 4) for pair in _handles(held, Pair)]
        right = [round(_sigmoid(1.0), 4)]
        if got == right:
            return None
        return Finding("clamp-first", "log-odds 3 and −1 under two sections, clamp=(0.2, 0.8)", f"{right}: sigmoid of the mean, inside the clamp", f"{got}",
                       "each section is clamped before the mean; clamp the label, last of all")  # fmt: skip

    @exam.claim("very large log-odds give 0.0 and 1.0, without a warning", hint="tanh does not overflow.",
                likely={"OverflowError": "exp of a large number overflows; tanh does not",
                        "FloatingPointError": "exp of a large number overflows; tanh does not"})  # fmt: skip
    def _() -> Finding | None:
        port = prefer._port
        before = len(port.printed)
        judge = Table({(harm, "x"): 1e6})
        got = [pair.p_a for pair in labelled(judge, [("p1", "x", "z"), ("p1", "z", "x")], ["harm.1"])]
        if got != [1.0, 0.0]:
            return Finding(
                "overflow",
                "log-odds of a million, and of minus a million",
                "[1.0, 0.0]",
                f"{got}",
                "exp of a large number overflows; tanh does not",
            )
        if "RuntimeWarning" in port.printed[before:]:
            return Finding("warning", "log-odds of a million, and of minus a million", "no warning", port.printed[before:].strip().splitlines()[0],
                           "exp of a large number overflows; 0.5 * (1 + tanh(l / 2)) is the same curve")  # fmt: skip
        return None

    @exam.claim("no principle and an unknown section are refused before the judge is asked", hint="Check at the door.",
                likely={"ZeroDivisionError": "a mean over no sections"})  # fmt: skip
    def _() -> Finding | None:
        judge, asked = Table({}), [("p1", "x", "y")]
        for questions, what in ((asked, "sections=[]"), ([], "sections=[], and no question")):
            found = _refuses("NoPrinciple", lambda: prefer(questions, [], rules, judge), what, kind="no-principle",  # noqa: B023
                             likely="a preference under no principle is a guess: nothing refuses it")  # fmt: skip
            if found:
                return found
        case = 'sections ["harm.1", "harm.9"], where "harm.9" is in no version'
        found = _refuses("UnknownSection", lambda: prefer(asked, ["harm.1", "harm.9"], rules, judge), case, kind="no-guard",
                         likely="nothing checks the ids at the door")  # fmt: skip
        if found is None and judge.calls:
            return Finding("half-asked", case, "UnknownSection before the judge is asked", f"{judge.calls} calls, then the error",
                           "the ids are checked on the way: judgements were paid for, and lost")  # fmt: skip
        return found

    @exam.claim("nothing to ask: no pairs, and the judge is left alone", hint="An empty list, or only equal responses.",
                likely={"IndexError": "there is no first question in an empty list"})  # fmt: skip
    def _() -> Finding | None:
        for questions in ([], [("p1", "x", "x")]):
            judge = Table({})
            got = labelled(judge, questions, ["harm.1"])
            if got or judge.calls:
                return Finding("nothing-to-ask", f"questions = {questions}", "[], and no call of the judge", f"{len(got)} pairs, {judge.calls} calls",
                               "the judge is called with nothing to judge" if not got else "")  # fmt: skip
        return None

    @exam.claim("calls of the judge grow with the sections, never with the questions", weight=2, hint="The judge takes a list.",
                needs="the label is by the mean over all sections")  # fmt: skip
    def _() -> Finding | None:
        names = [f"r{i}" for i in range(9)] + ["ответ"]
        scores = {(words, name): rng.gauss(0, 2) for words in (harm, kind, mood) for name in names}
        questions = [
            (f"p{rng.randrange(40)}", rng.choice(names), rng.choice(names)) for _ in range(int(80 * scale))
        ]
        judge, other = Table(scores, -0.7), Table(scores, -0.7)
        got = labelled(judge, questions, rules.ids)
        right = ai_preferences(questions, rules.ids, rules, other)
        case = f"{len(questions)} questions under 3 sections"
        if judge.calls > 2 * len(rules.ids):
            return Finding("calls", case, f"{2 * len(rules.ids)} calls of judge.log_odds: two orders for each section", f"{judge.calls}",
                           "the judge is called question by question", "give it the whole list at once")  # fmt: skip
        if len(got) != len(right):
            return Finding("count", case, f"{len(right)} pairs", f"{len(got)}")
        for number, (mine, theirs) in enumerate(zip(got, right, strict=True), start=1):
            if (mine.prompt, mine.a, mine.b) != (theirs.prompt, theirs.a, theirs.b) or not math.isclose(
                mine.p_a, theirs.p_a, abs_tol=1e-9
            ):
                return Finding(
                    "pair", f"pair {number} of {len(right)}; {case}", f"{theirs[:4]}", f"{mine[:4]}"
                )
        return None


# ── policy_step ─────────────────────────────────────────────────────────────────────────────────────────

Step = dict[str, Any]


@examine
def check_step(exam: Examination, step: Subject, *, seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)

    def library(
        batch: Sequence[Any], *, beta: float = 0.0, clip: float = 0.2, learning_rate: float = 1.0
    ) -> PolicyStep:
        weights, features, actions, old, advantages, anchor = batch
        return policy_step(weights, features, actions, old, advantages, anchor, beta=beta, clip=clip, learning_rate=learning_rate)  # fmt: skip

    def taken(*batch: Any, beta: float = 0.0, clip: float = 0.2, learning_rate: float = 1.0) -> Step:
        """The learner's step and the reference's, field by field."""
        got = step(*batch, beta=beta, clip=clip, learning_rate=learning_rate)
        right = library(batch, beta=beta, clip=clip, learning_rate=learning_rate)
        if type(got) is not Subject:
            raise NotPlain("a PolicyStep", type(got).__name__)
        found: Step = {"right": right}
        for name in ("weights", "gradient"):
            found[name] = plain(getattr(got, name), "ndarray")
            if found[name].shape != right.weights.shape or found[name].dtype.kind not in "biuf":
                raise NotPlain(
                    f"{name}, real numbers of shape {right.weights.shape}",
                    f"{found[name].dtype} of shape {found[name].shape}",
                )
        for name in ("objective", "kl", "silenced"):
            found[name] = float(plain(getattr(got, name), float))
        return found

    def batch(n: int, d: int, k: int, drift: float, far: float = 1.0) -> list[Any]:
        """Samples of an older policy ``drift`` away, advantages of both signs, a reference ``far`` away."""
        old = rng.normal(size=(d, k))
        features, actions = rng.normal(size=(n, d)), rng.integers(0, k, n)
        old_log_probs = log_softmax(features @ old)[np.arange(n), actions]
        reference = log_softmax(features @ (old + far * rng.normal(size=(d, k))))
        return [
            old + drift * rng.normal(size=(d, k)),
            features,
            actions,
            old_log_probs,
            rng.normal(size=n),
            reference,
        ]

    def close(a: Any, b: Any) -> bool:
        return bool(np.allclose(a, b, rtol=1e-7, atol=1e-9))

    def table(values: FloatArray) -> str:
        return np.array2string(
            values, precision=3, suppress_small=True, max_line_width=100, threshold=12
        ).replace("\n", "")

    def pi_of(parts: list[Any]) -> FloatArray:
        return np.exp(log_softmax(parts[1] @ parts[0]))

    fresh = "on fresh samples the gradient is advantage × (onehot − pi), averaged"

    @exam.claim(fresh, hint="Ratio 1, no penalty: what is left?")
    def _() -> Finding | None:
        parts = batch(5, 2, 3, 0.0)
        got = taken(*parts)
        gradient = got["right"].gradient
        if close(got["gradient"], gradient):
            return None
        _, features, actions, _, advantages, _ = parts
        raw = np.zeros((5, 3))
        raw[np.arange(5), actions] = advantages
        likely = ""
        for cause, other in (
            ("the gradient points downhill: the objective is to be made larger", -gradient),
            ("the gradient is summed over samples; the objective is their mean", 5 * gradient),
            (
                "the gradient is 0: at ratio 1 the two branches are equal, and a tie is not silenced",
                0 * gradient,
            ),
            (
                "only the action that was taken is pushed: the − pi of (onehot − pi) is missing",
                features.T @ raw / 5,
            ),
            (
                "the advantages were rescaled; they are used as they come, so that beta keeps its unit",
                library([*parts[:4], (advantages - advantages.mean()) / advantages.std(), parts[5]]).gradient,
            ),
        ):
            if close(got["gradient"], other):
                likely = cause
        return Finding("policy-gradient", "5 samples of the policy itself (every ratio 1), beta = 0", table(gradient), table(got["gradient"]), likely,
                       "features.T @ rows / n, with rows = A × (onehot − pi)")  # fmt: skip

    ratios = "samples of an older policy weigh by their ratio"

    @exam.claim(ratios, hint="d ratio = ratio × d log pi.", needs=fresh)
    def _() -> Finding | None:
        parts = batch(6, 2, 3, 0.15)
        got = taken(*parts, clip=0.9)
        if close(got["gradient"], got["right"].gradient):
            return None
        now = log_softmax(parts[1] @ parts[0])[np.arange(6), parts[2]]
        ratio = np.exp(now - parts[3])
        without = library([*parts[:3], now, *parts[4:]], clip=0.9)
        inverse = library([*parts[:4], parts[4] / ratio**2, parts[5]], clip=0.9)
        likely = ("the ratio is missing from the gradient: d ratio = ratio × d log pi" if close(got["gradient"], without.gradient)
                  else "the ratio is upside down: new over old" if close(got["gradient"], inverse.gradient) else "")  # fmt: skip
        return Finding("ratio", f"6 samples with ratios from {ratio.min():.2f} to {ratio.max():.2f}, none clipped", table(got["right"].gradient),
                       table(got["gradient"]), likely)  # fmt: skip

    clipped = "the clip silences a sample only past the clip in the direction of its advantage"

    @exam.claim(clipped, weight=2, hint="Which branch of the min is smaller?", needs=ratios)
    def _() -> Finding | None:
        # One row of features a sample, so that row i of the gradient belongs to sample i alone. All probabilities are 1/2 now.
        cases = [
            (1.0, 1.5, True),
            (1.0, 1.0, False),
            (1.0, 1.1, False),
            (1.0, 0.5, False),
            (-1.0, 0.5, True),
            (-1.0, 0.9, False),
            (-1.0, 1.5, False),
            (0.0, 2.0, False),
        ]
        n = len(cases)
        advantages, ratio = np.array([a for a, _, _ in cases]), np.array([r for _, r, _ in cases])
        got = taken(
            np.zeros((n, 2)),
            np.eye(n),
            np.zeros(n, dtype=np.int64),
            np.log(0.5 / ratio),
            advantages,
            np.full((n, 2), np.log(0.5)),
        )
        right = got["right"].gradient
        for row, (a, r, quiet) in enumerate(cases):
            mine = got["gradient"][row]
            if close(mine, right[row]):
                continue
            case = f"a sample with advantage {a:+g} and ratio {r:g}, clip 0.2"
            if quiet:
                why = ("the clip never reaches the gradient: a sample whose clipped branch is the smaller one contributes nothing" if a > 0
                       else "only ratios above 1 + clip are silenced: with A < 0 a sample is past the clip below 1 − clip")  # fmt: skip
                return Finding("not-silenced", case, "no gradient: it is already past the clip, in the direction of its advantage", table(mine),
                               why)  # fmt: skip
            if close(mine, right[row] * n / (n - 2)):
                return Finding("mean-of-active", case, table(right[row]), table(mine),
                               "the sum is divided by the samples that are not silenced; the mean is over all n")  # fmt: skip
            likely = ("every ratio outside the clip is silenced; one that went against its advantage must be pulled back" if not mine.any()
                      else "the ratio in the gradient is clipped; there it is free or nothing" if abs(r - 1) > 0.2 else "")  # fmt: skip
            return Finding("wrongly-silenced", case, table(right[row]), table(mine), likely)
        if not close(got["silenced"], 2 / n):
            likely = "it is a count; a share is wanted" if got["silenced"] == 2 else (
                "every ratio outside the clip is counted, also those that the min leaves free" if close(got["silenced"], 5 / n)
                else "equal branches are counted; only a strictly smaller clipped branch silences" if close(got["silenced"], 6 / n)
                else "a sample with advantage 0 is counted: its branches are equal" if close(got["silenced"], 3 / n) else "")  # fmt: skip
            return Finding(
                "silenced-share",
                f"{n} samples, of which 2 are past the clip in their own direction",
                f"silenced = {2 / n:.4f}",
                f"{got['silenced']:.4f}",
                likely,
            )
        return None

    distance = "kl is the exact mean KL from the policy to the reference"
    moved = "this is the value after the step; it is taken at the weights that came in"

    @exam.claim(distance, hint="Σ pi (log pi − log reference), over all responses.")
    def _() -> Finding | None:
        parts = batch(4, 2, 3, 0.4, far=1.5)
        got = taken(*parts, beta=0.5)
        right = got["right"].kl
        if close(got["kl"], right):
            return None
        pi, reference = pi_of(parts), parts[5]
        back = float((np.exp(reference) * (reference - np.log(pi))).sum(axis=1).mean())
        drawn = float((np.log(pi) - reference)[np.arange(4), parts[2]].mean())
        likely = _match(got["kl"], {
            back: "the KL is the wrong way round: it is the mean of log pi − log reference under pi, not under the reference",
            drawn: "log pi − log reference is taken at the sampled action; over all responses it is exact",
            4 * right: "the KL is summed over samples; the objective holds its mean",
            right / 3: "the mean over responses is taken; it is a sum over responses, then a mean over samples",
            -right: "the sign is turned",
            library([got["right"].weights, *parts[1:]], beta=0.5).kl: moved,
        })  # fmt: skip
        return Finding(
            "kl", "4 samples, a reference some way off", f"kl = {right:.6f} nats", f"{got['kl']:.6f}", likely
        )

    @exam.claim(
        "the objective is mean(min of the two branches) − beta × kl",
        hint="A penalty is subtracted.",
        needs=distance,
    )
    def _() -> Finding | None:
        parts = batch(40, 2, 3, 0.5)
        got = taken(*parts, beta=0.5)
        right, kl = got["right"].objective, got["right"].kl
        if close(got["objective"], right):
            return None
        ratio = np.exp(np.log(pi_of(parts))[np.arange(40), parts[2]] - parts[3])
        free, held = ratio * parts[4], np.clip(ratio, 0.8, 1.2) * parts[4]
        likely = _match(got["objective"], {
            right + kl: "the penalty is added: it pays the policy for leaving the reference",
            right + 0.5 * kl: "the penalty is missing",
            right - 0.5 * kl: "beta is not used: the whole KL is subtracted",
            float(free.mean()) - 0.5 * kl: "the clip is missing from the objective",
            float(held.mean()) - 0.5 * kl: "the clipped branch is always taken; the objective takes the smaller of the two",
            float(np.maximum(free, held).mean()) - 0.5 * kl: "the larger of the two branches is taken; the objective takes the smaller",
            40 * right: "the objective is summed; it is a mean over samples",
            -right: "the sign is turned: this is a loss, and the objective is wanted",
            library([got["right"].weights, *parts[1:]], beta=0.5).objective: moved,
        })  # fmt: skip
        return Finding(
            "objective",
            "40 samples, beta = 0.5, clip = 0.2",
            f"objective = {right:.6f}",
            f"{got['objective']:.6f}",
            likely,
        )

    @exam.claim(
        "the penalty pulls the policy back to the reference",
        weight=2,
        hint="−beta × pi × (log pi − log reference − KL).",
        needs=distance,
    )
    def _() -> Finding | None:
        parts = batch(4, 2, 3, 0.0)
        parts[4] = np.zeros(4)
        got = taken(*parts, beta=0.7)
        right = got["right"].gradient
        if close(got["gradient"], right):
            return None
        pi, drift = pi_of(parts), np.log(pi_of(parts)) - parts[5]
        likely = ""
        for cause, other in (
            (
                "the penalty's gradient has the wrong sign: it pushes the policy away from the reference",
                -right,
            ),
            (
                "the KL is in the objective and not in the gradient: the leash is not tied to anything",
                0 * right,
            ),
            (
                "the − KL in the bracket is missing: pi × (log pi − log reference) alone does not sum to 0 over responses",
                parts[1].T @ (-0.7 * pi * drift) / 4,
            ),
            (
                "the gradient is that of the KL the other way round",
                parts[1].T @ (-0.7 * (pi - np.exp(parts[5]))) / 4,
            ),
            ("beta is not used in the gradient", right / 0.7),
            ("the penalty's gradient is summed over samples; the objective holds the mean", 4 * right),
        ):
            if close(got["gradient"], other):
                likely = cause
        return Finding(
            "penalty",
            "4 samples with advantage 0, beta = 0.7: only the penalty acts",
            table(right),
            table(got["gradient"]),
            likely,
        )

    @exam.claim(
        "a silenced sample still pays for its distance",
        hint="Only the first term is 0.",
        needs="the penalty pulls the policy back to the reference",
    )
    def _() -> Finding | None:
        # Two samples with rows of features of their own; the first is past the clip, the second is fresh.
        old, reference = np.log([0.5 / 1.5, 0.5]), np.log([[0.2, 0.8], [0.3, 0.7]])
        got = taken(
            np.zeros((2, 2)), np.eye(2), np.zeros(2, dtype=np.int64), old, np.ones(2), reference, beta=0.7
        )
        right = got["right"].gradient
        if close(got["gradient"], right):
            return None
        likely = (
            "a silenced sample lost its KL row too; the clip acts on the first term only"
            if close(got["gradient"][1], right[1]) and not got["gradient"][0].any()
            else ""
        )
        return Finding("silenced-penalty", "2 samples, the first of them silenced, beta = 0.7", table(right), table(got["gradient"]), likely)  # fmt: skip

    @exam.claim("the step goes uphill: weights + learning_rate × gradient", hint="Ascent.", needs=fresh)
    def _() -> Finding | None:
        parts = batch(6, 2, 3, 0.1)
        got = taken(*parts, beta=0.3, learning_rate=0.25)
        right, slope = got["right"].weights, got["right"].gradient
        if close(got["gradient"], 0.25 * slope):
            return Finding("step-in-gradient", "the gradient field, with learning_rate = 0.25", table(slope), table(got["gradient"]),
                           "the gradient holds the learning rate already; it belongs to the step alone")  # fmt: skip
        if close(got["weights"], right):
            return None
        start, move = parts[0], 0.25 * slope
        likely = ""
        for cause, other in (
            ("the step goes downhill: this is ascent on an objective, not descent on a loss", start - move),
            ("learning_rate is not used", start + move / 0.25),
            ("the weights did not move", start),
        ):
            if close(got["weights"], other):
                likely = cause
        return Finding(
            "step", "one step with learning_rate = 0.25", table(right), table(got["weights"]), likely
        )

    @exam.claim("bad coefficients and an empty batch have names", hint="Check at the door.",
                likely={"ZeroDivisionError": "the mean over no samples", "IndexError": "an empty batch has no first sample"})  # fmt: skip
    def _() -> Finding | None:
        parts = batch(3, 2, 3, 0.1)
        for beta, clip in ((-0.1, 0.2), (0.1, 0.0), (0.1, 1.0), (0.1, -0.2)):
            options = {"beta": beta, "clip": clip, "learning_rate": 1.0}
            found = expect_error("BadCoefficient", lambda: step(*parts, **options), f"beta = {beta}, clip = {clip}", kind="no-guard",  # noqa: B023
                                 likely="a negative penalty or an empty clip range is taken as it is")  # fmt: skip
            if found:
                return found
        empty = [parts[0], *(part[:0] for part in parts[1:])]
        return expect_error("NothingToLearnFrom", lambda: step(*empty, beta=0.1, clip=0.2, learning_rate=1.0), "a batch of 0 samples", kind="empty-batch",
                            likely="the mean over no samples is nan, and so is the policy after it")  # fmt: skip

    @exam.claim(
        "one sample, one response, and logits of a thousand stay finite", hint="log_softmax is given."
    )
    def _() -> Finding | None:
        for name, parts in (
            ("one sample", batch(1, 3, 4, 0.2)),
            ("a single response", batch(5, 2, 1, 0.2)),
            ("logits of a thousand", [np.array([[1000.0, -1000.0, 0.0]]), np.ones((3, 1)), np.array([0, 1, 2]), np.log(np.full(3, 1 / 3)),
                                      np.array([1.0, -1.0, 0.5]), np.log(np.full((3, 3), 1 / 3))]),
        ):  # fmt: skip
            got = taken(*parts, beta=0.3)
            for field in ("gradient", "weights", "objective", "kl", "silenced"):
                if not close(got[field], getattr(got["right"], field)):
                    want = getattr(got["right"], field)
                    shown = (
                        (table(want), table(got[field]))
                        if field in ("gradient", "weights")
                        else (f"{want:.6g}", f"{got[field]:.6g}")
                    )
                    return Finding(
                        "edge",
                        f"{name}: the {field}",
                        *shown,
                        "exp(logits) overflows: use log_softmax" if not np.isfinite(got[field]).all() else "",
                    )
        return None

    @exam.claim("every field agrees on large batches, near and far", weight=2, hint="All of it together.")
    def _() -> Finding | None:
        for number, (n, d, k, drift) in enumerate(
            [(101, 3, 4, 0.3), (int(500 * scale), 6, 30, 0.15), (64, 6, 7, 2.0)]
        ):
            parts = batch(n, d, k, drift)
            got = taken(*parts, beta=(0.0, 0.4, 3.0)[number], clip=(0.2, 0.1, 0.3)[number], learning_rate=0.5)
            for field in ("silenced", "kl", "objective", "gradient", "weights"):
                mine, want = got[field], getattr(got["right"], field)
                if not close(mine, want):
                    off = np.abs(np.asarray(mine) - np.asarray(want)).max()
                    return Finding("batch", f"the {field} on {n} samples of {k} responses, {got['right'].silenced:.0%} of them silenced", "the reference's, to 1e-7",
                                   f"off by up to {off:.3g}")  # fmt: skip
        return None
