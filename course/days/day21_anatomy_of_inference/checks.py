"""Day 21: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.probes import Examination, Near, Row, Step, calls, examine, raised, script
from course.checking.subject import plain, there
from course.systems.serving.attention import attention_with_cache
from course.systems.serving.cache_format import CacheFormat
from course.systems.serving.kv_cache import FedSequence
from course.systems.serving.model_shape import Chip, ModelShape
from course.systems.serving.roofline import step_time

Floats = NDArray[np.floating[Any]]

# ── step_time ───────────────────────────────────────────────────────────────────────────────────────────

CHIPS = {
    "reads 1 TB/s, computes 1,000 TFLOP/s": (1e12, 1e15),
    "reads 1,000 TB/s, computes 1 TFLOP/s": (1e15, 1e12),
    "reads 1 TB/s, computes 100 TFLOP/s": (1e12, 1e14),
    "reads 1 TB/s, computes 100 TFLOP/s, 5 ms overhead": (1e12, 1e14, 5e-3),
    "reads 1 TB/s, computes 100 TFLOP/s, 5 ms overhead, sums in 20 µs at 100 GB/s": (
        1e12,
        1e14,
        5e-3,
        2e-5,
        1e11,
    ),
}
READER, COUNTER, CHIP, SLOW_START, LINKED = CHIPS
MODELS = {
    "1e9 parameters, 4 layers of 8 query and 2 KV heads of 64": (1e9, 4, 8, 2, 64),
    "a thousand parameters, 10 layers of 16 query and 4 KV heads of 100": (1e3, 10, 16, 4, 100),
}
LARGE, ATTENTIVE = MODELS
Pass = dict[str, Any]
"""Arguments of a pass by name; `chip` and `model` as words."""


@examine(step_time)
def check_step_time(exam: Examination) -> None:
    draw = exam.draw

    def timed(step: Any, *passes: Pass) -> Iterator[Step]:
        """The seconds of each pass, or what it raises."""
        size = draw.randint(1, 30)
        bare = f"{size / 10:g}e9 parameters, no attention"
        shapes = MODELS | {bare: (1e8 * size, 0, 8, 2, 64)}
        chips = {name: there(step, Chip)(*CHIPS[name]) for name in dict.fromkeys(p["chip"] for p in passes)}
        models = {
            name: there(step, ModelShape)(*shapes[name])
            for name in dict.fromkeys(p.get("model", bare) for p in passes)
        }
        rows, cases = [], []
        for each in passes:
            own = {"new": 1, "cached": 0, "batch": 1, "model": bare} | each
            cases.append(", ".join(f"{name} {value}" for name, value in own.items()))
            rows.append(Row(**own | {"chip": chips[own["chip"]], "model": models[own["model"]]}))
        for case, (_, found) in zip(cases, calls(step, *rows, as_=float), strict=True):
            yield f"step_time, in seconds, of {case}", found

    def some(low: int, high: int, count: int = 3) -> list[int]:
        return sorted(draw.sample(range(low, high), count))

    @exam.claim("one pass reads all weights once, in its bits", "Two bytes a number at 16 bits.")
    def reads(step: Any) -> Iterator[Step]:
        yield from timed(step, {"chip": READER})
        yield from timed(
            step,
            *({"chip": READER, "weight_bits": bits} for bits in (*draw.sample((4, 6, 8, 12), 2), 4.5, 32)),
        )
        yield from timed(step, *({"chip": READER, "batch": batch} for batch in some(2, 40)))

    @exam.claim(
        "a longer prompt takes more arithmetic: two operations a parameter and token", "Of every sequence."
    )
    def _(step: Any) -> Iterator[Step]:
        yield from timed(step, *({"chip": COUNTER, "new": new} for new in (1, *some(2, 60))))
        yield from timed(step, *({"chip": COUNTER, "new": new, "batch": 3} for new in some(2, 60, 2)))

    @exam.claim("the longer of reading and arithmetic counts", "They run at the same time.", weight=2)
    def _(step: Any) -> Iterator[Step]:
        yield from timed(step, *({"chip": CHIP, "new": new} for new in (1, *some(2, 90), *some(110, 900))))

    @exam.claim(
        "a batch shares the weights, and each sequence reads its own cache", "What grows with the batch?"
    )
    def _(step: Any) -> Iterator[Step]:
        far = [100_000 * each for each in some(1, 30)]
        yield from timed(step, *({"chip": READER, "model": LARGE, "cached": cached} for cached in far))
        yield from timed(
            step, *({"chip": READER, "model": LARGE, "cached": cached, "batch": 8} for cached in far)
        )
        own = {"chip": READER, "model": LARGE, "batch": 2}
        for bits in (draw.choice((2, 4, 8)), draw.choice((2.5, 4.5, 8.5))):
            yield from timed(step, own | {"cached": far[0], "kv_bits": bits})
            yield from timed(step, own | {"cached": far[1], "kv_bits": bits, "weight_bits": 12})

    @exam.claim("what is computed in a pass is read in it too", "Is a new token's key looked at?")
    def _(step: Any) -> Iterator[Step]:
        yield from timed(step, *({"chip": READER, "model": ATTENTIVE, "cached": n} for n in (0, *some(1, 9))))
        yield from timed(step, *({"chip": READER, "model": ATTENTIVE, "new": n} for n in some(2, 9)))

    @exam.claim("a new token sees the cached, itself, and the new ones before it", "Count pairs.", weight=2)
    def _(step: Any) -> Iterator[Step]:
        own = {"chip": COUNTER, "model": ATTENTIVE}
        yield from timed(step, *(own | {"cached": cached} for cached in (0, *some(1, 9))))
        yield from timed(step, *(own | {"new": new} for new in some(2, 9)))
        yield from timed(
            step,
            *(
                own | {"new": new, "cached": cached}
                for new, cached in zip(some(2, 9), some(5, 900), strict=True)
            ),
        )
        yield from timed(step, *(own | {"new": new, "cached": 50, "batch": 4} for new in (1, *some(2, 9))))

    @exam.claim("bits change what is read, and no arithmetic", "Who waits for the bytes?", needs=reads)
    def _(step: Any) -> Iterator[Step]:
        for model, new in (({}, 30), ({"model": ATTENTIVE}, 70)):
            yield from timed(
                step,
                *(
                    {
                        **model,
                        "chip": COUNTER,
                        "new": new,
                        "cached": 9,
                        "weight_bits": w,
                        "kv_bits": kv,
                    }
                    for w, kv in draw.sample(((16, 16), (4, 16), (16, 4), (8, 8), (4, 4)), 3)
                ),
            )

    @exam.claim("the overhead is paid once a pass", "Whatever is in it.", needs=reads)
    def _(step: Any) -> Iterator[Step]:
        own = {"chip": SLOW_START}
        yield from timed(step, own, own | {"batch": 7}, own | {"new": 500}, own | {"gpus": 4})

    @exam.claim("GPUs share reading and arithmetic", "Evenly.", needs=reads)
    def _(step: Any) -> Iterator[Step]:
        for new in (1, 700):
            yield from timed(step, *({"chip": CHIP, "new": new, "gpus": gpus} for gpus in (1, *some(2, 9))))

    @exam.claim(
        "several GPUs sum up twice a layer; one has nobody to tell", "How large is a sum?", needs=reads
    )
    def _(step: Any) -> Iterator[Step]:
        own: Pass = {"chip": LINKED, "model": LARGE}
        yield from timed(step, own, *(own | {"gpus": gpus} for gpus in (2, 4, 8)))
        for new, batch in ((300, 1), (1, draw.randrange(20, 60)), (40, 5)):
            more = own | {"new": new, "batch": batch}
            yield from timed(step, *(more | {"gpus": gpus} for gpus in (1, 2, 8)))
        yield from timed(step, own | {"gpus": 2, "weight_bits": 4, "kv_bits": 4, "model": ATTENTIVE})
        far = draw.randrange(1000, 9000)
        yield from timed(step, own | {"gpus": 4, "cached": far}, own | {"gpus": 2, "new": 30, "cached": far})

    @exam.claim("nothing new takes no time", "Not even the overhead.", needs=reads)
    def _(step: Any) -> Iterator[Step]:
        for gpus in (1, 4):
            yield from timed(step, {"chip": LINKED, "new": 0, "cached": draw.randrange(900), "gpus": gpus})

    @exam.claim("what cannot be is refused, also where nothing is new", "Which comes first?", needs=reads)
    def _(step: Any) -> Iterator[Step]:
        wrong = [{"cached": -1}, {"batch": 0}, {"gpus": 0}, {"weight_bits": 0}, {"kv_bits": 0}, {"batch": -2}]
        yield from timed(step, {"chip": CHIP, "new": -1}, *({"chip": CHIP} | each for each in wrong))
        yield from timed(step, *({"chip": CHIP, "new": 0} | each for each in wrong))
        part: list[Pass] = [
            {"weight_bits": 0.5},
            {"kv_bits": 0.5},
            {"weight_bits": 1},
            {"kv_bits": 1, "cached": 9},
        ]
        yield from timed(step, *(each | {"chip": READER, "model": LARGE} for each in part))


# ── attention_with_cache ────────────────────────────────────────────────────────────────────────────────


@examine(attention_with_cache)
def check_attention(exam: Examination) -> None:
    draw = exam.draw

    def numbers(*shape: int, most: int = 8) -> Floats:
        """Multiples of a quarter, which 32 bits hold exactly."""
        count = int(np.prod(shape))
        return np.array([draw.randint(-most, most) / 4 for _ in range(count)]).reshape(shape)

    def sequence(tokens: int, heads: int, kv_heads: int, width: int) -> tuple[Floats, Floats, Floats]:
        return (
            numbers(tokens, heads, width),
            numbers(tokens, kv_heads, width),
            numbers(tokens, kv_heads, width),
        )

    def told(q: Floats, k: Floats, v: Floats) -> str:
        if q.size + k.size + v.size <= 12:
            return f"q {q.tolist()}, k {k.tolist()}, v {v.tolist()}"
        (tokens, heads, width), kv_heads = q.shape, k.shape[1]
        return f"tokens {tokens}, query heads {heads}, KV heads {kv_heads}, width {width}"

    def fed(
        attend: Any, qkv: tuple[Floats, ...], sizes: Sequence[int], kept: bool = False, last: bool = False
    ) -> Iterator[Step]:
        """What each token's heads read when the sequence goes in by pieces of these sizes, and what the cache then holds."""
        own = there(attend, FedSequence)(attend, qkv[1].shape[1], qkv[1].shape[2])
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        lines: list[Any] = [
            (own, "feed", *(part[at : at + size] for part in qkv), at)
            for at, size in zip(starts, sizes, strict=True)
        ]
        case = f"{told(*qkv[:3])}, in pieces of {', '.join(map(str, sizes))}"
        found = [value for _, value in script(*lines, as_={"feed": "ndarray"})]
        pieces = list(zip(starts, sizes, found, strict=False))
        for at, size, value in pieces[-1:] if last else pieces:
            yield from read(case, at, size, qkv[0].shape[1:], value)
        if kept:
            yield f"{case}: keys and values in the cache, token by token", own.kept()

    def read(case: str, at: int, size: int, shape: tuple[int, ...], value: Any) -> Iterator[Step]:
        """The numbers of a result, head by head; the result itself where it has another shape."""
        if type(value) is not np.ndarray or value.shape != (size, *shape):
            shown = f"an array of shape {value.shape}" if type(value) is np.ndarray else value
            yield f"{case}: the piece at {at}", shown
            return
        for token, head in np.ndindex(size, shape[0]):
            heads = f", query head {head}" if shape[0] > 1 else ""
            own = [Near(round(float(x), 5), rel=5e-5, abs=5e-5) for x in value[token, head]]
            yield f"{case}: token at {at + token}{heads} reads", own

    @exam.claim("the first token reads its own value", "Over how many tokens is the mean?")
    def alone(attend: Any) -> Iterator[Step]:
        for width in (1, 2, 4):
            q, k, v = sequence(1, 1, 1, width)
            yield from fed(attend, (q, k, v), [1])
            yield from fed(attend, (q, k, v + 19 + numbers(1, 1, width) / 1024), [1])
        yield from fed(attend, sequence(1, 4, 2, 2), [1])

    @exam.claim(
        "a token after others reads all of them and itself", "Keys of before are in the cache.", weight=2
    )
    def decodes(attend: Any) -> Iterator[Step]:
        for tokens, width in ((2, 1), (3, 1), (3, 2), (5, 3)):
            yield from fed(attend, sequence(tokens, 1, 1, width), [1] * tokens)
        yield from fed(attend, sequence(exam.size(40), 2, 1, 4), [exam.size(40) - 1, 1], last=True)

    @exam.claim("in a piece no token reads one after it", "Whose key is still to come?", weight=2)
    def _(attend: Any) -> Iterator[Step]:
        for tokens, width in ((2, 1), (3, 1), (4, 2)):
            yield from fed(attend, sequence(tokens, 1, 1, width), [tokens])
        yield from fed(attend, sequence(exam.size(12), 2, 2, 4), [exam.size(12)])

    @exam.claim(
        "a later piece reads what came before and is masked within", "Where does a piece start?", weight=2
    )
    def _(attend: Any) -> Iterator[Step]:
        for sizes in ([1, 2], [2, 2], [3, 1, 2], [2, 5, 3, 1]):
            yield from fed(attend, sequence(sum(sizes), 1, 1, 2), sizes)
        yield from fed(attend, sequence(7 * exam.size(5), 3, 1, 4), [7] * exam.size(5), last=True)

    @exam.claim("query heads share KV heads in order", "The first g query heads read KV head 0.")
    def _(attend: Any) -> Iterator[Step]:
        for heads, kv_heads in ((2, 2), (4, 2), (6, 3), (8, 1)):
            yield from fed(attend, sequence(3, heads, kv_heads, 2), [1, 2])

    @exam.claim("scores are q · k over the root of the width", "Not the width itself.")
    def _(attend: Any) -> Iterator[Step]:
        for width in (4, 9, 16):
            yield from fed(attend, sequence(3, 1, 1, width), [3])
        q, k, v = sequence(8, 2, 1, 2)  # what 16 bits would round away
        for fine in ((q + 20 + 7 / 1024, k / 20, 4 * v), (q + 4, 2 + k / 40.3, v)):
            yield from fed(attend, fine, [8])

    @exam.claim("equal keys: the mean of the values", "Softmax of equal scores.")
    def _(attend: Any) -> Iterator[Step]:
        for tokens in (2, 3, 6):
            q, k, v = sequence(tokens, 2, 1, 2)
            yield from fed(attend, (q, np.repeat(k[:1], tokens, axis=0), v), [tokens - 1, 1])

    @exam.claim("large scores are no overflow", "exp(1,000) is.", needs=alone)
    def _(attend: Any) -> Iterator[Step]:
        for factor in (40, 400):
            q, k, v = sequence(4, 1, 1, 2)
            sign = np.where(np.arange(4) % 2, 1.0, -1.0)[:, None, None]
            yield from fed(attend, (factor * (1 + abs(q)), sign * factor * (1 + abs(k)), v), [2, 2])

    @exam.claim(
        "the cache holds the keys and values of each token once, of KV heads alone", "What is appended?"
    )
    def _(attend: Any) -> Iterator[Step]:
        for sizes in ([1], [2], [1, 1], [2, 1, 3]):
            yield from fed(attend, sequence(sum(sizes), 4, 2, 2), sizes, kept=True)

    @exam.claim("q, k and v are left as they came", "Copy what you change.", needs=decodes)
    def _(attend: Any) -> Iterator[Step]:
        for tokens, heads in ((1, 1), (3, 2)):
            own = there(attend, FedSequence)(attend, 1, 4)
            case = f"tokens {tokens}, query heads {heads}, width 4: arguments that were written to"
            yield case, own.changed(*sequence(tokens, heads, 1, 4), 0)

    def refused(
        attend: Any, cases: Iterable[tuple[str, tuple[int, ...], tuple[int, ...], tuple[int, ...], int]]
    ) -> Iterator[Step]:
        """What comes of arrays of these shapes, after two tokens of 2 KV heads of width 4; and what the cache then holds."""
        for what, q, k, v, start in cases:
            own = there(attend, FedSequence)(attend, 2, 4)
            before, new = sequence(2, 4, 2, 4), (numbers(*q), numbers(*k), numbers(*v))
            case = f"2 tokens of 2 KV heads of width 4, then {what}: q {q}, k {k}, v {v}, start {start}"
            told = script(
                (own, "feed", *before, 0), (own, "feed", *new, start), (own, "kept"), as_={"feed": "ndarray"}
            )
            (_, first), *found = list(told)
            yield from read(case, 0, 2, (4, 4), first)
            for _, value in found[:1]:
                yield case, "an array" if type(value) is np.ndarray else value
            yield (
                f"{case}: tokens in the cache afterwards",
                len(found[1][1]) if type(found[-1][1]) is list else found,
            )

    @exam.claim(
        "arrays that do not fit are refused, and the cache stays", "Before anything is kept.", needs=decodes
    )
    def _(attend: Any) -> Iterator[Step]:
        pair, one = (1, 2, 4), (1, 4, 4)
        cases = [
            ("two dimensions", (4, 4), (2, 4), (2, 4), 2),
            ("queries of two dimensions", (1, 16), pair, pair, 2),
            ("keys and values of two dimensions", one, (1, 8), (1, 8), 2),
            ("queries of four dimensions", (1, 2, 2, 4), pair, pair, 2),
            ("no KV head", one, (1, 0, 4), (1, 0, 4), 2),
            ("more queries than keys", (2, 4, 4), pair, pair, 2),
            ("keys without a value", one, pair, (2, 2, 4), 2),
            ("values of another width", one, pair, (1, 2, 3), 2),
            ("queries of another width", (1, 4, 5), pair, pair, 2),
            ("heads that do not share", (1, 3, 4), pair, pair, 2),
            ("no token", (0, 4, 4), (0, 2, 4), (0, 2, 4), 2),
            ("heads that the cache has not", (1, 4, 4), (1, 4, 4), (1, 4, 4), 2),
            ("a width that the cache has not", (1, 4, 3), (1, 2, 3), (1, 2, 3), 2),
        ]
        yield from refused(attend, draw.sample(cases, len(cases)))

    @exam.claim(
        "tokens that do not follow the cache are refused, shapes first", "Where does it end?", needs=decodes
    )
    def _(attend: Any) -> Iterator[Step]:
        pair, one = (1, 2, 4), (1, 4, 4)
        yield from refused(
            attend, [("a token that stands elsewhere", one, pair, pair, start) for start in (0, 1, 3, -1)]
        )
        yield from refused(
            attend,
            [
                ("both wrong", (1, 3, 4), pair, pair, 5),
                ("both wrong", one, one, one, 0),
                ("both wrong", (1, 4, 3), (1, 2, 3), (1, 2, 3), 1),
                ("both wrong", one, pair, (1, 2, 3), 3),
                ("both wrong", (0, 4, 4), (0, 2, 4), (0, 2, 4), 0),
            ],
        )

    @exam.claim("two sequences know nothing of each other", "Whose cache is it?", needs=decodes)
    def _(attend: Any) -> Iterator[Step]:
        both = [there(attend, FedSequence)(attend, 1, 2) for _ in range(2)]
        texts = [sequence(3, 1, 1, 2) for _ in range(2)]
        for at in range(3):
            for name, own, qkv in zip("ab", both, texts, strict=True):
                ((_, value),) = script(
                    (own, "feed", *(part[at : at + 1] for part in qkv), at), as_={"feed": "ndarray"}
                )
                yield from read(f"sequences a and b in turn, {name}", at, 1, (1, 2), value)


# ── CacheFormat ─────────────────────────────────────────────────────────────────────────────────────────


@examine(CacheFormat)
def check_format(exam: Examination) -> None:
    draw = exam.draw

    def numbers(*shape: int, low: float = -8, high: float = 8) -> Floats:
        count = int(np.prod(shape))
        return np.array([draw.uniform(low, high) for _ in range(count)]).reshape(shape).astype(np.float32)

    def rounded(x: Floats) -> Any:
        return np.round(x.astype(np.float64), 2).tolist()

    def levels(x: Floats, axis: int, bits: int, found: Any) -> Any:
        """What came back, as levels from the least number's 0 to the greatest's ``2 ** bits - 1``."""
        if type(found) is not np.ndarray or found.shape != x.shape:
            return f"an array of shape {found.shape}" if type(found) is np.ndarray else found
        x = x.astype(np.float64)
        low = x.min(axis=axis, keepdims=True)
        reach = x.max(axis=axis, keepdims=True) - low
        scale = np.where(reach > 0, reach, 1) / (2**bits - 1)
        return [round(float(level), 2) + 0.0 for level in np.ravel((found - low) / scale)]

    def back(Format: Any, bits: int, *given: tuple[Floats, int]) -> Iterator[Step]:
        """The levels that arrays come back at, each along its axis."""
        own = Format(bits, 4)
        found = calls(own.read_back, *given, as_="ndarray")
        for (x, axis), (_, value) in zip(given, found, strict=True):
            told = rounded(x) if x.size <= 8 else f"an array of shape {x.shape}"
            case = f"{bits} bits, read_back({told}, axis={axis}), in levels above the least"
            yield case, levels(x, axis, bits, value)

    @exam.claim(
        "evenly spaced levels reach from the least number to the greatest",
        "How many steps have four levels?",
        weight=2,
    )
    def spaced(Format: Any) -> Iterator[Step]:
        for size in (2, 3, 5, 8):
            yield from back(Format, 2, (numbers(size), 0))
        for bits in (3, 4, 8):
            yield from back(Format, bits, (numbers(6), 0))
        yield from back(Format, draw.choice((5, 6, 7)), (numbers(exam.size(40)), 0))

    @exam.claim("the least number is the zero, wherever it lies", "Numbers may all lie on one side.")
    def _(Format: Any) -> Iterator[Step]:
        for low, high in ((5, 9), (-20, -10), (100, 101), (-1, 30)):
            yield from back(Format, draw.choice((2, 3, 4)), (numbers(5, low=low, high=high), 0))

    @exam.claim("numbers along the axis share, and no others", "keepdims.", weight=2)
    def _(Format: Any) -> Iterator[Step]:
        for shape, axes in (((2, 3), (0, 1)), ((3, 2), (-1, -2)), ((2, 3, 4), (0, 1, 2, -1))):
            x = numbers(*shape) * np.array([1.0, 30.0, 900.0, 5.0], np.float32)[: shape[-1]]
            yield from back(Format, 3, *((x.astype(np.float32), axis) for axis in axes))

    @exam.claim("equal numbers come back as they are", "What is 0 / 0?", needs=spaced)
    def _(Format: Any) -> Iterator[Step]:
        for x in (
            numbers(1),
            np.repeat(numbers(1), 4),
            np.repeat(numbers(2, 1), 3, axis=1),
            np.zeros(3, np.float32),
        ):
            for case, found in calls(Format(draw.randint(2, 8), 4).read_back, (x, -1), as_="ndarray"):
                yield (
                    case + f" of {rounded(x)}",
                    found.astype(float) if type(found) is np.ndarray else found,
                )
        one = numbers(2, 4)
        one[0] = one[0, 0]
        yield from back(Format, 2, (one, 1), (one.T, 0))

    @exam.claim("no numbers, none back", "What is the least of none?", needs=spaced)
    def _(Format: Any) -> Iterator[Step]:
        for shape in ((0,), (0, 3), (2, 0)):
            ((case, found),) = calls(Format(4, 4).read_back, (np.zeros(shape, np.float32), 0), as_="ndarray")
            yield f"{case}: shape", list(found.shape) if type(found) is np.ndarray else found

    @exam.claim(
        "what comes back is of 32-bit floats", "Which type has a sum of 32 and 64 bits?", needs=spaced
    )
    def _(Format: Any) -> Iterator[Step]:
        own, x = Format(4, 2), numbers(2, 1, 4)
        ((case, found),) = calls(own.read_back, (x, 0), as_="ndarray")
        yield f"{case}: its type", str(found.dtype) if type(found) is np.ndarray else found
        ((case, stored),) = calls(own.store, (x, x), as_=tuple)
        both = stored[:2] if type(stored) is tuple else [stored]
        for name, part in zip(("keys", "values"), both, strict=False):
            yield f"{case}: type of the {name}", str(part.dtype) if type(part) is np.ndarray else part

    def within(x: Floats, found: Floats, bits: int, group: int) -> str:
        """Whether what came back lies on levels of its group, whichever way groups run; by how much it is off where not."""
        tokens, heads, width = x.shape
        off = []
        for shape, axis in (((-1, group, heads, width), 1), ((tokens, heads, -1, group), 3)):
            own, came = (part.astype(np.float64).reshape(shape) for part in (x, found))
            low = own.min(axis=axis, keepdims=True)
            scale = np.maximum(own.max(axis=axis, keepdims=True) - low, 1e-9) / (2**bits - 1)
            steps = (came - low) / scale
            off.append(
                max(float((abs(came - own) / scale).max()), 0.5 + float(abs(steps - np.rint(steps)).max()))
            )
        return "on the nearest level" if min(off) < 0.51 else f"up to {min(off):.2g} levels off"

    def kept(Format: Any, bits: int, group: int, keys: Floats, values: Floats) -> Iterator[Step]:
        """What a format gives back of keys and values: the groups, the rest, the bytes."""
        case = f"{bits} bits, group {group}, keys and values of shape {keys.shape}"
        ((_, found),) = calls(Format(bits, group).store, (keys, values), as_=tuple)
        if (
            type(found) is not tuple
            or len(found) != 3
            or any(type(part) is not np.ndarray for part in found[:2])
        ):
            yield case, found
            return
        whole = len(keys) - len(keys) % group
        for name, x, came in zip(("keys", "values"), (keys, values), found[:2], strict=True):
            yield f"{case}: shape of the {name}", list(came.shape)
            if came.shape != x.shape:
                continue
            if whole:
                yield f"{case}: {name} in groups", within(x[:whole], came[:whole], bits, group)
            rest = np.abs(came[whole:] - x[whole:].astype(np.float16).astype(np.float32)).max(initial=0)
            yield f"{case}: how far {name} in no group lie from their 16 bits", round(float(rest), 6)
        yield f"{case}: nbytes", raised(lambda: plain(found[2], float))

    def pair(tokens: int, heads: int, width: int) -> tuple[Floats, Floats]:
        """Keys and values with loud channels, loud tokens and loud heads, so that no two groups are alike."""
        loud = [
            np.array([draw.choice((1, 2, 5, 20)) for _ in range(size)], np.float32)
            for size in (tokens, heads, width)
        ]
        scale = loud[0][:, None, None] * loud[1][:, None] * loud[2]
        keys, values = ((numbers(tokens, heads, width) * scale).astype(np.float32) for _ in range(2))
        return keys, values

    @exam.claim(
        "whole groups come back on the levels of their group, of one head each",
        "Which numbers are neighbours?",
        weight=2,
    )
    def groups(Format: Any) -> Iterator[Step]:
        for tokens, heads, group, width in (
            (2, 1, 2, 2),
            (4, 1, 2, 4),
            (4, 2, 4, 4),
            (8, 3, 4, 8),
            (6, 2, 2, 6),
        ):
            yield from kept(Format, draw.choice((2, 3, 4)), group, *pair(tokens, heads, width))
        yield from kept(Format, 4, 16, *pair(16 * exam.size(2), 3, 32))

    @exam.claim("tokens that fill no group stay in 16 bits, of keys and values", "What is left over?")
    def _(Format: Any) -> Iterator[Step]:
        for tokens, group, width in ((1, 2, 2), (3, 2, 4), (7, 4, 4), (3, 4, 8)):
            yield from kept(Format, draw.choice((2, 4)), group, *pair(tokens, draw.choice((1, 2)), width))

    @exam.claim("bytes are of numbers, scales and zeros, of both", "Count bits, then divide.", needs=groups)
    def _(Format: Any) -> Iterator[Step]:
        for bits, group, tokens in ((4, 4, 4), (3, 2, 7), (8, 4, 9), (2, 4, 3), (5, 8, exam.size(30))):
            yield from kept(Format, bits, group, *pair(tokens, 2, 8))

    @exam.claim("no tokens, no bytes; groups of one", "The smallest of everything.", needs=groups)
    def _(Format: Any) -> Iterator[Step]:
        yield from kept(Format, 4, 2, *pair(0, 2, 4))
        yield from kept(Format, 4, 1, *pair(3, 2, 3))
        yield from kept(Format, 3, 1, *pair(3, 1, 1))

    @exam.claim(
        "shapes that differ, or do not fall into groups, are refused", "Before anything else.", needs=groups
    )
    def _(Format: Any) -> Iterator[Step]:
        own = Format(4, 4)
        for first, second in (
            ((4, 2, 8), (4, 2, 4)),
            ((4, 2, 8), (5, 2, 8)),
            ((4, 8), (4, 8)),
            ((4, 2, 6), (4, 2, 6)),
            ((3, 1, 5), (3, 1, 5)),
        ):
            ((_, found),) = calls(own.store, (numbers(*first), numbers(*second)), as_=tuple)
            yield (
                f"group 4, store of keys {first} and values {second}",
                "a result" if type(found) is tuple else found,
            )
