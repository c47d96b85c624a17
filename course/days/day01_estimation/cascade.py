"""Day 1's cascade: who answers a search query, cheapest first, and what each tier costs for a query that reaches it."""

from collections.abc import Mapping

from course import facts
from course.systems.simulate.parts import Tier

CORE_HOUR = facts.MACHINE_HOUR_USD.value / facts.MACHINE_CORES.value
"""Dollars for an hour of one core."""
TOKENS = 4000
"""Tokens of twenty passages of 200, which the model reads: chosen."""

TIERS = (
    Tier("cache", 0.64, 2e-5),
    Tier("vector index", 0.95, 2.9e-3),
    Tier("cross-encoder", 0.90, facts.CROSS_ENCODER_CORE_S.value),
    Tier("language model", 1.0, 0.0, TOKENS * facts.VOICE_INPUT_PRICE.value / 1e6),
)
"""The shares are assumed, as is the cache's time. The index is five shards of one-byte vectors; the cross-encoder, a small
model that reads the query beside a passage, scores twenty of them."""


def table(bill: Mapping[str, float]) -> None:
    """Print who sees how many of a million queries, what it costs, and its share of the bill."""
    whole, seen = sum(bill.values()), 1_000_000.0
    for tier in TIERS:
        paid = bill[tier.name]
        print(
            f"{tier.name:>15} sees {seen:>9,.0f} of a million for ${paid:.4f}: {paid / whole:5.1%} of the bill"
        )
        seen -= seen * tier.answers
    print(
        f"{'all together':>15} ${whole:.2f}; the {TIERS[-1].name} alone, for every query, ${1e6 * TIERS[-1].dollars:,.0f}"
    )
