"""Day 6: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from course.checking.probes import Cost, Examination, Step, calls, examine, script
from course.checking.subject import each, plain, there
from course.systems.cluster.callers import Callers, Calls
from course.systems.cluster.early_expiry import xfetch_due
from course.systems.cluster.frequency_sketch import CAP
from course.systems.cluster.single_flight import SingleFlight
from course.systems.cluster.tinylfu import TinyLFU

# ── xfetch_due ──────────────────────────────────────────────────────────────────────────────────────────

Due = tuple[float, float, float, float, float]


def _read(draw: random.Random, share: float) -> Due:
    """A read that is early by its draw; ``share`` of that is left before the expiry."""
    delta, beta = draw.choice((0.05, 0.5, 2.0, 7.5)), draw.choice((0.25, 0.5, 1.0, 2.0, 4.0))
    u, now = draw.choice((1e-9, 0.02, 0.3, 0.5, 0.8, 0.97)), draw.choice((0.0, 0.0, 100.0, -8.5, 2.25))
    early = -beta * delta * math.log(u)
    return now, round(now + share * early, 6), delta, beta, u


@examine(xfetch_due)
def check_due(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("early by its draw: due from then on, and not before", "How early is this read?", weight=3)
    def early(due: Any) -> Iterator[Step]:
        rows = [_read(draw, share) for share in (0.5, 2.0, 0.9, 1.1, 0.2, 1.01) for _ in range(4)]
        yield from calls(due, *draw.sample(rows, len(rows)), as_=bool)

    @exam.claim("at the expiry and after it, always", "Whatever was drawn.", weight=2, needs=early)
    def _(due: Any) -> Iterator[Step]:
        rows: list[Due] = []
        for late in (0.0, 1e-6, 3.0, 0.0):
            now, _, delta, beta, u = _read(draw, 1)
            rows += [
                (now, now - late, delta, beta, u),
                (now, now - late, delta, beta, 1.0),
                (now, now - late, delta, 0.0, u),
                (now, now - late, 0.0, beta, u),
            ]
        yield from calls(due, *draw.sample(rows, len(rows)), as_=bool)

    @exam.claim("never early without beta, without delta, or with a draw of 1", "What is −ln 1?", needs=early)
    def _(due: Any) -> Iterator[Step]:
        rows: list[Due] = []
        for left in (1e-6, 0.3, 40.0):
            now, _, delta, beta, u = _read(draw, 1)
            rows += [
                (now, now + left, delta, beta, 1.0),
                (now, now + left, delta, 0.0, u),
                (now, now + left, 0.0, beta, u),
            ]
        yield from calls(due, *draw.sample(rows, len(rows)), as_=bool)

    @exam.claim("what is left counts, whatever the clock says", "From which time on?", needs=early)
    def _(due: Any) -> Iterator[Step]:
        rows = []
        for start in (-1e5, 0.0, 1e6):
            for share in (0.8, 1.25):
                now, expires, *rest = _read(draw, share)
                rows.append((start, start + expires - now, *rest))
        yield from calls(due, *rows, as_=bool)

    @exam.claim("draws near 0 and near 1", "Is the logarithm still one?", needs=early)
    def _(due: Any) -> Iterator[Step]:
        rows = []
        for u in (1e-300, 5e-17, 1 - 1e-9):
            for share in (0.9, 1.1):
                now, delta, beta = draw.uniform(0, 5), draw.choice((0.5, 2.0)), draw.choice((0.5, 1.0))
                rows.append((now, now + share * -beta * delta * math.log(u), delta, beta, u))
        yield from calls(due, *rows, as_=bool)

    @exam.claim("exactly as early as the expiry is near: due", "At least, or more than?", needs=early)
    def _(due: Any) -> Iterator[Step]:
        yield from calls(
            due, *[(0.0, delta * math.log(2), delta, 1.0, 0.5) for delta in (0.5, 1.0, 4.0)], as_=bool
        )

    @exam.claim("an entry without an end, and a clock without one", "Compare first.", needs=early)
    def _(due: Any) -> Iterator[Step]:
        _, _, delta, beta, u = _read(draw, 1)
        ends = (math.inf, -math.inf)
        times = (
            (0.0, math.inf),
            (-math.inf, 0.0),
            (math.inf, 0.0),
            (0.0, -math.inf),
            *zip(ends, ends, strict=True),
        )
        yield from calls(due, *[(*each, delta, beta, u) for each in times], as_=bool)

    @exam.claim("what is no draw, no duration or no number is refused", "At the door.", weight=2, needs=early)
    def _(due: Any) -> Iterator[Step]:
        rows: list[Due] = []
        for share in (0.5, 1.5, -1.0):
            now, expires, delta, beta, u = _read(draw, share)
            rows += [(now, expires, delta, beta, bad) for bad in (0.0, -draw.random(), 1.0 + 1e-9, math.nan)]
            rows += [(now, expires, bad, beta, u) for bad in (-draw.random(), math.nan, math.inf)]
            rows += [(now, expires, delta, bad, u) for bad in (-draw.random(), math.nan, math.inf)]
            rows += [(math.nan, expires, delta, beta, u), (now, math.nan, delta, beta, u)]
            rows += [(now, expires, delta, beta, u)]
        yield from calls(due, *draw.sample(rows, len(rows)), as_=bool)


# ── TinyLFU ─────────────────────────────────────────────────────────────────────────────────────────────

WIDE = 4096
"""Counters a row of a sketch in which the few keys of a case rarely meet."""
MANY = 10**6
"""A sample that no case comes to the end of."""
KEYS = ("a", "b", "", "é", "A", "e", " ", "page/1", "page/10", "c")


def _stream(draw: random.Random, n: int, keys: Sequence[str]) -> list[str]:
    """``n`` reads of ``keys``, the first of them most often."""
    return draw.choices(keys, [1 / (place + 1) for place in range(len(keys))], k=n)


def _told(stream: Sequence[str]) -> str:
    return f"reads of {[*stream]}" if len(stream) < 9 else f"{len(stream)} reads of {len({*stream})} keys"


def _state(policy: Any, keys: Sequence[str], note: str) -> Iterator[Step]:
    """What a policy has counted: its age, its halvings, and an estimate for each key."""
    sketch = policy.sketch
    asked = [(f"the sketch's estimate of {key!r}", sketch, "estimate", key) for key in dict.fromkeys(keys)]
    yield from script(("seen", policy, "seen"), ("halvings", sketch, "halvings"), *asked, note=note)


@examine(TinyLFU)
def check_policy(exam: Examination) -> None:
    draw = exam.draw

    def fed(Policy: Any, stream: Sequence[str], sample: int = MANY, width: int = WIDE) -> tuple[Any, str]:
        policy = Policy(sample, width)
        each(policy.record, [*stream])
        return policy, f" after {_told(stream)}" + (f", sample {sample}" if sample < MANY else "")

    def ranked(Policy: Any, counts: Sequence[int]) -> tuple[Any, str, list[str]]:
        """A policy that has read a key so often each, in some order, and the keys."""
        keys = draw.sample(KEYS, len(counts))
        reads = [key for key, count in zip(keys, counts, strict=True) for _ in range(count)]
        policy, _ = fed(Policy, draw.sample(reads, len(reads)))
        said = ", ".join(f"{key!r} {count}×" for key, count in zip(keys, counts, strict=True))
        return policy, f" after reads of {said}", keys

    @exam.claim("every read counts, in the sketch and in seen", "One read, one more.", weight=2)
    def counted(Policy: Any) -> Iterator[Step]:
        for n, few in ((0, 1), (1, 1), (2, 1), (3, 2), (5, 2), (8, 3), (exam.size(40), 6)):
            keys = draw.sample(KEYS, few)
            yield from _state(*_noted(fed(Policy, _stream(draw, n, keys)), keys))

    @exam.claim("the one that was read more often stays", "Which of the two?", weight=3, needs=counted)
    def compared(Policy: Any) -> Iterator[Step]:
        for counts in ((1, 0), (2, 1), (3, 1, 0), (5, 4, 2), (14, 9, 1), (7, 3, 6)):
            policy, note, keys = ranked(Policy, counts)
            rows = [
                (one, two)
                for one, a in zip(keys, counts, strict=True)
                for two, b in zip(keys, counts, strict=True)
                if a != b
            ]
            yield from calls(policy.admit, *draw.sample(rows, len(rows)), as_=bool, note=note)

    @exam.claim("the sample halves all counters and seen", "When, and what of it?", weight=3, needs=counted)
    def halved(Policy: Any) -> Iterator[Step]:
        for sample in (2, 3, 4, 5, 8):
            keys = draw.sample(KEYS, 2)
            policy = Policy(sample, WIDE)
            lines = []
            for number, key in enumerate(_stream(draw, 3 * sample, keys), start=1):
                lines += [
                    (f"read {number}, of {key!r}", policy, "record", key),
                    (f"seen after read {number}", policy, "seen"),
                    (f"halvings after read {number}", policy.sketch, "halvings"),
                ]
            yield from script(*lines, note=f", sample {sample}")
            yield from _state(policy, keys, f" after {3 * sample} reads, sample {sample}")

    @exam.claim("a sample of 1, and of many reads", "Count them through.", needs=halved)
    def _(Policy: Any) -> Iterator[Step]:
        for sample, n in ((1, 1), (1, 4), (exam.size(50), exam.size(180)), (7, exam.size(120))):
            keys = draw.sample(KEYS, 5)
            yield from _state(*_noted(fed(Policy, _stream(draw, n, keys), sample), keys))

    @exam.claim("what was popular long ago fades", "Old reads count less.", needs=halved)
    def _(Policy: Any) -> Iterator[Step]:
        for sample in (16, 20):
            old, new, never = draw.sample(KEYS, 3)
            stream = [*[old] * 8, *[new] * draw.randrange(3 * sample, 4 * sample)]
            policy, _ = fed(Policy, stream, sample)
            told = f" after 8 reads of {old!r}, then {len(stream) - 8} of {new!r}, sample {sample}"
            yield from calls(policy.admit, (new, old), (old, new), (new, never), as_=bool, note=told)

    @exam.claim("a counter that is full is full", "It stops at 15.", needs=compared)
    def _(Policy: Any) -> Iterator[Step]:
        for low in (draw.randrange(1, 8), CAP - 1):
            policy, note, (hot, warm) = ranked(Policy, (draw.randrange(CAP, 40), low))
            yield from calls(policy.admit, (hot, warm), (warm, hot), as_=bool, note=note)
            yield from _state(policy, (hot, warm), note)

    @exam.claim("equal estimates: the same choice each time", "Not now one, now the other.", needs=compared)
    def _(Policy: Any) -> Iterator[Step]:
        for counts in ((1, 1, 1), (4, 4, 4), (CAP, CAP + 5, CAP + 9)):
            policy, note, keys = ranked(Policy, counts)
            unread = [key for key in KEYS if key not in keys][:2]
            rows = [(one, two) for one in keys for two in keys] + [(*unread,), (*unread[::-1],)]
            said = [answer for _, answer in calls(policy.admit, *rows, as_=bool)]
            yield (
                f"admit{note}, of any two of these: is each an answer",
                all(type(each) is bool for each in said),
            )
            yield f"admit{note}, of any two of these: is it always the same", set(said) in ({True}, {False})

    @exam.claim("admit counts nothing and changes nothing", "It is no read.", weight=2, needs=compared)
    def _(Policy: Any) -> Iterator[Step]:
        for counts in ((2, 1), (5, 3)):
            policy, note, keys = ranked(Policy, counts)
            new = next(key for key in KEYS if key not in keys)
            each(policy.admit, [(keys[0], keys[1]), (keys[1], keys[0]), (new, keys[0]), (new, keys[1])])
            yield from _state(policy, [*keys, new], f"{note}, and four comparisons")

    @exam.claim("admit asks for two estimates", "Of the two keys alone.", needs=compared)
    def _(Policy: Any) -> Iterator[Step]:
        policy, note, keys = ranked(Policy, (3, 2, 1))
        before = plain(policy.sketch.asked, int)
        each(policy.admit, [(keys[0], keys[1]), (keys[1], keys[2])])
        asked = plain(policy.sketch.asked, int) - before
        yield f"two comparisons{note}: estimates asked for", Cost(asked, 4, "estimates")

    @exam.claim("two policies share nothing", "What belongs to one stands in its __init__.", needs=halved)
    def _(Policy: Any) -> Iterator[Step]:
        keys = draw.sample(KEYS, 3)
        one, told = fed(Policy, _stream(draw, 7, keys), 6)
        two, other = fed(Policy, _stream(draw, 4, keys), 3)
        yield from _state(one, keys, f"{told}, while another one counted")
        yield from _state(two, keys, other)


def _noted(made: tuple[Any, str], keys: Sequence[str]) -> tuple[Any, Sequence[str], str]:
    policy, note = made
    return policy, keys, note


# ── SingleFlight ────────────────────────────────────────────────────────────────────────────────────────

NAMES = ("ann", "ben", "cyd", "dee", "eve", "fay", "gus", "hal", "ian", "joy", "kim", "lea")
PAGES = ("/", "/news", "", "/é", "/News")
Story = list[tuple[str, Calls]]


def _said(callers: Story) -> str:
    """What callers do, in words."""
    parts = []
    for name, made in callers:
        does = [f"{key!r}" + (f" (its load: {does})" if does else "") for key, does in made]
        parts.append(f"{name} asks for {' then '.join(does)}")
    return "; ".join(parts[:4]) + (f"; {len(parts) - 4} more like these" if len(parts) > 4 else "")


@examine(SingleFlight)
def check_flight(exam: Examination) -> None:
    draw = exam.draw

    def met(Single: Any, *stories: Story) -> Iterator[Step]:
        """What happens to callers, each line a step that names the one before it."""
        gathered = there(Single, Callers)(Single)
        for callers in stories:
            lines = plain(gathered.meet(callers), list[str])
            for before, line in zip(["the start", *lines], lines, strict=False):
                yield f"{_said(callers)}: what follows after “{before}”", line

    def people(n: int) -> list[str]:
        return sorted(draw.sample(NAMES, n))

    def page() -> str:
        return draw.choice(PAGES)

    @exam.claim("one caller: its load runs once, and the result is its own", "Call it, give it.")
    def alone(Single: Any) -> Iterator[Step]:
        for n in (1, 1, 2, 3):
            key, (name,) = page(), people(1)
            yield from met(Single, [(name, [(key, "")] * n)])

    @exam.claim(
        "who comes while it runs waits, and gets the same", "One load a flight.", weight=3, needs=alone
    )
    def shared(Single: Any) -> Iterator[Step]:
        for n in (2, 2, 3, 5, len(NAMES)):
            key = page()
            yield from met(Single, [(name, [(key, "")]) for name in people(n)])

    @exam.claim("nothing is kept: a call after the end loads anew", "Whose result is that?", needs=shared)
    def _(Single: Any) -> Iterator[Step]:
        for again in (1, 2):
            key, names = page(), people(2 + again)
            yield from met(Single, [(name, [(key, "")] * (again + 1)) for name in names])

    @exam.claim("an error goes to all who wait, and the key is free", "What remains?", weight=2, needs=shared)
    def failed(Single: Any) -> Iterator[Step]:
        for error in draw.sample(("KeyError", "ZeroDivisionError", "TimeoutError", "OSError"), 3):
            key, (first, *rest) = page(), people(draw.choice((1, 2, 3)))
            story: Story = [(first, [(key, error), (key, "")])]
            yield from met(Single, [*story, *((name, [(key, ""), (key, "")]) for name in rest)])

    @exam.claim("an interrupt is an error like any other", "What else can a load raise?", needs=failed)
    def _(Single: Any) -> Iterator[Step]:
        key, names = page(), people(3)
        yield from met(
            Single, [(names[0], [(key, "KeyboardInterrupt")]), *((each, [(key, "")]) for each in names[1:])]
        )

    @exam.claim(
        "callers of other keys do not wait", "What is held while a load runs?", weight=2, needs=shared
    )
    def _(Single: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            keys = draw.sample(PAGES, 2)
            yield from met(Single, [(name, [(keys[at % 2], "")]) for at, name in enumerate(people(n))])
        failing, well = draw.sample(PAGES, 2)
        one, two, three = people(3)
        yield from met(
            Single, [(one, [(failing, "KeyError")]), (two, [(well, "")]), (three, [(failing, "")])]
        )

    @exam.claim("a load may ask for another key", "What is held while a load runs?", needs=shared)
    def _(Single: Any) -> Iterator[Step]:
        for n in (1, 2):
            outer, inner = draw.sample([page for page in PAGES if page], 2)
            yield from met(Single, [(name, [(outer, f"asks {inner}")]) for name in people(n)])

    @exam.claim("0, an empty text and None are results too", "When has a load ended?", needs=shared)
    def _(Single: Any) -> Iterator[Step]:
        for gives in draw.sample(("zero", "empty text", "nothing"), 3):
            key = page()
            yield from met(Single, [(name, [(key, gives)]) for name in people(2)])

    @exam.claim(
        "whatever the order of their steps", "Who can come between two lines?", weight=3, needs=failed
    )
    def _(Single: Any) -> Iterator[Step]:
        gathered = there(Single, Callers)(Single)
        for once, again, does in ((1, 1, ""), (1, 2, "KeyError"), (2, 2, "")):
            key, (one, two) = page(), people(2)
            story: Story = [(one, [(key, does)] * once), (two, [(key, does)] * again)]
            wrong = plain(gathered.orders(story), list[str])
            yield f"{_said(story)}: what goes wrong in one order or another", wrong
