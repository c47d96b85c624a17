"""Day 10's library against figures 7 and 8 of the Raft paper, all schedules, brute force, and real processes. Under 8 s."""

import itertools
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.days.day10_leases_and_consensus.paused import story
from course.days.day10_leases_and_consensus.pictures import by_counting
from course.systems.cluster.commit import commit_index
from course.systems.cluster.election import Ask, Node, Vote, grant_vote
from course.systems.cluster.fence import Fence
from course.systems.cluster.leases import LeaseTable
from course.systems.cluster.ownership import Hours, grant_ms, longer, measured, without_majority
from course.systems.cluster.schedules import LOST, TWO, Schedules

FIGURE_7 = {
    "leader": "1114455666",
    "a": "111445566",
    "b": "1114",
    "c": "11144556666",
    "d": "111445566677",
    "e": "1114444",
    "f": "11122233333",
}
"""The logs of figure 7, by the terms of their entries."""


def ask_of(log: Sequence[int], term: int, name: str) -> Ask:
    return {"term": term, "candidate": name, "last_term": log[-1] if log else 0, "length": len(log)}


# ── votes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_figure_7_who_may_win_term_8() -> None:
    """Votes of seven, its own among them: four are needed, so the old leader, a, c and d may win, and b, e and f cannot."""
    logs = {name: [int(term) for term in text] for name, text in FIGURE_7.items()}
    votes = {
        name: sum(
            name == other
            or grant_vote({"term": 7, "voted_for": "", "log": logs[other]}, ask_of(log, 8, name))["granted"]
            for other in logs
        )
        for name, log in logs.items()
    }
    assert votes == {"leader": 5, "a": 4, "b": 2, "c": 6, "d": 7, "e": 3, "f": 1}


def test_figure_8_an_old_entry_on_a_majority_is_overwritten() -> None:
    """Five servers: S1's entry of term 2 is on S1, S2 and S3 in term 4, and S5 still wins term 5 with votes of S2 to S4."""
    logs = {"S1": [1, 2], "S2": [1, 2], "S3": [1, 2], "S4": [1], "S5": [1, 3]}
    match = [len(logs["S2"]), len(logs["S3"]), 1, 1]
    assert by_counting(logs["S1"], match, 4, 1) == 2
    assert commit_index(logs["S1"], match, 4, 1) == 1
    voters: list[Node] = [{"term": 4, "voted_for": "S1", "log": logs[name]} for name in ("S2", "S3", "S4")]
    assert all(grant_vote(voter, ask_of(logs["S5"], 5, "S5"))["granted"] for voter in voters)
    own = [1, 2, 4]
    assert commit_index(own, [3, 3, 1, 1], 4, 1) == 3
    assert not grant_vote({"term": 4, "voted_for": "", "log": own}, ask_of(logs["S5"], 5, "S5"))["granted"]


def test_one_vote_a_term_whatever_the_order_of_the_questions() -> None:
    asks = [ask_of(log, term, name) for name, log in (("a", [1]), ("b", [1, 2])) for term in (2, 3)]
    for order in itertools.permutations(asks):
        node: Node = {"term": 1, "voted_for": "", "log": [1]}
        given_to: dict[int, set[str]] = {}
        for ask in order:
            vote = grant_vote(node, ask)
            assert vote["term"] >= node["term"]
            assert (
                grant_vote({**node, "term": vote["term"], "voted_for": vote["voted_for"]}, ask)["granted"]
                == vote["granted"]
            )
            node = {**node, "term": vote["term"], "voted_for": vote["voted_for"]}
            if vote["granted"]:
                given_to.setdefault(ask["term"], set()).add(ask["candidate"])
        assert all(len(names) == 1 for names in given_to.values())


# ── schedules ───────────────────────────────────────────────────────────────────────────────────────────


def longer_first(voter: Node, ask: Ask) -> Vote:
    return _voted(voter, ask, lambda log: ask["length"] >= len(log))


def anybody(voter: Node, ask: Ask) -> Vote:
    return _voted(voter, ask, lambda log: True)


def _voted(voter: Node, ask: Ask, fresh: object) -> Vote:
    """The rule with another comparison of logs."""
    assert callable(fresh)
    term, has = voter["term"], voter["voted_for"]
    if ask["term"] < term:
        return {"term": term, "voted_for": has, "granted": False}
    if ask["term"] > term:
        term, has = ask["term"], ""
    granted = has in ("", ask["candidate"]) and fresh(voter["log"])
    return {"term": term, "voted_for": ask["candidate"] if granted else has, "granted": granted}


def twice(voter: Node, ask: Ask) -> Vote:
    return grant_vote({**voter, "voted_for": ""}, ask)


def test_counting_loses_an_entry_in_seven_events_and_no_schedule_is_shorter() -> None:
    """The card's figure: breadth first, 44,281 states."""
    found = Schedules(commit=by_counting).search()
    assert (found.broke, len(found.schedule), found.states) == (LOST, 7, 44_281)


@pytest.mark.parametrize(
    ("rule", "broke", "events"),
    [(longer_first, LOST, 6), (anybody, LOST, 4), (twice, TWO, 2)],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_wrong_votes_break_a_promise_soon(rule: object, broke: str, events: int) -> None:
    found = Schedules(vote=rule).search()  # type: ignore[arg-type]
    assert (found.broke, len(found.schedule)) == (broke, events)


def test_a_vote_that_is_forgotten_makes_two_leaders_in_three_events() -> None:
    found = Schedules(forgetful=True).search()
    assert (found.broke, len(found.schedule)) == (TWO, 3)


def test_with_the_rules_no_schedule_breaks_anything_and_somebody_wins() -> None:
    found = Schedules(terms=4, entries=2).search()
    assert (found.broke, found.states, found.elected) == ("", 12_478, True)
    strict = Schedules(
        vote=lambda voter, ask: _voted(
            voter, ask, lambda log: (ask["last_term"], ask["length"]) > (log[-1], len(log))
        )
    )
    assert not strict.search().elected, "> is safe, and nobody ever wins"


def test_beginning_with_a_leader_finds_the_same() -> None:
    assert Schedules(commit=by_counting, terms=5, entries=2).told(8) == {
        "broke": LOST,
        "events": 7,
        "elected": True,
    }
    assert Schedules(commit=by_counting, terms=5, entries=2).told(6)["broke"] == ""


# ── commits ─────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.integers(1, 4), max_size=6).map(sorted),
    st.integers(0, 5),
    st.data(),
)
def test_commit_index_is_the_largest_that_the_rule_allows(
    log: list[int], followers: int, data: st.DataObject
) -> None:
    """Against its definition: the largest count whose last entry is of the leader's term and which a majority shares."""
    match = [data.draw(st.integers(0, len(log))) for _ in range(followers)]
    known = data.draw(st.integers(0, len(log)))
    term = data.draw(st.integers(log[-1] if log else 1, 5))
    shared = [
        count
        for count in range(1, len(log) + 1)
        if log[count - 1] == term and 2 * (1 + sum(each >= count for each in match)) > followers + 1
    ]
    assert commit_index(log, match, term, known) == max([known, *shared])
    assert commit_index(log, match[::-1], term, known) == commit_index(log, match, term, known)


def test_no_later_leader_can_lack_what_is_committed() -> None:
    """Brute force: of random clusters of three and five, every node that any majority could elect next has all of it."""
    draw = random.Random(10)
    for _ in range(300):
        size = draw.choice((3, 5))
        term = draw.randint(2, 4)
        leader = sorted(draw.randint(1, term - 1) for _ in range(draw.randint(0, 2))) + [term] * draw.randint(
            0, 2
        )
        logs = [leader]
        for _ in range(size - 1):
            own = leader[: draw.randint(0, len(leader))]
            old = sorted(draw.randint(1, term - 1) for _ in range(draw.randint(0, 2)))
            logs.append(
                own + ([] if own and own[-1] == term else [t for t in old if not own or t >= own[-1]])
            )
        match = [
            next((n for n in range(len(leader), -1, -1) if log[:n] == leader[:n]), 0) for log in logs[1:]
        ]
        done = commit_index(leader, match, term, 0)
        for name, log in enumerate(logs):
            votes = sum(
                other == name
                or grant_vote(
                    {"term": term, "voted_for": "", "log": logs[other]}, ask_of(log, term + 1, str(name))
                )["granted"]
                for other in range(size)
            )
            assert votes <= size // 2 or log[:done] == leader[:done]


@pytest.mark.parametrize(("match", "known"), [([4], 0), ([-1], 0), ([1], 4), ([1], -1)])
def test_numbers_that_no_log_can_have_are_refused(match: list[int], known: int) -> None:
    with pytest.raises(ValueError, match="the log has 3 entries"):
        commit_index([1, 1, 1], match, 1, known)


# ── leases and fences ───────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5)), max_size=30))
def test_accepted_tokens_never_fall(writes: list[tuple[str, int]]) -> None:
    fence, taken = Fence(), {"a": [0], "b": [0]}
    for resource, token in writes:
        assert fence.accept(resource, token) == (token >= max(taken[resource]))
        if token >= max(taken[resource]):
            taken[resource].append(token)
        fence = Fence(fence.highest)
    assert all(tokens == sorted(tokens) for tokens in taken.values())


def test_a_lease_has_one_holder_and_the_next_waits_for_the_margin() -> None:
    table = LeaseTable(10.0, 0.5)
    first = table.grant("s", "one", 0.0)
    assert first is not None
    assert (first.token, first.until_s) == (1, 9.5)
    assert table.grant("s", "two", 10.4) is None
    renewed = table.grant("s", "one", 9.0)
    assert renewed is not None
    assert (renewed.token, renewed.until_s) == (1, 18.5)
    second = table.grant("s", "two", 19.5)
    assert second is not None
    assert second.token == 2
    back = table.grant("s", "one", 100.0)
    assert back is not None
    assert back.token == 3, "its old token stays old"
    for wrong in ((5, 5), (-1, 0), (math.inf, 0), (5, -1)):
        with pytest.raises(ValueError, match="give a margin"):
            LeaseTable(*wrong)


def test_a_stopped_process_overwrites_its_successor_unless_the_store_compares() -> None:
    assert [line.split()[-1] for line in story(fenced=False)][-2:] == ["written", "'late'"]
    assert [line.split()[-1] for line in story(fenced=True)][-2:] == ["refused", "'two'"]


# ── ten thousand shards ─────────────────────────────────────────────────────────────────────────────────


def test_minutes_without_a_majority_are_the_binomials_and_what_draws_say() -> None:
    one = 0.002
    assert without_majority(3, one, 0.0) == pytest.approx(3 * one**2 * (1 - one) + one**3)
    draw, away = random.Random(1), 0
    for _ in range(200_000):  # larger chances, so that there is something to count
        regions = [draw.random() < 0.05 for _ in range(3)]
        nodes = [not regions[number % 3] and draw.random() >= 0.1 for number in range(5)]
        away += sum(nodes) < 3
    expected = without_majority(5, 0.1, 0.05)
    assert away / 200_000 == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 200_000) ** 0.5)


def test_five_nodes_grant_faster_than_three_and_seven_do_not() -> None:
    """The card's figures: 26.6, 19.2 and 19.2 ms."""
    assert [round(grant_ms(nodes), 1) for nodes in (3, 5, 7)] == pytest.approx([26.6, 19.2, 19.2], abs=0.15)


def test_pauses_are_longer_as_their_distribution_says() -> None:
    draw, hours = random.Random(2), Hours(pause_s=0.4, spread=1.2)
    pauses = [draw.lognormvariate(math.log(0.4), 1.2) for _ in range(200_000)]
    for seconds in (0.0, 0.4, 2.0, 6.6):
        assert sum(pause > seconds for pause in pauses) / 200_000 == pytest.approx(
            longer(seconds, hours), abs=0.004
        )


def test_the_card_s_rounds() -> None:
    calm, pauses = Hours(), Hours(pause_s=0.4, spread=1.2)
    step = Hours(pause_s=0.4, spread=1.2, drift=0.02, region=0.0005, step_s=2.0, early=10.0)
    assert measured(10, 0.1, 3, calm)["messages"] == pytest.approx(6_061, abs=1)
    assert measured(10, 0.1, 3, pauses)["stolen"] == pytest.approx(390, abs=1)
    assert measured(20, 0.5, 3, pauses)["wrong"] == pytest.approx(6.7, abs=0.1)
    fenced = measured(7, 0.1, 5, step, old_writes=0.0)
    assert fenced["wrong"] == 0.0
    assert measured(7, 0.1, 5, step)["wrong"] == pytest.approx(35_855, rel=0.001)
