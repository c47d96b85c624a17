"""How a check is written: claims, each a *probe* that is run on the answer, on the reference, and on known mistakes.

::

    @examine(HashRing)
    def check_ring(exam):
        @exam.claim("after the last point comes the first", "Where does a ring end?")
        def wraps(Ring):
            ring = filled(Ring, exam.draw.sample(NAMES, 3), vnodes=1)
            yield from calls(ring.lookup, *keys_past_the_end, as_=str)

A probe yields what it observes: a case in words, and a plain value. What it yields for the reference is what is expected.
The first observation that differs is the finding; its likely cause is the known mistake (``mistakes.toml``, an edit of
the library) whose observations are the answer's.

What a probe is written with:

- ``exam.draw``, all chance of a check; ``exam.size(50)``, larger in the hidden half; ``needs=``, for a claim that a constant,
  an argument given back or an error could pass by itself.
- ``yield from calls(f, row, row, as_=list[int])`` for a function: arguments in tuples (:class:`Row` for named ones), and the
  plain type of what comes back; ``as_="ndarray"`` for an array, which a list of the same numbers passes too.
- ``yield from script((ring, "add", "a"), (ring, "servers"))`` for an object, line after line.
- ``yield case, value`` for anything else: ``raised(lambda: …)``, ``Near(value, rel=…)``, ``Cost(value, most=…)``.
- An error counts by its class and, where it is the course's own, by the arguments that it keeps as attributes
  (``error.need``), however they were passed; its text never counts. So a class in ``errors.py`` keeps an argument where the
  contract says what it is, and no other: not a text for people, nor what two right answers count differently.
- ``yield from growth(…)`` for how the work grows with the size.
- :mod:`course.checking.subject` for the rest: ``plain``, ``each``, ``length``, ``there``, ``wait``.
"""

import functools
import inspect
import itertools
import random
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course.checking import port as wire
from course.checking.errors import SubjectError
from course.checking.mistakes import FILE, edited, read_mistakes
from course.checking.port import subjects
from course.checking.report import Claim, Finding, Report, cut, not_written
from course.checking.seeds import PUBLIC
from course.checking.seen import (
    Broke,
    Cost,
    Near,
    Observed,
    Odd,
    Row,
    Step,
    calls,
    difference,
    error_of,
    first_wrong,
    growth,
    likeness,
    raised,
    script,
)

ENOUGH = 0.6
"""Share of what is wrong in a claim, and of the claims that fail, that a known mistake has to explain to be named."""
MISTAKE_SECONDS = 0.5
"""Processor seconds for one request to a known mistake: some loop for ever. Those that end take a tenth of it, so that a busy
machine names the same mistakes; the gates hold them to a third."""
ENDLESS = "a loop without an end, or of far too many rounds: print what its condition compares, and see which part stands still"
"""The likely cause where an answer was computing until it was stopped."""
AGAIN = 8
"""Observations that are made once more, to see whether an answer keeps something that it should not."""

Probe = Callable[..., Iterator[Step]]


@dataclass(frozen=True)
class _Claim:
    name: str
    hint: str
    weight: float
    needs: str
    probe: Probe


class Examination:
    """What a check's body gets: it declares claims. All chance is from ``draw``, which is seeded anew for each probe."""

    def __init__(self, seed: int, scale: float) -> None:
        self.seed, self.scale, self.draw = seed, scale, random.Random(seed)
        self.claims: list[_Claim] = []
        self.fault: Exception | None = None  # of the probe that was run last: its own, not the answer's

    def claim(
        self, name: str, hint: str = "", *, weight: float = 1.0, needs: str = ""
    ) -> Callable[[Probe], str]:
        """Declare the decorated probe as claim ``name``; the result is that name, for another's ``needs``.

        What ``needs`` another counts only with it: so does whatever a constant or an error could pass.
        """

        def take(probe: Probe) -> str:
            if name in [other.name for other in self.claims]:
                raise ValueError(f"two claims are called “{name}”; give each a name of its own")
            if needs and needs not in [other.name for other in self.claims]:
                raise ValueError(f"“{name}” needs “{needs}”, which is no claim before it")
            self.claims.append(_Claim(name, hint, weight, needs, probe))
            return name

        return take

    def size(self, n: int) -> int:
        """``n`` at this scale: the hidden half is larger."""
        return max(1, int(n * self.scale))

    def observe(
        self,
        claim: _Claim,
        objects: Sequence[Any],
        most: int | None = None,
        other: int = 0,
        until_unlike: Observed | None = None,
    ) -> Observed:
        """What the probe of ``claim`` sees on ``objects``, up to ``most`` steps; ``other`` draws other cases.

        It ends with the first step that is not as in ``until_unlike``, where that is given.
        """
        self.draw.seed(f"{self.seed} {claim.name} {other}")
        seen: Observed = []
        self.fault = None
        try:
            for step in itertools.islice(claim.probe(*objects), most):
                seen.append(step)
                if (
                    until_unlike is not None
                    and first_wrong([step], until_unlike[len(seen) - 1 : len(seen)]) == 0
                ):
                    break
        except SubjectError as error:
            seen.append((error.call or "a call", error_of(error, Broke)))
        except Exception as error:
            self.fault = error
            seen.append(("", Odd("", f"something that cannot be read ({type(error).__name__}: {error})")))
        return seen


class Plan:
    """A check at one seed: its claims, what is expected, and what known mistakes say (found when it is asked for)."""

    def __init__(
        self, body: Callable[[Examination], None], references: tuple[Any, ...], seed: int, scale: float
    ) -> None:
        self.exam, self.references, self.name = Examination(seed, scale), references, body.__name__
        body(self.exam)
        self.expected: list[Observed] = []
        for claim in self.exam.claims:
            right = self.exam.observe(claim, subjects(*references))
            if not right or isinstance(right[-1][1], Odd | Broke):
                why = _nothing(claim, right, self.exam.fault)
                raise ValueError(f"“{claim.name}” sees nothing of the reference: {why}")
            self.expected.append(right)
        self.signatures: dict[tuple[int, int], tuple[Observed, bool]] = {}

    def report(self, objects: tuple[Any, ...], room: Path) -> Report:
        own = subjects(*objects)
        ports = {id(each._port): each._port for each in own}.values()
        before = [(port, port.crossings, len(port.printed)) for port in ports]
        try:
            unwritten = self._stubs(own)
            claims = self._unwritten(unwritten) if unwritten else self._examined(own, room)
        except SubjectError as error:
            if not error.unwritten:
                raise
            claims = self._unwritten([error.function])
        printed = "".join(port.printed[length:] for port, _, length in before)
        crossings = sum(port.crossings - number for port, number, _ in before)
        return Report(self.name, tuple(claims), printed=cut(printed), crossings=crossings)

    def _stubs(self, own: Sequence[Any]) -> list[str]:
        """The functions of the answer that are not written yet."""
        found = [each._port.ask("stubs", each._id) for each in own]
        return [str(name) for names in found if type(names) is list for name in names]

    def _unwritten(self, said: list[str]) -> list[Claim]:
        """Every claim open, with the functions' names as the lesson has them: the answer's own words, and what it may
        have hidden in them, go no further."""
        known = [name for each in self.references for name in function_names(each)]
        names = [name for name in known if name in said] or [self.references[0].__name__]
        return [Claim(claim.name, claim.weight, not_written(names), claim.hint) for claim in self.exam.claims]

    def _examined(self, own: Sequence[Any], room: Path) -> list[Claim]:
        seen: list[Observed] = []
        claims: list[Claim] = []
        # Naming takes all that a claim sees; to judge, the first difference will do.
        named = self.exam.seed == PUBLIC
        late = ""  # after one loop without an end, nothing more is tried
        for claim, right in zip(self.exam.claims, self.expected, strict=True):
            needed = late or next((c.name for c in claims if c.name == claim.needs and c.finding), "")
            if late or (needed and not named):
                mine = []
            else:
                mine = self.exam.observe(claim, own, len(right) + 1, until_unlike=None if named else right)
            finding = difference(mine, right)
            if needed:
                finding = Finding("blocked", f"not counted before “{needed}” holds")
            if mine and isinstance(mine[-1][1], Broke) and mine[-1][1].late:
                late = claim.name
                if finding and first_wrong(mine, right) == len(mine) - 1:
                    finding = replace(finding, likely=ENDLESS)
            seen.append(mine)
            claims.append(Claim(claim.name, claim.weight, finding, claim.hint))
        first = next((i for i, claim in enumerate(claims) if claim.finding), None)
        if first is None:
            claims[0] = replace(claims[0], finding=self._kept(own, seen[0]))
        elif named and (found := claims[first].finding):
            likely = found.likely or self._likely(first, seen, room)
            claims[first] = replace(claims[first], finding=replace(found, likely=likely))
        return claims

    def _kept(self, own: Sequence[Any], before: Observed) -> Finding | None:
        """A finding where the first claim says something else, once other objects were made and asked."""
        claim = self.exam.claims[0]
        self.exam.observe(claim, own, AGAIN, other=1)
        found = difference(self.exam.observe(claim, own, AGAIN), before[:AGAIN])
        likely = "something is kept between calls or shared between objects that belongs to each alone"
        return found and replace(
            found, kind="kept", case=f"{found.case}, once more, after others like it", likely=likely
        )

    def _likely(self, first: int, seen: list[Observed], room: Path) -> str:
        """The sentence of the known mistake that explains what was seen: the first difference and most others of claim
        ``first``, as many of the other claims that fail, and nothing against what holds. Of two equals both are named."""
        scores: dict[str, float] = {}
        mine, right = seen[first], self.expected[first]
        few = (first_wrong(mine, right) or 0) + 1
        others = [i for i, each in enumerate(seen) if each and i != first]
        failed = {i for i in others if difference(seen[i], self.expected[i])}
        for number, (sentence, objects) in enumerate(known_mistakes(room, self.name, self.references)):
            if not likeness(mine[:few], self._says(number, objects, first, few), right[:few]):
                continue  # most say something else already there
            here = likeness(mine, self._says(number, objects, first), right)
            if here >= ENOUGH and not any(
                difference(self._says(number, objects, i), self.expected[i])
                for i in others
                if i not in failed
            ):
                held = [likeness(seen[i], self._says(number, objects, i), self.expected[i]) for i in failed]
                if sum(each >= ENOUGH for each in held) >= ENOUGH * len(failed):
                    scores[sentence] = max(scores.get(sentence, 0.0), here + sum(held))
        best = [sentence for sentence, score in scores.items() if score == max(scores.values())]
        return "; or ".join(best) if len(best) < 3 else ""

    def _says(self, number: int, objects: tuple[Any, ...], claim: int, few: int = 0) -> Observed:
        """What known mistake ``number`` says in ``claim``, or the first ``few`` of it. It is asked for few at first, then for
        all, and then never again."""
        found, whole = self.signatures.get((number, claim), ([], False))
        if not whole and (not few or len(found) < few):
            most = few if few and not found else len(self.expected[claim]) + 1
            before, wire.MAX_SECONDS = wire.MAX_SECONDS, MISTAKE_SECONDS
            try:
                found = self.exam.observe(self.exam.claims[claim], subjects(*objects), most)
            finally:
                wire.MAX_SECONDS = before
            ended = len(found) < most or isinstance(found[-1][1], Broke)
            self.signatures[number, claim] = found, ended or most > len(self.expected[claim])
        return found[: few or None]


def _nothing(claim: _Claim, seen: Observed, fault: Exception | None) -> str:
    """Why a probe saw nothing of the reference, for its author."""
    if fault:
        file = inspect.getfile(claim.probe)
        lines = [at.lineno for at in traceback.extract_tb(fault.__traceback__) if at.filename == file]
        where = f" in line {lines[-1]} of {Path(file).name}" if lines else " (a probe yields its steps)"
        return f"its probe raises {type(fault).__name__}{where}: {fault}"
    if not seen:
        return "its probe yields no step"
    case, last = seen[-1]
    wanted = f", which is no {last.instead}" if isinstance(last, Odd) and last.instead else ""
    return f"{case} gives {last.told()}{wanted}"


def function_names(reference: Any) -> list[str]:
    """The names of a function, or of the functions of a class, as a finding says them."""
    members = vars(reference).values() if isinstance(reference, type) else [reference]
    inner = [getattr(member, "fget", None) or getattr(member, "__func__", member) for member in members]
    return [each.__qualname__ for each in inner if isinstance(each, types.FunctionType)]


plan = functools.lru_cache(maxsize=16)(Plan)


def examine(*references: Any) -> Callable[[Callable[[Examination], None]], Callable[..., Report]]:
    """Make a check of ``body(exam)``: ``check(*objects, seed=PUBLIC, scale=1) -> Report``, against ``references``.

    ``check.plan(seed, scale)`` asks the references alone, once for all reports of this process at that seed.
    """

    def made(body: Callable[[Examination], None]) -> Callable[..., Report]:
        room = Path(body.__code__.co_filename).with_name(FILE)

        @functools.wraps(body)
        def check(*objects: Any, seed: int = PUBLIC, scale: float = 1.0) -> Report:
            return plan(body, references, seed, scale).report(objects, room)

        vars(check)["plan"] = functools.partial(plan, body, references)
        return check

    return made


@functools.lru_cache(maxsize=16)
def known_mistakes(path: Path, check: str, references: tuple[Any, ...]) -> list[tuple[str, tuple[Any, ...]]]:
    """Each known mistake of a check: its sentence, and the objects with its edit made."""
    listed = [each for each in read_mistakes(path) if each.check == check and not each.decision]
    return [(mistake.likely, objects) for mistake in listed for objects in edited(mistake, references)]


__all__ = ["Cost", "Examination", "Near", "Row", "Step", "calls", "examine", "growth", "raised", "script"]
