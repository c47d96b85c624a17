"""Day 39's measure: one worker's second of a service that filters responses, run on the learner's own filter and scorer.

The responses are `datasets.bland_responses`, labelled and harmless. What a rule says of a text is drawn once, from
seeded distributions: one rule is about the restricted kind and sees nearly all of it; the others are about something
else, and each is now and then wrong about good text. On real traffic these are the shares to measure first.
"""

import functools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from course.checking.errors import SubjectError
from course.checking.subject import Subject, each, plain
from course.systems.safety.explain import decisive_rules
from course.systems.safety.locks import ProbeLock
from course.systems.safety.response_filter import ResponseSafetyFilter
from datasets.bland_responses import bland_responses

FIRST = "handling"
"""The rule that is about the restricted kind; it is in force from the start."""
RELATED = ("rule a", "rule b")
"""Rules about something near it, which half see half of the restricted kind."""
PASSAGE = ("grind", "the", "orlow", "salt", "very", "fine", "and", "dry")
"""What the stream's widest rule looks for: as many of these words as its window."""


class ServedRule:
    """A rule that the learner's filter calls; its scores are the table's."""

    def __init__(self, name: str, window: int = 1, phrase: str = "") -> None:
        self.name = name
        self.window = window
        self._phrase = phrase

    def evaluate(self, text: str) -> float:
        """The table's score, or in a stream 0.1 where the phrase is in sight."""
        if self.window > 1:
            return 0.1 if self._phrase in " ".join(text.split()) else 1.0
        return says(self.name, text)


class CountingRunner:
    """Runs rules, counts evaluations, and lets a share of them crash or hang while ``healthy`` is False."""

    def __init__(self, faults: float = 0.0) -> None:
        self.evaluations = 0
        self.healthy = faults == 0.0
        self.meanwhile: Callable[[], None] | None = None
        """What happens during the next evaluation."""
        self._faults = faults

    def run(self, rule: Any, text: str) -> float:
        """The rule's score; raises where this evaluation fails."""
        self.evaluations += 1
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        name = str(rule.name)
        if not self.healthy and random.Random(f"fault/{name}/{text}").random() < self._faults:
            raise TimeoutError("no score in time") if name < "m" else RuntimeError("the rule crashed")
        return says(name, text)


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


def policy(design: Mapping[str, Any]) -> tuple[str, float]:
    """Strictness and threshold of a design's policy, ``"strict 0.3"``."""
    strictness, threshold = str(design["policy"]).split()
    return strictness, float(threshold)


def requests(load: Mapping[str, Any]) -> list[str]:
    """The second's responses in order: popular ones come often, a share of all is of the restricted kind."""
    rng = random.Random(int(load["seed"]))
    good, bad = list(texts(False)), list(texts(True))
    rng.shuffle(good)
    rng.shuffle(bad)

    def drawn(pool: Sequence[str]) -> str:
        return pool[int(len(pool) * rng.random() ** load["popular"])]

    return [drawn(bad if rng.random() < load["restricted"] else good) for _ in range(int(load["sample"]))]


def names(number: int) -> list[str]:
    """The rules' names: the first one, and others."""
    return [FIRST, *(f"rule {chr(97 + i)}" for i in range(number - 1))]


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], Filter: Subject, Scorer: Subject
) -> dict[str, float]:
    """What the worker's second comes to under ``load`` with this design; the metrics that the load is about.

    ``evaluations``: rule evaluations a second of the fleet, in thousands. ``entries``: most cached responses. ``missed``:
    share of restricted responses served. ``blind``: reports that lack a rule in force. ``wrong``: share of good
    responses blocked. ``again``: responses still blocked by a fault that has passed. ``named``: rules to blame, a block.
    ``leaked``: words of a withheld passage that were shown, a stream. ``delay``: most words that the reader is behind.
    """
    if load.get("streams"):
        return dict(_streamed(design, load, Scorer))
    strictness, threshold = policy(design)
    runner = CountingRunner(load.get("faults", 0.0))
    rules = [ServedRule(name) for name in names(int(load["rules"]))]
    # a lock that says so where a real one would wait for ever
    safety = Filter(rules, strictness, capacity=int(design["capacity"]), runner=runner, lock=ProbeLock())
    if load.get("arriving"):
        return _with_arrivals(safety, runner, load, threshold)
    sample = requests(load)
    scores = each(safety.score, sample, as_=float)
    blocked = [score < threshold for score in scores]
    good = [at for at, text in enumerate(sample) if text not in _labelled()]
    found = {
        "evaluations": runner.evaluations / len(sample) * load["per_second"] / 1000,
        "entries": float(len(plain(safety.cached(), list))),
        "wrong": sum(blocked[at] for at in good) / len(good),
        "missed": sum(not was for text, was in zip(sample, blocked, strict=True) if text in _labelled())
        / max(1, len(sample) - len(good)),
    }
    if load.get("faults"):
        found["again"] = float(_still_blocked(safety, runner, sample, blocked, design))
    if load.get("explained"):
        found["named"] = _named(safety, sample, blocked, design)
    return found


def _with_arrivals(
    safety: Subject, runner: CountingRunner, load: Mapping[str, Any], threshold: float
) -> dict[str, float]:
    """A rule arrives while a response is being judged, again and again, and a second team comes with the same name."""
    sample, start = requests(load), int(load["rules"])
    arriving = names(start + int(load["arriving"]))[start:]
    served = restricted = blind = 0
    part_length = max(1, len(sample) // (2 * len(arriving)))

    def arrive(name: str) -> None:
        for _ in range(2):
            try:
                safety.add_rule(ServedRule(name))
            except SubjectError as error:
                if "DuplicateRuleError" not in error.names:
                    raise

    for at in range(0, len(sample), part_length):
        part = sample[at : at + part_length]
        if arriving:
            runner.meanwhile = functools.partial(arrive, arriving.pop(0))
        for score, text in zip(each(safety.score, part, as_=float), part, strict=True):
            restricted += text in _labelled()
            served += text in _labelled() and score >= threshold
        in_force = plain(safety.rule_names(), list)
        report = plain(safety.report(part[0]).by_rule, dict)
        blind += sorted(report) != sorted(in_force)
    return {"missed": served / restricted, "blind": float(blind)}


def _still_blocked(
    safety: Subject, runner: CountingRunner, sample: list[str], blocked: list[bool], design: Mapping[str, Any]
) -> int:
    """Good responses that are blocked when asked again with every rule healthy, though the rules' scores clear them."""
    strictness, threshold = policy(design)
    combine = ResponseSafetyFilter((), strictness).combine
    runner.healthy = True
    withheld = [text for text, was in zip(sample, blocked, strict=True) if was and text not in _labelled()]
    rules = plain(safety.rule_names(), list)
    again = each(safety.score, withheld, as_=float)
    clear = [combine([says(name, text) for name in rules]) for text in withheld]
    return sum(got < threshold <= right for got, right in zip(again, clear, strict=True))


def _named(safety: Subject, sample: list[str], blocked: list[bool], design: Mapping[str, Any]) -> float:
    """Rules that an explanation must name, on average over the blocked responses; 0 without any."""
    strictness, threshold = policy(design)
    combine = ResponseSafetyFilter((), strictness).combine
    withheld = dict.fromkeys(text for text, was in zip(sample, blocked, strict=True) if was)
    reports = [plain(safety.report(text).by_rule, dict[str, float]) for text in withheld]
    counts = [len(decisive_rules(by_rule, combine, threshold)) for by_rule in reports]
    return sum(counts) / len(counts) if counts else 0.0


def _streamed(
    design: Mapping[str, Any], load: Mapping[str, Any], Scorer: Subject
) -> Iterator[tuple[str, float]]:
    """Streams in random pieces, half of them with the passage that the widest rule is about."""
    strictness, threshold = policy(design)
    rng, window = random.Random(int(load["seed"])), int(load["window"])
    passage = PASSAGE[:window]
    rules = [ServedRule("passages", window, " ".join(passage)), ServedRule("tone", 2, "\0")]
    leaked, delay = [], 0
    for number in range(int(load["streams"])):
        words = " ".join(rng.choice(texts(False)) for _ in range(2)).split()
        at = rng.randrange(8, len(words) - 4)
        if number % 2:
            words[at:at] = passage
        text = " ".join(words) + " "
        places = sorted(rng.randrange(len(text)) for _ in range(len(words)))
        chunks = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
        scorer = Scorer(rules, strictness, threshold, hold_back=int(design["hold_back"]))
        shown = fed = ""
        for chunk, (piece, _, blocked) in zip(chunks, each(scorer.feed, chunks, as_=tuple), strict=True):
            shown, fed = shown + str(piece), fed + chunk
            complete = len(fed.split()) - (not fed.endswith(" "))
            delay = max(delay, 0 if blocked else complete - len(shown.split()))
        if number % 2:
            leaked.append(min(window, max(0, len(shown.split()) - at)))
    yield "leaked", sum(leaked) / len(leaked)
    yield "delay", float(delay)
