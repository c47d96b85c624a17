"""What is shown of a drill card: its question, how to answer it, and afterwards what it met and a good answer."""

from course.interview.cards import KINDS, SECONDS, Answer, Complexity, Drill, Tenfold
from course.interview.drills import CLOSE
from course.interview.said import NOTHING
from course.interview.session import Session
from course.notebook.screens.blocks import Block, Code, Fold, Says, Text
from course.numbers import number


def waiting(drill: Drill, session: Session, number: int) -> list[Block]:
    """A card that waits for its answer, with the line that answers it in text."""
    call = f'table.drill("..."{_also(drill)})'
    shown: list[Block] = [Says(drill.ask), Text(f"{SECONDS} seconds; {how(drill)}", quiet=True), Code(call)]
    if isinstance(drill, Tenfold):
        may = ", ".join(f'"{slo.metric}"' for slo in session.scenario.rounds[number - 1].slos)
        shown.append(Text(f'breaks: one of {may}, "{NOTHING}"', quiet=True))
    return shown


def how(drill: Drill) -> str:
    """How a card is answered, besides in words."""
    if isinstance(drill, Complexity):
        return "in words, and two exponents: 0 is constant, 1 linear, 2 quadratic. They are counted on the code that you play on."
    if isinstance(drill, Tenfold):
        return "in words, and the promise that breaks first. It is run."
    return "in words."


def answered(drill: Drill, answer: Answer, session: Session) -> list[Block]:
    """A card with its answer, what was run, and a good answer."""
    scenario = session.scenario
    shown: list[Block] = [Says(drill.ask)]
    if answer.text:
        took = (
            f"Your answer, after {number(round(answer.seconds))} s" if answer.seconds >= 1 else "Your answer"
        )
        shown.append(Text(answer.text, lead=took))
    if answer.exponents:
        said = " and then ".join(f"{value:g}" for value in answer.exponents)
        shown.append(Text(f"You said exponents {said}; within {CLOSE} is right: {_word(answer)}."))
    if answer.breaks:
        what = "nothing" if answer.breaks == NOTHING else scenario.name(answer.breaks)
        shown.append(Text(f"You said that first breaks: {what}. {_word(answer).capitalize()}."))
    if answer.met:
        shown.append(Text("\n".join(answer.met)))
    return [*shown, Fold("A good answer", (Text(drill.good),))]


def title(drill: Drill, number: int) -> str:
    """What a card is called, after round ``number``."""
    return f"Drill after round {number}: {KINDS[type(drill)]}"


def _also(drill: Drill) -> str:
    if isinstance(drill, Complexity):
        return ", exponents=(..., ...)"
    return ", breaks=..." if isinstance(drill, Tenfold) else ""


def _word(answer: Answer) -> str:
    return {True: "right", False: "not so", None: "not run"}[answer.right]
