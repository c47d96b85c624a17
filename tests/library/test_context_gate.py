"""What may reach a context, against a loop over questions; mock round 4. Under 2 s."""

import numpy as np
import pytest

from course.days.day20_llm_reranking.mock import SCENARIO, pool
from course.interview import Session, check_scenario, prove
from course.interview.session import play_reference
from course.systems.search.context_gate import DOCUMENT_TOKENS, Candidates, ContextGate, echo


def test_echo_by_hand() -> None:
    assert echo([1, 2, 3], [9, 1, 2, 8, 2, 3]) == 1.0
    assert echo([1, 2, 3], [2, 1, 3, 2]) == 0.0
    assert echo([1, 2, 1, 2], [1, 2]) == 0.5, "pairs that come twice count once"
    assert echo([1], [1]) == echo([], [1]) == 0.0


def one_by_one(gate: ContextGate, pool: Candidates, unanswered: float, planted: bool) -> tuple[float, ...]:
    """The same, question by question, with lists and sorting."""
    right = wrong = refused = fooled = held = tokens = 0
    for scores, echoes, is_it, plant, draw in zip(
        pool.scores, pool.echoes, pool.right, pool.planted, pool.draw, strict=True
    ):
        entries = [
            (score, "right" if it else "other")
            for score, share, it in zip(scores, echoes, is_it, strict=True)
            if share < gate.echo and not (it and draw < unanswered)
        ]
        held += any(it and share >= gate.echo for it, share in zip(is_it, echoes, strict=True))
        if planted and gate.echo > 1:
            entries.append((plant, "planted"))
        enter = [
            what for score, what in sorted(entries, key=lambda e: -e[0])[: gate.context] if score >= gate.bar
        ]
        tokens += DOCUMENT_TOKENS * len(enter)
        fooled += "planted" in enter
        refused += not enter
        right += "right" in enter and "planted" not in enter
        wrong += bool(enter) and ("right" not in enter or "planted" in enter)
    return tuple(count / len(pool.scores) for count in (right, wrong, refused, fooled, held, tokens))


@pytest.mark.parametrize("planted", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_the_gate_is_that_of_a_loop(seed: int, planted: bool) -> None:
    rng = np.random.default_rng(seed)
    pool = Candidates(
        scores=rng.normal(size=(30, 8)).round(3),
        echoes=rng.choice([0.0, 0.4, 0.6, 1.0], size=(30, 8)),
        right=np.arange(8) == rng.integers(10, size=(30, 1)),
        planted=rng.normal(1, 1, size=30),
        draw=rng.random(30),
    )
    gate = ContextGate(int(rng.integers(1, 9)), float(rng.normal()), float(rng.choice([0.5, 1.0, 1.01])))
    ours = vars(gate.admit(pool, unanswered=0.3, planted=planted)).values()
    assert tuple(ours) == pytest.approx(one_by_one(gate, pool, 0.3, planted), abs=1e-12)


def test_mock_round_4_keeps_every_rule_of_an_interview_and_every_round_hurts() -> None:
    assert check_scenario(SCENARIO) == []
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()
    session = Session(SCENARIO)
    play_reference(session)
    assert session.state.round is None


def test_what_mock_round_4_says_of_its_judge_is_so() -> None:
    scores, right = pool().scores, pool().right
    low, high = np.quantile(scores[right], (0.25, 0.75))
    assert (round(low, 1), round(high, 1)) == (-3.1, 5.5)
    low, high = np.quantile(np.where(right, -np.inf, scores).max(axis=1), (0.25, 0.75))
    assert (round(low, 1), round(high, 1)) == (-2.3, 3.9)


def test_the_figures_of_the_product_manager_s_answer() -> None:
    under = SCENARIO.rounds[-1]
    found = {bar: SCENARIO.run({"context": 8, "bar": bar, "echo": 1.0}, under) for bar in (2, 4, -12)}
    assert [round(100 * each["wrong"]) for each in found.values()] == [20, 12, 41]
    assert [round(100 * each["refused"]) for each in found.values()] == [47, 63, 0]
    three = SCENARIO.run({"context": 3, "bar": 2, "echo": 1.0}, under)
    assert round(150 * (found[2]["right"] - three["right"])) == 1
    assert found[2]["tokens"] / three["tokens"] == pytest.approx(1.25, abs=0.01)
    assert SCENARIO.run({"context": 8, "bar": 2, "echo": 1.01}, under)["fooled"] == 1
