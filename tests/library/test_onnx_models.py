"""The optional encoders and cross-encoder against what was stored of them; a missing package is named. Skipped where they are not installed."""

from importlib.util import find_spec

import numpy as np
import pytest

from course.systems.search import onnx_models
from course.systems.search.onnx_models import CROSS_ENCODER, ENCODERS, OnnxCrossEncoder, OnnxEncoder
from course.systems.serving.small_model import ModelNotInstalled
from datasets.build_known_items import texts_of
from datasets.known_items import targets, vectors
from datasets.rerank_scores import judged

NEEDED = ("onnxruntime", "tokenizers", *(weights.package for weights in (*ENCODERS.values(), CROSS_ENCODER)))
with_models = pytest.mark.skipif(
    not all(map(find_spec, NEEDED)), reason="the models of the ranking extra are not installed"
)


def test_a_missing_package_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_models, "find_spec", lambda name: None)
    for model in (OnnxEncoder, OnnxCrossEncoder):
        with pytest.raises(ModelNotInstalled, match=r"onnxruntime is not installed.*pip install"):
            model()


@with_models
@pytest.mark.parametrize("name", ["minilm", "bge"])
def test_an_encoder_says_what_was_stored(name: str) -> None:
    """Of 100 documents, each beside its stored vector in 192 directions: cosines between documents within .08, on average .03; rows of length 1;
    a batch and a text alone agree to .02."""
    texts = texts_of()[:100]
    encoder = OnnxEncoder(name)
    found = encoder.embed([text.rest for text in texts])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    stored = vectors(name, "documents")[:100]
    away = np.abs(found @ found.T - stored @ stored.T)
    assert away.max() < 0.08
    assert away.mean() < 0.03
    alone = np.concatenate([encoder.embed([text.rest]) for text in texts[:5]])
    assert (alone * found[:5]).sum(axis=1).min() > 0.98


@with_models
def test_bge_finds_more_with_its_sentence_before_a_question() -> None:
    """50 questions among 300 documents: at least as many right ones first as without."""
    texts, answers = texts_of(), targets()
    asked = [place for place in answers if place < 300][:50]
    encoder = OnnxEncoder("bge")
    documents = encoder.embed([text.rest for text in texts[:300]])
    first = []
    for questions in (True, False):
        rows = encoder.embed([texts[place].first for place in asked], questions=questions)
        first.append(int(sum((rows @ documents.T).argmax(axis=1) == asked)))
    assert first[0] >= first[1]
    assert first[0] >= 25


@with_models
def test_the_cross_encoder_says_what_was_stored() -> None:
    """Of the 100 candidates of three questions: scores within 2 logits, on average .3, of a spread of some 15; the best one among its three best."""
    texts, answers, stored = texts_of(), targets(), judged()
    judge = OnnxCrossEncoder()
    for number in range(3):
        documents = [texts[place].rest[:400] for place in stored.candidates[number]]
        found = judge.score(texts[answers[number]].first, documents)
        away = np.abs(found - stored.cross[number])
        assert away.max() < 2
        assert away.mean() < 0.3
        assert found.argmax() in np.argsort(-stored.cross[number])[:3]
