"""The pages of an interview: where the play stands, what a move led to, the scorecard, the transcript."""

from dataclasses import replace

from course.interview.drills import drawn
from course.interview.outcome import Outcome, Status
from course.interview.said import NO_NOTES, NOTHING, UNSAID, Notes, Said
from course.interview.session import STUCK, Session
from course.notebook.screens import drilling, parts, planning
from course.notebook.screens.blocks import Block, Code, Fold, Grid, Says, Text
from course.notebook.screens.page import Markdown, Page


def standing(session: Session, problem: str = "", notes: Notes = NO_NOTES) -> Page:
    """Where the play stands: the prompt, the open round with its budget and knobs, and how to move; at the end the
    scorecard. ``problem`` is what is the matter with the file of moves."""
    warnings: list[Block] = [
        Text(text, strong=True) for text in (problem, session.fault.line if session.fault else "") if text
    ]
    scenario, state = session.scenario, session.state
    if state.round is None:
        end = finished(session, notes)
        know = Text(
            "table.transcript() gives the whole play as Markdown; table.save_transcript() writes it beside the notebook."
        )
        return replace(end, blocks=(*warnings, *end.blocks, know))
    prompt: list[Block] = [Says(scenario.opening)]
    if scenario.clarify:
        prompt.append(Fold("You may ask", (Grid(("question", "answer"), scenario.clarify),)))
    begun = bool(session.outcomes)
    if begun:
        prompt = [parts.steps(session), Fold("The prompt", tuple(prompt), unfolded="nothing")]
    last = next((made for made in reversed(session.outcomes) if made.number == state.number), None)
    call = "".join(f", {knob.name}=..." for knob in scenario.knobs)
    may = ", ".join(f'"{metric}"' for metric in (*session.breakable, NOTHING))
    beside = planning.told(scenario, notes.plan)
    if beside:
        prompt.append(Fold("Before the knobs", tuple(beside), unfolded="nothing" if begun else "all"))
    blocks = (
        *warnings,
        *prompt,
        *_card(session, notes),
        Says(state.round.line),
        *parts.budget(session, last),
        parts.knobs(scenario),
        Text(f"Predict {scenario.asked_for(state.round)}, then move. Without a prediction nothing runs."),
        Code(f"table.propose(round={state.number}{call}, predict=...)"),
        *_stuck(session),
        Fold(
            "Before it you may say what will break first, and by how much your prediction may be off",
            (Code("table.say(breaks=..., give_or_take=...)"), Text(f"breaks: one of {may}")),
            unfolded="nothing" if begun else "all",
        ),
    )
    title = f"{scenario.title} · round {state.number} of {state.total}: {state.round.name}"
    return Page(title, blocks, "open" if begun else "")


def told(
    outcome: Outcome, session: Session, *, folded: bool = False, printed: str = "", said: Said = UNSAID
) -> Page:
    """What one move led to, and what the interviewer says next. ``printed`` is what the learner's objects printed,
    ``said`` what the learner said before the run."""
    result = parts.result(outcome, session, said, printed)
    if outcome.status is Status.REFUSED:
        return Page("Not run", tuple(result), "open")
    if outcome.status is Status.FAULTED:
        return Page(f"{parts.where(outcome)}: not measured", tuple(result), "open")
    came = f"{outcome.broke_first.name} broke first" if outcome.broke_first else "held"
    state = "passed" if outcome.passed else "open"
    return Page(f"{parts.where(outcome)}: {came}", (*result, Says(outcome.line)), state, folded)


def finished(session: Session, notes: Notes) -> Page:
    """The scorecard of a play that reached its end."""
    title = f"{session.scenario.title} · all {len(session.reached)} rounds passed"
    return Page(title, tuple(parts.scorecard(session, notes)), "passed")


def transcript(session: Session, notes: Notes = NO_NOTES) -> Markdown:
    """The whole play as Markdown: what was said, asked, proposed, predicted and measured."""
    scenario = session.scenario
    beginning = (
        *parts.opening(scenario, notes),
        *planning.written(notes.plan),
        *planning.told(scenario, notes.plan),
        Says(scenario.rounds[0].line),
    )
    pages = [Page(scenario.title, beginning)]
    for outcome in session.outcomes:
        page = told(outcome, session, said=notes.said(outcome))
        pages.append(replace(page, blocks=(*page.blocks, *_spoken(outcome, session, notes))))
    if session.state.done:
        pages.append(finished(session, notes))
    if notes.text:
        pages.append(Page("Notes", (Text(notes.text),)))
    text = "\n\n".join(page.markdown() for page in pages)
    return Markdown(text.replace("## ", "# ", 1) + "\n")


def _spoken(outcome: Outcome, session: Session, notes: Notes) -> list[Block]:
    """After the last run of a round: the answer that was spoken in it, and what the voice replied."""
    name = outcome.round.name
    if [made for made in session.outcomes if made.number == outcome.number][-1] is not outcome:
        return []
    answer, reply = notes.answers.get(name, ""), notes.voiced.get(name, "")
    said = (("Your answer", answer), ("Claude, as the interviewer", reply))
    card, kept = drawn(session).get(outcome.number), notes.drills.get(name)
    drilled = drilling.answered(card, kept, session) if card and kept else []
    return [*(Text(text, lead=who) for who, text in said if text), *drilled]


def _card(session: Session, notes: Notes) -> list[Block]:
    """The drill card that waits after the round passed last."""
    passed = session.state.passed
    card = drawn(session).get(len(passed))
    if card is None or passed[-1].name in notes.drills:
        return []
    return drilling.waiting(card, session, len(passed))


def _stuck(session: Session) -> list[Block]:
    """The way on for one whose own objects fail."""
    if not session.stuck:
        return []
    way = f'Stuck? This round failed {STUCK} times on your own code. Add on="reference" to play it on the course\'s; it counts.'
    return [Text(way)]
