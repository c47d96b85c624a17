# %% [markdown]
"""
## 1 Brief

*"A 7B model scores texts for ten teams: most have some 50 tokens, a few have hundreds. Callers are asynchronous, the
GPU runs one batch at a time, and a batch is a rectangle: every row is as long as the longest. Take requests in, fill
batches, give answers back, once each. 60 a second today."*

| what | number |
| --- | --- |
| texts a second | 60, later 140 |
| answers, p99 | within 100 ms |
| texts that find no room | at most 1% |
| a flood, of one team at one moment | 250 texts more |
| a document, one text in 100 | 3,600 tokens |

Scoring is one *pass* over the model: all tokens of a text go in at once, and a number comes out. (*p99*: 99 of 100
answers come in that time.) What does one text cost? The weights are {facts.LLAMA2_7B_WEIGHT_GB}, and an A100 reads
{facts.A100_HBM_GBPS}, so no pass takes less than 6.6 ms. Published measurements of this model, with
{facts.ITERATION_OVERHEAD_MS} of overhead added, say 11.7 ms for a pass of 64 tokens, and 12.5 ms for our texts on
average. So one text at a time is 80 a second. But the weights are read once for a pass, however many tokens share it. A
pass of 4,096 tokens takes 260 ms. Our texts have 65 tokens on average, so 4,096 tokens are 63 of them. That would be
242 a second, three times as many. It is what one hopes for.

**A batch is a rectangle.** Take four texts of 10, 12, 200 and 11 tokens. As one pass they make four rows of 200: 800
places for 233 tokens. The rest is *padding*, places that hold no text and are computed all the same. As two passes,
three rows of 12 and one of 200, they take 36 + 200 = 236 places. So what a batch costs is its places, rows times the
longest. The most that one pass may have is the *token budget*.

**When does a batch start?** When it is full, or when its oldest text has been held back for the *max wait*, whichever
comes first. Say a text comes at 0 ms and may be held for 10. If the batch is full at 4 ms, it starts at 4. If nobody
else comes, it starts at 10. While a pass runs no other can start, and those who come meanwhile fill the next batch.

**A job, not a call.** In a rush an answer may take 4 s, and a connection that breaks in that time loses it. So `submit`
takes a text in and gives back an id at once. The caller asks for the state later, or is told. Somebody must keep that
state: 60 jobs a second are 5.2 million a day, and at 200 bytes each that is 1 GB for a day's keeping. Asking over and
over is *polling*. If each takes 4 s, then 60 × 4 = 240 are under way. If each caller asks once a second, that is 240
polls a second for 60 jobs. Telling the caller instead takes one message a job.

**Sent twice.** A caller submits, the reply is lost, and it sends again. That is two jobs and two bills. So the caller
makes up an *idempotency key* and sends the same key with each try. The first try makes a job, and every further one
gets that same job, finished or not. Two things can go wrong. Another team may make up the same key. Or a program with a
fault sends another text under an old key; then neither answer is right, and an error is.

**Answered once.** In a program, whoever waits holds a *future*, a place for an answer that comes once. A pass that
breaks must fail the futures of its own texts and no others. A worker that was taken for dead may report after all, when
another has done its work; its answer must be refused, or the caller is told twice. A job may also be *cancelled*. One
that is still in line is dropped. One that is in a pass runs to the end, since a pass cannot be stopped, and its result
is thrown away.

**Ten teams, one GPU.** Team A sends ten texts, then team B sends one. By arrival B is eleventh. When those in front
hold up all behind them, that is *head-of-line blocking*. Now keep a counter for each team, of the tokens that it was
served, and take whoever has the lowest. A's first text goes, A's counter goes up, and B is second. These are *virtual
token counters*, VTC, from a paper of 2024 by Sheng and others. They are *work-conserving*: the GPU is never idle while
somebody waits. But suppose that B goes home with a counter of 50, and comes back a week later, when A stands at five
million. If nothing is done, B alone is served until it has caught up. So when a team comes back its counter is raised,
which is called a *lift*. How far? That will be yours to decide.

![Above, the way of a job: caller, job store, fair queue, batcher, GPU, and back to the job store and the caller. Below, texts of 10, 12, 200 and 11 tokens as one rectangle of 800 places, mostly padding, and as two rectangles of 236 places together.](door.svg)

When the line is full, say so, and say when to come again. That is *backpressure*: it slows senders down. A public
interface of this kind is Anthropic's Message Batches: up to 100,000 requests or 256 MB, for up to 24 hours. A batch
*ends* when each of its requests has succeeded, errored, been canceled, or expired. Results come in any order, each with
the `custom_id` that the caller gave.

*A weak answer sounds like this: "We batch for throughput, with a small timeout." How much throughput, and who waits for
the timeout?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day22")

# %% [markdown]
"""
## 2 Predict

Two thousand texts of 4 to 600 tokens, half of them above 48, and always 300 in line. They are batched in order of
arrival, each batch as many as a rectangle of 4,096 tokens holds. How many texts a second come out, as a multiple of
running them one by one? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 3.0  # times as many texts a second as one by one
prediction = predict("day22", "throughput of batches ÷ one by one", guess, between=(0.1, 20), unit="×")

# %% [markdown]
"""
## 3 Run

The finished batcher, on the published times of Llama-2-7B on one A100.
"""

# %% [demo]
from course.days.day22_batching_front_door.pictures import curves, passes, times_one

reveal(prediction, times_one("by arrival", 4096), plot=curves())
passes()

# %% [markdown]
"""
Of some nineteen texts in a pass one is nearly always long, and the others are padded to its length. The more rows, the
longer the longest. So a larger budget buys mostly padding. By arrival there is a best budget, and it is not the
largest.

Two ways lead out. Texts can ride with others of their length: the first in line is in the batch whatever its length, so
nobody starves, and the rest are those nearest to it. Or the *kernel*, the code that runs on the GPU, leaves padding
out.

Second: should texts be held back so that batches fill? Here is the whole front door, at 60 texts a second:
"""

# %% [demo]
from course.days.day22_batching_front_door.pictures import waits

waits()

# %% [markdown]
"""
At this load nobody gets an answer sooner. Without a wait the GPU is busy two thirds of the time, and while it works the
next batch fills by itself. (Near the limit the GPU time that is saved shortens the line, and about makes up for the
wait.) What waiting saves is GPU time a text, since more of them share one reading of the weights. That is worth
something where GPU seconds are billed. Otherwise a wait only makes people wait.

Third: one team sends 250 texts at one moment, and nine teams go on as before. Whose turn is it?
"""

# %% [demo]
from course.days.day22_batching_front_door.pictures import turns

turns()

# %% [markdown]
"""
By arrival everybody stands behind the 250. With counters the nine hardly notice, and the team that sent them pays with
its own wait. The GPU does about the same work in all three.

How unfair can counters be? The paper's queue stands before a model that also writes answers. There each token read and
each token written has its price, and a batch holds only so many tokens. Take two teams that always have something
waiting. What they were served differs by at most twice the larger of two costs: the longest input at its price, and all
tokens that fit in a batch at the price of output. Say the longest input is 1,000 tokens at price 1, and 3,000 tokens
fit in a batch, at price 2. Then the bound is 2 × 6,000 = 12,000, after a minute and after a year. That is the theorem
of the paper.

Last, the way back. Five callers ask, and a sixth reuses a key. The function that scores breaks on “?”. Scoring has a
thread of its own; everything else happens in one *event loop*, a thread that does one thing after the other, so it
needs no lock.
"""

# %% [demo]
from course.days.day22_batching_front_door.pictures import callers

callers()

# %% [markdown]
"""
Two callers had the key k1 and an equal text: one job, one row in a pass, two answers. The pass that broke failed those
who were in it, and nobody else. The last caller's key stood for another text.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Jobs (20 minutes, 4 points, about 20 lines)

The store decides what a retry is. `submit` takes a job in, or recognises one that it has. `resolve` ends a job, and
tells everybody who waits. Jobs, the line and the states are given, and so is `cancel`, which calls your `resolve`.
Before you write, think of a retry whose first try met a full queue. What must be left of that first try?

> hint: First the body, then the key, then the room. What is looked up under a key is a job, and a job knows its body and its time.
> hint: Who else could use the same key? A tuple can be a key of a dict.
> hint: In `resolve`, set state and result before anybody is called. A watcher that asks again must find that the job has ended.
"""

# %% [exercise]
from course.systems.serving.job_store import JobStore  # implement: submit, resolve

# %% [check] points=4
from course.days.day22_batching_front_door.checks import check_store

check_store(JobStore)

# %% [markdown]
"""
### Exercise 2 · A batch (15 minutes, 4 points, about 13 lines)

Whenever the GPU is free the batcher is asked: who runs now, or when shall I ask again? It gives indices, or a time.
Texts are asked to join in the order of the line, or with `near` by length. First do the Brief's four texts by hand,
with a budget of 400, in both ways.

> hint: By arrival, the first two make 24 places and with the third it is 600: the batch is [0, 1]. With `near` it is [0, 1, 3]: the nearest to 10 are 11 and 12, and then comes 200.
> hint: `sorted` leaves equal ones in their order, and the first in line is at distance 0 from itself.
> hint: Find the batch first; then ask whether to hold it. Three things say no: somebody is left out, nothing of the budget is left, somebody has waited long enough.
"""

# %% [exercise]
from course.systems.serving.token_batcher import TokenBatcher  # implement: next_batch

# %% [check] points=4
from course.days.day22_batching_front_door.checks import check_batcher

check_batcher(TokenBatcher)

# %% [markdown]
"""
### Exercise 3 · Whose turn? (20 minutes, 4 points, about 13 lines)

Lines and running requests are kept for you; you keep the counters. `pop` says who is next. `charge` counts what is
written, since the same queue serves models that write answers. `push` lifts a tenant (here, a team) that was away.
Compared with *whom*? Some of the others wait, some only run. The docstring allows two answers, and the check accepts
both. One of them will cost you in section 5. Before you choose, say for each in which hour of the day it makes a
difference.

> hint: A tuple of counter and place sorts ties out by itself; only tenants with something in line take part.
> hint: A weight of 2 means: each token counts half.
> hint: In `push`, first ask whether anything of this tenant waits or runs. Only if not, its counter may rise. Then join.
"""

# %% [exercise]
from course.systems.serving.fair_queue import FairQueue  # implement: push, pop, charge

# %% [check] points=4
from course.days.day22_batching_front_door.checks import check_queue

check_queue(FairQueue)

# %% [markdown]
"""
## 5 Break

All of it together, with your own code: your store, your batcher with a budget of 512 tokens and no wait, your fair
queue. The last promise is about the queue alone, in an engine that writes answers. Eight requests run there at once,
each writes one token a step, and whoever is next takes the place of one that is done. These are the promises:
"""

# %% [demo]
from course.days.day22_batching_front_door.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults. Without one, 60 texts a second come, and the team of the last promise comes back to an engine
where somebody always waits.

| fault | what happens |
| --- | --- |
| one team sends 250 at once | a third of the way in, at one moment |
| one text in a hundred is a document | of 3,600 tokens |
| 140 texts a second | from all teams alike |
| callers send again after a second | with their key, once, while the 250 are there too |
| every pass reports twice | two workers believed that it was theirs |
| a team comes back after an hour | it has 400 requests; two others use 70% of the places |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others. One of
them asks about your decision in exercise 3.
"""

# %% [predict]
guess = "the small teams"  # or "one answer each", "one job a text", "little padding",
# "no team takes all", "none"
fault = "one team sends 250 at once"  # or one of these:
# "one text in a hundred is a document", "140 texts a second", "callers send again after a second",
# "every pass reports twice", "a team comes back after an hour"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day22", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, JobStore, TokenBatcher, FairQueue)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *One team sends 250 at once.* Nothing breaks. Beside it stand the two other ways of section 3, and both break the
  third promise.
- *One text in a hundred is a document.* The small teams break. A document runs alone, for 230 ms in which nobody else
  gets anything, and two in a row are twice that. Counters do not help: a pass cannot be cut. Tomorrow's can.
- *140 texts a second.* The small teams break, and it is fairness that breaks them. A fair queue looks at tokens served,
  not at lengths, so 38% of its batches is padding, and that is too slow for 140 a second. Nearest in length keeps up.
- *Callers send again after a second.* Nothing breaks: a key that is known is not a new job. With a new key each time an
  eighth more jobs come, just when there are too many already.
- *Every pass reports twice.* Nothing breaks, since the second answer is refused.
- *A team comes back after an hour.* This one asks about your decision. With 70% of the places in use hardly anybody
  waits; everybody runs. If you compared with those who wait, there was nobody to compare with. The team kept its old
  counter and took 98% of what was written in the next 500 steps, and others waited up to 490 steps. If you counted
  those who run as well, it took about a third, and the longest wait was 56 steps. In an overload somebody always waits,
  and the two ways are alike. So a load test does not show the difference, and a quiet afternoon does. (The code that
  was published with the paper compares with those who wait.)

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a text.
Then the interviewer has six constraints. Each is measured on 800 texts, with the flood on 1,050, that go through your
store, your batcher and your queue. You have three controls: how long texts may be held back, the budget of a pass, and
whose turn it is. Before each run you predict the number that the interviewer names; without a prediction nothing runs.
A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day22_batching_front_door.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, JobStore, TokenBatcher, FairQueue)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"We doubled the size of our batches, and throughput fell. Explain."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A batch is a rectangle, and the more rows, the longer the longest. By arrival padding was
   60% at 2,048 tokens and 67% at 4,096; throughput fell from 1.16 times one by one to 0.98.
2. *Trade-off, with a number.* A smaller budget: 512 tokens give 1.73 times. Or neighbours in length: 2.7 times at 512,
   and texts of other lengths are overtaken; the oldest is in each batch, so none starves. Or a kernel without padding,
   about 2.9 times at 2,048 tokens.
3. *Residual risk, with a mechanism.* Lengths change, and the best budget with them. Names the monitor: its input
   (places computed, places with text), its threshold (40% of padding over a minute), and when it alarms for nothing: at
   night, when a batch holds two.

**A strong answer.** "A batch is a rectangle, every row as long as the longest text. At 2,048 tokens 60% of what we
computed was padding, at 4,096 it is 67%. We went from 1.16 times one by one to 0.98: nineteen texts now take as long as
nineteen passes of one. I would go down to 512 tokens, which gives 1.73 times. Better, let texts ride with others of
their length: 2.7 times at the same budget, with 2% of padding. That lets short texts overtake long ones. The oldest is
always in the batch, so nobody waits for ever. I would watch the share of padding, alarm at 40% over a minute, and only
count passes of four texts or more: at night two texts of unlike length are no fault. What I do not know is next month's
mix of lengths. So the budget is a setting, and I replay a day before I change it."

**A weak answer.** "The GPU is saturated, we need a second one." It computes padding, and so would the second.
"""

# %% [spoken] [markdown] points=3
"""
**"One customer says that they were charged twice, another that they have been waiting since noon. What is wrong with
your front door?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Charged twice is two jobs: a retry without its key. With a key for each text it was 1 job
   a text, with a new one for each try 1.12 (section 5). The one who waits stands behind another team's texts: by
   arrival 1,235 ms at the 99th percentile, with counters 69.
2. *Trade-off, with a number.* Fairness is paid by whoever sends much: 1,908 ms in place of 1,266. Or: it makes batches
   of unlike lengths, 38% of padding at 140 a second, and that costs everybody 867 ms in place of 166. Or how long keys
   are kept: a day of jobs is 1 GB.
3. *Residual risk, with a mechanism.* A counter that is lifted only against those who wait: a team that comes back took
   98% of the output. Or keys that are reused with another body: counted, logged with tenant, key and first job, an
   alarm above a threshold, and who is refused wrongly: a client whose new version formats the same text otherwise.

**A strong answer.** "Two faults. Charged twice means two jobs: the client sent again without its key. With one key a
text I measured one job each; with a new key for each try 12% more, in the very rush that made them late. A key belongs
to a tenant and a body and stands for a day; that is a gigabyte. The one who waits stands behind another team's 250
texts. By arrival the nine other teams had 1.2 seconds at the 99th percentile; with a counter of tokens for each team it
is 69 milliseconds. The team that sent them pays: 1.9 seconds in place of 1.3. And batches are then mixed in length, so
at 140 a second I would need neighbours in length back. What remains: a counter must be lifted against those that run,
too. If it is compared only with those that wait, a team that comes back took 98% of the output until its pile was done.
I would log each refusal of a reused key with tenant, key and first job, and look when one tenant has more than ten an
hour. Some of those will be wrong: a client's new version that writes the same text with another space."

**A weak answer.** "Retries are the client's business, and the queue is first in, first out, so it is fair."
"""

# %% [markdown]
"""
## 8 Recap

- A pass is a rectangle: bound rows times the longest, and let texts ride with their like.
- Do not hold texts back to fill a batch: while the GPU works the next one fills. Waiting saves GPU time, not people's.
- One key, one job: by tenant, with its body compared, whatever became of it. A refused submit leaves nothing.
- An answer is given once: state first, then everybody who waits; a second one bounces off.
- Whoever was served least is next. Lift who comes back, against those that run as well.

**Flash question.** Your fair queue passed its load test at 110%: three teams, equal shares. On the first quiet Sunday
one team starts its weekly job, and the two others see nothing for minutes. What did the test not show?

<details><summary>Answer</summary>In an overload somebody always waits, so a team that comes back is compared with
somebody and lifted. On Sunday everybody runs and nobody waits; where only those who wait count, the team keeps last
week's counter, and is served alone until it has caught up.</details>

### Words

> word: token budget: the most tokens that one pass computes, padding included.
> word: padding: places of the rectangle that hold no text, and are computed all the same.
> word: max wait: the longest time for which a text is held back so that a batch fills.
> word: future: a place for an answer that comes once.
> word: idempotency key: made up by the caller; the same key, of the same tenant and with the same body, is the same job.
> word: backpressure: telling senders to slow down, here by a refusal with a time to come again.
> word: work-conserving: never idle while somebody waits.
> word: VTC: virtual token counter: the tokens that a tenant was served, by price and weight; the lowest is next.
> word: lift: raising the counter of a tenant that was away, so that time away is no credit.
> word: head-of-line blocking: one at the front, such as a document, holds up all who stand behind it.

**Further reading.** Sheng and others, *Fairness in Serving Large Language Models* (OSDI 2024) · Crankshaw and others,
*Clipper: A Low-Latency Online Prediction Serving System* (NSDI 2017) · Demers, Keshav and Shenker, *Analysis and
Simulation of a Fair Queueing Algorithm* (SIGCOMM 1989) · Cao and others, *Locality-aware Fair Scheduling in LLM
Serving* (arXiv 2501.14312).

**The limit that the next day removes.** A document's pass took 230 ms, and nobody else got anything. A batch that
enters together leaves together. Tomorrow the batch is made anew before every pass, and a long prompt is cut into
pieces.
"""
