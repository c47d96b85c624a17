"""Day 22's interview: TODO four to six constraints. Each is measured, here on the library, later on the learner's own."""

import random
from collections.abc import Mapping

from course.interview import Design, Knob, Naive, Replies, Round, Scenario, Slo
from course.systems.serving.day22_example import batches, waste

LOAD = {"seed": 22, "requests": 200, "largest": 10}


def run(design: Design, round: Round) -> Mapping[str, float]:
    """Measure a design under a round's load: the share of room left empty, and how long a batch is.

    TODO take the learner's objects as further arguments, and use them through course.checking.subject.
    """
    rng = random.Random(int(round.load["seed"]))
    sizes = [rng.randint(1, int(round.load["largest"])) for _ in range(int(round.load["requests"]))]
    limit = int(design["limit"])
    return {"waste": waste(batches(sizes, limit), limit), "length": float(limit)}


REPLIES = Replies(
    weak="TODO what a weak reply says", good="TODO what a good one adds", strong="TODO what a strong one sees"
)

SCENARIO = Scenario(
    id="day22",
    title="TODO a title",
    opening="TODO the interviewer's opening: the prompt, and its numbers.",
    knobs=(Knob("limit", "room of a batch", (10, 100, True), default=10),),
    rounds=(
        Round(
            name="steady",
            line="TODO the first constraint, in a sentence.",
            load=LOAD,
            slos=(Slo("waste", 0.12, label="room left empty"), Slo("length", 100, label="length of a batch")),
            presses="waste",
            predicts="waste",
            replies=REPLIES,
        ),
        Round(
            name="squeeze",
            line="TODO the last constraint: it relaxes one budget and tightens another.",
            load=LOAD,
            slos=(Slo("waste", 0.18, label="room left empty"), Slo("length", 30, label="length of a batch")),
            presses="length",
            relaxes=("waste",),
            predicts="waste",
            replies=REPLIES,
        ),
    ),
    run=run,
    probes={
        "waste": "TODO what the interviewer asks when the waste broke first",
        "length": "TODO the same for the length",
    },
    reference=lambda round: {"limit": 25} if round.name == "squeeze" else {"limit": 80},
    naive=Naive(design={"limit": 80}, fails_round="squeeze", fails_metric="length"),
)
