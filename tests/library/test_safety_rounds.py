"""The rounds: agendas that fill their time, sheets that know their gaps, a loop that fits its days."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import facts
from course.systems.safety.errors import AgendaError, IncompleteSheetError, NoPlanError
from course.systems.safety.mock_loop import LoopRules, LoopRun, plan_loop
from course.systems.safety.rounds import ROUNDS, Round, agenda, first_slip, pace
from course.systems.safety.sheets import (
    TRAITS,
    Decision,
    DeepDiveSheet,
    ProjectClaim,
    ProjectFailure,
    ValuesSheet,
    ValuesStory,
)

EXACT = settings(derandomize=True, deadline=None, max_examples=60)


@pytest.mark.parametrize("round_", ROUNDS, ids=lambda r: r.name)
def test_an_agenda_fills_its_round_but_for_the_spare(round_: Round) -> None:
    slots = agenda(round_)
    assert slots[0].start == 0.0
    assert [slot.end for slot in slots[:-1]] == [slot.start for slot in slots[1:]]
    assert slots[-1].end == int(round_.minutes * 0.9 + 1e-9)
    assert all(slot.end - slot.start >= 1.0 for slot in slots)


@EXACT
@given(
    st.lists(st.floats(0.1, 10.0), min_size=1, max_size=8),
    st.integers(8, 120),
    st.sampled_from([0.0, 0.1, 0.25]),
)
def test_each_section_gets_its_share_to_the_minute(shares: list[float], minutes: int, spare: float) -> None:
    sections = tuple((f"section {i}", share) for i, share in enumerate(shares))
    round_ = Round("any", minutes, sections, "")
    usable = int(minutes * (1 - spare) + 1e-9)
    if usable < len(shares):
        with pytest.raises(AgendaError):
            agenda(round_, spare)
        return
    slots = agenda(round_, spare)
    assert slots[-1].end == usable
    if (
        min(usable * share / sum(shares) for share in shares) >= 1.0
    ):  # else short sections are raised to a minute
        for slot, share in zip(slots, shares, strict=True):
            assert abs((slot.end - slot.start) - usable * share / sum(shares)) < 1.0


def test_the_rounds_have_the_lengths_of_the_facts() -> None:
    assert [r.minutes for r in ROUNDS] == [30, 90, 45, 60, 55, 45, 45]
    assert max(ROUNDS, key=lambda r: len(r.sections)).name == "system design"
    assert [r.name for r in ROUNDS if not r.onsite] == ["recruiter screen", "assessment", "hiring manager"]
    assert [r.name for r in ROUNDS if r.gate] == ["assessment", "system design"]
    with pytest.raises(AgendaError):
        agenda(ROUNDS[0], spare=1.0)


def test_a_rehearsal_says_where_the_time_was_first_lost() -> None:
    slots = agenda(Round("r", 40, (("clarify", 1), ("design", 2), ("drill", 1)), ""), spare=0.0)
    paces = pace(slots, {"clarify": 10, "design": 36})
    assert [(p.section, p.planned, p.spent, p.behind) for p in paces] == [
        ("clarify", 10, 10, 0),
        ("design", 20, 26, 6),
        ("drill", 10, 0, 10),
    ]
    slip = first_slip(paces)
    assert slip is not None
    assert slip.section == "design"
    assert first_slip(pace(slots, {"clarify": 9, "design": 31, "drill": 40})) is None
    with pytest.raises(ValueError, match="in order"):
        pace(slots, {"clarify": 10, "design": 4})


COMPLETE = DeepDiveSheet(
    project="A cache in front of the search tier",
    my_part="I designed the invalidation and wrote the rollout",
    claims=[
        ProjectClaim("Median latency fell", "120 ms", "35 ms", "tracing, one week each"),
        ProjectClaim("Reads on the store fell", "40k a second", "6k a second", "the store's own counters"),
    ],
    decisions=[
        Decision(
            "invalidate by version", "a time limit", "one more read a write", "if writes outnumbered reads"
        ),
        Decision(
            "shed at the edge", "queue", "some users saw an error", "if retries had been capped already"
        ),
    ],
    failures=[
        ProjectFailure(
            "a stale price was shown", "a user's complaint", "11 wrong orders", "I added a check on write"
        )
    ],
    would_change="I would measure staleness before latency",
)


def test_a_complete_sheet_has_no_gaps_and_its_length_in_minutes() -> None:
    assert COMPLETE.gaps() == ()
    COMPLETE.require_complete()
    assert COMPLETE.minutes() == pytest.approx(
        len(COMPLETE.text().split()) / facts.SPEECH_WORDS_PER_MIN.value
    )
    assert 0.4 < COMPLETE.minutes() < 2.0


def replaced(**fields: object) -> DeepDiveSheet:
    return DeepDiveSheet(**{**vars(COMPLETE), **fields})


@pytest.mark.parametrize(
    ("sheet", "gap"),
    [
        (replaced(my_part="We designed it"), "my part"),
        (replaced(my_part="I think we designed it"), "my part"),
        (replaced(my_part="wrote the rollout"), "my part"),
        (replaced(project="x"), "project: 'x' says nothing"),
        (replaced(my_part="I x"), "my part: 'I x' says nothing"),
        (replaced(would_change="n/a"), "what I would change: 'n/a' says nothing"),
        (
            replaced(failures=[ProjectFailure("a stale price", "a complaint", "xxxxxx", "I added a check")]),
            "failure 1, harm: 'xxxxxx' says nothing",
        ),
        (
            replaced(claims=[ProjectClaim("Much faster", "120", "35 ms", "tracing"), COMPLETE.claims[1]]),
            "claim 1, before: no number with its unit",
        ),
        (replaced(claims=COMPLETE.claims[:1]), "claims: 1 of at least 2"),
        (
            replaced(claims=[ProjectClaim("Much faster", "slow", "35 ms", "tracing"), COMPLETE.claims[1]]),
            "claim 1, before: no number",
        ),
        (
            replaced(claims=[ProjectClaim("Faster", "1 s", "2 ms", " "), COMPLETE.claims[1]]),
            "claim 1, measured by: nothing",
        ),
        (replaced(decisions=[]), "decisions: 0 of at least 2"),
        (
            replaced(decisions=[replace(COMPLETE.decisions[1], instead_of=""), COMPLETE.decisions[0]]),
            "decision 1, instead of: nothing",
        ),
        (
            replaced(decisions=[replace(COMPLETE.decisions[1], cost=""), COMPLETE.decisions[0]]),
            "decision 1, cost: nothing",
        ),
        (replaced(failures=[]), "failures: 0 of at least 1"),
        (replaced(would_change=""), "what I would change: nothing"),
    ],
)
def test_a_sheet_names_its_own_gap(sheet: DeepDiveSheet, gap: str) -> None:
    assert len(sheet.gaps()) == 1
    assert sheet.gaps()[0].startswith(gap)
    with pytest.raises(IncompleteSheetError, match="first: "):
        sheet.require_complete()


def story(*traits: str, **fields: str) -> ValuesStory:
    told = {
        "situation": "The launch was two days away and one test had failed once.",
        "action": "I asked for the launch to wait and reran the test 400 times.",
        "evidence": "It failed 9 times; the post-mortem says 'found before launch'.",
        "doubt": "I did not know whether users would ever meet it.",
    }
    return ValuesStory(traits, **{**told, **fields})


FULL = [story(TRAITS[0], TRAITS[1]), story(TRAITS[2], TRAITS[3]), story(TRAITS[4])]


def test_stories_that_cover_every_trait_leave_no_gap() -> None:
    sheet = ValuesSheet(FULL)
    assert sheet.gaps() == ()
    sheet.require_complete()
    assert sheet.coverage()[TRAITS[2]] == (2,)


@pytest.mark.parametrize(
    ("stories", "gap"),
    [
        (FULL[:2], f"no story shows: {TRAITS[4]}"),
        ([*FULL[:2], story(TRAITS[4], situation="")], "story 3, situation: nothing written"),
        ([*FULL[:2], story(TRAITS[4], action="We cared about safety.")], "story 3, action: say what I did"),
        (
            [*FULL[:2], story(TRAITS[4], evidence="Everybody was happy.")],
            "story 3, evidence: no number and no quotation",
        ),
        ([*FULL[:2], story(TRAITS[4], doubt=" ")], "story 3, doubt: nothing written"),
        ([*FULL, story(*TRAITS[:3])], "story 4: 3 traits, 2 at most"),
        ([*FULL, story("loves safety")], "story 4: unknown trait 'loves safety'"),
    ],
)
def test_a_slogan_is_no_story(stories: list[ValuesStory], gap: str) -> None:
    assert ValuesSheet(stories).gaps() == (gap,)


# ── the mock loop ───────────────────────────────────────────────────────────────────────────────────────


def fits(days: tuple[int, ...], rounds: list[Round], minutes: list[float], rules: LoopRules) -> bool:
    """The peer: whether an assignment of rounds to days keeps every rule."""
    for index in range(1, len(rounds)):
        if rounds[index].onsite and not rounds[index - 1].onsite and days[index] < days[index - 1] + 2:
            return False
        if rounds[index - 1].gate and days[index] == days[index - 1]:
            return False
    for day in set(days):
        today = [r for r, d in zip(rounds, days, strict=True) if d == day]
        if day in rules.rest_days or len(today) > rules.rounds_a_day:
            return False
        if sum(r.minutes + rules.review_minutes for r in today) > minutes[day]:
            return False
    return True


@EXACT
@given(
    st.lists(st.sampled_from(ROUNDS), min_size=1, max_size=5, unique=True),
    st.lists(st.sampled_from([0.0, 45.0, 75.0, 110.0, 160.0]), min_size=1, max_size=6),
    st.frozensets(st.integers(0, 5), max_size=2),
    st.integers(1, 3),
)
def test_the_plan_ends_as_early_as_any_plan_can(
    rounds: list[Round], minutes: list[float], rest: frozenset[int], most: int
) -> None:
    rounds.sort(key=ROUNDS.index)
    rules = LoopRules(rounds_a_day=most, rest_days=rest)
    every = itertools.combinations_with_replacement(range(len(minutes)), len(rounds))
    possible = [days for days in every if fits(days, rounds, minutes, rules)]
    if not possible:
        with pytest.raises(NoPlanError):
            plan_loop(rounds, minutes, rules)
        return
    plan = plan_loop(rounds, minutes, rules)
    days = tuple(sitting.day for sitting in plan)
    assert days in possible
    assert days[-1] == min(option[-1] for option in possible)
    for before, after in itertools.pairwise(plan):
        assert before.day < after.day or before.end + rules.review_minutes == after.start


def test_the_whole_loop_takes_five_evenings_one_of_them_free() -> None:
    plan = plan_loop(ROUNDS, [150.0] * 10)
    assert [(s.day, s.round.name) for s in plan] == [
        (0, "recruiter screen"),
        (0, "assessment"),
        (1, "hiring manager"),
        (3, "coding"),
        (3, "system design"),
        (4, "project deep dive"),
        (4, "values"),
    ]


def test_what_fits_nowhere_is_named() -> None:
    with pytest.raises(NoPlanError, match=r"coding \(75 min\) fits on none of 3 days"):
        plan_loop(ROUNDS, [150.0, 150.0, 60.0])
    assert plan_loop([], [10.0]) == ()


def test_a_run_is_held_against_the_clock() -> None:
    now = 0.0
    plan = plan_loop(ROUNDS[:2], [150.0])
    run = LoopRun(plan, lambda: now)
    assert run.begin().name == "recruiter screen"
    with pytest.raises(RuntimeError, match="end the running one"):
        run.begin()
    now = 34 * 60.0
    assert run.end() == 34.0
    with pytest.raises(RuntimeError, match="begin one first"):
        run.end()
    run.begin()
    now += 90 * 60.0
    run.end()
    assert run.overruns() == {"recruiter screen": 4.0}
    assert run.next_round() is None
    with pytest.raises(RuntimeError, match="every round"):
        run.begin()
