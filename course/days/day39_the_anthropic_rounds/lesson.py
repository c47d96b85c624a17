# %% [markdown]
"""
## 1 Brief

*"Write me a class that scores a model's answers for safety. Rules are added while it runs. Start simple. I won't stay
simple."*

| what | number |
| --- | --- |
| answers a second | 10,000 |
| rule evaluations that I pay for | 26 thousand a second |
| rules in force | 4, then 16, then 40 |
| restricted answers served | at most 10% |
| good answers blocked | at most 5% |
| words of a withheld passage that a reader sees | at most 2, after an incident 0 |
| for scale: jailbreaks that succeed without and with Constitutional Classifiers | {facts.CLASSIFIER_JAILBREAK_BEFORE}, {facts.CLASSIFIER_JAILBREAK_AFTER} |

This is one round of seven, the second in code: recruiter ({facts.ROUND_RECRUITER_MINUTES}), phone screen
({facts.ROUND_PHONE_MINUTES}), coding twice ({facts.ROUND_CODING_MINUTES} each), system design
({facts.ROUND_DESIGN_MINUTES}), project deep dive ({facts.ROUND_DEEP_DIVE_MINUTES}), behaviour and values
({facts.ROUND_VALUES_MINUTES}). You play it on the clock; for the last two you fill a sheet, and a cell tells you what is
missing.

The contract, as it is given to you. A rule has a name and scores a text from 0 (unsafe) to 1 (safe). Rules can be added
at run time, without a restart. The score of an answer combines the rules' scores by a *strictness*: strict is the
lowest, balanced the harmonic mean, lenient the arithmetic mean. With no rule in force the score is 1.0. A report gives
the answer, the score, the score by rule, and a timestamp. Scores are cached under the SHA-256 of the answer, and the
cache is invalidated when a rule is added.

Twenty lines satisfy it. The round tests whether you see what they do not say.

*The default is open.* No rule, score 1.0: a service whose rules load late is a service without a filter, and its scores
look perfect. Failing closed has a price too, paid by people with harmless questions. Which default is right depends on
what the model can do; Anthropic's Responsible Scaling Policy argues the same way, for safeguards in proportion to
capability.

*A mean is a vote.* A rule that finds nothing does not abstain. It votes for the answer.

*A cache is a memory of old rules.* With one thread you empty it when a rule comes. With several, a judgement can be on
its way while you do:

![Two columns. A lock on every access: a caller takes the rules of generation 7 and judges x without the lock; meanwhile a team adds a rule, generation 8, and the cache is emptied; then the caller keeps its judgement, and every later caller gets x without the new rule. One comparison more: before it keeps the judgement the caller asks whether the generation is still 7, and keeps nothing.](race.svg)

*A stream is read while it is judged.* What has been shown cannot be taken back. Constitutional Classifiers judge the
output as it streams. NVIDIA's NeMo Guardrails by default shows its tokens first and checks them in pieces of
{facts.STREAM_GUARD_CHUNK_TOKENS}. How many words to hold back is yours to choose.

*Every rule is wrong about somebody.* You will measure how often: two real classifiers on 160 sentences that are harmless
and do not look it. Constitutional Classifiers raised the refusals in production traffic by
{facts.CLASSIFIER_OVER_REFUSAL} of all requests; ask of any such number which traffic it was.

"Restricted" is here a label on instructions for three materials that do not exist.

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
You can have that number without a computer. With *m* clean rules the harmonic mean is (m + 1) / (m + 20), and it reaches
a half at m = 18. Lenient needs one. Only the minimum does not vote, and for that it collects every rule's mistakes. How
many are those? Here are two classifiers that other people trained, on sentences such as "The patient was shot in the
leg while hunting". All 160 should pass.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.pictures import false_positives

false_positives(threshold=0.5)

# %% [markdown]
"""
An average hides who pays; compare the domains. The two are mostly wrong about different sentences, so under the minimum
their mistakes nearly add up. And 0.5 is no law: a threshold belongs to one model and to your traffic. These sentences
were chosen to be hard, so expect smaller shares in ordinary traffic.

A block is also a sentence to a person. The reader whose answer was withheld learns what it was about and what to do
next, but not how to get round the rule; the reviewer learns everything.
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

The three exercises and section 5 are your coding round. The cell prints its agenda, as an interviewer would cut the
hour; a tenth stays free. The minutes at the exercises are for a first time, and give threads and streams twice as much.
Start a clock now and note the minute at which you end each exercise.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_agenda

show_agenda()

# %% [markdown]
"""
### Exercise 1 · The contract (12 minutes, 4 points, about 22 lines)

The first version, as you would write it while the interviewer watches: put a rule in force, combine, score, report. The
digest is given. Three edges decide whether it is right: no rule at all, a score of 0 under the harmonic mean, and an
answer that was seen before the rule that condemns it.

Say aloud what you keep in the cache. If it is the combined score, somebody who changes the strictness gets yesterday's.

> hint: `add_rule`: look first, change afterwards. What has to be forgotten, and is it safe to forget it when the name is refused?
> hint: `score`: build the whole dict in one expression and then store it, so that a rule that raises leaves nothing behind. `report` can call `score` and read the entry that it left.
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
### Exercise 2 · Many threads (20 minutes, 4 points, about 21 lines)

"Now two hundred threads call it." A lock is the easy half. You may not hold it while a rule runs: the slowest rule would
serve everybody, and a rule that asks the filter something would wait for itself. The cache gets a bound as well: which
entry goes is your decision, and section 6 measures it. A rule that crashes or hangs must neither pass an answer nor block
it for ever.

> hint: `add_rule`: what you read before the lock is yours may be old by then. A `RuleSet` is frozen; `(*old.rules, rule)` is a new tuple.
> hint: `judge`: two blocks under the lock, the evaluation between them. What may have changed by the second block, and how would you notice? A dict keeps the order in which its keys came; `next(iter(entries))` is its first.
"""

# %% [exercise]
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter  # implement: add_rule, judge

# %% [check] points=4
from course.days.day39_the_anthropic_rounds.checks import check_concurrent

check_concurrent(ConcurrentSafetyFilter)

# %% [markdown]
"""
### Exercise 3 · Before it ends (20 minutes, 4 points, about 22 lines)

"Product streams." Score every prefix from its start, and n words cost about n²/2 readings. So each rule states its
window, and you judge the run that ends with the newest word: n words, n evaluations. The lowest score of each rule
stays, because a good ending does not unsay a bad middle.

Then decide what is shown. A word may go once no run that could still block the stream contains it: window − 1 words later.
The chunks come as the network pleases, in the middle of a word too.

> hint: `judge_word`: the run is the last `self.windows[rule.name]` items of `list(self._recent)`, joined without a separator, since each word brings its white space. First every rule's minimum, then `combine` once.
> hint: `feed`: finished? blocked? Then split. In the loop a word either blocks (clear, stop the loop) or is held; after each that is held, at most one becomes free, from the left. One `return` at the end serves all cases.
"""

# %% [exercise]
from course.systems.safety.stream_scorer import StreamScorer  # implement: judge_word, feed

# %% [check] points=4
from course.days.day39_the_anthropic_rounds.checks import check_stream

check_stream(StreamScorer)

# %% [markdown]
"""
## 5 Break

Your filter makes four promises. Choose *one* fault and say which promise it breaks, or "none"; the guess is locked when
you run the cell. The fault runs on your three classes, balanced, threshold 0.5.
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
The first fault runs *every* interleaving of one score with two new rules, one by one: no luck, no sleep. Your filter
survives all of them. The line below its table is a filter that takes the lock at every access, as yours does, and leaves
out one comparison; more than a third of its interleavings end with a score that no longer holds.

Run `"the rules are late"` too, and decide which of the three defaults you would defend, for which model. The other
three can wait; round 3 of the interview brings failing rules back. A rule that hangs is worse than one that crashes:
Python cannot end a thread, so `course/systems/safety/runner.py` stops waiting at a deadline, counts the stuck threads, and
refuses at eight.

One promise was never made: that a new rule is cheap. Yours empties the cache. Beside it is a filter that keeps each
score under the version of its own rule.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.faults import one_more_rule

one_more_rule(ConcurrentSafetyFilter, cached=100, rules=20)

# %% [markdown]
"""
### Your pace

That was the coding round. Write the minute at which each section of its agenda ended, counted from the start of
exercise 1: contract and first version are exercise 1; threads, bounds and faults are exercises 2 and 3; wrong blocks
are this section. The first time you will be behind in threads; rehearse the section that the cell names.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_pace

ends = {}  # for example {"contract and its defaults": 5, "first version, run": 27}
show_pace(ends)

# %% [markdown]
"""
## 6 Escalate

Six constraints, each measured on your concurrent filter and your stream scorer. You have three controls: the policy
(strictness and threshold), the size of a worker's cache, and the words that a stream is held back. Before each run you
predict the number that the interviewer names; shares go from 0 to 1. A round that you passed must still pass when the
next constraint comes. Two or three minutes a round.
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
would, and the cell says what an interviewer will miss in it. Mend two of its gaps now, with numbers from above. The
rest, and your own project in its place, are for after the day.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_gaps
from course.systems.safety.sheets import (
    Decision,
    DeepDiveSheet,
    ProjectClaim,
    ProjectFailure,
    ValuesSheet,
    ValuesStory,
)

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
            harm="",
            mend="not ready until all are in force",
        )
    ],
    would_change="",
)
show_gaps(sheet)

# %% [markdown]
"""
### The values sheet

The last round asks for things that happened: what you did, what shows it, and what you were unsure of. Mend this one
story; the traits that no story shows are for after the day. Be ready for two more questions. *Which of our published
safety work have you read, and what do you doubt in it?* (Constitutional AI, the Responsible Scaling Policy, a model's
system card, Constitutional Classifiers: have one number from it and one reservation.) *And when did you last slow
something down?*
"""

# %% [demo]
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
### Two questions

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above. The second
question has no canonical answer; nobody will have prepared it.
"""

# %% [spoken] [markdown] points=3
"""
**"Forty good rules, and last night restricted answers went out. Each had been flagged by exactly one rule. Tell me what
happened, what you change today, and who will complain about your change."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The flag was outvoted: under balanced at 0.5 eighteen clean rules outvote one at 0.05.
   Rounds 2 and 5: balanced 0.5 serves 57% of the restricted answers while rules arrive, up to sixteen, and 87% with forty.
   Rules out a stale cache first: the report names every rule in force (or does not).
2. *Trade-off, with a number.* The minimum: 3% and 5% served at strict 0.3. It collects every rule's false positives, so the
   threshold must fall: strict 0.5 blocks 12% of good answers with forty rules, strict 0.3 2.4%; strict 0.2 lets 24% through. Or a
   calibrated mean, with a threshold that moves with each rule: balanced 0.85 passed with sixteen rules and served 13% with forty.
3. *Residual risk, with a mechanism.* A component: input (report), threshold, log line (digest, generation, score by rule,
   faults), false-positive rate measured by domain, an appeal with a reference. Names what is left: faults that fail closed
   (sixteen rules × 0.1% are 1.6% of good answers), domains that pay (cooking 7 of 16), traffic that differs from the sample.

**A strong answer.** "Nothing was broken. Balanced is a mean, and a rule that finds nothing votes for the answer: eighteen such
votes outweigh a score of 0.05. While rules arrived, from four to sixteen, I measured 57% of the restricted answers served, and with
forty 87%. I first check that no report lacks a rule, because a stale entry would look the same from outside; none does. Today I change to the
minimum with a threshold of 0.3: 5% served with forty rules. At 0.5 I would block 12% of good answers, since every rule
adds its own mistakes; at 0.3 it is 2.4%. Cooks and programmers will complain: at 0.5 a public classifier blocked 7 of 16
harmless sentences about cooking and none about sport. So I log each block with its digest, the rule that decided and the
rule set's generation, show a topic and a reference to the reader, and report wrong blocks by domain every week. What
remains: one evaluation in a thousand fails and fails closed, which with sixteen rules is 1.6% of answers. And I
don't know that next month's traffic looks like this sample; the threshold gets re-measured when a rule joins."

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
   held outside. Uses a number: with no rule the score is 1.0, so a score proves nothing without the rules' names; a lock
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
- A mean is a vote, and clean rules vote for the answer; a minimum collects everybody's mistakes. Set the threshold for the sum.
- Never run foreign code under your lock; then compare the generation before you keep what you computed.
- A fault fails closed, is named, and is not cached. *n* rules at share *f* block 1 − (1 − f)ⁿ of good answers.
- A stream: window − 1 words late, nothing leaks; each word fewer leaks one.

**Flash question.** You fail closed. Each of twenty rules fails once in a thousand evaluations. Which share of good
answers is blocked by failures alone, and what does one retry change?

<details><summary>Answer</summary>1 − 0.999²⁰, which is 2.0%. If failures are independent, a retry leaves 20 in a million.
If a rule is down for a minute they are not: the retry changes nothing and doubles the load on what is ill. So retry once,
with a budget, and let the runner refuse at once where too many evaluations are stuck.</details>

### Plan the loop

For after the day: a rehearsal of all seven rounds, with a day between the phone screen and the onsite and a review of
15 minutes after each round. Change the three lines to your own weeks, until the plan ends before your first interview.
"""

# %% [demo]
from course.days.day39_the_anthropic_rounds.other_rounds import show_plan

minutes_a_day = [90, 90, 60, 120, 120, 0, 0, 90, 90, 60]  # what you can give, day by day
rest_days = {6}  # days counted from 0
show_plan(minutes_a_day, rest_days, rounds_a_day=1)

# %% [markdown]
"""
**Further reading.** Sharma and others, *Constitutional Classifiers* (arXiv 2501.18837) · Anthropic, *Responsible
Scaling Policy* · Bai and others, *Constitutional AI* (arXiv 2212.08073) · Mitchell and others, *Model Cards for Model
Reporting* (FAT* 2019) · Nishtala and others, *Scaling Memcache at Facebook* (NSDI 2013), section 3.2.1 · Musuvathi and
others, *Finding and Reproducing Heisenbugs in Concurrent Programs* (OSDI 2008).

**The limit that the next day removes.** One filter, one machine, one kind of answer. Tomorrow it stands at every layer of a
system with a billion documents, and it is not the only thing that must hold.
"""
