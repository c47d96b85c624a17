"""Day 24's measure: one A100 of 40 GB, eight companies and a stranger, on the learner's own prefix cache."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from course.checking.subject import Subject, plain, there
from course.systems.serving.paged.server import Asked, PagedServer
from course.systems.serving.paged.turns import Turns, TurnTaking
from course.systems.serving.step_time import Table, published_step_time
from course.systems.serving.summary import percentile

MEMORY = 43_000
"""Tokens of cache on the A100 of 40 GB, beside the weights."""
LONGEST = 1024
"""Most tokens of an answer."""
COMPANIES, DOCUMENTS, APPS = 8, 2, 2
"""Companies, documents of each, and assistants, each with an instruction of its own."""
SHARES = ("none", "tenant", "public", "all")
"""Who may find whose blocks: nobody; a company its own; all the instruction, and a company the rest; all everything."""

Load = Mapping[str, Any]
"""``seed``, ``requests``, ``rate`` a second, ``memory`` tokens; tokens of the ``system`` instruction and of a company's
``document``; ``answer``, the median of its tokens; ``beams``; one request in ``probes`` is a stranger's."""
Traffic = tuple[tuple[float, int, tuple[tuple[int, int], ...], int, bool], ...]
"""Arrival (ms), who asks, the prompt in pieces, tokens of the answer, and whether it is a stranger's probe."""


@functools.cache
def curve() -> Table:
    """The published step times of Llama-2-7B on one A100."""
    return published_step_time().table


@functools.cache
def _traffic(
    seed: int, requests: int, rate: float, system: int, document: int, answer: float, probes: int
) -> Traffic:
    rng, at, rows = np.random.default_rng(seed), 0.0, []
    for number in range(requests):
        at += rng.exponential(1000 / rate)
        company, app, which = (int(rng.integers(n)) for n in (COMPANIES, APPS, DOCUMENTS))
        tokens = int(np.clip(rng.lognormal(np.log(answer), 0.8), 8, LONGEST))
        question = int(rng.integers(40, 200))
        probe = bool(probes) and number % probes == probes - 1
        pieces = ((app, system), (APPS + company * DOCUMENTS + which, document), (100 + number, question))
        who = COMPANIES + number if probe else company
        rows.append((at, who, tuple(p for p in pieces if p[1]), 8 if probe else tokens, probe))
    return tuple(rows)


def traffic(load: Load) -> Traffic:
    """The seeded requests of a load. A stranger sends what a company sent, to learn how long the first token takes."""
    return _traffic(
        int(load["seed"]),
        int(load["requests"]),
        float(load["rate"]),
        int(load.get("system", 0)),
        int(load.get("document", 300)),
        float(load.get("answer", 120)),
        int(load.get("probes", 0)),
    )


def serve(design: Mapping[str, Any], load: Load, Cache: Subject) -> dict[str, Any]:
    """What a server on the learner's cache does with a load: see :meth:`PagedServer.serve`."""
    share, system = design["share"], int(load.get("system", 0))
    public = {"public": system, "all": 1 << 30}.get(str(share), 0)
    asked: list[Asked] = [
        (at, pieces, answer, f"{who}", public) for at, who, pieces, answer, _ in traffic(load)
    ]
    server = there(Cache, PagedServer)(
        Cache,
        curve(),
        int(load.get("memory", MEMORY)),
        int(design["block"]),
        int(design["reserve"]),
        int(load.get("beams", 1)),
    )
    return dict(plain(server.serve(asked, share != "none"), dict))


def measure(design: Mapping[str, Any], load: Load, Cache: Subject) -> dict[str, float]:
    """What users get, and what a stranger learns.

    ``ttft``: p95 of the wait for the first token, ms; ``gap``: p99 of the waits between two tokens, ms; ``again``: share
    of the computed tokens that had been computed before; ``waste``: share of the held memory without a token;
    ``leak``: share of a stranger's probes that found a company's document, or part of it.
    """
    served, rows = serve(design, load, Cache), traffic(load)
    system = int(load.get("system", 0))
    first = [ms for ms, row in zip(served["first_ms"], rows, strict=True) if not row[4]]
    probes = [found > system for found, row in zip(served["found"], rows, strict=True) if row[4]]
    return {
        "ttft": percentile(first, 95),
        "gap": percentile(served["gaps_ms"], 99),
        "again": served["again"] / served["computed"],
        "waste": served["waste"],
        "leak": sum(probes) / max(1, len(probes)),
    }


def turns(agents: Turns, memory: float, block: int, Cache: Subject, chained: bool = True) -> dict[str, float]:
    """What agents that take turns find in the learner's cache: see :meth:`TurnTaking.measure`."""
    taking = there(Cache, TurnTaking)(Cache, there(Cache, Turns)(**vars(agents)))
    return dict(plain(taking.measure(memory, block, chained), dict))
