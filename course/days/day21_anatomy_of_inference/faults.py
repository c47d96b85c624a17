"""Day 21's faults: what becomes of a conversation and of a stored cache, with the learner's own functions."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day21_anatomy_of_inference.measure import GROUP
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.serving.attention import attention_with_cache
from course.systems.serving.kv_cache import KvCache
from course.systems.serving.tiny_model import VOCABULARY, TinyModel
from datasets.kv_sample import Sample, kv_sample

PROMPT, ANSWER = 60, 20
BITS = 4
IDS, OTHER = np.random.default_rng(21).integers(0, VOCABULARY, (2, PROMPT + ANSWER))
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Fault:
    """What is otherwise. `piece`: tokens of the prompt in one pass; `half`: the cache in 16 bits; `forgets`: no cache is
    kept; `stranger`: the prompt's cache is another's. Of the sample: `tokens` of it, `bits`, and one channel `louder`."""

    piece: int = PROMPT
    half: bool = False
    forgets: bool = False
    stranger: bool = False
    tokens: int = 256
    bits: int = BITS
    louder: float = 1.0


FAULTS: Mapping[str, Fault] = {
    "the prompt comes in pieces of 7": Fault(piece=7),
    "the cache is kept in 16-bit floats": Fault(half=True),
    "the cache is thrown away after each token": Fault(forgets=True),
    "another conversation's cache is handed over": Fault(stranger=True),
    "the conversation has 60 tokens": Fault(tokens=60),
    "3 bits in place of 4": Fault(bits=3),
    "one channel of the keys is ten times as loud": Fault(louder=10),
}
PROMISES = (
    Promise("same answer", "largest difference of a logit ÷ their spread, in 1/10,000", 1, digits=2),
    Promise("no work twice", "tokens computed, for each token", 1, digits=1),
    Promise("small cache", "bits a number in the stored sample", 4.6, digits=1),
    Promise("near attention", "error of attention's output over the sample, share", 0.14, digits=3),
)


@functools.cache
def truth() -> Array:
    """Logits of the conversation, computed whole."""
    return TinyModel(attention_with_cache).in_pieces(IDS, [len(IDS)])[PROMPT:]


def conversation(attend: Subject, fault: Fault) -> tuple[float, float]:
    """How far the answer's logits are off, in 1/10,000 of their spread; and tokens computed for each of the conversation."""
    model = there(attend, TinyModel)(attend)
    cache = model.new_cache(fault.half)
    for at in range(0, PROMPT, fault.piece):
        end = min(PROMPT, at + fault.piece)
        model.forward((OTHER if fault.stranger else IDS)[at:end], cache, at)
    rows = []
    for at in range(PROMPT, PROMPT + ANSWER):
        new = IDS[: at + 1] if fault.forgets else IDS[at : at + 1]
        own = model.new_cache() if fault.forgets else cache
        rows.append(np.asarray(plain(model.forward(new, own, at + 1 - len(new)), "ndarray"))[-1])
    off = float(np.abs(np.array(rows) - truth()).max() / truth().std())
    return 1e4 * off, plain(model.computed, int) / (PROMPT + ANSWER)


def sample_under(fault: Fault) -> Sample:
    """The sample with a channel grown: keys times, queries divided by as much, so that every score stays."""
    q, k, v = (part[: fault.tokens].copy() for part in kv_sample())
    q[:, :, 5] /= fault.louder
    k[:, :, 5] *= fault.louder
    return Sample(q, k, v)


def stored(Format: Subject, fault: Fault) -> tuple[float, float]:
    """Bits a number of the stored sample, and the error of attention's output over it: root mean square, as a share."""
    q, k, v = sample_under(fault)
    keys, values, nbytes = plain(Format(fault.bits, GROUP).store(k, v), tuple)

    def read(keys: Array, values: Array) -> Array:
        return attention_with_cache(q, keys, values, KvCache(*k.shape[1:]), 0)

    exact = read(k, v)
    off = read(np.asarray(keys, np.float32), np.asarray(values, np.float32)) - exact
    return 8 * float(nbytes) / (2 * k.size), float(np.linalg.norm(off) / np.linalg.norm(exact))


def measured(attend: Subject, Format: Subject, fault: Fault) -> dict[str, float]:
    """The promises in numbers."""
    values = (*conversation(attend, fault), *stored(Format, fault))
    return dict(zip((promise.name for promise in PROMISES), values, strict=True))


def under(fault: str, expected: Prediction, attend: Any, Format: Any) -> Page:
    """What the fault does to the learner's own functions: see :func:`~course.notebook.breaking.under_fault`."""
    attend, Format = played("day21", attend, Format)

    def run(fault: str) -> Run:
        own, kept = subjects(attend, Format)
        return Run(PROMISES, measured(own, kept, Fault()), measured(own, kept, FAULTS[fault]))

    return under_fault(fault, expected, FAULTS, run, attend, Format)
