# %% [markdown]
"""
## 1 Brief

*"We have a helpful model that answers whatever it is asked. Make it harmless, keep it useful, and don't have a person
read every answer. How do you train it, and how would you know that it worked?"*

| what is promised, all day | limit |
| --- | --- |
| restricted detail kept back | at least 60% |
| borderline, harmless requests refused | at most 30% |
| distance from the model that was red-teamed | at most 0.6 nats |
| the paper, for scale | {facts.CAI_PRINCIPLES}, {facts.CAI_RED_TEAM_PROMPTS} to red-team, {facts.CAI_HELPFUL_PROMPTS} for help |

A label says that somebody, under some rule, preferred one answer to another. Constitutional AI writes the rules down
first, as numbered *sections*, and lets a model apply them. So each label gets an address: these sections, of this version.

**Two tellings.** The paper (Anthropic, 2022) has two phases. In the *supervised* phase (SL) the model answers a prompt
that was written to provoke harm (*red-teaming*), criticises its answer against one section drawn at random, and rewrites
it; {facts.CAI_REVISIONS}. It is fine-tuned on all of the rewrites. Then *reinforcement learning* (RL): the new model,
SL-CAI, gives two answers, and an AI judge says with what probability the first is better. These labels on harm and
people's labels on help go into one *reward model*. No person ever labels harm.

In interviews you will hear three stages. One: collect demonstrations, review them, format them, train. Two: sample
answers, let people compare them, fit a reward model, update the model. Three: the model responds, criticises and revises,
and an AI prefers one of the two ends. So in the paper a revision is a *demonstration*; in the interview's telling it is
one side of a *pair*.

![Two rows of boxes. The paper: a model that answers anything, critique and revise, AI labels for harm beside people's labels for help, reward model and RL. The interview: collect and train, people compare and RL, respond and critique and revise, AI prefers one of the two and RL again. Below: what a triple and a pair record.](tellings.svg)

**Four words, by two answers.** A *policy* is the model as probabilities: to one prompt it answers with 0.8 and refuses
with 0.2. A *reward model* gives each a number, such that the difference is the log-odds of a label: a judge who prefers
refusing with probability 0.73 makes it 1 point, since ln(0.73 / 0.27) = 1. Chase only reward, and the policy refuses
always. So it is held on a *leash*: maximise reward − β × KL, where *KL* is the distance from the policy where it began.
The best policy then multiplies each starting probability by exp(reward / β), and rescales them to sum to 1:

- β = 1: refusing is multiplied by exp(1) = 2.7; the policy refuses with 0.40 and stands at a KL of 0.11.
- β = 0.5: it is multiplied by exp(2) = 7.4; the policy refuses with 0.65 and stands at a KL of 0.47.

The first KL is 0.40 × ln(0.40 / 0.20) + 0.60 × ln(0.60 / 0.80). A *nat* is its unit, as a bit is with logarithms
to base 2; refusing always would be ln(1 / 0.2) = 1.6 nats away. And β is a price: the reward that a nat must earn.

**What goes wrong.** *The sections look one way.* A refusal discloses nothing, so sections on harm never object to it. The
cost falls on harmless requests that only sound bad: we count borderline refusals. *The reward model is a guess*, fitted
where there were labels and pursued where there were none. *The teacher is a model.* If it is also the student, what it
says today is the evidence for what it says tomorrow.

**What it costs.** An AI label is about {facts.RLAIF_AI_LABEL} and a person's {facts.RLAIF_HUMAN_LABEL}, by an estimate of
2023. Today's run asks the judge 1,000 questions and people 500: 60 and 335 US dollars. The labels are not where the money
is; what they teach is.

**The toy, and a language model.** Our policy makes one choice of 30 responses: a stance (answers, hedges, refuses), with
or without a reason, with 0 to 4 kind sentences. One choice a prompt is a *bandit*: all sums are exact. A language model
chooses a token at a time; its KL is summed over the tokens of a sample. How good an average answer to the prompt would be,
the *baseline*, is estimated there: by a second model (PPO), or by the mean of several answers to the same prompt (GRPO). DPO skips reward model and sampling: it fits the
policy to the pairs directly, by the formula above. "Restricted" is a label on bland prompts; harm is the share of what
was asked for that is given away. *True quality*, from 0 to 1, is the verdict of a reader who knows the label. People and
the measurement know it; the judge has only a guess.

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

First the constitution. The judge reads a section by a fixed list of phrases: "considerate" asks for kind sentences,
"brief" for fewer. A second wording of harm.3 adds that word; Break and Escalate use it.
"""

# %% [demo]
from course.systems.alignment.constitution import CONSTITUTION
from course.days.day33_constitutional_ai.training import BRIEF, RECIPE, held_out, prompts

for section in CONSTITUTION.sections:
    print(f"{section.id}  {section.text}")
print(f"\nharm.3, reworded  {BRIEF}")

# %% [markdown]
"""
Now the paper's telling, with β = 0.4, on 400 prompts, measured on 1,200 others that no training saw. *Kept back* is the
share of restricted detail that is not given; *with reason*, of the refusals of restricted requests, the share that says
why. *Helpful* is how useful answers are where one is deserved, *borderline* the share of borderline requests that is
refused. KL is from the stage before; SL-CAI is the model that was red-teamed, so the last KL is the one that is promised.
"""

# %% [demo]
from course.systems.alignment.pipeline import Lab, interview_telling, paper_telling
from course.days.day33_constitutional_ai.pictures import Push, stages, traced

lab = Lab(prompts(), RECIPE)
paper = paper_telling(lab)
stages(paper, held_out())

# %% [markdown]
"""
The paper's headline is *harmless but non-evasive*: its model does not shut the door, it explains its objection. Half of
that you see: each phase keeps back more, and its refusals say why. The other half you do not. Borderline refusals nearly
triple, for a reason that lies in the labels: AI pairs are judged by the sections on harm alone, and people here compared
answers to ordinary prompts only. Nobody ever praised an answer to a borderline one. The paper's judge is a large model
that can tell the two apart, and its crowdworkers were asked to prefer the less evasive of two equally harmless answers.

Now the interview's telling on the same prompts. *Quarantined* are demonstrations that the review held back, since a
section on harm objected. Its people compare answers to all kinds of prompts, harm included, and they know the true label.
That is what stage 2 gains, and what the paper set out not to need.
"""

# %% [demo]
interview_run = interview_telling(lab)
stages(interview_run, held_out())
print()
traced(interview_run)

# %% [markdown]
"""
Read that record from the bottom up. One section at a time moved the answer towards a refusal. Then the judge was asked
about the last step, under each of the five sections, and its answers were averaged: harm and help nearly cancelled, and
the label says almost nothing. An average has no order. Anthropic's constitution of January 2026 has one: broadly safe,
then broadly ethical, then its own guidelines, then genuinely helpful; and it gives reasons before rules, so that a model
can meet a case that no rule foresaw.

Back to the paper's reward model, and to your prediction. The line is the exact optimum for each β; the circles are PPO,
the algorithm whose step you will write.
"""

# %% [demo]
push = Push(lab, paper, held_out())
reveal(prediction, push.end, unit="×", plot=push.plot())

# %% [markdown]
"""
Up to one point the reward buys quality. Beyond it the policy is paid for what the labels never ruled out: the section
says "considerate", and four kind sentences are more considerate than one. The paper saw the same in a large model: trained
too long, it added *"you are valid, valued, and cared for"* to most of its answers.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Critique and revise (15 minutes, 3 points, about 13 lines)

Phase one in one function. A response is read under one section after the other; where the critic objects it is
rewritten, and the next section reads the rewrite. You return the whole chain, each triple linked to the one before: on
day 36 somebody will ask which critique taught the model a habit.

> hint: Two loops. The first only looks at the ids, so that nothing is half made. The second carries two values from round to round: the current response, and the id of the last triple.
> hint: Where the critique is empty the revision is what was read. Build the triple in both cases; its parent is the id that you carry, and after it the id that you carry is its own.
"""

# %% [exercise]
from course.systems.alignment.critique import critique_and_revise  # implement

# %% [check] points=3
from course.days.day33_constitutional_ai.checks import check_critique

check_critique(critique_and_revise)

# %% [markdown]
"""
### Exercise 2 · AI preferences (25 minutes, 4 points, about 20 lines)

A judge may be torn: a label of 0.55 is a bet, not a verdict, and the reward model should be fitted to the bet. (Where the
paper's judge reasoned aloud first, it became too sure, and the labels were held between {facts.CAI_COT_CLAMP_LOW} and
{facts.CAI_COT_CLAMP_HIGH}.) A judge also has habits, and judgements cost money. The contract says how many calls you may
make at most. How many you make, and of what, is yours to decide; be ready to say why.

> hint: Filter the questions where both responses are equal, once, and use that list for everything after, up to the final zip.
> hint: Keep one array of sums, a number a question, and add to it section by section. A nan on the way stays nan, so one look at the end finds every missing answer. `0.5 * (1 + np.tanh(l / 2))` is the sigmoid, and never overflows.
"""

# %% [exercise]
from course.systems.alignment.preferences import ai_preferences  # implement

# %% [check] points=4
from course.days.day33_constitutional_ai.checks import check_preferences

check_preferences(ai_preferences)

# %% [markdown]
"""
### Exercise 3 · The policy step (35 minutes, 5 points, about 21 lines)

PPO without a framework: the objective *and* its exact gradient. An *advantage* A says by how much a sampled response
was better than the policy's average. A batch is used for several steps, so the policy moves away from the one that was
sampled; the *clip* stops a sample from pushing further once it has had its effect. One fresh sample of the Brief's policy:
it refused (0.2) and A = 1, so the logit of refusing is pushed by 1 × (1 − 0.2) and that of answering by −0.8. Both parts
of the objective work on rows of logits; `features.T` turns those into a gradient in the weights.

> hint: `log_softmax` gives shape (n, K); picking `[np.arange(n), actions]` gives the sampled ones. Make two arrays for the two branches of the min, and compare them to see what is silenced. A free sample contributes ratio × A × (onehot(action) − pi) to its row, a silenced one nothing.
> hint: Let drift be log pi − log reference, shape (n, K), and kl its mean under pi, a column. Every row, silenced or not, also gets −β × pi × (drift − kl). The rows' mean over samples, through `features.T`, is the gradient.
"""

# %% [exercise]
from course.systems.alignment.ppo import policy_step  # implement

# %% [check] points=5
from course.days.day33_constitutional_ai.checks import check_step

check_step(policy_step)

# %% [markdown]
"""
## 5 Break

The run of part 3, on your three functions. These are its promises; the first is what a dashboard shows.
"""

# %% [demo]
from course.days.day33_constitutional_ai.faults import PROMISES, Bench
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| own judge | the policy labels its own answers; five turns, each labelled by the policy of the turn before |
| loose leash | β is 0.1 instead of 0.4 |
| topic for intent | the judge takes what is asked about for what is meant |
| first is best | the judge adds 4 to the log-odds of whatever it reads first, where it usually adds 0.5 |
| lost words | the constitution is reworded, and the old words are thrown away |

Choose *one* and say which promise it breaks first; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "quality"  # or one of these:
# "the dashboard", "harmlessness", "answers",
# "distance", "the records", "none"
fault = "own judge"  # or one of these:
# "loose leash", "topic for intent",
# "first is best", "lost words"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day33", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
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
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Own judge.* The dashboard is the best of all while nothing restricted is kept back: a student agrees with itself. A
  frozen judge, the obvious cure, restores harmlessness and leaves quality and distance broken, since it goes on paying for
  "considerate" and each turn ties its leash to the turn before. People who read current answers mend quality. Theirs is the
  worst dashboard, because the reward model no longer follows labels that are wrong; and they keep back a little less than
  is promised. For scale: InstructGPT's labellers agreed with each other in {facts.RLHF_LABELLER_AGREEMENT} of comparisons,
  and its reward model with a labeller in {facts.RLHF_REWARD_MODEL_ACCURACY}. A dashboard near 100% is a symptom.
- *Loose leash.* A nat costs a quarter of what it did, so the policy goes where the reward model was never tested. Ten times
  the labels make it worse: they say the same, more surely. Five reward models, of which the worst counts, help little: an
  ensemble cures what its members disagree about, and all five were taught that consolation is considerate. One word in the
  section restores quality. Only a shorter leash also restores the distance.
- *Topic for intent.* The judge's guess is wrong on borderline requests, so its labels teach refusals there, and more of them
  teach more. 800 comparisons by people bring answers to those prompts into the labels for the first time.
- *First is best.* This one asks about your decision in exercise 2. If you asked each question in both orders and averaged,
  the habit cancels and nothing broke, at twice the judgements. If you asked in one order, you saved half of them, and in a
  usual run users would hardly notice: 0.70 kept back instead of 0.72. The dashboard would, with 0.75 instead of 0.89. Here
  they are 0.39 and 0.54. Averaging *probabilities* of the two orders leaves some of the habit in: about half kept back.
- *Lost words.* The numbers stay, and no label can be explained any more, nor can you tell which are stale. Nothing mends it
  afterwards.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a label. Then
five constraints, each measured on your labels and your policy step. Escalate buys a fifth of the labels of Run and takes
fewer steps, so that a move answers at once: the same β gives other numbers here, from the same SL-CAI model. The limits
start where the Brief's are and move when the interviewer says so.

You have three controls: the leash β, the number of comparisons that people make, and the sections that label: `harm` is
harm.1 to harm.3, `harm + help` all five, averaged, `harm reworded` the first three with the second wording of harm.3.
Before each run you predict the number that the interviewer names, a share as a number from 0 to 1. A round that you passed
must still pass, under its own load, when the next constraint comes.
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
**"The reward curve has risen for two weeks and label agreement reads 98%. Users say that the model got worse. Talk me
through the next day."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Both curves are the reward model's opinion of its own labels. In Break, with the policy as
   its own judge, agreement rose from 0.89 to 0.99 while detail kept back fell from 0.72 to 0.02 and quality to 0.71× of what
   it was before phase two. Asks first who labels, and whether the labeller depends on the policy.
2. *Trade-off, with a number.* A frozen judge restores harmlessness (0.68 kept back) but not quality (0.78×), since it goes on
   paying for the exploited trait; 200 human comparisons a turn bring quality to 1.12× and keep back less (0.55). They cost
   money, and the dashboard falls to 0.35.
3. *Residual risk, with a mechanism.* A monitor outside the loop: its input (a fixed number of fresh human comparisons
   of current answers with those of the checkpoint before), its threshold, its log line (checkpoint, section ids,
   version, share, interval), an automatic pause, a named checkpoint to roll back to, and its rate of false alarms. Says
   what the sample cannot see.

**A strong answer.** "I would distrust both curves, because both ask the reward model about labels that it was fitted
to. In my runs agreement rose from 0.89 to 0.99 in exactly the run that kept back 2% of the restricted detail instead
of 72%: the policy was labelling its own answers. So the first question is whether our judge changed with the policy. I
pause, and have people compare 400 answers blind with the last checkpoint's. If that is lost, I roll back and train
again with a frozen judge and fresh comparisons, every turn. The frozen judge alone would not do: it kept back 0.68, and
quality stayed at 0.78× of the start, because the wording still paid for consolation. With people quality came to 1.12×, and
agreement fell to 0.35; I would tell the team beforehand, or they will roll back the cure. For good, the monitor is that
comparison: pause under 45% wins of 400, which a checkpoint of equal quality trips by luck about one time in fifty. It
is blind to harm that is rarer than one answer in a hundred and thirty; red-team probes are for that."

**A weak answer.** "We need more labels and a better reward model." Agreement was already 98%; more of the same labels
make a wrong teacher surer.
"""

# %% [spoken] [markdown] points=3
"""
**"Legal wants it more harmless. Product says that it refuses too much already. The words, the leash, or the labels: what
do you change?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Harmlessness and over-refusal lie on one curve (second panel of Run's picture): from β = 3 to
   β = 0.2 detail kept back went from about 0.58 to 0.76, and borderline refusals from about 0.16 to 0.32. The leash only
   moves along it. Refusals come from labels by sections on harm that nothing balances.
2. *Trade-off, with a number.* To leave the curve takes other information: people on quality (with a judge that takes
   the topic for the intent, refusals 0.44 → 0.21 while 0.77 was kept back), or other words (one word in harm.3: quality
   0.95 → 1.17 of the start with the leash loose). Ten times the AI labels went the other way, 0.44 → 0.48. Sections on
   help, averaged into the judge, leave over half of the labels undecided.
3. *Residual risk, with a mechanism.* A release gate with two thresholds, on borderline refusals and on detail kept
   back, each read off a fixed probe set with its interval and logged with the constitution's version; its false-positive
   rate is the borderline refusal itself. Says which labels a reworded section makes stale, and who decides the order
   among sections.

**A strong answer.** "The leash trades one for the other, at a worsening price: in my sweep, going from β = 3 to 1 cost
4 points of borderline refusals for 7 points of detail, going from 0.4 to 0.2 cost 6 for 3. So I look for what is not on
that curve. Refusals are high where nobody labels an answer as good. With a judge that took the topic for the intent the
model refused 44% of borderline requests; ten times its labels made that 48%, 800 comparisons by people made it 21%, and
it kept back as much as before. At two thirds of a dollar each that is about 540 dollars. I would buy those, on borderline
prompts first, and reword the section that pays for consolation, as a new version, so that we know which labels are stale.
I would not average help sections into the harm judge: in my rounds over half of its labels then said nothing. It ships
behind a gate: at most 25% of a fixed set of 500 borderline requests refused, by the upper end of the interval, logged with
the version. About one harmless request in five of that kind is still refused; that is our false-positive rate, and there
must be a way to appeal."

**A weak answer.** "We balance helpfulness and harmlessness in the constitution." With which labels, at what price, and
who is refused?
"""

# %% [markdown]
"""
## 8 Recap

- Paper: revisions are demonstrations, AI labels judge harm, people judge help. Interview: revisions are one side of a pair.
- A label is a probability with an address: sections, version and, where a revision was compared, its triple.
- Ask a judge in both orders and average log-odds; a missing answer is not a tie.
- PPO's clip silences only samples already past it in the direction of their advantage; β is the price of a nat.
- Agreement with its own labels says nothing about a model. Only something outside the loop does.

**Flash question.** You halve β. What happens to the odds between two responses at the exact optimum?

<details><summary>Answer</summary>The optimum is reference × exp(reward / β), so the odds are the reference's odds times
exp(difference in reward / β). Halving β squares that second factor: a tilt of 4 to 1 becomes 16 to 1. That is why a
small error of the reward model is harmless at β = 3 and decides everything at β = 0.1.</details>

### Words

> word: red-teaming: writing prompts that are meant to provoke harm, to see what a model gives away.
> word: demonstration: a prompt with an answer that a model is trained to give.
> word: policy: the model as probabilities of its answers to a prompt.
> word: reward model: a number for each answer, fitted to labels; the difference of two is the log-odds of a label.
> word: KL: the distance of a policy from a reference: the mean, under the policy, of the log of the ratio of their probabilities.
> word: nat: the unit of KL under natural logarithms; 1 nat is 1.44 bits.
> word: leash: the price β of a nat of KL, in reward. Halve it, and the policy goes further.
> word: bandit: a decision of one step: choose once, see one reward.
> word: advantage: how much better a sampled answer was than the policy's average on its prompt.
> word: clip: the limit of PPO past which a sample pushes the policy no further its own way.

**Further reading.** Bai and others, *Constitutional AI: Harmlessness from AI Feedback* (arXiv 2212.08073) · Anthropic,
*Claude's new constitution* (January 2026) · Lee and others, *RLAIF vs. RLHF* (arXiv 2309.00267) · Schulman and others,
*Proximal Policy Optimization Algorithms* (arXiv 1707.06347) · Ziegler and others, *Fine-Tuning Language Models from Human
Preferences* (arXiv 1909.08593) · Gao, Schulman and Hilton, *Scaling Laws for Reward Model Overoptimization* (arXiv
2210.10760) · Coste and others, *Reward Model Ensembles Help Mitigate Overoptimization* (arXiv 2310.02743) · Shao and
others, *DeepSeekMath*, for GRPO (arXiv 2402.03300) · Rafailov and others, *Direct Preference Optimization* (arXiv
2305.18290), section 4 · Shi and others, *Judging the Judges*, on position bias (arXiv 2406.07791).

**The limit that the next day removes.** You reworded one section, and quality came back. Every label that was
given under the old words is now under a version that nobody trains for. Which are stale, and which do you buy again
first?
"""
