"""The interview: constraint after constraint, each run on the design or on the learner's own object.

A day writes one in ``interview.py``: what varies (``knobs``), one measure (``run``), and 4 to 6 rounds as data ::

    WAIT, COST = Slo("wait_ms", 50, unit="ms", label="mean wait"), Slo("cost", 40, unit="$/h", label="cost")

    def run(design, round, Door):                     # Door: the learner's class, as a Subject; none, no argument
        return simulate(design["servers"], round.load["per_second"], Door)      # {"wait_ms": 3.5, "cost": 12.0}

    SCENARIO = Scenario(
        id="day02", title="A pool of servers", opening="One service, one pool of servers. Size it for me.",
        knobs=(Knob("servers", "servers in the pool", (1, 60, True), default=8),),    # (low, high, whole numbers only)
        rounds=(Round("Steady", "Eighty requests a second.", {"per_second": 80}, (WAIT, COST), presses="wait_ms",
                      predicts="wait_ms", replies=Replies(weak="…", good="…", strong="…")), ...),
        run=run, probes={"wait_ms": "Where does the wait come from?", "cost": "What do you pay for?"},
        reference=lambda round: {"servers": {"Steady": 12, "Spike": 22}[round.name]},
        naive=Naive(design={"servers": 12}, fails_round="Spike", fails_metric="wait_ms"))

The first round opens; the last closes, with ``relaxes=("cost",)`` and a budget that is tighter; those between come as
the play calls for them: a round follows when it ``presses`` the promise that was tightest. So ``reference(round)`` must
hold in every round listed before it too. ``run`` gets the load of any round and every design within the knobs, answers
within about 100 ms, gives ``inf`` for what grows without bound, and draws from fixed seeds only. ``safety``
names the metrics that promise safety, for the scorecard. A lesson plays it by one cell, ``interview(SCENARIO, Door)``,
which shows the widget of :mod:`course.notebook.screens.widget` in a notebook and text elsewhere;
:mod:`course.interview.session` holds the rules of play, and :func:`check_scenario` what ``course check`` demands.
"""

from course.interview.gate import check_scenario
from course.interview.outcome import Outcome, Transcript
from course.interview.replay import replay_report
from course.interview.scenario import SHARE, Design, Knob, Metrics, Naive, Replies, Round, Scenario, Slo
from course.interview.session import Move, Session
from course.interview.store import Store, Unreadable, read_moves

__all__ = [
    "SHARE",
    "Design",
    "Knob",
    "Metrics",
    "Move",
    "Naive",
    "Outcome",
    "Replies",
    "Round",
    "Scenario",
    "Session",
    "Slo",
    "Store",
    "Transcript",
    "Unreadable",
    "check_scenario",
    "read_moves",
    "replay_report",
]
