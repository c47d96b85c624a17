"""The interview: before the knobs, then constraint after constraint, each run on the design or on the learner's own object.

A day writes one in ``interview.py``: what varies (``knobs``), one measure (``run``), and 4 to 6 rounds as data ::

    WAIT = Slo("wait_ms", 50, unit="ms", label="mean wait")
    COST = Slo("cost", 40, unit="$/h", label="cost")
    SHED = Slo("shed", 0.05, unit=SHARE, label="requests refused", of=2_000)    # a share says on how many it was counted

    def run(design, round, Door):                     # Door: the learner's class, as a Subject; none, no argument
        return simulate(design["servers"], round.load["per_second"], Door)      # {"wait_ms": 3.5, "cost": 12.0, "shed": 0}

    SCENARIO = Scenario(
        id="day02", title="A pool of servers", opening="One service, one pool of servers, two thousand requests. Size it.",
        clarify=(("How long does a request take?", "A tenth of a second, on average."), ("May I refuse?", "Yes.")),
        before=Before(
            estimates=(Estimate("busy servers", "servers", 8, given="Eighty requests a second.",
                                asks=("How long does a request take?",), how="80 × 0.1 = 8"),),
            data="submit(request: bytes, deadline_ms: int) -> answer\\nwaiting request: queue, key request id, used at worker",
            path="client -> door ×2 -> queue ×2 -> worker ×12"),
        knobs=(Knob("servers", "servers in the pool", (1, 60, True), default=8, grid=(4, 8, 12, 16, 22, 30)),),
        rounds=(Round("Steady", "Eighty requests a second.", {"per_second": 80}, (WAIT, COST), presses="wait_ms",
                      predicts="wait_ms", replies=Replies(weak="…", good="…", strong="…")),),
        drills=(
            Complexity(ask="How does admitting one grow with who waits: before, and after?", good="…",
                       before=Side("admits, one door", lambda n, Door: (Door(n).admits, [(n,)] * 3), at=64),
                       after=Side("admits, by priority", lambda n, Door: (Door(n).admits, [(n,)] * 3), at=64)),
            Tenfold(ask="Ten times the requests: which promise breaks first?", times={"per_second": 10}, good="…"),
            Production(good="…", on=("shed",)), Assumed(good="…")),
        run=run, probes={"wait_ms": "Where does the wait come from?", "cost": "What do you pay for?"},
        reference=lambda round: {"servers": {"Steady": 12, "Spike": 22}[round.name]},
        naive=Naive(design={"servers": 12}, fails_round="Spike", fails_metric="wait_ms"))

Before the knobs a player clarifies, estimates three numbers, writes interface and data, and draws a path as text
(:mod:`course.interview.before` has the grammar of the two texts). What an estimate takes stands in ``given``, or is the
answer to a question in ``asks``; the gate reads the numbers of ``how``.

Rounds come as they are listed, and each after the first must hurt: ``course rounds 2`` searches the grid of the knobs and
prints the proof (:mod:`course.interview.proof`). A knob's choices are its grid; a range says its own. ``presses`` is the
promise by which the reference of the round before fails. A budget that gets looser stands in ``relaxes``, and the line says
so. A design must hold in what still binds of earlier rounds too.

``run`` reads the round's load and nothing else of it, gets the load of any round (ten times as much of what a
:class:`Tenfold` card names) and every design within the knobs, answers within about 100 ms, gives ``inf`` for what grows
without bound, and draws from fixed seeds only. ``safety`` names the metrics that promise safety, for the scorecard. The
four kinds of cards are in :mod:`course.interview.cards`; ``on`` draws one where a promise of those broke.

A lesson plays it by one cell, ``interview(SCENARIO, Door)``, which shows the widget of
:mod:`course.notebook.screens.widget` in a notebook and text elsewhere; :mod:`course.interview.session` holds the rules of
play, and :func:`check_scenario` what ``course check`` demands.
"""

from course.interview.before import Before, Estimate
from course.interview.cards import Assumed, Complexity, Drill, Production, Side, Tenfold
from course.interview.gate import check_scenario
from course.interview.outcome import Outcome, Transcript
from course.interview.proof import Proof, prove
from course.interview.replay import replay_report
from course.interview.scenario import Design, Knob, Metrics, Naive, Replies, Round, Scenario, Slo
from course.interview.session import Move, Session
from course.interview.store import Store, Unreadable, read_moves
from course.numbers import SHARE

__all__ = [
    "SHARE",
    "Assumed",
    "Before",
    "Complexity",
    "Design",
    "Drill",
    "Estimate",
    "Knob",
    "Metrics",
    "Move",
    "Naive",
    "Outcome",
    "Production",
    "Proof",
    "Replies",
    "Round",
    "Scenario",
    "Session",
    "Side",
    "Slo",
    "Store",
    "Tenfold",
    "Transcript",
    "Unreadable",
    "check_scenario",
    "prove",
    "read_moves",
    "replay_report",
]
