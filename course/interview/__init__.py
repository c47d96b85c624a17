"""The interview: constraint after constraint, each run on the design or on the learner's own object.

A day writes one in ``interview.py``: what varies (``knobs``), one measure (``run``), and 4 to 6 rounds as data ::

    P99 = Slo("p99_ms", 400, unit="ms", label="p99 wait")
    COST = Slo("cost", 60, unit="$/h", label="cost")

    def run(design, round, Door):                     # Door: the learner's class, as a Subject; no Door, no argument
        return simulate(design["servers"], round.load["per_second"], plain(Door(), list[bool]))

    SCENARIO = Scenario(
        id="day02", title="A pool of servers", opening="One service, 80 requests a second. …",
        knobs=(Knob("servers", "servers in the pool", (1, 60, True), default=8),),     # (low, high, whole numbers only)
        rounds=(Round("Steady", "Start with 80 a second.", {"per_second": 80}, (P99, COST), presses="", predicts="p99_ms",
                      replies=Replies(weak="…", good="…", strong="…")), …),            # the last one: relaxes=("cost",)
        run=run, probes={"p99_ms": "Where does the wait come from?", "cost": "…"}, reference=lambda round: {"servers": 12},
        naive=Naive(design={"servers": 8}, fails_round="Spike", fails_metric="p99_ms"))

The first round opens, the last closes; those between come as the play calls for them: a round follows when it
``presses`` the promise that was tightest. :mod:`course.interview.session` holds the rules of play, :func:`check_scenario`
what ``course check`` demands. ``run`` gets the load of any round, answers within about 100 ms, gives ``inf`` for what
grows without bound, and draws from fixed seeds only.
"""

from course.interview.gate import check_scenario
from course.interview.replay import replay_report
from course.interview.scenario import Design, Knob, Metrics, Naive, Replies, Round, Scenario, Slo
from course.interview.session import Move, Outcome, Session, Transcript
from course.interview.store import Store, Unreadable, read_moves
from course.interview.table import Table, interview

__all__ = [
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
    "Table",
    "Transcript",
    "Unreadable",
    "check_scenario",
    "interview",
    "read_moves",
    "replay_report",
]
