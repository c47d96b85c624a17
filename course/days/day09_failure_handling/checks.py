"""Day 9: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from course.checking.probes import Cost, Examination, Step, calls, examine, growth, script
from course.checking.subject import each, plain, there
from course.systems.cluster.breaker import CircuitBreaker
from course.systems.cluster.idempotency import idempotent
from course.systems.cluster.key_store import KeyStore
from course.systems.cluster.payments import Charges
from course.systems.cluster.retry_budget import RetryBudget

RATIOS = (0.125, 0.25, 0.5, 0.75, 1.5)
"""Ratios that floats add up exactly, so that any order of additions is right."""


def _counted(names: Sequence[str]) -> str:
    """Calls in their order, those that follow each other counted."""
    groups = [
        (name, len([*same])) for name, same in itertools.groupby(each for each in names if each != "tokens")
    ]
    return ", ".join(name if times == 1 else f"{times} × {name}" for name, times in groups)


# ── RetryBudget ─────────────────────────────────────────────────────────────────────────────────────────


@examine(RetryBudget)
def check_budget(exam: Examination) -> None:
    draw = exam.draw
    types = {"may_retry": bool, "tokens": float}

    def told(budget: Any, note: str, *names: str) -> Iterator[Step]:
        """What each call or attribute says, with the calls before it."""
        lines = [
            (f"{name}, after {_counted(names[:place]) or 'nothing'}", budget, name)
            for place, name in enumerate(names)
        ]
        yield from script(*lines, as_=types, note=note)

    def made(Budget: Any, ratio: float, floor: float, most: float) -> tuple[Any, str]:
        return Budget(ratio, floor, most), f", RetryBudget({ratio}, {floor}, {most})"

    @exam.claim(
        "a first try earns the ratio, a retry costs a token", "What does each put in or take out?", weight=2
    )
    def earns(Budget: Any) -> Iterator[Step]:
        for _ in range(4):
            budget, note = made(Budget, draw.choice(RATIOS), 0.0, 50.0)
            firsts = draw.choice((1, 2, 4, 8))
            yield from told(budget, note, *["first"] * firsts, "tokens", "may_retry", "tokens")

    @exam.claim("it begins with the floor", "A new client may retry at all.", needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        for floor in draw.sample((0.0, 0.5, 1.0, 2.0, 3.5), 4):
            budget, note = made(Budget, draw.choice(RATIOS), floor, 50.0)
            yield from told(budget, note, "may_retry", "may_retry", "may_retry", "tokens")

    @exam.claim(
        "less than a whole token is no retry, and stays", "Whoever gets no has taken nothing.", needs=earns
    )
    def _(Budget: Any) -> Iterator[Step]:
        for floor in (0.25, 0.875, 1.75):
            budget, note = made(Budget, 0.125, floor, 50.0)
            yield from told(
                budget, note, *["may_retry"] * 4, "tokens", "first", "tokens", "may_retry", "tokens"
            )

    @exam.claim("never more than `most` is kept", "A calm night does not pay for a storm.", needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        for ratio, floor, most in ((0.5, 1.0, 2.0), (1.5, 0.0, 2.25), (0.75, 3.0, 3.0), (3.0, 0.0, 0.5)):
            budget, note = made(Budget, ratio, floor, most)
            firsts = draw.randint(5, 12)
            each(budget.first, [()] * firsts)
            yield from told(
                budget, f" after {firsts} first tries{note}", "tokens", *["may_retry"] * 3, "tokens"
            )

    @exam.claim("a ratio of 0 leaves the floor alone", "Every retry costs.", needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        budget, note = made(Budget, 0.0, 2.0, 50.0)
        yield from told(budget, note, *["first"] * 9, *["may_retry"] * 4, "tokens")

    @exam.claim("calls in any order", "First tries alone earn.", weight=2, needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        for _ in range(3):
            budget, note = made(Budget, draw.choice(RATIOS), draw.choice((0.0, 1.5)), 8.0)
            names = [draw.choice(("first", "first", "may_retry")) for _ in range(exam.size(12))]
            yield from told(budget, note, *names, "tokens")

    @exam.claim(
        "in a storm retries are at most the floor and the ratio of first tries", "Count them.", needs=earns
    )
    def _(Budget: Any) -> Iterator[Step]:
        for ratio, tries in ((0.125, 3), (0.5, 4), (0.25, 2)):
            budget, note = made(Budget, ratio, 2.0, 50.0)
            failing = exam.size(16)
            lines = [(budget, name) for name in ["first", *["may_retry"] * tries] * failing]
            granted = sum(came is True for _, came in script(*lines, as_=types))
            yield f"retries granted in {failing} failing calls that ask {tries} times each{note}", granted

    @exam.claim("two clients have a budget each", "Whose tokens are they?", needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        (one, _), (other, note) = (made(Budget, 0.5, floor, 50.0) for floor in (3.0, 0.0))
        both = f"{note[2:]} beside another one with a floor of 3"
        lines = [(other, "tokens"), (other, "first"), (one, "may_retry"), (other, "tokens"), (one, "tokens")]
        words = (
            "its tokens",
            "its first",
            "may_retry of the other",
            "its tokens then",
            "tokens of the other",
        )
        told = [(word, *line) for word, line in zip(words, lines, strict=True)]
        yield from script(*told, as_=types, note=f", {both}")

    @exam.claim("the work does not grow with the calls", "One number is enough.", needs=earns)
    def _(Budget: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[()]]]:
            budget = Budget(0.5, 0.0, float(n))
            each(budget.first, [()] * n)
            return budget.may_retry, [(), (), ()]

        yield from growth("may_retry after n first tries", at, at=50, most=0.7)


# ── CircuitBreaker ──────────────────────────────────────────────────────────────────────────────────────


@examine(CircuitBreaker)
def check_breaker(exam: Examination) -> None:
    draw = exam.draw
    types = {"allow": bool, "state": str}

    def made(Breaker: Any, threshold: float, window: float, open_s: float, least: int) -> tuple[Any, str]:
        note = f": threshold {threshold}, window {window} s, open {open_s} s, least {least}"
        return Breaker(threshold, window, open_s, least), note

    def told(breaker: Any, note: str, *lines: tuple[Any, ...]) -> Iterator[Step]:
        """What each line does, and the state after it, with the results before it."""
        both: list[tuple[Any, ...]] = []
        known = ""
        for name, *given in lines:
            call = f"{name}({', '.join(map(repr, given))})"
            both += [
                (f"{call}{known}", breaker, name, *given),
                (f"state after {call}{known}", breaker, "state"),
            ]
            if name == "record":
                known += f"{',' if known else ' after results'} {'+' if given[0] else '−'} at {given[1]:g}"
        yield from script(*both, as_=types, note=note)

    def results(text: str, begin: float, step: float = 0.125) -> list[tuple[Any, ...]]:
        """Results as a text says them: ``+`` went well, ``-`` failed."""
        return [("record", mark == "+", begin + place * step) for place, mark in enumerate(text)]

    def mixed(good: int, bad: int) -> str:
        marks = draw.sample("+" * good + "-" * bad, good + bad)
        return "".join(marks)

    @exam.claim("it opens at the threshold, once enough is known", "A share, of at least `least`.", weight=2)
    def opens(Breaker: Any) -> Iterator[Step]:
        cases = [(0.5, 4, "+" + mixed(1, 3)), (0.5, 2, "+-+--"), (0.25, 4, "+++--"), (1.0, 3, "--+---")]
        cases += [(draw.choice((0.25, 0.5, 0.75)), draw.randint(1, 4), mixed(3, 3)) for _ in range(4)]
        for threshold, least, text in draw.sample(cases, len(cases)):
            breaker, note = made(Breaker, threshold, 100.0, 5.0, least)
            yield from told(breaker, note, ("allow", 0.0), *results(text, 1.0), ("allow", 3.0))

    @exam.claim(
        "open, it refuses until its time has passed",
        "From the moment at which it opened.",
        weight=2,
        needs=opens,
    )
    def refuses(Breaker: Any) -> Iterator[Step]:
        for open_s in (1.0, 2.5):
            begin = draw.randrange(80) / 8
            breaker, note = made(Breaker, 0.5, 10.0, open_s, 2)
            waits = [
                ("allow", begin + 0.125 + share * open_s) for share in (0.0, 0.25, 0.5, 0.75, 0.875, 1.0)
            ]
            yield from told(breaker, note, *results("--", begin), *waits)

    @exam.claim(
        "half-open, one call passes at a time", "Until its result is recorded.", weight=2, needs=refuses
    )
    def one(Breaker: Any) -> Iterator[Step]:
        for wait in (1.0, 1.5, 40.0):
            breaker, note = made(Breaker, 0.5, 10.0, 1.0, 2)
            asks = [("allow", 0.125 + wait + late) for late in (0.0, 0.0, 0.25, 2.0)]
            yield from told(breaker, note, *results("--", 0.0), *asks)

    @exam.claim(
        "a call that went well closes it, and nothing is remembered", "A new window.", weight=2, needs=one
    )
    def closes(Breaker: Any) -> Iterator[Step]:
        for text in ("-+-", "--"):
            breaker, note = made(Breaker, 0.5, 100.0, 1.0, 3)
            first = [*results("+--", 0.0), ("allow", 2.0), ("record", True, 2.25), ("allow", 2.25)]
            yield from told(breaker, note, *first, *results(text, 2.5), ("allow", 4.0))

    @exam.claim("a call that failed opens it again, from then on", "Its own time.", needs=one)
    def again(Breaker: Any) -> Iterator[Step]:
        breaker, note = made(Breaker, 0.5, 100.0, 2.0, 2)
        late = draw.choice((0.0, 0.5, 1.25))
        asks = [("allow", 2.125 + late + share) for share in (0.5, 1.875, 2.0, 2.0)]
        yield from told(
            breaker, note, *results("--", 0.0), ("allow", 2.125), ("record", False, 2.125 + late), *asks
        )

    @exam.claim(
        "results that end while it is open change nothing", "Late ends of earlier calls.", needs=refuses
    )
    def _(Breaker: Any) -> Iterator[Step]:
        for text in ("+", "-", "+++", mixed(1, 2)):
            breaker, note = made(Breaker, 0.5, 100.0, 4.0, 2)
            late = results(text, 1.0, 0.5)
            yield from told(breaker, note, *results("--", 0.0), *late, ("allow", 4.0), ("allow", 4.125))
        for ok in (True, False):  # its time has passed, and nobody has asked
            breaker, note = made(Breaker, 0.5, 100.0, 1.0, 2)
            late = [("record", ok, 1.25), ("allow", 1.5), ("record", True, 1.75)]
            yield from told(breaker, note, *results("--", 0.0), *late)

    @exam.claim("late results are not known after it has closed", "Nothing is remembered.", needs=closes)
    def _(Breaker: Any) -> Iterator[Step]:
        breaker, note = made(Breaker, 0.5, 100.0, 4.0, 2)
        closed = [*results("--", 0.0), *results("---", 1.0), ("allow", 4.125), ("record", True, 4.25)]
        yield from told(breaker, note, *closed, *results("+", 4.5), *results("-", 5.0))

    @exam.claim(
        "a refusal is no result, and moves nothing", "How often it is asked does not matter.", needs=refuses
    )
    def _(Breaker: Any) -> Iterator[Step]:
        breaker, note = made(Breaker, 0.5, 100.0, 1.0, 2)
        asks = [("allow", 0.25 + place / 8) for place in range(6)]
        probe = [("allow", 1.125), ("allow", 1.25), ("allow", 1.375), ("record", True, 1.5), ("allow", 1.5)]
        yield from told(breaker, note, *results("--", 0.0), *asks, *probe)

    @exam.claim(
        "what is as old as the window is forgotten", "And not what is younger.", weight=2, needs=opens
    )
    def window(Breaker: Any) -> Iterator[Step]:
        ages = (1.0, 0.875, 1.0, 0.75, 5.0, 0.0)
        for age in draw.sample(ages, len(ages)):
            breaker, note = made(Breaker, 0.5, 1.0, 9.0, 2)
            first = draw.randrange(40) / 8
            lines = [("record", False, first), ("record", False, first + age), ("allow", first + age)]
            yield from told(breaker, note, *lines)
        breaker, note = made(Breaker, 0.5, 1.0, 9.0, 3)
        yield from told(breaker, note, *results(mixed(2, 2), 0.0, 0.375), *results(mixed(2, 3), 2.0, 0.375))
        breaker, note = made(Breaker, 0.75, 1.0, 9.0, 2)
        yield from told(breaker, note, *results("++++", 0.0), *results("--", 5.0))

    @exam.claim("a success that completes the number opens it too", "After every result.", needs=opens)
    def _(Breaker: Any) -> Iterator[Step]:
        cases = [("--+", 3), ("-+", 2), ("---+", 4), ("--+", 4), ("-+", 3), ("---+", 5)]
        for text, least in draw.sample(cases, 5):
            breaker, note = made(Breaker, 0.5, 100.0, 5.0, least)
            yield from told(breaker, note, *results(text, 0.0), ("allow", 1.0))
        breaker, note = made(Breaker, 0.5, 100.0, 2.0, 3)
        asks = [("allow", 3.25), ("allow", 3.5)]
        yield from told(breaker, note, *results("--", 0.0), ("record", True, 1.5), *asks)

    @exam.claim("many results, in any order", "The window moves.", needs=window)
    def _(Breaker: Any) -> Iterator[Step]:
        for _ in range(3):
            breaker, note = made(Breaker, draw.choice((0.5, 0.625)), 1.0, 0.5, draw.randint(2, 4))
            now, lines = 0.0, list[tuple[Any, ...]]()
            for _ in range(exam.size(12)):
                now += draw.choice((0.0, 0.125, 0.375, 0.5))
                lines.append(("allow", now))
                now += draw.choice((0.0, 0.0625))
                lines.append(("record", draw.random() < 0.5, now))
            yield from told(breaker, note, *lines)

    @exam.claim("the work of one result does not grow with the window", "Keep a running count.", needs=window)
    def _(Breaker: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[bool, float]]]:
            breaker = Breaker(1.0, 1e6, 1.0, 1)
            each(breaker.record, [(True, float(number)) for number in range(n)])
            return breaker.record, [(True, float(n + late)) for late in range(3)]

        yield from growth("record into a window of n results", at, at=250, most=0.7)


# ── idempotent ──────────────────────────────────────────────────────────────────────────────────────────

KEYS = ("order 7", "", "é", "e\u0301", "Order 7", "order 7 ")


@examine(idempotent)
def check_idempotent(exam: Examination) -> None:
    draw = exam.draw
    types = {"executed": int, "called": int, "asked": int, "met": str}

    def request(once: Any, *plan: str) -> tuple[Any, Any, str, str]:
        """A store and charges where the answer lives, with a key and a fingerprint."""
        receipt = f"no. {draw.randrange(1000)}, copy"
        charges = there(once, Charges)([*plan], receipt)
        return there(once, KeyStore)(), charges, draw.choice(KEYS), f"€{draw.randint(1, 99)}"

    def sent(
        once: Any, store: Any, charges: Any, note: str, *requests: tuple[str, str], ends: bool = True
    ) -> Iterator[Step]:
        """What each of the ``requests``, a key and a fingerprint, comes to, and how often the effect took place."""
        rows = [(store, key, fingerprint, charges) for key, fingerprint in requests]
        for number, (_, came) in enumerate(calls(once, *rows)):
            key, fingerprint = requests[number]
            order = f", call {number + 1} of {len(requests)}" if len(requests) > 1 else ""
            yield f"idempotent(store, {key!r}, {fingerprint!r}, effect){note}{order}", came
        if ends:
            yield from script((charges, "executed"), (charges, "called"), as_=types, note=note)

    @exam.claim("the same request twice: one effect, and its result each time", "Keep the result.", weight=2)
    def once_only(once: Any) -> Iterator[Step]:
        for times in (1, 2, 4):
            store, charges, key, mark = request(once, "done")
            yield from sent(once, store, charges, "", *[(key, mark)] * times)

    @exam.claim("no result is a result", "None is not “nothing is kept”.", needs=once_only)
    def _(once: Any) -> Iterator[Step]:
        store, charges, key, mark = request(once, "nothing", "done")
        yield from sent(once, store, charges, ", an effect that gives None", *[(key, mark)] * 3)

    @exam.claim("another key is another request", "Two texts, two keys.", needs=once_only)
    def _(once: Any) -> Iterator[Step]:
        store, charges, _, mark = request(once, "done")
        keys = draw.sample(KEYS, len(KEYS))
        yield from sent(once, store, charges, "", *[(key, mark) for key in (*keys, keys[0])])

    @exam.claim(
        "a key with another fingerprint is KeyReused",
        "Which request does the key stand for?",
        weight=2,
        needs=once_only,
    )
    def reused(once: Any) -> Iterator[Step]:
        for plan, told in (("done", "done"), ("lost", "without an answer"), ("nothing", "done, with None")):
            store, charges, key, mark = request(once, plan)
            other = draw.choice(("", mark + " ", mark.lower() + "0"))
            yield from sent(
                once, store, charges, f", the first request {told}", (key, mark), (key, other), (key, mark)
            )

    @exam.claim(
        "after no answer the key is in doubt, and nothing is sent again",
        "It may have been executed.",
        weight=3,
        needs=once_only,
    )
    def doubt(once: Any) -> Iterator[Step]:
        for plan in ("lost", "away"):
            store, charges, key, mark = request(once, plan, "done")
            yield from sent(once, store, charges, f", an effect whose answer is {plan}", *[(key, mark)] * 3)
            yield "the state that the store keeps then", plain(store.entries[key]["state"], str)

    @exam.claim(
        "so it is after any error that says nothing", "Also where the process is told to end.", needs=doubt
    )
    def _(once: Any) -> Iterator[Step]:
        for plan in ("stopped", "timed out", "broken"):
            store, charges, key, mark = request(once, plan, "done")
            yield from sent(once, store, charges, f", an effect that is {plan}", *[(key, mark)] * 2)

    @exam.claim(
        "NotDone is raised, and never kept as the answer", "Nothing took place.", weight=2, needs=once_only
    )
    def not_done(once: Any) -> Iterator[Step]:
        for plan in (("refused", "done"), ("refused", "refused", "done")):
            store, charges, key, mark = request(once, *plan)
            first = sent(once, store, charges, f", an effect that is {plan[0]}", (key, mark), ends=False)
            yield from first
            later = [came for _, came in sent(once, store, charges, "", *[(key, mark)] * 3, ends=False)]
            words = [getattr(came, "names", (came,))[0] for came in later]
            receipt = f"{plain(charges.receipt, str)} 1"
            again = [*["NotDone"] * (len(plan) - 2), *[receipt] * (5 - len(plan))]
            right = words in (again, ["InDoubt"] * 3)
            case = f"asked three times more after {plan[0]}: tried again, or in doubt throughout"
            yield case, "so it is" if right else words
            executed = plain(charges.executed, int)
            yield "how often it took place, with that", executed == (receipt in words)

    @exam.claim(
        "while a call is under way another one is told so", "Who began first?", weight=2, needs=once_only
    )
    def _(once: Any) -> Iterator[Step]:
        for other in ("same", "another"):
            store, charges, key, mark = request(once, "done")
            charges.during(once, store, key, mark if other == "same" else mark + "!")
            note = f", and while it is under way the key is used for {'it' if other == 'same' else 'another request'}"
            yield from sent(once, store, charges, note, (key, mark), (key, mark))
            yield from script(("what the second caller met", charges, "met"), as_=types, note=note)

    @exam.claim("the store is asked once a call", "`begin` tells two callers apart.", needs=once_only)
    def _(once: Any) -> Iterator[Step]:
        store, charges, key, mark = request(once, "done")
        asked = 4
        list(sent(once, store, charges, "", *[(key, mark)] * asked))
        yield f"{asked} calls", Cost(plain(store.asked, int), asked, "questions to the store")
        store, charges, key, mark = request(once, "lost")
        list(sent(once, store, charges, "", (key, mark), (key, mark), (key, mark + "!")))
        told = "3 calls, after no answer, the last for another request"
        yield told, Cost(plain(store.asked, int), 3, "questions to the store")
        store, charges, key, mark = request(once, "done")
        charges.during(once, store, key, mark)
        list(sent(once, store, charges, "", (key, mark)))
        told = "2 calls, one while the other is under way"
        yield told, Cost(plain(store.asked, int), 2, "questions to the store")

    @exam.claim("two stores are two shops", "All that is kept is kept there.", needs=once_only)
    def _(once: Any) -> Iterator[Step]:
        store, charges, key, mark = request(once, "done")
        yield from sent(once, store, charges, "", (key, mark))
        yield from sent(
            once, there(once, KeyStore)(), charges, ", in another store", (key, mark), (key, mark)
        )
