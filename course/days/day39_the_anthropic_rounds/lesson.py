# %% [markdown]
"""
## 1 Brief

*"Write me a class that scores a model's answers for safety. Rules are added while it runs. Start simple. I won't stay
simple."*

| what | number |
| --- | --- |
| answers a second, on fifty workers | 10,000 |
| rules in force | 4, then 16 |
| evaluations of a rule that I pay for, thousands a second | 15.2, later 18 |
| judgements that a worker may keep | 100, later 60 |
| restricted answers served | at most 2%, later 10% |
| good answers blocked | at most 7%, later 5% |
| what a reader waits behind the model | at most 330 ms |

A *rule* has a name and gives a text a score: 1 is safe, 0 is not. A *filter* holds the rules in force and makes one
score of theirs. Below a *threshold* the answer is blocked. How the scores become one is called the *strictness*. Take
two rules that say 0.2 and 1.0, and a threshold of 0.5:

- *strict* takes the lowest, 0.2: blocked;
- *balanced* takes the harmonic mean, 2 / (1/0.2 + 1/1.0) = 0.33: blocked;
- *lenient* takes the arithmetic mean, 0.6: served.

Now the cost. A rule takes 5 ms, so 10,000 answers under four rules take 200 seconds of computing every second: 200
cores, or thirteen machines of sixteen at {facts.MACHINE_HOUR_USD} each. But popular answers repeat. So the scores are
*cached* under the answer's *digest*, its SHA-256, and the 15,200 evaluations that are paid for need five machines in
place of thirteen. The cache has a bound for another reason: it remembers what people were told.

![A model sends answers to fifty workers; each has a rule set with a generation, and a cache. A rule store sends new rules to the workers. Readers get the answer or a refusal; each block goes to an audit log and to a person.](fleet.svg)

Twenty lines do all this. The round tests whether you see what they do not say.

*No rule in force scores 1.0.* A service whose rules load late is a service without a filter, and its scores look
perfect: it *fails open*. To *fail closed* is to block until the rules are there, and people with harmless questions
pay. Which is right depends on what the model can do. Anthropic's Responsible Scaling Policy argues so for safeguards in
general: in proportion to capability.

*Rules change while you serve.* Each change makes a rule set of the next *generation*, and a report says by which
generation an answer was judged. What was cached under the old rules no longer holds; dropping it is called
*invalidation*. With one thread that is a line. With two hundred threads on fifty workers it is a design.

*A stream is read while it is judged.* What was shown cannot be taken back, so some words must be *held back*. NVIDIA's
NeMo Guardrails by default shows first and checks afterwards, in pieces of {facts.STREAM_GUARD_CHUNK_TOKENS}.

*Every rule is wrong about somebody.* A good answer that is blocked is a *false positive*; the share of restricted
answers that are caught is the *recall*. A threshold buys one with the other, so never quote one alone. The first
Constitutional Classifiers (January 2025) let {facts.CLASSIFIER_JAILBREAK_AFTER} of jailbreaks through in place of
{facts.CLASSIFIER_JAILBREAK_BEFORE}. They refused {facts.CLASSIFIER_OVER_REFUSAL} more of all traffic, and cost
{facts.CLASSIFIER_EXTRA_COMPUTE} more computing. The second (January 2026) let a cheap probe look at everything and pass
on what is suspicious: {facts.CLASSIFIER_NEXT_REFUSALS} of traffic refused, about {facts.CLASSIFIER_NEXT_COMPUTE} more
computing. "Restricted" is today a label on instructions for three materials that do not exist.

This is one round of seven, as candidates reported them in 2026: a recruiter ({facts.ROUND_RECRUITER_MINUTES}); an
assessment of {facts.ROUND_ASSESSMENT_MINUTES} in four levels, one system that grows; a hiring manager
({facts.ROUND_MANAGER_MINUTES} and more). Then coding ({facts.ROUND_CODING_MINUTES}) and system design
({facts.ROUND_DESIGN_MINUTES}) on one day. That day is a gate: fail it, and the next day, with project deep dive and
values ({facts.ROUND_DEEP_DIVE_MINUTES} each, and more), is cancelled. Others tell of a phone screen of
{facts.ROUND_PHONE_MINUTES} and two coding rounds. Most say that live rounds are without AI tools, one the opposite. Ask
your recruiter; rehearse without.

*A weak answer sounds like this: "I loop over the rules, take the minimum, and put a lock around it." Which caller waits
for which rule, which answer is stale after the lock is released, and who was blocked by mistake?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day39")

# %% [markdown]
"""
## 2 Predict

One rule is nearly certain that an answer is restricted: it scores 0.05. The strictness is balanced, and below 0.5 an
answer is blocked. Now colleagues add good rules about other things. Each finds nothing here and scores 1.0. How many of
those does it take until the answer is served?
"""

# %% [predict]
guess = 8  # rules that find nothing, from 1 to 500
prediction = predict("day39", "clean rules that outvote one at 0.05", guess, between=(1, 500), unit="rules")

# %% [markdown]
"""
## 3 Run

The finished filter. Look at the first line that it prints: no rule, and a perfect score.
"""

# %% [demo]
from course.systems.safety.response_filter import ResponseSafetyFilter as Finished
from course.systems.safety.rules import PhraseRule

answer = "Take two spoons of orlow salt and keep it damp for a week."
safety = Finished(strictness="strict")
print("no rule:", safety.score(answer))
safety.add_rule(PhraseRule("materials", {"orlow salt": 0.2, "marzanite": 0.2}))
safety.add_rule(PhraseRule("doses", {"two spoons": 0.6}))
safety.add_rule(PhraseRule("insults", {"you fool": 0.1}))
for safety.strictness in Finished.STRICTNESS:
    report = safety.report(answer)
    print(f"{safety.strictness:<9}{report.score:.2f}  {report.by_rule}")

# %% [demo]
from course.days.day39_the_anthropic_rounds.pictures import outvoted
from course.systems.safety.dilution import rules_to_outvote

reveal(prediction, rules_to_outvote(0.05, 0.5, "balanced"), unit="rules", plot=outvoted(0.05, 0.5))

# %% [markdown]
"""
A mean is a vote. A rule that finds nothing does not abstain: it votes for the answer. Count with one clean rule beside
the one at 0.05: balanced gives 2 / (20 + 1) = 0.10. With *m* of them it gives (m + 1) / (20 + m), and that reaches a
half at m = 18. Lenient needs a single one. Only the minimum does not vote, and for that it collects the mistakes of
every rule. How many are those? Here are two classifiers that other people trained, on sentences such as "The patient
was shot in the leg while hunting". All 160 should pass.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.pictures import false_positives

false_positives(threshold=0.5)

# %% [markdown]
"""
An average hides who pays: compare the domains. The two are mostly wrong about different sentences, so under the minimum
their mistakes nearly add up. These sentences were chosen to be hard; ask of any such number which traffic it was.

A block is also a sentence to a person. The reader learns what the withheld answer was about and what to do next, but
not how to get round the rule. The reviewer learns everything.
"""

# %% [demo]
import textwrap

from course.systems.safety.explain import explain_block

safety.strictness = "strict"
explained = explain_block(
    safety.report(answer), safety, 0.5, {"materials": "instructions for restricted materials"}
)
print(textwrap.fill(explained.to_user, 90), explained.to_reviewer, sep="\n\n")

# %% [markdown]
"""
## 4 Implement

The three exercises and section 5 are your coding round: the cell prints its agenda. Start a clock, and note the minute
at which you end each part.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_agenda

show_agenda()

# %% [markdown]
"""
### Exercise 1 · The contract (12 minutes, 4 points, about 22 lines)

The first version, as you would write it while the interviewer watches: put a rule in force, combine, score, report. The
digest is given. Three edges decide whether it is right: no rule at all, a score of 0 under the harmonic mean, and an
answer that was seen before the rule that condemns it. Say aloud what you keep in the cache, and what may change while
it lies there.

> hint: `add_rule`: look first, change afterwards. What of the things remembered is no longer true once a rule came?
> hint: `score`: what stands in the cache if the third of four rules raises? Build the whole entry before you store it.
> hint: `report`: it says what `score` says. Which entry has `score` left behind when it returns?
"""

# %% [exercise]
from course.systems.safety.response_filter import (
    ResponseSafetyFilter,
)  # implement: add_rule, combine, score, report

# %% [check] points=4
from course.days.day39_the_anthropic_rounds.checks import check_filter

check_filter(ResponseSafetyFilter)

# %% [markdown]
"""
### Exercise 2 · Many threads (20 minutes, 4 points, about 20 lines)

"Now two hundred threads call it." A lock is the easy half. You may not hold it while a rule runs: the slowest rule would
serve everybody, and a rule that asks the filter something would wait for itself. So other threads act between your
steps. The cache gets a bound as well. Which entry a full cache gives up is your decision: section 6 measures it. And a
rule that crashes or hangs must neither pass an answer nor block it for ever.

> hint: `add_rule`: what you read before the lock is yours may be old by then. A `RuleSet` is frozen; a new tuple of rules is `(*old, new)`.
> hint: `judge`: write down, step by step, what you know at each point and whether another thread can have made it untrue. Only then decide what to keep.
> hint: a dict keeps the order in which its keys came; `next(iter(entries))` is its first key, and a key that is taken out and put in again is its last.
"""

# %% [exercise]
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter  # implement: add_rule, judge

# %% [check] points=4
from course.days.day39_the_anthropic_rounds.checks import check_concurrent

check_concurrent(ConcurrentSafetyFilter)

# %% [markdown]
"""
### Exercise 3 · Before it ends (15 minutes, 4 points, about 20 lines)

"Product streams." Score every prefix from its start, and n words cost about n²/2 readings. So each rule states its
*window*, the words that it needs to see at once, and you judge the run that ends with the newest word. With a window of
two, "put it away" is judged as "put", "put it", "it away": three words, three evaluations. The lowest score of a rule
stays, because a good ending does not unsay a bad middle.

Then decide what is shown: a word, once no run that could still block the stream contains it. The chunks come as the
network pleases, in the middle of a word too.

> hint: `judge_word`: every word brings the white space before it, so a run is joined with nothing between. First each rule's lowest, then one score of all of them.
> hint: `feed`: ended? blocked already? Then take the complete words one by one. A word either blocks the stream or is held; after each that is held at most one becomes free.
"""

# %% [exercise]
from course.systems.safety.stream_scorer import StreamScorer  # implement: judge_word, feed

# %% [check] points=4
from course.days.day39_the_anthropic_rounds.checks import check_stream

check_stream(StreamScorer)

# %% [markdown]
"""
## 5 Break

Your filter makes four promises.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.faults import limits

limits()

# %% [markdown]
"""
Choose *one* fault and say which promise it breaks, or "none"; the guess is locked when you run the cell. The next cell
runs the fault on your three classes: two rules, balanced, threshold 0.5, five words held back.
"""

# %% [predict]
guess = "no stale score"  # one of "harm is withheld", "good answers pass", "no stale score", "nothing leaks", "none"
fault = "a rule arrives mid-judgement"  # or "twenty good rules join", "the rules are late", "one evaluation in twenty fails", "text is shown before it is judged"
promises = ("harm is withheld", "good answers pass", "no stale score", "nothing leaks", "none")
expected = predict("day39", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day39_the_anthropic_rounds.faults import under

under(fault, expected, ResponseSafetyFilter, ConcurrentSafetyFilter, StreamScorer)

# %% [markdown]
"""
Open a fold once you have run its fault; two are enough now.

<details><summary>A rule arrives mid-judgement</summary>

The cell runs *every* order in which one score and two new rules can take their steps, one after the other: no luck, no
sleep. Such an order is called an *interleaving*. Yours survives all of them. The line below the table is a filter that
takes the lock as often as yours, and keeps whatever it judged. More than a third of its interleavings end with a score
that no longer holds, and every later caller gets it.

![Two columns. A lock on every access: a caller takes the rules of generation 7 and judges x without the lock; meanwhile a team adds a rule, generation 8, and the cache is emptied; then the caller keeps its judgement, and every later caller gets x without the new rule. One comparison more: before it keeps the judgement the caller asks whether the generation is still 7, and keeps nothing.](race.svg)

</details>

<details><summary>Twenty good rules join</summary>

Nothing failed. Each new rule votes for the answers that it has no opinion about, and 0.5 is no longer what it was. The
second table takes the minimum instead: read both columns of a row, since a lower threshold blocks fewer good answers
and serves more restricted ones.

</details>

<details><summary>The rules are late</summary>

Until they come the score is 1.0 for everything: the default is open. Closed blocks everybody meanwhile. Waiting is
honest where the reader can wait. Say which you would defend, and for which model.

</details>

<details><summary>One evaluation in twenty fails</summary>

A rule that fails scores 0, and a 0 makes balanced 0: *n* rules that each fail a share *f* of the time block
1 − (1 − f)ⁿ of the good answers. A rule that hangs is worse than one that crashes. Python cannot end a thread, so
`course/systems/safety/runner.py` stops waiting at a deadline, counts the stuck threads, and refuses at eight.

</details>

<details><summary>Text is shown before it is judged</summary>

The widest rule needs six words. Its verdict comes with the sixth, and five have been read by then: window − 1 − held
leak.

</details>

One promise was never made: that a new rule is cheap. Yours forgets everything. Beside it stands a filter that keeps each
score under the version of its own rule.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.faults import one_more_rule

one_more_rule(ConcurrentSafetyFilter, kept=100, rules=20)

# %% [markdown]
"""
That was the coding round. Write the minute at which each part of its agenda ended, counted from the start of exercise 1.
The first time you will be behind in threads.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_pace

ends = {}  # for example {"the contract": 14, "many threads": 39}
show_pace(ends)

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of an answer.
Then the interviewer has five constraints, each measured on your concurrent filter and your stream scorer. You have four
controls: the policy (strictness and threshold), what a worker keeps, how often it asks for new rules, and the words that
a stream is held back. Before each run you predict the number that the interviewer names; shares go from 0 to 1. A round
that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day39_the_anthropic_rounds.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, ConcurrentSafetyFilter, StreamScorer)

# %% [markdown]
"""
## 7 Explain

### The project sheet

The deep dive asks about one project for {facts.ROUND_DEEP_DIVE_MINUTES}. This sheet tells today's work as most people
would, and the cell says what an interviewer will miss in it. Mend two of its gaps with numbers from above. Your own
project takes its place after the day.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_gaps
from course.systems.safety.sheets import Decision, DeepDiveSheet, ProjectClaim, ProjectFailure

sheet = DeepDiveSheet(
    project="A filter between a model and its readers, with rules that change while it serves.",
    my_part="We built the filter and made it safe for threads.",
    claims=[
        ProjectClaim(
            "It evaluates fewer rules.",
            before="40 thousand a second",
            after="a lot fewer",
            measured_by="counted in round 1",
        )
    ],
    decisions=[
        Decision(
            chosen="strict at 0.3",
            instead_of="balanced at 0.5",
            cost="",
            would_change_if="more than 5% of good answers are blocked",
        )
    ],
    failures=[
        ProjectFailure(
            "The rules were late and everything passed.",
            noticed_by="a reader's report",
            harm="x",
            mend="not ready until all are in force",
        )
    ],
    would_change="",
)
show_gaps(sheet)

# %% [markdown]
"""
### Two questions

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above. The second
question has no canonical answer; nobody will have prepared it.
"""

# %% [spoken] [markdown] points=3
"""
**"Sixteen good rules, and last night restricted answers went out. Each had been flagged by exactly one rule. Tell me what
happened, what you change today, and who will complain about your change."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The flag was outvoted: under balanced at 0.5 eighteen clean rules outvote one at 0.05, and
   round 2 serves 53% of the restricted answers while rules arrive (109 of 206). Rules out a stale cache first: the report's generation is the
   newest, and it names every rule in force (or does not).
2. *Trade-off, with a number on both sides.* The minimum at 0.3: 3.3% of the restricted served (3 of 92), 4.5% of the good blocked (12 of 269). At 0.2 it
   blocks 2.6% and serves 23%; at 0.5 it serves none and blocks 11%. Or a calibrated mean, whose threshold moves with each
   rule: balanced 0.85 serves 5.4% and blocks 4.5%.
3. *Residual risk, with a mechanism.* A component: input (report), threshold, log line (digest, generation, score by rule,
   faults), false positives measured by domain, an appeal with a reference. Names what is left: faults that fail closed
   (sixteen rules × 0.1% are 1.6% of good answers), domains that pay (cooking 7 of 16), traffic that differs from the sample.

**A strong answer.** "Nothing was broken. Balanced is a mean, and a rule that finds nothing votes for the answer: eighteen such
votes outweigh a score of 0.05. While rules arrived, from four to sixteen, I measured 53% of the restricted answers served. I
first check the generation in the reports, because an answer judged by old rules would look the same from outside; it is the newest. Today I
change to the minimum with a threshold of 0.3: 3.3% served, and 4.5% of the good blocked. At 0.5 I would serve none of them
and block 11%, since every rule adds its own mistakes; at 0.2 I would block 2.6% and serve 23%. Cooks and programmers will
complain: at 0.5 a public classifier blocked 7 of 16 harmless sentences about cooking and none about sport. So I log each
block with its digest, the rule that decided and the generation, show a topic and a reference to the reader, and report
wrong blocks by domain every week. What remains: one evaluation in a thousand fails and fails closed, which with sixteen
rules is 1.6% of answers. And my shares come from 92 and 269 answers; I don't know that next month's traffic looks like
them, so the threshold is measured again when a rule joins."

**A weak answer.** "We need a stricter rule and a better classifier." The rule saw it. It was outvoted.
"""

# %% [spoken] [markdown] points=3
"""
**"A hospital will run your filter on its own machines, on answers that we may never see. The regulator wants proof that
every answer a doctor read was judged by the rules then in force. Nobody has built this. What is the first version, and
what does it not prove?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis from first principles, with a number.* Separates three claims: judged at all, by which rules, with which result.
   Builds on what is there: digest, generation (better: a hash of the rule set), score by rule, timestamp, in an append-only log whose head is
   held outside. Uses a number: with no rule the score is 1.0, so a score proves nothing without the rules' names; locks
   alone left 168 of 468 interleavings stale, so the generation belongs into the record.
2. *Trade-off, with a number.* Proof against privacy: a bare SHA-256 of a short or likely answer can be found by guessing, so a keyed
   digest, whose key the hospital holds; then we cannot recompute it and need sampled audits. Or delay against completeness: fail closed until the record
   is written, for readers who wait; the price in wrong blocks is measured at the hospital, by its own domain, since ours says little about theirs.
3. *Residual risk, honestly.* A log proves what was logged. An answer that bypasses it, a rule that is weak, a rule set that was right
   then and is wrong now, a clock that lies. Names one mechanism (numbered answers, or the display refuses what has no record) with its
   log, its threshold and the harmless answers that it withholds, and says what would have to be tried first.

**A strong answer.** "I'd separate three statements: it was judged, by these rules, with this result. Version one: the display
shows only what carries a record: a number without gaps, a keyed digest of the answer, the hash of the rule set, score by rule,
faults, time. Records are chained, and the head goes to the regulator every hour; no text leaves. The rule set must be in it, because
an empty filter scores 1.0 and because 36% of interleavings gave an outdated score when only locks were used. A bare SHA-256 would
leak: a list of likely answers and a fast machine find the short ones. With a key that stays at the hospital we cannot check
digests ourselves, so an auditor on site replays, say, 300 records drawn by a number that is published after the head. If none differs,
fewer than 1% are false, at 95% confidence. The display fails closed: no record, no answer. At one failure in a thousand evaluations and sixteen rules
that is 1.6% of answers late in front of a doctor, so there is an override, which is itself a record. What it does not
prove: that the rules are good, or that no second screen exists. A classifier with 14% wrong on hard sentences will be
wrong about medicine in its own way; I'd measure that in their first week, before anybody calls it safe. I have not built this; the part
that I would try to break first is the display."

**A weak answer.** "We hash everything and put it on a blockchain." Whose hash, of which rules, and what stops an answer that
was never hashed?
"""

# %% [markdown]
"""
## 8 Recap

- No rule scores 1.0: a filter is ready when every required rule is in force, and the score cannot tell you.
- A mean is a vote, and clean rules vote for the answer; a minimum collects everybody's mistakes. Quote what is blocked and what is served together.
- Never run foreign code under your lock; then compare the generation before you keep what you computed.
- A fault fails closed, is named, and is not cached. *n* rules at share *f* block 1 − (1 − f)ⁿ of good answers.
- A stream: window − 1 words late, nothing leaks; each word fewer leaks one.

> word: strictness: how the scores of the rules become one: lowest, harmonic mean, or mean
> word: threshold: the score below which an answer is blocked; it belongs to one model and one traffic
> word: false positive: a good answer that is blocked; its share is of the good answers, not of the blocks
> word: recall: the share of restricted answers that are caught; what a lower threshold gives away
> word: fail closed: block where nothing can be judged; its opposite, fail open, serves
> word: generation: a number that every change of the rule set raises; a report says which one judged
> word: invalidation: dropping what was computed from something that has changed since
> word: interleaving: one order in which the steps of several threads can happen
> word: held back: judged and not shown yet, because a later word may still condemn it

**Flash question.** You fail closed. Each of twenty rules fails once in a thousand evaluations. Which share of good
answers is blocked by failures alone, and what does one retry change?

<details><summary>Answer</summary>1 − 0.999²⁰, which is 2.0%. If failures are independent, a retry leaves 20 in a million.
If a rule is down for a minute they are not: the retry changes nothing and doubles the load on what is ill. So retry once,
with a budget, and let the runner refuse at once where too many evaluations are stuck.</details>

### For after the day

The values round asks for things that happened: what you did, what shows it, and what you were unsure of. Mend this story,
then write those that are missing. Be ready for two more questions. *Which of our published safety work have you read, and
what do you doubt in it?* Have one number and one reservation from each of: Constitutional AI; the Responsible Scaling
Policy (version 3.2, in force since 29 April 2026; version 3.0 of February 2026 had split what the company will do by
itself from what it asks of the industry); a model's system card; both generations of Constitutional Classifiers. *And
when did you last slow something down?*
"""

# %% [demo]
from course.systems.safety.sheets import ValuesSheet, ValuesStory

story = ValuesStory(
    traits=["stopped or slowed something for safety"],
    situation="Our filter served everything while its rules were loading.",
    action="The team decided to hold answers back until they were there.",
    evidence="It was much safer afterwards.",
    doubt="",
)
show_gaps(ValuesSheet([story]))

# %% [markdown]
"""
A rehearsal of all seven rounds, with a day before the first onsite day and 15 minutes of review after each round. Change
the lines to your own weeks, until the plan ends before your first interview.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_plan

minutes_a_day = [110, 110, 60, 120, 120, 0, 0, 90, 90, 60]  # what you can give, day by day
rest_days = {6}  # days counted from 0
show_plan(minutes_a_day, rest_days, rounds_a_day=1)

# %% [markdown]
"""
**Further reading.** Sharma and others, *Constitutional Classifiers* (arXiv 2501.18837) · Cunningham and others,
*Constitutional Classifiers++* (arXiv 2601.04603) · Anthropic, *Responsible Scaling Policy*, version 3.2 · Bai and others,
*Constitutional AI* (arXiv 2212.08073) · Nishtala and others, *Scaling Memcache at Facebook* (NSDI 2013), section 3.2.1 ·
Musuvathi and others, *Finding and Reproducing Heisenbugs in Concurrent Programs* (OSDI 2008).

**The limit that the next day removes.** One filter, one kind of answer. Tomorrow it stands at every layer of a system
with a billion documents, and it is not the only thing that must hold.
"""
