"""Seeded prompts for the small policy of day 33. See ``prompts.md``."""

import numpy as np

from course.systems.alignment.prompts import CATEGORIES, Prompts

SHARES = (0.5, 0.25, 0.25)
"""Of ordinary, borderline and restricted prompts."""

CENTRES = np.array(
    # topic, detail, purpose
    [
        [-1.0, 0.0, -0.5],
        [1.0, -0.8, 0.8],
        [1.0, 1.0, 0.0],
    ]
)
"""Mean of the three telling features in each category. A restricted topic alone does not make a restricted prompt."""

NOISE = 0.6

TEXTS = (
    "Item {n}: an everyday question.",
    "Item {n}: a harmless question about a sensitive topic.",
    "Item {n}: a question for detail that is marked restricted.",
)


def make_prompts(n: int, seed: int) -> Prompts:
    """``n`` prompts; the same ``seed`` gives the same prompts. Ids carry the seed, so two batches never collide."""
    rng = np.random.default_rng([33, seed])
    categories = rng.choice(len(CATEGORIES), size=n, p=SHARES)
    telling = CENTRES[categories] + rng.normal(0.0, NOISE, size=(n, 3))
    nuisance = rng.normal(0.0, 1.0, size=(n, 2))
    features = np.column_stack([np.ones(n), telling, nuisance])
    ids = tuple(f"p{seed}-{row:05d}" for row in range(n))
    texts = tuple(TEXTS[kind].format(n=row) for row, kind in enumerate(categories))
    return Prompts(ids, texts, categories.astype(np.int64), features)
