"""Day 39's measure: a fleet that filters responses, run on the learner's own filter and scorer.

The responses are `datasets.bland_responses`, labelled and harmless. What a rule says of a text is drawn once, from
seeded distributions: one rule is about the restricted kind and sees nearly all of it; the others are about something
else, and each is now and then wrong about good text. On real traffic these are the shares to measure first.

Rules stand where the filter stands, as tables: they cross as plain data, and an evaluation needs no message.
"""

import functools
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.seen import script
from course.checking.subject import Subject, each, length, plain, there
from course.systems.safety.explain import decisive_rules
from course.systems.safety.locks import ProbeLock
from course.systems.safety.races import OtherCaller
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import PhraseRule, TableRule
from datasets.bland_responses import bland_responses

FIRST = "handling"
"""The rule that is about the restricted kind; it is in force from the start."""
RELATED = ("rule a", "rule b")
"""Rules about something near it, which half see half of the restricted kind."""
PASSAGE = ("grind", "the", "orlow", "salt", "very", "fine", "and", "dry")
"""What the stream's widest rule looks for: as many of these words as its window."""
WORKERS = 10
"""Workers of the fleet that are played."""


@functools.cache
def texts(restricted: bool) -> tuple[str, ...]:
    """The responses of one label."""
    return tuple(one.text for one in bland_responses() if one.restricted is restricted)


@functools.cache
def _labelled() -> frozenset[str]:
    return frozenset(texts(True))


@functools.cache
def says(rule: str, text: str) -> float:
    """The rule's score of the text: drawn once, the same in every run."""
    rng = random.Random(f"{rule}/{text}")
    if text in _labelled() and rule == FIRST:
        return rng.betavariate(1.2, 9.0)
    if text in _labelled() and rule in RELATED and random.Random(text).random() < 0.5:
        return rng.betavariate(5.0, 6.0)
    if rng.random() < 0.008:  # the rule misreads this one
        return rng.betavariate(3.0, 4.0)
    return 1.0 - rng.betavariate(0.5, 25.0)


def fails(rule: str, text: str, share: float) -> bool:
    """Whether the rule's evaluation of the text fails, where such a share of all does."""
    return random.Random(f"fault/{rule}/{text}").random() < share


def names(number: int) -> list[str]:
    """The rules' names: the first one, and others."""
    return [FIRST, *(f"rule {chr(97 + i)}" for i in range(number - 1))]


def rules(beside: Any, named: Sequence[str], sample: Sequence[str], faults: float = 0.0) -> list[Any]:
    """Rules on the side of ``beside`` that know the texts of ``sample``; a share of their evaluations fails."""
    return each(there(beside, TableRule), [(name, table(name, sample, faults)) for name in named])


def table(name: str, sample: Sequence[str], faults: float = 0.0) -> dict[str, float]:
    """A rule's scores of the texts; NaN, which is no score, where its evaluation fails."""
    return {
        t: math.nan if faults and fails(name, t, faults) else says(name, t) for t in dict.fromkeys(sample)
    }


def policy(design: Mapping[str, Any]) -> tuple[str, float]:
    """Strictness and threshold of a design's policy, ``"strict 0.3"``."""
    strictness, threshold = str(design["policy"]).split()
    return strictness, float(threshold)


def requests(load: Mapping[str, Any]) -> list[str]:
    """A worker's responses in order: popular ones come often, a share of all is of the restricted kind."""
    rng = random.Random(int(load["seed"]))
    good, bad = list(texts(False)), list(texts(True))
    rng.shuffle(good)
    rng.shuffle(bad)

    def drawn(pool: Sequence[str]) -> str:
        return pool[int(len(pool) * rng.random() ** load["popular"])]

    return [drawn(bad if rng.random() < load["restricted"] else good) for _ in range(int(load["sample"]))]


def judged(sample: Sequence[str], scores: Sequence[float], threshold: float) -> dict[str, float]:
    """``missed``: share of ``restricted`` responses (their number) that were served. ``wrong``: share of ``good`` ones
    that were blocked."""
    blocked = {True: 0, False: 0}
    count = {True: 0, False: 0}
    for text, score in zip(sample, scores, strict=True):
        count[text in _labelled()] += 1
        blocked[text in _labelled()] += score < threshold
    restricted, good = count[True], count[False]
    return {
        "restricted": float(restricted),
        "good": float(good),
        "missed": 1 - blocked[True] / restricted if restricted else 0.0,
        "wrong": blocked[False] / good if good else 0.0,
    }


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], Filter: Subject, Scorer: Subject
) -> dict[str, float]:
    """What the fleet does under ``load`` with this design: the metrics that the load is about.

    ``evaluations``: rule evaluations of the fleet, thousands a second. ``entries``: most kept judgements of a worker.
    ``missed``, ``wrong``, ``restricted``, ``good``: see :func:`judged`. ``blind``: reports that lack a rule in force.
    ``again``: good responses still blocked by a fault that has passed. ``behind``: share of the answers in the first
    minute of a new rule that were judged without it. ``asks``: messages a second to whoever keeps the rules. ``leaked``:
    words of a withheld passage that were shown, a stream. ``delay``: ms that a reader is behind. ``named``: rules to
    blame for a block, on average.
    """
    found: dict[str, float] = {}
    if load.get("sample"):
        part = _part(load, "seed", "sample", "popular", "restricted", "rules")
        found |= _cached(int(design["capacity"]), part, Filter)
        found["evaluations"] *= load["per_second"] / 1000
    if load.get("arriving"):
        part = _part(load, "seed", "judged", "rules", "arriving")
        found |= _arrivals(*policy(design), part, Filter)
    if load.get("faults"):
        part = _part(load, "seed", "judged", "rules", "faults")
        found |= _faults(*policy(design), part, Filter)
    if load.get("fleet"):
        found |= _behind(float(design["refresh"]), Filter)
        found["asks"] = load["fleet"] / float(design["refresh"])
    if load.get("streams"):
        part = _part(load, "seed", "streams", "window")
        found |= _streamed(*policy(design), int(design["hold_back"]), part, Scorer)
        found["delay"] *= load["word_ms"]
    return found


Part = tuple[tuple[str, Any], ...]


def _part(load: Mapping[str, Any], *names: str) -> Part:
    return tuple((name, load[name]) for name in names)


# Each part depends on a knob or two, so that what others choose need not be measured again.


@functools.lru_cache(maxsize=256)
def _cached(capacity: int, part: Part, Filter: Subject) -> dict[str, float]:
    """One worker's cache under the load: what has to be evaluated, a response."""
    load = dict(part)
    sample = requests(load)
    own = rules(Filter, names(int(load["rules"])), sample)
    safety = Filter(own, "strict", capacity=capacity, lock=there(Filter, ProbeLock)())
    each(safety.score, sample, as_=float)
    evaluated = sum(length(rule, "asked") for rule in own)
    return {
        "evaluations": evaluated / len(sample),
        "entries": float(len(plain(safety.cached(), list))),
    }


@functools.lru_cache(maxsize=256)
def _arrivals(strictness: str, threshold: float, part: Part, Filter: Subject) -> dict[str, float]:
    """Rules arrive while a response is being judged, again and again, and a second team comes with the same name."""
    load = dict(part)
    mixed = {"sample": load["judged"], "popular": 1.5, "restricted": 0.5}
    sample, start = requests(load | mixed), int(load["rules"])
    named = names(start + int(load["arriving"]))
    own = rules(Filter, named + named[start:], sample)
    safety = Filter(own[:start], strictness, capacity=len(sample), lock=there(Filter, ProbeLock)())
    between = max(1, len(sample) // (2 * int(load["arriving"])))
    scores: list[float] = []
    blind = 0
    for number, at in enumerate(range(0, len(sample), between)):
        texts = sample[at : at + between]
        arriving = own[start + number :: int(load["arriving"])] if number < load["arriving"] else []
        due = (own[0], "during =", there(Filter, OtherCaller)(safety, arriving))
        after = (safety, "rule_names"), (safety, "report", texts[0]), (own[0], "during =", None)
        *found, (_, in_force), (_, report) = script(due, *((safety, "score", text) for text in texts), *after)
        scores += [float(plain(score, float)) for _, score in found]
        blind += sorted(report["by_rule"]) != sorted(in_force)
    return judged(sample, scores, threshold) | {"blind": float(blind)}


@functools.lru_cache(maxsize=256)
def _faults(strictness: str, threshold: float, part: Part, Filter: Subject) -> dict[str, float]:
    """Many rules, of whose evaluations a share fails: good responses blocked, restricted ones served, what is left when
    all rules are well again, and how many rules a block has to name."""
    load = dict(part)
    mixed = {"sample": load["judged"], "popular": 1.2, "restricted": 0.3}
    sample = list(dict.fromkeys(requests(load | mixed)))
    named = names(int(load["rules"]))
    own = rules(Filter, named, sample, load["faults"])
    safety = Filter(own, strictness, capacity=len(sample), lock=there(Filter, ProbeLock)())
    found = judged(sample, scores := each(safety.score, sample, as_=float), threshold)
    withheld = [t for t, score in zip(sample, scores, strict=True) if score < threshold]
    reports = [v for _, v in script(*((safety, "report", text) for text in withheld))] if withheld else []
    combine = ResponseSafetyFilter((), strictness).combine
    blamed = [len(decisive_rules(report["by_rule"], combine, threshold)) for report in reports]
    for rule, name in zip(own, named, strict=True):
        rule.scores = table(name, sample)
    again = 0
    for text, score in zip(withheld, each(safety.score, withheld, as_=float), strict=True):
        again += score < threshold <= combine([says(name, text) for name in named])
    return found | {"again": float(again), "named": sum(blamed) / len(blamed) if blamed else 0.0}


@functools.lru_cache(maxsize=256)
def _behind(refresh: float, Filter: Subject) -> dict[str, float]:
    """The first minute of a new rule: each worker asks for the rules every ``refresh`` seconds, at a time of its own.

    One response a second and worker is reported; it is behind where its generation is not yet the newest.
    """
    sample = texts(False)[:60]
    (first, new), behind = rules(Filter, ["first", "new"], sample), 0
    for worker in range(WORKERS):
        safety = Filter([first], "strict", lock=there(Filter, ProbeLock)())
        learns = min(60, round(refresh * (worker + 0.5) / WORKERS))
        lines = [(safety, "report", text) for text in sample]
        lines[learns:learns] = [(safety, "add_rule", new)]
        reports = [value for _, value in script(*lines) if value is not None]
        behind += sum(report["generation"] < 2 for report in reports)
    return {"behind": behind / (WORKERS * len(sample)), "reported": float(WORKERS * len(sample))}


@functools.lru_cache(maxsize=256)
def _streamed(
    strictness: str, threshold: float, hold_back: int, part: Part, Scorer: Subject
) -> dict[str, float]:
    """Streams in random pieces, half of them with the passage that the widest rule is about."""
    load = dict(part)
    rng, window = random.Random(int(load["seed"])), int(load["window"])
    passage = PASSAGE[:window]
    own = each(
        there(Scorer, PhraseRule), [("passages", {" ".join(passage): 0.1}), ("tone", {"you fool": 0.1})]
    )
    leaked, behind = [], 0
    for number in range(int(load["streams"])):
        words = " ".join(rng.choice(texts(False)) for _ in range(2)).split()
        at = rng.randrange(8, len(words) - 4)
        if number % 2:
            words[at:at] = passage
        text = " ".join(words) + " "
        places = sorted(rng.randrange(len(text)) for _ in range(len(words)))
        chunks = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
        scorer = Scorer(own, strictness, threshold, hold_back=hold_back)
        shown = fed = ""
        for chunk, (piece, _, blocked) in zip(chunks, each(scorer.feed, chunks, as_=tuple), strict=True):
            shown, fed = shown + str(piece), fed + chunk
            complete = len(fed.split()) - (not fed.endswith(" "))
            behind = max(behind, 0 if blocked else complete - len(shown.split()))
        if number % 2:
            leaked.append(min(window, max(0, len(shown.split()) - at)))
    return {"leaked": sum(leaked) / len(leaked), "delay": float(behind)}
