"""Day 21's pictures and tables: what a pass waits for, and what fewer bits do to keys and to values."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from course.days.day21_anatomy_of_inference.measure import CHANNEL, PLAIN, TOKEN, ratios
from course.days.day21_anatomy_of_inference.published import LINEAR_70B, published
from course.notebook.predictions import Prediction
from course.systems.serving.model_shape import LLAMA2_70B, Chip, h100, kv_bytes
from course.systems.serving.roofline import step_time

GPUS = 4
PASSES: Mapping[str, tuple[int, int, int, int]] = {
    "one person's token": (1, 8200, 1, 4),
    "8 people's tokens": (1, 8200, 8, 4),
    "48 people's tokens": (1, 8200, 48, 4),
    "a prompt of 8,000": (8000, 0, 1, 4),
    "7 readers of 200,000": (1, 200_200, 7, 8),
    "8,000 after 192,000": (8000, 192_000, 1, 8),
}
"""New tokens of each, cached tokens of each, how many share the pass, and the GPUs."""


def passes() -> None:
    """Print what passes of a 70B model on H100s read and compute, and how long they take in which bits."""
    chip, model = h100(), LLAMA2_70B
    reader, counter = Chip(chip.bytes_per_s, math.inf), Chip(math.inf, chip.flop_per_s)
    print(
        f"{'':<21}{'GPUs':>5}{'weights':>9}{'caches':>8}{'reading':>9}{'arithmetic':>12}{'the pass, ms, in bits':>28}"
    )
    print(f"{'':<26}{'GB':>9}{'GB':>8}{'ms':>9}{'ms':>12}{'w16 kv16':>11}{'w4 kv16':>9}{'w4 kv4':>8}")
    for name, (new, cached, batch, gpus) in PASSES.items():
        weights, caches = model.parameters * 2, batch * kv_bytes(cached + new, model)
        alone = [1e3 * step_time(new, cached, batch, each, model, gpus) for each in (reader, counter)]
        row = f"{name:<21}{gpus:>5}{weights / 1e9:>9.0f}{caches / 1e9:>8.0f}{alone[0]:>9.1f}{alone[1]:>12.1f}"
        for bits, width in (((16, 16), 11), ((4, 16), 9), ((4, 4), 8)):
            row += f"{1e3 * step_time(new, cached, batch, chip, model, gpus, *bits):>{width}.1f}"
        print(row)


def two_roofs() -> None:
    """Draw the time of a pass against its tokens: published, and by two roofs in 16 and in 4 bits."""
    import matplotlib.pyplot as plt

    chip, shape = h100(), LINEAR_70B
    tokens = np.unique(np.geomspace(1, 4096, 200).astype(int))
    overhead = 1e3 * chip.overhead_s
    curves = {
        bits: np.array(
            [1e3 * step_time(int(n), 0, 1, chip, shape, GPUS, weight_bits=bits) - overhead for n in tokens]
        )
        for bits in (16, 4)
    }
    knee = int(tokens[np.argmax(curves[16] > 1.001 * curves[16][0])])
    _, axes = plt.subplots(figsize=(8.4, 4.4), dpi=80)
    axes.plot(tokens, curves[16], "-", color="#1f4e79", linewidth=2, label="two roofs, weights in 16 bits")
    axes.plot(tokens, curves[4], "--", color="#b35900", linewidth=2, label="two roofs, weights in 4 bits")
    points = published("h100", "70b", GPUS)
    axes.plot(*zip(*points, strict=True), "o", color="#333333", markersize=5, label="published, 16 bits")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="tokens in the pass (log scale)",
        ylabel="ms for the weights' part of a pass (log scale)",
    )
    axes.set_xticks([1, 8, 64, 512, 4096], labels=["1", "8", "64", "512", "4,096"])
    axes.set_yticks([3, 10, 30, 100, 300], labels=["3", "10", "30", "100", "300"])
    axes.minorticks_off()
    axes.set_title(f"Fewer bits help below {knee} tokens a pass; a prompt does not see them", loc="left")
    axes.legend(frameon=False)
    plt.show()


Styles = dict[tuple[str, str], tuple[str, str, str]]
BY_TOKEN: Styles = {
    (TOKEN, PLAIN): ("keys, a scale for each token", "#b35900", "s-"),
    (PLAIN, TOKEN): ("values, a scale for each token", "#1f4e79", "o-"),
}
BY_CHANNEL: Styles = {
    (CHANNEL, PLAIN): ("keys, a scale for each channel", "#b35900", "s:"),
    (PLAIN, CHANNEL): ("values, a scale for each channel", "#1f4e79", "o:"),
}
BITS = (8, 4, 3, 2)


def rise(keys: str, values: str, bits: int) -> float:
    """By how much perplexity rises, in %, where keys and values are stored so."""
    return 100 * (ratios()[keys, values, bits][0] - 1)


def _rises(styles: Styles) -> Any:
    """Axes with the rise of perplexity against the bits."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(8.4, 4.8), dpi=80)
    for (keys, values), (name, colour, style) in styles.items():
        ys = [max(0.0, rise(keys, values, bits)) for bits in BITS]
        axes.plot(range(len(BITS)), ys, style, color=colour, markersize=6, label=name)
    axes.set_yscale("symlog", linthresh=1, linscale=0.5)
    axes.set_yticks([0, 1, 10, 100, 1000], labels=["0", "1", "10", "100", "1,000"])
    axes.set(xlabel="bits a number", ylabel="rise of perplexity, %", ylim=(-0.2, 6000))
    axes.set_xticks(range(len(BITS)), labels=[str(bits) for bits in BITS])
    axes.legend(frameon=False, loc="upper left")
    return axes


def halves(prediction: Prediction) -> None:
    """Draw what fewer bits cost, for keys and for values, both by token; the prediction is marked."""
    import matplotlib.pyplot as plt

    keys, values = rise(TOKEN, PLAIN, 4), rise(PLAIN, TOKEN, 4)
    axes = _rises(BY_TOKEN)
    axes.set_title(f"In 4 bits, keys cost {keys:.0f}% of perplexity and values {values:.0f}%", loc="left")
    prediction.mark(axes)
    plt.show()


def four_ways() -> None:
    """Draw what fewer bits cost along both ways, and print it for 4 bits with its standard errors."""
    import matplotlib.pyplot as plt

    axes = _rises(BY_TOKEN | BY_CHANNEL)
    keys, values = (rise(CHANNEL, PLAIN, 4), rise(PLAIN, TOKEN, 4))
    title = f"By channel, keys in 4 bits cost {keys:.0f}%; values are best by token, {values:.0f}%"
    axes.set_title(title, loc="left")
    plt.show()
    print("rise of perplexity in 4 bits, %, and its standard error over 12 texts\n")
    named = {ways: name for ways, (name, *_) in (BY_TOKEN | BY_CHANNEL).items()}
    named[CHANNEL, TOKEN] = "keys by channel, values by token"
    named |= {(way, way): f"both {way}" for way in (CHANNEL, TOKEN)}
    named[TOKEN, CHANNEL] = "keys by token, values by channel"
    for (keys_as, values_as), name in named.items():
        error = 100 * ratios()[keys_as, values_as, 4][1]
        print(f"{name:<34}{rise(keys_as, values_as, 4):6.1f} ± {error:.1f}")


def magnitudes(sample: Any) -> None:
    """Print how loud the channels of keys and of values are, each against the median one of its head."""
    for name, x in (("keys", sample.k), ("values", sample.v)):
        loud = np.abs(x).mean(axis=0)
        relative = np.sort(loud / np.median(loud, axis=1, keepdims=True), axis=1)[:, ::-1]
        per_token = np.abs(x).max(axis=2) / np.median(np.abs(x), axis=2)
        loudest = ", ".join(f"{r:.1f}" for r in relative[0, :4])
        print(f"{name:<7} loudest channels of head 0, where the median one is 1: {loudest}")
        print(f"        largest number of a token, of a head, ÷ its median one: {np.median(per_token):.1f}")
