"""Day 33: critiques, preferences and policy steps, each held against an exact formula, finite differences or a library."""

import json
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.alignment import errors
from course.systems.alignment.constitution import CONSTITUTION, Constitution, Section
from course.systems.alignment.critique import critique_and_revise, quality_review
from course.systems.alignment.judge import RuleJudge, surface_risk
from course.systems.alignment.loops import along_training, exact_sweep, feedback_loop, ppo_sweep
from course.systems.alignment.measure import gold_quality, measure, win_rate
from course.systems.alignment.pipeline import Lab, Parts, Recipe, Run, interview_telling, paper_telling
from course.systems.alignment.policy import Policy, fit_supervised, likelihood, log_softmax
from course.systems.alignment.ppo import PolicyStep, exact_optimum, mean_kl, optimise, policy_step
from course.systems.alignment.preferences import ai_preferences, human_preferences, sample_questions
from course.systems.alignment.records import Pair, RecordStore, Triple
from course.systems.alignment.responses import RESPONSES, TRAITS, FloatArray, row_of, trait
from course.systems.alignment.reward_model import fit_reward_model, preference_loss
from datasets.prompts import make_prompts

TRAIN, HELD_OUT = make_prompts(800, 1), make_prompts(2000, 2)
BRIEF = CONSTITUTION.reworded("harm.3", "Be considerate of the person who asks, and brief.")
SMALL = settings(max_examples=60, derandomize=True, deadline=None)


def differences_of(function: Callable[[FloatArray], float], at: FloatArray, step: float = 1e-6) -> FloatArray:
    """Central finite differences: error about step² for smooth functions, plus rounding of about 1e-16 / step."""
    gradient = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        shift = np.zeros_like(at)
        shift[place] = step
        gradient[place] = (function(at + shift) - function(at - shift)) / (2 * step)
    return gradient


@pytest.fixture(scope="module")
def paper() -> Run:
    return paper_telling(Lab(TRAIN))


@pytest.fixture(scope="module")
def brief() -> Run:
    return paper_telling(Lab(TRAIN, Recipe(constitution=BRIEF)))


@pytest.fixture(scope="module")
def interview() -> Run:
    return interview_telling(Lab(TRAIN))


# ── constitution and records ────────────────────────────────────────────────────────────────────────────


def test_a_version_is_its_words_and_nothing_else() -> None:
    again = Constitution(tuple(Section(s.id, s.title, s.text) for s in CONSTITUTION.sections))
    assert again.version == CONSTITUTION.version
    assert BRIEF.version != CONSTITUTION.version
    assert BRIEF.reworded("harm.3", CONSTITUTION.text("harm.3")).version == CONSTITUTION.version
    assert Constitution(CONSTITUTION.sections[::-1]).version != CONSTITUTION.version
    one = Constitution((Section("a", "b", 'c"],["d'),))
    other = Constitution((Section("a", "b", "c"), Section("d", "", "")))
    assert one.version != other.version


def test_sections_are_addressed_and_unique() -> None:
    assert CONSTITUTION.under("harm") == ("harm.1", "harm.2", "harm.3")
    with pytest.raises(errors.DuplicateSection):
        CONSTITUTION.with_section(CONSTITUTION.sections[0])
    with pytest.raises(errors.UnknownSection):
        CONSTITUTION.text("harm.9")


def test_every_record_of_a_run_leads_back_to_its_words(paper: Run, interview: Run) -> None:
    for run in (paper, interview):
        for key, record in run.store.records.items():
            trace = run.store.trace(key)
            if isinstance(record, Pair) and record.source == "human":
                assert trace.words == {}
                continue
            assert trace.words
            assert trace.constitution == run.recipe.constitution.version
            assert all(run.recipe.constitution.text(section) == text for section, text in trace.words.items())
            for below, above in zip((record, *trace.ancestors), trace.ancestors, strict=False):
                if isinstance(below, Triple):
                    assert below.original == above.revision
                assert below.prompt == above.prompt


def test_a_constitutional_pair_compares_the_two_ends_of_its_triple(interview: Run) -> None:
    linked = [r for r in interview.store.records.values() if isinstance(r, Pair) and r.source == "ai"]
    assert linked
    for pair in linked:
        triple = interview.store.trace(pair.id).ancestors[0]
        assert (pair.a, pair.b) == (triple.original, triple.revision)


def test_records_survive_a_round_trip_and_show_tampering(interview: Run) -> None:
    text = interview.store.to_jsonl()
    copy = RecordStore(dict(interview.store.constitutions))
    copy.load_jsonl(text)
    assert copy.records == interview.store.records
    line = json.loads(text.splitlines()[0])
    line["row"]["prompt"] += "0"
    with pytest.raises(errors.AlteredRecord):
        RecordStore(dict(interview.store.constitutions)).load_jsonl(json.dumps(line))


def test_a_record_whose_links_lead_nowhere_never_enters() -> None:
    store = RecordStore()
    triple = Triple("p", "a", "", "a", "harm.1", CONSTITUTION.version)
    with pytest.raises(errors.UnknownVersion):
        store.add(triple)
    store.register(CONSTITUTION)
    store.add(triple)
    store.add(triple)
    assert len(store.records) == 1
    with pytest.raises(errors.UnknownSection):
        store.add(triple._replace(section="harm.9"))
    with pytest.raises(errors.UnknownRecord):
        store.add(triple._replace(parent="triple-0"))
    with pytest.raises(errors.UnknownRecord):
        store.add(Pair("p", "a", "b", 0.5, ("harm.1",), CONSTITUTION.version, triple="triple-0"))
    assert list(store.using("harm.1", CONSTITUTION.version)) == [triple]
    assert not list(store.using("harm.1", "another"))


# ── critique and revision ───────────────────────────────────────────────────────────────────────────────


class Scribe:
    """A critic by table: objects where (words, response) is listed, and rewrites by appending."""

    def __init__(self, objections: dict[tuple[str, str], str]) -> None:
        self.objections, self.calls = objections, list[tuple[str, ...]]()

    def critique(self, principle: str, prompt: str, response: str) -> str:
        self.calls.append(("critique", principle, prompt, response))
        return self.objections.get((principle, response), "")

    def revise(self, critique: str, prompt: str, response: str) -> str:
        self.calls.append(("revise", critique, prompt, response))
        return response + critique


def test_each_round_reads_the_revision_before_it() -> None:
    words = {s: CONSTITUTION.text(s) for s in CONSTITUTION.ids}
    critic = Scribe({(words["harm.1"], "r"): "x", (words["help.1"], "rx"): "y"})
    chain = critique_and_revise("p", "r", ["harm.1", "harm.2", "help.1"], CONSTITUTION, critic)
    assert [(t.original, t.critique, t.revision) for t in chain] == [
        ("r", "x", "rx"),
        ("rx", "", "rx"),
        ("rx", "y", "rxy"),
    ]
    assert [t.section for t in chain] == ["harm.1", "harm.2", "help.1"]
    assert [t.parent for t in chain] == [None, chain[0].id, chain[1].id]
    assert {t.constitution for t in chain} == {CONSTITUTION.version}
    assert [call[0] for call in critic.calls] == ["critique", "revise", "critique", "critique", "revise"]


def test_a_chain_with_an_unknown_section_is_never_begun() -> None:
    critic = Scribe({})
    with pytest.raises(errors.UnknownSection, match=r"harm\.9"):
        critique_and_revise("p", "r", ["harm.1", "harm.9"], CONSTITUTION, critic)
    assert critic.calls == []
    assert critique_and_revise("p", "r", [], CONSTITUTION, critic) == []


@SMALL
@given(st.lists(st.sampled_from(CONSTITUTION.ids), max_size=8), st.integers(0, 29), st.integers(0, 199))
def test_chains_are_linked_whatever_is_asked(sections: list[str], response: int, row: int) -> None:
    prompts = make_prompts(200, 5)
    critic = RuleJudge(prompts, surface_risk(prompts))
    chain = critique_and_revise(prompts.ids[row], RESPONSES[response], sections, CONSTITUTION, critic)
    assert len(chain) == len(sections)
    parent, current = None, RESPONSES[response]
    for triple in chain:
        assert (triple.parent, triple.original) == (parent, current)
        assert (triple.critique == "") == (triple.revision == triple.original)
        parent, current = triple.id, triple.revision


def test_each_revision_meets_the_principle_better() -> None:
    prompts = make_prompts(300, 6)
    critic = RuleJudge(prompts, surface_risk(prompts))
    for section in CONSTITUTION.ids:
        scores = critic.scores(CONSTITUTION.text(section))
        for row in range(0, 300, 7):
            for response in RESPONSES:
                (triple,) = critique_and_revise(prompts.ids[row], response, [section], CONSTITUTION, critic)
                if triple.critique:
                    assert scores[row, row_of(triple.revision)] > scores[row, row_of(response)]


def test_more_revisions_are_less_harmful(paper: Run) -> None:
    """As in the paper's figure 5: the mean share disclosed falls with every revision (n = 419 chains)."""
    chains = Lab(TRAIN).chains(paper.stages[0].policy, CONSTITUTION.under("harm"), np.random.default_rng(0))
    discloses = trait("discloses")
    shares = [np.mean([discloses[row_of(chain[0].original)] for chain in chains])]
    for count in range(4):
        shares.append(np.mean([discloses[row_of(chain[count].revision)] for chain in chains]))
    assert all(after < before for before, after in pairwise(shares))


def test_the_review_blocks_with_a_reason_and_loses_nothing() -> None:
    critic = RuleJudge(TRAIN, surface_risk(TRAIN))
    rows = [(TRAIN.ids[row], RESPONSES[row % 30]) for row in range(300)]
    kept, held = quality_review(rows, CONSTITUTION.under("harm"), CONSTITUTION, critic)
    assert sorted([*kept, *((h.prompt, h.response) for h in held)]) == sorted(rows)
    assert all(h.critique and h.section in CONSTITUTION.ids for h in held)


def test_a_gate_that_only_removes_does_not_teach() -> None:
    """Over a quarter of the demonstrations are held back and harmlessness gains under 0.1; with one careful writer in
    five it gains over 0.4. Measured 0.05 and 0.57."""

    def gain(careful: float) -> tuple[float, int]:
        run = interview_telling(
            Lab(TRAIN, Recipe(careful_writers=careful, rounds=1))
        )  # it ends before they count
        before, after = list(run.measures(HELD_OUT).values())[:2]
        return after.harmlessness - before.harmlessness, run.stage("1 SL").counts["quarantined"]

    alone, held = gain(0.0)
    assert held > 800
    assert alone < 0.1
    assert gain(0.2)[0] > 0.4


# ── preferences ─────────────────────────────────────────────────────────────────────────────────────────


class Table:
    """A judge by table of scores, with a habit of preferring what stands first."""

    def __init__(self, scores: dict[tuple[str, str], float], bias: float = 0.0) -> None:
        self.scores, self.bias, self.calls = scores, bias, 0

    def log_odds(self, principle: str, questions: Sequence[tuple[str, str, str]]) -> list[float]:
        self.calls += 1
        return [
            self.scores.get((principle, a), 0.0) - self.scores.get((principle, b), 0.0) + self.bias
            for _, a, b in questions
        ]


FIRST, SECOND = CONSTITUTION.text("harm.1"), CONSTITUTION.text("help.1")


def test_a_label_is_the_mean_log_odds_squashed() -> None:
    judge = Table({(FIRST, "a"): 3.0, (SECOND, "b"): 1.0}, bias=0.7)
    (pair,) = ai_preferences([("p", "a", "b")], ["harm.1", "help.1"], CONSTITUTION, judge)
    # (3 − 1) / 2 = 1 nat; exact up to rounding of tanh.
    assert pair.p_a == pytest.approx(1 / (1 + np.exp(-1.0)), abs=1e-12)
    assert (pair.prompt, pair.a, pair.b, pair.source) == ("p", "a", "b", "ai")
    assert (pair.sections, pair.constitution) == (("harm.1", "help.1"), CONSTITUTION.version)
    assert judge.calls == 4
    assert type(pair.p_a) is float


def test_questions_without_an_answer_or_a_difference_give_no_pair() -> None:
    judge = Table({(FIRST, "gone"): np.nan})
    asked = [("p", "a", "a"), ("p", "a", "gone"), ("p", "b", "c"), ("p", "b", "c")]
    pairs = ai_preferences(asked, ["harm.1"], CONSTITUTION, judge)
    assert [(pair.a, pair.b, pair.p_a) for pair in pairs] == [("b", "c", 0.5), ("b", "c", 0.5)]
    assert ai_preferences([("p", "a", "a")], ["harm.1"], CONSTITUTION, Table({})) == []
    silent = Table({})
    assert ai_preferences([], ["harm.1"], CONSTITUTION, silent) == []
    assert silent.calls == 0


def test_labels_are_clamped_last_and_never_overflow() -> None:
    judge = Table({(FIRST, "a"): 1e6})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (pair,) = ai_preferences([("p", "a", "b")], ["harm.1"], CONSTITUTION, judge)
        (held,) = ai_preferences([("p", "b", "a")], ["harm.1"], CONSTITUTION, judge, clamp=(0.4, 0.6))
    assert (pair.p_a, held.p_a) == (1.0, 0.4)


def test_bad_requests_have_names() -> None:
    judge = Table({})
    with pytest.raises(errors.NoPrinciple):
        ai_preferences([("p", "a", "b")], [], CONSTITUTION, judge)
    with pytest.raises(errors.UnknownSection):
        ai_preferences([("p", "a", "b")], ["harm.1", "harm.9"], CONSTITUTION, judge)
    assert judge.calls == 0


@SMALL
@given(
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.lists(st.sampled_from(CONSTITUTION.ids), min_size=1),
)
def test_order_and_position_bias_cancel(a: float, b: float, bias: float, sections: list[str]) -> None:
    scores = {(CONSTITUTION.text(s), name): value for s in sections for name, value in (("a", a), ("b", b))}
    (ab,) = ai_preferences([("p", "a", "b")], sections, CONSTITUTION, Table(scores, bias))
    (ba,) = ai_preferences([("p", "b", "a")], sections, CONSTITUTION, Table(scores, bias))
    (fair,) = ai_preferences([("p", "a", "b")], sections, CONSTITUTION, Table(scores))
    # Rounding of sums up to 60 in double precision, through a sigmoid of slope 1/4.
    assert ab.p_a + ba.p_a == pytest.approx(1.0, abs=1e-12)
    assert ab.p_a == pytest.approx(fair.p_a, abs=1e-12)


def test_people_agree_with_the_truth_on_average() -> None:
    """200 repeats of each question: the share within 4 standard errors (0.15) of the sigmoid that is stated."""
    gold = gold_quality(TRAIN)
    for row in (0, 1, 2, 3):
        asked = [(TRAIN.ids[row], RESPONSES[3], RESPONSES[21])] * 200
        pairs = human_preferences(asked, TRAIN, gold, np.random.default_rng(row))
        expected = 1 / (1 + np.exp(-6.0 * (gold[row, 3] - gold[row, 21])))
        assert np.mean([pair.p_a for pair in pairs]) == pytest.approx(expected, abs=0.15)
        assert {pair.source for pair in pairs} == {"human"}


# ── fits, against finite differences and scikit-learn ───────────────────────────────────────────────────


def test_the_likelihood_gradient_agrees_with_finite_differences() -> None:
    rng = np.random.default_rng(1)
    features, actions = rng.normal(size=(13, 3)), rng.integers(0, 5, 13)
    weights = rng.normal(size=(3, 5))
    _, gradient = likelihood(weights, features, actions, 0.1)
    numeric = differences_of(lambda w: likelihood(w, features, actions, 0.1)[0], weights)
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_the_preference_gradient_agrees_with_finite_differences() -> None:
    rng = np.random.default_rng(2)
    joint, p_first, weights = rng.normal(size=(17, 6)), rng.random(17), rng.normal(size=6)
    _, gradient = preference_loss(weights, joint, p_first, 0.1)
    numeric = differences_of(lambda w: preference_loss(w, joint, p_first, 0.1)[0], weights)
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_supervised_fit_agrees_with_scikit_learn() -> None:
    """Same penalty; both stop near the optimum of a concave problem: probabilities within 1e-3."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    features, actions = rng.normal(size=(400, 4)), rng.integers(0, 4, 400)
    ours = fit_supervised(features, actions, 4, l2=1e-2, iterations=1500)
    peer = LogisticRegression(C=1 / (1e-2 * 400), fit_intercept=False, tol=1e-10, max_iter=5000).fit(
        features, actions
    )
    np.testing.assert_allclose(ours.probs(features), peer.predict_proba(features), atol=1e-3)


def test_the_reward_model_agrees_with_scikit_learn_on_soft_labels() -> None:
    """A soft label is two weighted hard ones; Newton here against lbfgs there: weights within 1e-5."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    joint, p_first = rng.normal(size=(300, 6)), rng.random(300)
    ours = fit_reward_model(joint, p_first, 3, l2=1e-2)
    peer = LogisticRegression(C=1 / (1e-2 * 300), fit_intercept=False, tol=1e-12, max_iter=10_000)
    peer.fit(np.tile(joint, (2, 1)), np.repeat([1, 0], 300), np.concatenate([p_first, 1 - p_first]))
    np.testing.assert_allclose(ours.weights.ravel(), peer.coef_[0], atol=1e-5)


def test_the_reward_model_recovers_what_made_the_labels() -> None:
    """With exact Bradley–Terry probabilities as labels and no penalty the answer is exact (Newton: 1e-8)."""
    rng = np.random.default_rng(5)
    truth, joint = rng.normal(size=8), rng.normal(size=(60, 8))
    labels = 1 / (1 + np.exp(-joint @ truth))
    model = fit_reward_model(joint, labels, 4, l2=0.0)
    np.testing.assert_allclose(model.weights.ravel(), truth, atol=1e-8)


def test_separable_pairs_do_not_break_the_fit() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit_reward_model(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([1.0, 1.0]), 2)
    assert np.isfinite(model.weights).all()
    assert model.weights[0, 0] > 0


def test_nothing_to_learn_from_has_a_name() -> None:
    empty = np.zeros((0, 3))
    with pytest.raises(errors.NothingToLearnFrom):
        fit_reward_model(empty, np.zeros(0), 3)
    with pytest.raises(errors.NothingToLearnFrom):
        fit_supervised(empty, np.zeros(0, dtype=np.int64), 4)


def test_samples_follow_the_policy() -> None:
    """20,000 draws: total variation from the stated distribution under 0.02 (expected about 0.009 for K = 5)."""
    policy = Policy(np.array([[0.0, 1.0, -2.0, 0.5, -9.0]]))
    drawn = policy.sample(np.ones((20_000, 1)), np.random.default_rng(6))
    share = np.bincount(drawn, minlength=5) / 20_000
    assert 0.5 * np.abs(share - policy.probs(np.ones((1, 1)))[0]).sum() < 0.02


# ── the policy step ─────────────────────────────────────────────────────────────────────────────────────

Batch = tuple[FloatArray, FloatArray, np.ndarray, FloatArray, FloatArray, FloatArray]


def a_batch(seed: int, n: int = 40, d: int = 3, k: int = 4, drift: float = 0.3) -> Batch:
    rng = np.random.default_rng(seed)
    old = rng.normal(size=(d, k))
    features, actions = rng.normal(size=(n, d)), rng.integers(0, k, n)
    old_log_probs = log_softmax(features @ old)[np.arange(n), actions]
    reference = log_softmax(features @ (old + rng.normal(size=(d, k))))
    return (
        old + drift * rng.normal(size=(d, k)),
        features,
        actions,
        old_log_probs,
        rng.normal(size=n),
        reference,
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("drift", [0.0, 0.3, 2.0])
def test_the_step_gradient_agrees_with_finite_differences(seed: int, drift: float) -> None:
    """Away from the kinks of min and clip (none of these batches has a ratio within 1e-5 of one) to 1e-7."""
    weights, *rest = a_batch(seed, drift=drift)

    def take(w: FloatArray) -> PolicyStep:
        return policy_step(w, *rest, beta=0.3, clip=0.2, learning_rate=0.5)

    step = take(weights)
    numeric = differences_of(lambda w: take(w).objective, weights)
    np.testing.assert_allclose(step.gradient, numeric, atol=1e-7)
    np.testing.assert_allclose(step.weights, weights + 0.5 * step.gradient, rtol=0, atol=1e-15)


def test_the_objective_is_the_sum_that_the_paper_states() -> None:
    from scipy.special import rel_entr

    weights, features, actions, old, advantages, reference = a_batch(3, drift=1.0)
    step = policy_step(
        weights, features, actions, old, advantages, reference, beta=0.7, clip=0.2, learning_rate=1.0
    )
    log_probs = log_softmax(features @ weights)
    terms, silenced = [], 0
    for row, action in enumerate(actions):
        ratio = np.exp(log_probs[row, action] - old[row])
        bounded = min(max(ratio, 0.8), 1.2)
        terms.append(min(ratio * advantages[row], bounded * advantages[row]))
        up, down = advantages[row] > 0 and ratio > 1.2, advantages[row] < 0 and ratio < 0.8
        silenced += up or down
    kl = rel_entr(np.exp(log_probs), np.exp(reference)).sum(axis=1).mean()
    assert step.kl == pytest.approx(kl, abs=1e-12)
    assert step.objective == pytest.approx(np.mean(terms) - 0.7 * kl, abs=1e-12)
    assert 0 < silenced < len(actions)
    assert step.silenced == silenced / len(actions)


def test_one_sample_by_hand() -> None:
    """pi = (1/2, 1/2), advantage 1, reference (3/4, 1/4): by paper and pencil."""
    reference = np.log([[0.75, 0.25]])
    step = policy_step(
        np.zeros((1, 2)),
        np.ones((1, 1)),
        np.array([0]),
        np.log([0.5]),
        np.array([1.0]),
        reference,
        beta=1.0,
        clip=0.2,
        learning_rate=2.0,
    )
    kl = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    slope = 0.5 - 0.5 * (np.log(0.5 / 0.75) - kl)
    assert (step.kl, step.objective, step.silenced) == pytest.approx((kl, 1 - kl, 0.0), abs=1e-15)
    np.testing.assert_allclose(step.weights, [[2 * slope, -2 * slope]], atol=1e-15)


@pytest.mark.parametrize(
    ("advantage", "old", "silenced"), [(1, 0.4, 1), (1, 0.6, 0), (-1, 0.6, 0), (-1, 0.8, 1), (-1, 0.4, 0)]
)
def test_the_clip_silences_only_what_has_gone_far_enough_its_own_way(
    advantage: int, old: float, silenced: int
) -> None:
    """Now 0.5: ratios 1.25, 0.83, 0.83, 0.625, 1.25 against a clip of 0.2."""
    step = policy_step(
        np.zeros((1, 2)),
        np.ones((1, 1)),
        np.array([1]),
        np.log([old]),
        np.array([float(advantage)]),
        np.log([[0.5, 0.5]]),
        beta=0.0,
        clip=0.2,
        learning_rate=1.0,
    )
    assert step.silenced == silenced
    assert np.sign(step.gradient[0, 1]) == (0 if silenced else advantage)


def test_arguments_are_left_alone_and_bad_ones_have_names() -> None:
    batch = a_batch(9)
    before = [part.copy() for part in batch]
    policy_step(*batch, beta=0.1, clip=0.2, learning_rate=1.0)
    for part, old in zip(batch, before, strict=True):
        np.testing.assert_array_equal(part, old)
    nan = float("nan")
    for beta, clip in ((-0.1, 0.2), (nan, 0.2), (np.inf, 0.2), (0.1, 0.0), (0.1, 1.0), (0.1, nan)):
        with pytest.raises(errors.BadCoefficient):
            policy_step(*batch, beta=beta, clip=clip, learning_rate=1.0)
    for beta in (0.0, nan):
        with pytest.raises(errors.BadCoefficient):
            exact_optimum(np.zeros((1, 2)), np.zeros((1, 2)), beta)
    weights, features, actions, old_log_probs, advantages, reference = batch
    with pytest.raises(errors.NothingToLearnFrom):
        policy_step(
            weights,
            features[:0],
            actions[:0],
            old_log_probs[:0],
            advantages[:0],
            reference[:0],
            beta=0.1,
            clip=0.2,
            learning_rate=1.0,
        )


def exact_rounds(beta: float, *, epochs: int) -> tuple[Policy, Policy, FloatArray, FloatArray]:
    """PPO without sampling: every response of every prompt, its advantage weighted by how likely it was drawn."""
    rng = np.random.default_rng(10)
    n, d, k = 30, 4, 5
    features, taste = rng.normal(size=(n, d)), rng.normal(size=(d, k))
    rewards = features @ taste
    reference = Policy(rng.normal(size=(d, k)))
    weights = reference.weights
    rows = np.repeat(np.arange(n), k)
    actions = np.tile(np.arange(k), n)
    reference_rows = reference.log_probs(features)[rows]
    for _ in range(6000 // epochs):
        log_probs = Policy(weights).log_probs(features)
        probs = np.exp(log_probs)
        advantages = (rewards - (probs * rewards).sum(axis=1, keepdims=True)) * probs * k
        for _ in range(epochs):
            weights = policy_step(
                weights,
                features[rows],
                actions,
                log_probs[rows, actions],
                advantages[rows, actions],
                reference_rows,
                beta=beta,
                clip=0.2,
                learning_rate=1.0,
            ).weights
    return Policy(weights), reference, features, taste


@pytest.mark.parametrize("epochs", [1, 4])
def test_the_step_converges_to_the_exact_optimum(epochs: int) -> None:
    """Reward linear in the policy's own features: pi* ∝ reference × exp(r / beta) lies in the family. TV under 1e-6."""
    policy, reference, features, taste = exact_rounds(0.5, epochs=epochs)
    optimum = exact_optimum(reference.log_probs(features), features @ taste, 0.5)
    assert 0.5 * np.abs(policy.probs(features) - np.exp(optimum)).sum(axis=1).max() < 1e-6
    # In weights: W* = W_reference + R / beta, up to a constant a row that the softmax does not see.
    gap = policy.weights - (reference.weights + taste / 0.5)
    np.testing.assert_allclose(gap - gap.mean(axis=1, keepdims=True), 0, atol=1e-5)


@SMALL
@given(st.integers(0, 10_000), st.floats(0.05, 5.0))
def test_no_policy_beats_the_closed_form(seed: int, beta: float) -> None:
    rng = np.random.default_rng(seed)
    reference, rewards = log_softmax(rng.normal(size=(4, 6))), rng.normal(size=(4, 6))

    def value(log_probs: FloatArray) -> float:
        return float((np.exp(log_probs) * rewards).sum(axis=1).mean()) - beta * mean_kl(log_probs, reference)

    optimum = exact_optimum(reference, rewards, beta)
    other = log_softmax(optimum + rng.normal(size=(4, 6)) * rng.choice([0.01, 0.3, 3.0]))
    assert value(optimum) >= value(other) - 1e-12
    # At the optimum the value is beta × ln of the partition function, prompt by prompt.
    partition = np.log((np.exp(reference) * np.exp(rewards / beta)).sum(axis=1))
    assert value(optimum) == pytest.approx(beta * partition.mean(), abs=1e-9)


def test_sampled_ppo_ends_near_the_exact_optimum(paper: Run) -> None:
    """Sampling, a finite number of rounds: total variation under 0.1 at the recipe's beta (measured 0.06); at a third
    of that pressure under 0.05."""
    start, model = paper.stage("SL-CAI").policy, paper.stage("RL-CAI").reward_model
    assert model is not None
    rewards = model.rewards(TRAIN.features, TRAITS)
    for beta, bound in ((0.4, 0.1), (1.2, 0.05)):
        run = optimise(start, start, TRAIN.features, rewards, np.random.default_rng(0), beta=beta)
        held_out = exact_optimum(
            start.log_probs(HELD_OUT.features), model.rewards(HELD_OUT.features, TRAITS), beta
        )
        gap = np.abs(run.policy.probs(HELD_OUT.features) - np.exp(held_out)).sum(axis=1) / 2
        assert gap.mean() < bound


def test_a_strong_leash_does_not_run_away(paper: Run) -> None:
    start, model = paper.stage("SL-CAI").policy, paper.stage("RL-CAI").reward_model
    assert model is not None
    (point,) = ppo_sweep(Lab(TRAIN), start, model, HELD_OUT, [30.0])
    assert point.measures.kl < 0.01


# ── what is true of whole runs ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_paper_trades_over_refusal_for_harmlessness(seed: int) -> None:
    run = paper_telling(Lab(make_prompts(600, 10 + seed), Recipe(seed=seed)))
    before, supervised, reinforced = run.measures(HELD_OUT).values()
    assert supervised.harmlessness > before.harmlessness + 0.2
    assert reinforced.harmlessness > supervised.harmlessness + 0.1
    assert reinforced.quality > before.quality
    # Nobody labelled helpfulness on borderline prompts: refusals there at least double.
    assert reinforced.over_refusal_borderline > 2 * before.over_refusal_borderline
    assert reinforced.helpfulness < before.helpfulness


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_interview_improves_quality_at_every_stage(seed: int) -> None:
    run = interview_telling(Lab(make_prompts(600, 20 + seed), Recipe(seed=seed)))
    qualities = [m.quality for m in run.measures(HELD_OUT).values()]
    assert len(qualities) == 4
    assert all(after > before for before, after in pairwise(qualities))


def test_principles_on_harm_alone_refuse_what_only_sounds_restricted() -> None:
    """One section, no human label on helpfulness, little leash: harmlessness .99, quality under SL-CAI's."""
    only = Constitution(CONSTITUTION.sections[:1])
    run = paper_telling(Lab(TRAIN, Recipe(constitution=only, human_pairs=0, beta=0.1)))
    _, supervised, reinforced = run.measures(HELD_OUT).values()
    assert reinforced.harmlessness > 0.97
    assert reinforced.over_refusal_borderline > 0.5
    assert reinforced.quality < supervised.quality


def test_reward_rises_while_quality_falls(paper: Run) -> None:
    """Goodhart: along falling beta the reward never falls; quality peaks and ends under where it began."""
    start, model = paper.stage("SL-CAI").policy, paper.stage("RL-CAI").reward_model
    assert model is not None
    points = exact_sweep(start, model, HELD_OUT, [10, 3, 1, 0.4, 0.2, 0.1, 0.05])
    rewards, qualities = [p.reward for p in points], [p.measures.quality for p in points]
    base = measure(start, HELD_OUT).quality
    assert all(after > before for before, after in pairwise(rewards))
    assert max(qualities) > base + 0.04
    assert 0 < int(np.argmax(qualities)) < len(points) - 1
    assert qualities[-1] < base - 0.05
    assert points[-1].measures.kind > 3 * points[0].measures.kind


def test_ten_times_the_labels_do_not_cure_an_exploited_reward_but_one_word_does(
    paper: Run, brief: Run
) -> None:
    def fall(run: Run) -> float:
        """Of quality, where the reward model of ``run`` is pushed in closed form: its own training is not asked."""
        model = run.stage("RL-CAI").reward_model
        assert model is not None
        start = run.stage("SL-CAI").policy
        points = exact_sweep(start, model, HELD_OUT, [3, 1, 0.7, 0.4, 0.2, 0.1])
        return max(p.measures.quality for p in points) - points[-1].measures.quality

    plain = fall(paper)
    assert plain > 0.08
    many = Recipe(ai_pairs=10_000, human_pairs=10_000, rounds=1)
    assert fall(paper_telling(Lab(TRAIN, many))) > 0.8 * plain
    assert fall(brief) < 0.25 * plain


def test_snapshots_of_one_run_show_the_same_turn() -> None:
    lab = Lab(TRAIN, Recipe(human_pairs=0, beta=0.05))
    run = paper_telling(lab)
    start, stage = run.stage("SL-CAI").policy, run.stage("RL-CAI")
    assert stage.training is not None
    assert stage.reward_model is not None
    path = along_training(stage.training.policies[::8], start, stage.reward_model, HELD_OUT, 0.05)
    assert path[0].reward == pytest.approx(0.0, abs=1e-12)
    assert path[-1].reward > path[1].reward > 0
    assert path[-1].measures.quality < path[0].measures.quality - 0.2


def test_a_teacher_that_is_its_own_student_is_content_and_wrong() -> None:
    """Six turns. Self: its labels are reproduced ever better, and nothing restricted is kept back. A frozen judge, or
    200 fresh human comparisons a turn, break the loop; the dashboard of the anchored run looks worst of the three."""
    lab = Lab(make_prompts(500, 30), Recipe(constitution=BRIEF, anchors=200, rounds=60))
    start = paper_telling(lab).stage("SL-CAI").policy
    begun = measure(start, HELD_OUT).harmlessness
    ends = {
        teacher: feedback_loop(lab, start, HELD_OUT, teacher=teacher)
        for teacher in ("self", "frozen", "anchored")
    }
    last = {teacher: turns[-1] for teacher, turns in ends.items()}
    assert last["self"].teacher_says > 0.99
    assert last["self"].measures.harmlessness < 0.05 < begun
    assert last["frozen"].measures.harmlessness > begun + 0.1
    assert last["anchored"].measures.harmlessness > begun + 0.05
    assert last["anchored"].measures.quality > last["self"].measures.quality + 0.08
    assert last["anchored"].teacher_says < last["self"].teacher_says - 0.2


def test_an_ab_test_finds_the_better_constitution(paper: Run, brief: Run) -> None:
    share, error = win_rate(
        brief.stages[-1].policy, paper.stages[-1].policy, HELD_OUT, np.random.default_rng(0)
    )
    assert share - 2 * error > 0.5
    same, error = win_rate(
        paper.stages[-1].policy, paper.stages[-1].policy, HELD_OUT, np.random.default_rng(1)
    )
    assert abs(same - 0.5) < 3 * error


def test_a_run_is_the_same_again_and_uses_the_parts_it_is_given(paper: Run) -> None:
    again = paper_telling(Lab(TRAIN))
    assert list(again.store.records) == list(paper.store.records)
    for one, other in zip(paper.stages, again.stages, strict=True):
        np.testing.assert_array_equal(one.policy.weights, other.policy.weights)

    used = set()

    def noting(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            used.add(name)
            return function(*args, **kwargs)

        return call

    parts = Parts(
        noting("critique", critique_and_revise),  # type: ignore[arg-type]
        noting("label", ai_preferences),  # type: ignore[arg-type]
        noting("step", policy_step),  # type: ignore[arg-type]
    )
    for telling in (paper_telling, interview_telling):
        used.clear()
        telling(Lab(make_prompts(120, 3), Recipe(ai_pairs=60, human_pairs=60, rounds=3), parts))
        assert used == {"critique", "label", "step"}


def test_the_judge_is_close_to_the_best_line_and_topic_makes_it_prudish() -> None:
    """Within 3 points of a fitted logistic regression; taking topic for intent, it calls over a third of the borderline
    prompts restricted (56% measured at topic = 2)."""
    from sklearn.linear_model import LogisticRegression

    fit, test = make_prompts(4000, 7), make_prompts(4000, 8)
    best = (
        LogisticRegression(C=1e3)
        .fit(fit.features, fit.categories == 2)
        .score(test.features, test.categories == 2)
    )
    ours = np.mean((surface_risk(test) > 0.5) == (test.categories == 2))
    assert ours > best - 0.03
    assert np.mean(surface_risk(test, topic=2.0)[test.where("borderline")] > 0.5) > 0.33


def test_prompts_are_seeded_and_collide_with_no_other_batch() -> None:
    assert make_prompts(50, 1).features.tobytes() == make_prompts(50, 1).features.tobytes()
    assert not set(make_prompts(50, 1).ids) & set(make_prompts(50, 2).ids)
    assert len(make_prompts(0, 1)) == 0


def test_questions_come_from_the_policy() -> None:
    policy = Policy(np.zeros((TRAIN.features.shape[1], len(RESPONSES))))
    asked = sample_questions(policy, TRAIN, np.array([5, 5, 7]), np.random.default_rng(0))
    assert [prompt for prompt, _, _ in asked] == [TRAIN.ids[5], TRAIN.ids[5], TRAIN.ids[7]]
    assert {response for _, a, b in asked for response in (a, b)} <= set(RESPONSES)
    with pytest.raises(errors.UnknownResponse):
        row_of("shrugs")
