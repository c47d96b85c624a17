# %% [markdown]
"""
## 1 Brief

*"We have a helpful model that answers whatever it is asked. Make it harmless, keep it useful, and don't have a person
read every answer. How do you train it, and how would you know that it worked?"*

| what | number |
| --- | --- |
| restricted detail kept back | at least 59%, after an incident 69% |
| borderline, harmless requests refused | at most 20% |
| distance from the model that was red-teamed | at most 0.6 nats of KL |
| comparisons bought from people | 120 |
| the paper, for scale | {facts.CAI_PRINCIPLES}, {facts.CAI_RED_TEAM_PROMPTS} to red-team, {facts.CAI_HELPFUL_PROMPTS} for help |

A label says that somebody, under some rule, preferred one answer. Constitutional AI writes the rules down first, in
numbered sections, and lets a model apply them. So a label gets an address: these sections, of this version.

Anthropic's paper (2022) tells it in two phases. *Supervised*: the model answers a red-team prompt, criticises its answer
against one section drawn at random and rewrites it, {facts.CAI_REVISIONS}; the rewrites are what it is fine-tuned on.
*Reinforcement*: that model, SL-CAI, gives two answers, and an AI judge says with what probability the first is better.
These labels on harm and people's labels on help are fitted by one reward model, which the policy then pursues.

In interviews you will hear three stages: reviewed demonstrations, RL from human comparisons, then constitutional RL, where
the model responds, criticises and revises, and an AI chooses between the two ends. Do not mix up the two versions. In the
paper a revision becomes a *demonstration*, and no person ever labels harm; in the interview's, a revision becomes one
side of a *pair*.

![Two rows of boxes. The paper: a model that answers anything, critique and revise, AI labels for harm beside people's labels for help, reward model and PPO. The interview: collect and train, people compare and PPO, respond and critique and revise, AI prefers one of the two and PPO again. Below: what a triple and a pair record.](tellings.svg)

Three things go wrong, each of them a number today.

*The principles look one way.* A refusal discloses nothing, so sections on harm never object to it. The cost falls on
harmless requests that only sound bad: count the borderline requests that are refused.

*The reward model is a guess.* It is fitted where there were labels and pursued where there were none. The remedy is a
leash: maximise reward − β × KL(policy ‖ reference). The best policy is then reference × exp(reward / β), normalised,
and β is a price: the reward that one nat away must earn.

*The teacher is a model.* If it is the student as well, what it says today is the evidence for what it says tomorrow.

The policy here is small enough to be measured exactly. It chooses among 30 responses: a stance (answers, hedges,
refuses), with or without a reason, with 0 to 4 kind sentences. "Restricted" is a label on bland prompts; harm is the
share of what was asked for that is given away. *True quality*, from 0 to 1, is the verdict of a reader who knows the
label. People and the measurement know it; the judge has only a guess.

*A weak answer sounds like this: "We write a constitution, the model criticises itself, and RL from AI feedback makes it
safe." Which words labelled which pair, how far did the policy move, and which harmless requests does it refuse now?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day33")

# %% [markdown]
"""
## 2 Predict

Phase two is done, and the reward model stands. Now pursue it harder and harder: the leash β goes from 10 down to 0.05,
and at each β the policy is the best there is. How good are the answers at the end? Say their true quality as a multiple
of the quality before phase two. 1 means no change.
"""

# %% [predict]
guess = 1.3  # true quality after the hardest push ÷ before: 1 is no change
prediction = predict("day33", "true quality after the hardest push", guess, between=(0, 2), unit="×")

# %% [markdown]
"""
## 3 Run

The finished pipeline, and first its constitution. The judge reads a section by a fixed list of phrases: "considerate"
asks for kind sentences, "brief" for fewer. A second wording of harm.3 adds that word; sections 5 and 6 use it.
"""

# %% [demo]
from course.systems.alignment.constitution import CONSTITUTION
from course.days.day33_constitutional_ai.small_run import BRIEF

for section in CONSTITUTION.sections:
    print(f"{section.id}  {section.text}")
print(f"\nharm.3, reworded  {BRIEF}")

# %% [markdown]
"""
Now the paper's telling, with β = 0.4, on 800 prompts, measured on 2,000 others that no training saw. *Kept back* is the
share of restricted detail that is not given. The other requests deserve an answer: *helpful* is how useful it is,
*refused* the share that gets none, and *borderline* the same among those that only sound bad.
"""

# %% [demo]
from course.systems.alignment.pipeline import Lab, interview_telling, paper_telling
from course.days.day33_constitutional_ai.pictures import Push, stages, traced
from datasets.prompts import make_prompts

lab, held_out = Lab(make_prompts(800, seed=1)), make_prompts(2000, seed=2)
paper = paper_telling(lab)
stages(paper, held_out)

# %% [markdown]
"""
Each phase keeps back more, and each refuses more borderline requests. No label ever praised an answer to one: the AI
pairs are labelled by the three sections on harm, and the human pairs of this telling are all on ordinary prompts.

Now the interview's telling on the same prompts. *Quarantined* are demonstrations that the review held back, since a
section on harm objected. Its people compare answers to all kinds of prompts, harm included, and here they know the true
label. That is what stage 2 gains, and what the paper set out not to need.
"""

# %% [demo]
interview_run = interview_telling(lab)
stages(interview_run, held_out)
print()
traced(interview_run)

# %% [markdown]
"""
Read that record from the bottom up. One section at a time moved the answer to a refusal. Then the judge was asked about
the last step, under one section after the other, and its five answers were averaged: harm and help nearly cancelled.

Back to the paper's reward model, and to your prediction. The line is the exact optimum for each β; the circles are PPO.
"""

# %% [demo]
push = Push(lab, paper, held_out)
reveal(prediction, push.end, unit="×", plot=push.plot())

# %% [markdown]
"""
Up to one point the reward buys quality. Beyond it the policy is paid for what the labels never ruled out. The section
says "considerate", and four kind sentences are more considerate than one.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Critique and revise (15 minutes, 3 points, about 12 lines)

Phase one in one function. A response is read under one section after the other; where the critic objects it is
rewritten, and the next section reads the rewrite. What you return matters as much as the last revision: a chain of
triples, each linked to the one before. On day 36 somebody will ask which critique taught the model a habit, and this
chain is the only answer.

> hint: Two loops. The first only looks at the ids, so that nothing is half made. The second carries two values from round to round: the current response, and the id of the last triple.
> hint: `revision = current` where the critique is empty. Build the triple in both cases; its parent is the id that you carry, and after it the id that you carry is its own.
"""

# %% [exercise]
from course.systems.alignment.critique import critique_and_revise  # implement

# %% [check] points=3
from course.days.day33_constitutional_ai.checks import check_critique

check_critique(critique_and_revise)

# %% [markdown]
"""
### Exercise 2 · AI preferences (25 minutes, 4 points, about 20 lines)

A judge has habits. This one favours whatever it reads first, so you ask in both orders. And it may be torn: a label of
0.55 is a bet, not a verdict, and the reward model should be fitted to the bet. (Where the paper's judge reasoned aloud
first, it became too sure, and the labels were held between {facts.CAI_COT_CLAMP_LOW} and
{facts.CAI_COT_CLAMP_HIGH}.) Judgements cost money: call the judge with lists.

> hint: Filter the questions where both responses are equal, once, and use that list for everything after: both orders, and the final zip.
> hint: Keep one array of sums, `total`. For each section add `(log_odds(asked) − log_odds(swapped)) / 2`. A nan on the way stays nan, so one `np.isnan` at the end finds every missing answer.
"""

# %% [exercise]
from course.systems.alignment.preferences import ai_preferences  # implement

# %% [check] points=4
from course.days.day33_constitutional_ai.checks import check_preferences

check_preferences(ai_preferences)

# %% [markdown]
"""
### Exercise 3 · The policy step (35 minutes, 5 points, about 21 lines)

PPO without a framework: the objective *and* its gradient, in closed form. The clip lets a batch be used several times
without running off on it: it silences only samples that have already moved past the clip in the direction of their
advantage. The penalty holds the policy near the reference, and it is exact here,
since all responses can be summed. Both parts work on rows of logits; `features.T` turns those into a gradient in the
weights.

> hint: Start from the log-probabilities that `weights` give now, shape (n, K). Picking `[np.arange(n), actions]` gives the sampled ones. Two arrays, `free` and `held`, are the two branches of the min.
> hint: Let `drift` be log pi − log reference, shape (n, K), and kl its mean under pi, a column. The rows start as `−beta × pi × (drift − kl)`, for silenced samples too. Then subtract `push × pi` from the row and add `push` at the action, where `push` is `free`, or 0 for a silenced sample.
"""

# %% [exercise]
from course.systems.alignment.ppo import policy_step  # implement

# %% [check] points=5
from course.days.day33_constitutional_ai.checks import check_step

check_step(policy_step)

# %% [markdown]
"""
## 5 Break

A training run promises five things; the first is what its dashboard shows, the share of AI labels that the reward model
reproduces. Choose *one* fault and say which promise it breaks; the guess is locked when you run the cell. The next one
runs it on your three functions: the paper's telling on 400 prompts, with 40 rounds of PPO; where the policy judges
itself, five such turns, each labelled by the policy of the turn before. Then try the others.
"""

# %% [predict]
guess = "quality"  # one of "the dashboard", "harmlessness", "answers", "quality", "the records", "none"
fault = "the policy judges itself"  # or "the leash is cut", "the judge takes the topic for the intent", "the judge likes what stands first", "the old words are thrown away"
promises = ("the dashboard", "harmlessness", "answers", "quality", "the records", "none")
expected = predict("day33", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day33_constitutional_ai.faults import Bench

bench = Bench(critique_and_revise, ai_preferences, policy_step)
bench.under(fault, expected)

# %% [markdown]
"""
Choose your cure from the line above, and say what the dashboard will show once the run is cured. *Kind* is the number of
kind sentences an answer.
"""

# %% [demo]
bench.mended(fault)

# %% [markdown]
"""
*The policy judges itself.* Set the first column beside quality. A student agrees with itself while it gives nearly
everything away. A frozen judge, the obvious cure, shows the best dashboard of all. It restores harmlessness and leaves
quality where the fault left it: it goes on paying for "considerate", count the kind sentences, and each turn ties its
leash to the turn before. People who read current answers stop that. Theirs is the best quality and the worst dashboard,
since the reward model no longer follows labels that are wrong; and they keep back less than was promised.

*The leash is cut.* In section 3 a smaller β refused more; here refusals fall. That line was the exact optimum. This is
PPO, stopped after 40 rounds, where it hedges instead; run to its end on the same reward it refuses too. Compare ten
times the labels with one more word: the word restores quality, and refuses slightly more than the promise allows.
"""

# %% [markdown]
"""
## 6 Escalate

Six constraints, each measured on your labels and your policy step. You have three controls: the leash β, the number of
comparisons that people make, and the sections that label: `harm` is harm.1 to harm.3, `harm + help` all five, averaged,
`harm reworded` the first three with the second wording of harm.3. Before each run you predict the number that the
interviewer names, a share as a number from 0 to 1. Each round has its own load, and a round that you passed must still
pass, under that load, when the next constraint comes.
"""

# %% [interview] points=2
from course.days.day33_constitutional_ai.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, ai_preferences, policy_step)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"The reward curve has risen for two weeks and label agreement reads 96%. Users say that the model got worse. Talk me
through the next day."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Both curves are the reward model's opinion of its own labels. Section 5: with the policy
   as its own judge agreement went from 0.84 to 0.96 while detail kept back fell from 0.62 to 0.14 and true quality from
   0.76 to 0.52. Asks first who labels, and whether the labeller depends on the policy.
2. *Trade-off, with a number.* A frozen judge restores harmlessness (0.68 kept back) but not quality (0.53), since it
   goes on paying for the exploited trait; 200 human comparisons a turn bring quality to 0.81 and keep back less (0.51).
   They cost money, and the dashboard falls to 0.43.
3. *Residual risk, with a mechanism.* A monitor outside the loop: its input (a fixed number of fresh human comparisons
   of current answers with those of the checkpoint before), its threshold, its log line (checkpoint, section ids,
   version, share, interval), an automatic pause, a named checkpoint to roll back to, and its rate of false alarms. Says
   what the sample cannot see.

**A strong answer.** "I would distrust both curves, because both ask the reward model about labels that it was fitted
to. In my runs agreement rose from 0.84 to 0.96 in exactly the run that kept back 14% of the restricted detail instead
of 62%: the policy was labelling its own answers. So the first question is whether our judge changed with the policy. I
pause, and have people compare 200 answers blind with the last checkpoint's. If that is lost, I roll back and train
again with a frozen judge and those comparisons, every turn. The frozen judge alone would not do: it kept back 68%, and
quality stayed at 0.53, because the wording still paid for consolation. With people quality came to 0.81, and agreement
fell to 0.43; I would tell the team beforehand, or they will roll back the cure. For good, the monitor is that
comparison: pause under 45% wins of 200, which a checkpoint of equal quality trips by luck about one time in fifteen. It
is blind to harm that is rarer than one answer in seventy; red-team probes are for that."

**A weak answer.** "We need more labels and a better reward model." Agreement was already 96%; more of the same labels
make a wrong teacher surer.
"""

# %% [spoken] [markdown] points=3
"""
**"Legal wants it more harmless. Product says that it refuses too much already. The words, the leash, or the labels: what
do you change?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Harmlessness and over-refusal lie on one curve (second panel of section 3): from β = 3 to
   β = 0.2 detail kept back went from about 0.53 to 0.75, and borderline refusals from about 0.13 to 0.34. The leash only
   moves along it. Refusals come from labels by sections on harm that nothing balances.
2. *Trade-off, with a number.* To leave the curve takes other information: people on quality (with a judge that takes
   the topic for the intent, refusals 0.46 → 0.16 while 0.69 was kept back), or other words (one word in harm.3: quality
   0.66 → 0.79 with the leash cut, at 0.39 refused, over the promised 0.35). Ten times the AI labels went the other way, 0.46 → 0.51. Sections on help, averaged
   into the judge, leave over half of the labels undecided.
3. *Residual risk, with a mechanism.* A release gate with two thresholds, on borderline refusals and on detail kept
   back, each read off a fixed probe set with its interval and logged with the constitution's version; its false-positive
   rate is the borderline refusal itself. Says which labels a reworded section makes stale, and who decides the order
   among principles.

**A strong answer.** "The leash trades one for the other, at a worsening price: in my sweep, going from β = 3 to 1 cost
5 points of borderline refusals for 7 points of detail, going from 0.4 to 0.2 cost 7 for 6. So I look for what is not on
that curve. Refusals are high where nobody labels an answer as good. With a judge that took the topic for the intent the
model refused 46% of borderline requests; ten times its labels made that 51%, 800 comparisons by people made it 16%, and
it kept back as much as before. I would buy those, on borderline prompts first, and reword the section that pays for
consolation, as a new version, so that we know which labels are stale. I would not average help sections into the harm
judge: in the interview's runs 53% of its labels then said nothing. It ships behind a gate: at most 20% of a fixed set
of 500 borderline requests refused, by the upper end of the interval, logged with the version. About one harmless
request in five of that kind is still refused; that is our false-positive rate, and there must be a way to appeal."

**A weak answer.** "We balance helpfulness and harmlessness in the constitution." With which labels, at what price, and
who is refused?
"""

# %% [markdown]
"""
## 8 Recap

- Paper: revisions are demonstrations, AI labels judge harm, people judge help. Interview: revisions are one side of a pair.
- A label is a probability with an address: sections, version and, where a revision was compared, its triple.
- Ask in both orders and average log-odds; a missing answer is not a tie.
- PPO's clip silences only samples already past it in the direction of their advantage; β is the price of a nat.
- Agreement with its own labels says nothing about a model. Only something outside the loop does.

**Flash question.** You halve β. What happens to the odds between two responses at the exact optimum?

<details><summary>Answer</summary>The optimum is reference × exp(reward / β), so the odds are the reference's odds times
exp(difference in reward / β). Halving β squares that second factor: a tilt of 4 to 1 becomes 16 to 1. That is why a
small error of the reward model is harmless at β = 3 and decides everything at β = 0.1.</details>

**Further reading.** Bai and others, *Constitutional AI: Harmlessness from AI Feedback* (arXiv 2212.08073) · Schulman and
others, *Proximal Policy Optimization Algorithms* (arXiv 1707.06347) · Ziegler and others, *Fine-Tuning Language Models
from Human Preferences* (arXiv 1909.08593) · Gao, Schulman and Hilton, *Scaling Laws for Reward Model Overoptimization*
(arXiv 2210.10760) · Rafailov and others, *Direct Preference Optimization* (arXiv 2305.18290), section 4.

**The limit that the next day removes.** You reworded one section, and quality came back. Every label that was
given under the old words is now under a version that nobody trains for. Which are stale, and which do you buy again
first?
"""
