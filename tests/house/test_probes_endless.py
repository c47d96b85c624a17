"""An answer that computes for ever, as the card tells it. A second of CPU."""

import time
from collections.abc import Iterator

import pytest

from course.checking import port
from course.checking.probes import Examination, Step, calls, examine


def halve(n: int) -> int:
    """How often ``n`` can be halved."""
    return n.bit_length()


@examine(halve)
def check_halve(exam: Examination) -> None:
    @exam.claim("small numbers")
    def small(halve: object) -> Iterator[Step]:
        yield from calls(halve, (0,), (3,), (8,), as_=int)

    @exam.claim("large numbers")
    def large(halve: object) -> Iterator[Step]:
        yield from calls(halve, (2**40,), as_=int)


def endless(n: int) -> int:
    count = 0
    while n > 0:
        count += 1
    return count


def stubborn(n: int) -> int:
    while n > 0:
        try:
            n = n + 1 - 1
        except Exception:
            continue
    return 0


@pytest.mark.parametrize("answer", [endless, stubborn])
def test_it_is_stopped_once_and_the_card_says_where_and_why(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "MAX_SECONDS", 0.2)
    began = time.process_time()
    report = check_halve(answer)
    assert time.process_time() - began < 2.5
    first = report.first
    assert first is not None
    assert "TookTooLong: no answer after 0.2 seconds of computing" in first.got
    assert "of your cell" in first.got
    assert first.likely.startswith("a loop without an end")
    assert [claim.finding.case for claim in report.claims[1:] if claim.finding] == [
        "not counted before “small numbers” holds"
    ]
