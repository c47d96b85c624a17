"""Good sentences that safety classifiers like to block, with the scores that two of them gave. See hard_negatives.md."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HardNegative:
    """One harmless sentence, its domain, and the probability of harm by two trained classifiers."""

    text: str
    domain: str
    profanity: float
    guardian: float


def hard_negatives() -> list[HardNegative]:
    """The 160 sentences, 16 a domain, in the order of the file."""
    with Path(__file__).with_name("hard_negatives.csv").open(encoding="utf-8", newline="") as file:
        return [
            HardNegative(row["text"], row["domain"], float(row["profanity"]), float(row["guardian"]))
            for row in csv.DictReader(file)
        ]
