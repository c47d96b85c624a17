"""Day 10: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
from collections.abc import Iterator
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.checking.subject import each, plain, there
from course.systems.cluster.commit import commit_index
from course.systems.cluster.election import Ask, Node, grant_vote
from course.systems.cluster.fence import Fence
from course.systems.cluster.schedules import Schedules

RESOURCES = ("shard 7", "Shard 7", "", "é", "e\u0301", "shard 7 ")


# ── Fence ───────────────────────────────────────────────────────────────────────────────────────────────


@examine(Fence)
def check_fence(exam: Examination) -> None:
    draw = exam.draw

    def writes(fence: Any, *given: tuple[str, Any], note: str = "") -> Iterator[Step]:
        """What each write comes to, after those before it."""
        rows, seen = [], ""
        for resource, token in given:
            rows.append((f"accept({resource!r}, {token!r}){seen}", fence, "accept", resource, token))
            seen += f"{',' if seen else ' after'} {token!r} for {resource!r}"
        yield from script(*rows, as_={"accept": bool}, note=note)

    @exam.claim("a lower token than one that was accepted is refused", "What was the highest?", weight=2)
    def lower(Fence: Any) -> Iterator[Step]:
        for tokens in ((1, 2, 1), (5, 3), (2, 9, 4, 9)):
            shift, name = draw.randrange(1, 90), draw.choice(RESOURCES)
            yield from writes(Fence(), *[(name, token + shift) for token in tokens])
        name = draw.choice(RESOURCES)
        yield from writes(Fence(), *[(name, draw.randint(1, 9)) for _ in range(8)])

    @exam.claim("its holder may write again", "The same token is not an old one.", needs=lower)
    def same(Fence: Any) -> Iterator[Step]:
        for token in (1, draw.randint(2, 99)):
            yield from writes(Fence(), *[("s", token)] * 3, ("s", token + 1), ("s", token), ("s", token + 1))
        yield from writes(Fence(), *[("s", 10**length) for length in (3, 3, 20, 20)])

    @exam.claim("each resource has its own tokens", "By resource.", weight=2, needs=lower)
    def apart(Fence: Any) -> Iterator[Step]:
        one, two, three = draw.sample(RESOURCES, 3)
        high = draw.randint(10, 99)
        given = [(one, high), (two, 1), (three, high - 1), (one, high - 1), (two, 2), (two, 1), (three, high)]
        yield from writes(Fence(), *given)
        each_own = [(name, draw.randint(1, 4) + 5 * place) for place, name in enumerate(RESOURCES)]
        yield from writes(Fence(), *draw.sample(each_own, len(each_own)), *each_own)

    @exam.claim("what is refused changes nothing", "Nor does it count later.", needs=lower)
    def _(Fence: Any) -> Iterator[Step]:
        for _ in range(2):
            fence, high = Fence(), draw.randint(5, 50)
            yield from writes(
                fence, ("s", high), ("s", high - 3), ("s", high - 2), ("s", high), ("t", high - 3)
            )
            yield from script(
                (fence, "highest"),
                as_={"highest": dict[str, int]},
                note=f" after {high} and two lower ones for 's', {high - 3} for 't'",
            )

    @exam.claim("tokens are numbers, not texts", "10 is more than 9.", needs=lower)
    def _(Fence: Any) -> Iterator[Step]:
        yield from writes(
            Fence(), ("s", 9), ("s", 10), ("s", 9), ("s", 100), ("s", 99), ("s", 2**70), ("s", 2**70 - 1)
        )

    @exam.claim(
        "a token that is no whole number from 1 up is a ValueError", "Before anything else.", needs=lower
    )
    def _(Fence: Any) -> Iterator[Step]:
        fence = Fence()
        wrong = draw.sample((0, -1, True, 2.0, "3", None, float("nan")), 7)
        yield from writes(fence, ("s", 3), *[("s", token) for token in wrong], ("s", 3))
        yield from script(
            (fence, "highest"), as_={"highest": dict[str, int]}, note=" after 3, and what is no token"
        )
        fence = Fence()
        yield from writes(fence, ("new", 0))
        yield from script((fence, "highest"), as_={"highest": dict[str, int]}, note=" after what is no token")

    @exam.claim(
        "what the store had on disk still holds after a restart",
        "All that it knows is in `highest`.",
        weight=2,
        needs=lower,
    )
    def _(Fence: Any) -> Iterator[Step]:
        fence, high = Fence(), draw.randint(4, 40)
        list(writes(fence, ("a", high), ("b", 2), ("a", high + 1)))
        kept = plain(fence.highest, dict[str, int])
        yield f"highest after {high} and {high + 1} for 'a', 2 for 'b'", dict(sorted(kept.items()))
        again = Fence(kept)
        yield from writes(
            again, ("a", high), ("b", 1), ("a", high + 1), ("b", 2), note=", in a fence made from that"
        )

    @exam.claim(
        "the work does not grow with the writes or the resources", "A dict finds it at once.", needs=apart
    )
    def _(Fence: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[str, int]]]:
            fence = Fence()
            each(fence.accept, [(f"s{number}", 1) for number in range(n)])
            return fence.accept, [("s1", 2), ("s1", 3), ("s1", 4)]

        yield from growth("accept, with n resources", at, at=240, most=0.7)

        def written(n: int) -> tuple[Any, list[tuple[str, int]]]:
            fence = Fence()
            each(fence.accept, [("s", token) for token in range(1, n + 1)])
            return fence.accept, [("s", n + more) for more in range(3)]

        yield from growth("accept, after n writes", written, at=240, most=0.7)


# ── grant_vote ──────────────────────────────────────────────────────────────────────────────────────────


@examine(grant_vote)
def check_vote(exam: Examination) -> None:
    draw = exam.draw

    def log(most: int, entries: int) -> list[int]:
        return sorted(draw.randint(1, most) for _ in range(entries))

    def node(term: int, voted_for: str = "", entries: int | None = None) -> Node:
        return {
            "term": term,
            "voted_for": voted_for,
            "log": log(term, draw.randrange(4) if entries is None else entries),
        }

    def ask(term: int, candidate: str, like: list[int]) -> Ask:
        return {
            "term": term,
            "candidate": candidate,
            "last_term": like[-1] if like else 0,
            "length": len(like),
        }

    def answers(vote: Any, *rows: tuple[Node, Ask]) -> Iterator[Step]:
        yield from calls(vote, *rows, as_=dict[str, Any])

    @exam.claim("a newer term frees the vote, and is the voter's from then on", "Granted or not.", weight=2)
    def newer(vote: Any) -> Iterator[Step]:
        rows = []
        for _ in range(4):
            term = draw.randint(2, 7)
            voter = node(term, draw.choice(("", "a", "b")))
            better = [*voter["log"], term]
            rows.append((voter, ask(term + draw.randint(1, 3), draw.choice("ab"), better)))
            voter = node(term, draw.choice(("", "a")), entries=3)
            rows.append((voter, ask(term + draw.randint(1, 3), "b", voter["log"][:2])))
        yield from answers(vote, *draw.sample(rows, len(rows)))

    @exam.claim(
        "an older term gets the voter's own, and no vote", "Who asks is behind.", weight=2, needs=newer
    )
    def _(vote: Any) -> Iterator[Step]:
        rows = []
        for has in ("", "a", "b"):
            term = draw.randint(4, 9)
            voter = node(term, has)
            rows.append((voter, ask(term - draw.randint(1, 3), "a", [*voter["log"], term])))
        yield from answers(vote, *rows)

    @exam.claim("one vote a term", "Somebody else has it.", weight=2, needs=newer)
    def _(vote: Any) -> Iterator[Step]:
        rows = []
        for has, candidate in (
            ("a", "b"),
            ("", "a"),
            ("a", "A"),
            ("é", "e\u0301"),
            ("n1", "n10"),
            ("n10", "n1"),
        ):
            voter = node(draw.randint(2, 6), has)
            rows.append((voter, ask(voter["term"], candidate, [*voter["log"], voter["term"]])))
        yield from answers(vote, *draw.sample(rows, len(rows)))

    @exam.claim("the same candidate may ask again", "Its answer got lost.", needs=newer)
    def _(vote: Any) -> Iterator[Step]:
        rows = []
        for has in ("a", "b", "éva"):
            voter = node(draw.randint(2, 6), has)
            rows.append((voter, ask(voter["term"], has, voter["log"])))
        yield from answers(vote, *rows)

    @exam.claim(
        "the later last term is more up to date, then the longer log", "In this order.", weight=3, needs=newer
    )
    def fresh(vote: Any) -> Iterator[Step]:
        rows = []
        for mine, theirs in (
            ([1, 1, 2], [1, 1, 3]),
            ([1, 1, 3], [1, 1, 2]),
            ([1, 1, 1, 1], [1, 2]),
            ([1, 2], [1, 1, 1, 1]),
            ([1, 2], [1, 2, 2]),
            ([1, 2, 2], [1, 2]),
            ([2, 2], [2, 2]),
            ([1, 3], [2, 3]),
        ):
            shift = draw.randint(0, 3)
            voter: Node = {"term": 5 + shift, "voted_for": "", "log": [term + shift for term in mine]}
            rows.append((voter, ask(6 + shift, "b", [term + shift for term in theirs])))
        for theirs in ([3, 3], [3, 3, 3], [2, 3]):
            rows.append(({"term": 3, "voted_for": "", "log": [2, 3, 3]}, ask(3, "b", theirs)))
        yield from answers(vote, *draw.sample(rows, len(rows)))

    @exam.claim(
        "a vote that the log forbids is not given later either", "`voted_for` says who has it.", needs=fresh
    )
    def _(vote: Any) -> Iterator[Step]:
        rows = []
        for has in ("", "a"):
            voter: Node = {"term": 4, "voted_for": has, "log": [1, 2, 2 + draw.randint(0, 2)]}
            rows += [
                (voter, ask(4, "a", [1, 2])),
                (voter, ask(5, "a", [1, 2])),
                (voter, ask(4, "a", voter["log"])),
            ]
        yield from answers(vote, *rows)

    @exam.claim("empty logs", "An empty log is behind every other.", needs=fresh)
    def _(vote: Any) -> Iterator[Step]:
        empty: Node = {"term": draw.randint(1, 4), "voted_for": "", "log": []}
        some = node(3, "", entries=2)
        rows = [(empty, ask(5, "b", [])), (empty, ask(5, "b", [1])), (some, ask(5, "b", []))]
        yield from answers(vote, *draw.sample(rows, 3))

    @exam.claim(
        "two candidates in one term never both get a majority", "Of five voters, in any order.", needs=fresh
    )
    def _(vote: Any) -> Iterator[Step]:
        for _ in range(3):
            voters = [node(draw.randint(1, 3)) for _ in range(5)]
            votes = {"a": 0, "b": 0}
            asks = {name: ask(4, name, log(3, draw.randrange(4))) for name in votes}
            for number, name in draw.sample([(n, name) for n in range(5) for name in votes], 10):
                ((_, answer),) = calls(vote, (voters[number], asks[name]), as_=dict[str, Any])
                if type(answer) is dict and type(answer.get("granted")) is bool:
                    voters[number] = {
                        **voters[number],
                        "term": answer["term"],
                        "voted_for": answer["voted_for"],
                    }
                    votes[name] += answer["granted"]
            yield "votes of five, of two candidates who ask in a drawn order", votes

    @exam.claim(
        "in every schedule of three nodes no committed entry is lost",
        "And somebody can win.",
        weight=2,
        needs=fresh,
    )
    def _(vote: Any) -> Iterator[Step]:
        # Passed in, since the side of the answer may have no such function: it is an exercise too.
        search: Any = there(vote, Schedules)(vote, lambda *given: commit_index(*given), terms=4, entries=2)
        case = "all schedules of three nodes with up to eight events, in terms up to 4, with two entries"
        yield case, plain(search.told(8), dict[str, Any])

    @exam.claim("the work does not grow with the log", "Its last entry, and its length.", needs=fresh)
    def _(vote: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Node, Ask]]]:
            voter: Node = {"term": 3, "voted_for": "", "log": [2] * n}
            return vote, [(voter, ask(4, "b", [2] * n))] * 3

        yield from growth("grant_vote, with n entries", at, at=240, most=0.7)


# ── commit_index ────────────────────────────────────────────────────────────────────────────────────────


@examine(commit_index)
def check_commit(exam: Examination) -> None:
    draw = exam.draw

    def own(entries: int, term: int, earlier: int = 0) -> list[int]:
        """A log of ``earlier`` entries before ``term``, and the rest of it."""
        return sorted(draw.randint(1, max(1, term - 1)) for _ in range(earlier)) + [term] * (
            entries - earlier
        )

    @exam.claim(
        "what more than half of all members have", "The leader is a member, and has its whole log.", weight=3
    )
    def majority(commit: Any) -> Iterator[Step]:
        rows = []
        for followers in (2, 2, 4, 4, 6):
            term, entries = draw.randint(1, 5), draw.randint(3, 8)
            rows.append((own(entries, term), [draw.randint(0, entries) for _ in range(followers)], term, 0))
        rows.append((own(5, 2), [5, 0], 2, 0))
        rows.append((own(5, 2), [4, 3, 1, 0], 2, 0))
        rows.append((own(12, 3), [9, 10, 2, 11], 3, 0))
        yield from calls(commit, *draw.sample(rows, len(rows)), as_=int)

    @exam.claim("half is no majority", "Of four members three.", weight=2, needs=majority)
    def _(commit: Any) -> Iterator[Step]:
        rows = []
        for followers in (1, 3, 3, 5):
            term, entries = draw.randint(1, 5), draw.randint(4, 8)
            low = draw.randint(0, 2)
            high = (followers + 1) // 2 - 1
            match = [entries] * high + [low] * (followers - high)
            rows.append((own(entries, term), draw.sample(match, followers), term, 0))
        yield from calls(commit, *rows, as_=int)

    @exam.claim("an order of the followers does not matter", "Any order.", needs=majority)
    def _(commit: Any) -> Iterator[Step]:
        for followers in (2, 4, 5):
            match = [draw.randint(0, 8) for _ in range(followers)]
            yield from calls(
                commit, *[(own(8, 3), draw.sample(match, followers), 3, 0) for _ in range(2)], as_=int
            )

    @exam.claim("never below what is known, nor past the log", "It never falls.", weight=2, needs=majority)
    def _(commit: Any) -> Iterator[Step]:
        rows = []
        for known in (0, 1, 2, 4, 5):
            rows.append((own(5, 2), draw.sample([known // 2, 0, 5], 2), 2, known))
        rows += [(own(5, 2), [1, 0], 2, 3), (own(5, 3, 2), [1, 0], 3, 3)]
        yield from calls(commit, *draw.sample(rows, len(rows)), as_=int)

    @exam.claim("nobody else, and nothing at all", "One member is its own majority.", needs=majority)
    def _(commit: Any) -> Iterator[Step]:
        entries = draw.randint(1, 6)
        rows = [([], [], 1, 0), ([], [0, 0], 1, 0), (own(entries, 3), [], 3, 0), (own(entries, 3), [0], 3, 0)]
        yield from calls(commit, *rows, as_=int)

    @exam.claim("numbers that no log can have are a ValueError", "Before anything else.", needs=majority)
    def _(commit: Any) -> Iterator[Step]:
        log = own(4, 2)
        rows: list[tuple[Any, ...]] = [
            (log, [5, 0], 2, 0),
            (log, [4, -1], 2, 0),
            (log, [4, 4], 2, 5),
            (log, [4, 4], 2, -1),
        ]
        rows += [(log, [0, 0, 0, 5], 2, 0), (log, [4, 4], 2, 4), (log, [0, 4], 2, 0)]
        yield from calls(commit, *draw.sample(rows, len(rows)), as_=int)

    @exam.claim(
        "an entry of its own term brings all before it",
        "What stands before it is shared too.",
        weight=2,
        needs=majority,
    )
    def carried(commit: Any) -> Iterator[Step]:
        rows = []
        for _ in range(4):
            term, earlier = draw.randint(2, 6), draw.randint(1, 3)
            entries = earlier + draw.randint(1, 3)
            match = [draw.randint(earlier + 1, entries), draw.randint(0, entries), 0, entries]
            rows.append((own(entries, term, earlier), draw.sample(match, 4), term, draw.randint(0, earlier)))
        rows.append(([1, 1, 3, 3, 3], [3, 0], 3, 0))
        yield from calls(commit, *rows, as_=int)

    @exam.claim(
        "entries of earlier terms alone: by one rule throughout",
        "They count, or they wait: not now so, now so.",
        weight=2,
        needs=carried,
    )
    def _(commit: Any) -> Iterator[Step]:
        rows, waits, counts = [], [], []
        for later, all_of_them in itertools.product((0, 1, 2), (True, False)):
            term, earlier = draw.randint(2, 6), draw.randint(2, 4)
            shared = earlier if all_of_them else draw.randint(1, earlier - 1)
            other = draw.randint(0, shared - 1) if all_of_them else shared
            known = draw.randint(0, shared - 1)
            rows.append((own(earlier + later, term, earlier), draw.sample([shared, other], 2), term, known))
            waits.append(known)
            counts.append(shared)
        came = [answer for _, answer in calls(commit, *rows, as_=int)]
        rule = "they wait" if came == waits else "they count" if came == counts else came
        yield (
            f"six logs, the first {rows[0]}, where a majority has entries of earlier terms alone: "
            f"{waits} if they wait, {counts} if they count",
            "one rule" if type(rule) is str else rule,
        )

    @exam.claim(
        "the work does not grow with the log", "The followers are few, the log is long.", needs=carried
    )
    def _(commit: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            return commit, [([1] * n + [2], [n, 0], 2, 0)] * 3

        yield from growth("commit_index, with n entries", at, at=240, most=0.7)
