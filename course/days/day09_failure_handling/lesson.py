# %% [markdown]
"""
## 1 Brief

*"Seven hundred payments a second go to a service that can do a thousand. It was away for ten seconds an hour ago. It is
back, it is healthy, and we still answer nobody. What happened, and what do you turn off?"*

| what | number |
| --- | --- |
| payments answered in time on an ordinary day | at least 96.8% |
| after an outage, back within | 10 s |
| attempts a payment, in the worst second | at most 1.3, later 2 |
| other requests that find a slot, whatever happens to payments | at least 95% |

An attempt waits 200 ms for its answer. If none comes, it is made again, up to three times, and after 2.5 s
the client has left. You, who call the service, have 400 *slots*. An attempt holds one until its answer comes or its
timeout has passed, and 300 other requests a second share them.

Use up the numbers first. Each payment that fails is tried four times, so 700 become 2,800 attempts a second. They fill
all 400 slots. But a slot is free again after 200 ms, so the slots let up to 400 / 0.2 = 2,000 attempts a second through,
to a service that does 1,000. What it has not done stays in its queue, although nobody waits for it any more. Soon that
queue is longer than 200 ms. From then on the service answers a thousand a second, each too late, to callers who have
given up and are back with their next attempt. It is healthy. It has no time for anybody who is still there.

![The outage of ten seconds is the trigger. It leads into a loop of four: 2,800 attempts a second fill all 400 slots, these let in 2,000 of them, the service does 1,000 and each answer is too late, every attempt fails and is tried again.](loop.svg)

What started it, the *trigger*, is over. What keeps it going, the *sustaining loop*, is not. Such a failure is
a *metastable failure*: the same load that was fine before the outage is not enough to get out. Huang and others looked at public
reports in 2022, and found {facts.METASTABLE_FAILURES} such failures at 11 organizations.

**Sixteen calls.** A calls B, and B calls C. Each tries four times. C is away for a moment: A's four attempts become four
times four at C. With a third layer it is sixty-four. Retries multiply along a path, and the service that is hit hardest is
the one at its end, which is the one that failed.

**Ten tokens.** Pay for retries instead. Each first try earns a tenth of a token, each retry costs a whole one. Of a
hundred payments that all fail, ten are tried again: 110 attempts, not 400. With three layers it is 1.1 × 1.1 × 1.1, a third
more. This is a *retry budget*. As long as fewer than one in ten fail it
hides nearly all of them. When all fail it adds a tenth, and that cannot feed a loop.

A retry waits first. Its *backoff* doubles: 0.1 s, 0.2 s, 0.4 s. Two clients who failed together would come back together, so
each waits a random part of that, anything from 0 up; that is *full jitter*.

**Asking once.** A *circuit breaker* watches the results of the last second. *Closed*, it lets calls pass. When half of
them fail, it *opens*: no call is made for a while, and no slot is held. Then it is *half-open*: a single call goes through.
If that goes well the breaker closes; if not, it opens again. It does not make the service better. It keeps your slots for those whom you
can still serve. Giving each dependency slots of its own does that too, and is called a *bulkhead*.

**Two charges.** A payment was executed, and its answer got lost. The client tries again: two charges. Let it send an
*idempotency key* with the payment, the same one with each attempt. The second attempt finds the key, and gets the first one's result. If one answer
in a hundred gets lost, an hour at 700 a second is 25,000 people who would have paid twice.

**Slow, not dead.** This is a *grey failure*. A service that answers nothing is easy: nobody calls it. One that answers after three seconds holds a
slot for each of them. A fifth of 700 calls that hang, for 200 ms each until the timeout, are 28 slots, and the rest at 50 ms are 28
more. With a timeout of three seconds it would be 448, and there are 400.

*A weak answer sounds like this: "We retry with exponential backoff." How many attempts does the service see in its worst
second, and who counts them?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day09")

# %% [markdown]
"""
## 2 Predict

Seven hundred payments a second, 1,000 that the service can do, 200 ms of timeout and three retries, with backoff and full jitter. It was
away for ten seconds, it is mended, and nothing recovers. You let in fewer payments, and keep it so for three and a half minutes. How
many may you let in, as a share of the 1,000 a second that the healthy service can do, so that payments are answered again? Write
a number in per cent; it is locked when you run the cell.
"""

# %% [predict]
guess = 80  # % of what the healthy service can do
prediction = predict("day09", "traffic at which it recovers", guess, between=(1, 100), unit="%")

# %% [markdown]
"""
## 3 Run

The same outage twice, in events, on a twentieth of the service. The only difference is who pays for retries.
"""

# %% [demo]
from course.days.day09_failure_handling.pictures import comes_back, falls, seconds

seconds()

# %% [demo]
reveal(prediction, comes_back(), unit="%", plot=falls())

# %% [markdown]
"""
Somewhere near a quarter, since every payment that fails makes four attempts, and they must fit. Before the outage nothing
showed it: at 70% all was well.
"""

# %% [demo]
from course.days.day09_failure_handling.pictures import fragile

fragile()

# %% [markdown]
"""
One second is as bad as ten. With 400 payments a second it heals by itself; with 500 it does not, and waits for its trigger. A timeout of 500 ms breaks the
loop as well: 400 slots for 500 ms each let in 800 a second, fewer than the service does. The answer comes late, and it comes. Attempts a payment is the
graph to watch.

Now a payment whose answer gets lost, with and without a key.
"""

# %% [demo]
from course.systems.cluster.idempotency import idempotent as finished
from course.systems.cluster.payments import Till

for name, once in (("no key", None), ("with a key", finished)):
    shares = Till(once).pay(4000, lost=0.01, refused=0.02)
    print(f"{name:<11} paid twice {shares['twice']:.2%}   nobody knows {shares['unsure']:.2%}")

# %% [markdown]
"""
The key does not tell you whether the payment went through. It makes sure that asking again does no harm. Those that
nobody knows are *in doubt*: a person, or a look into the ledger, has to settle them.

**An incident.** Ten minutes that no exercise replaces. You are on call; it is 14:02. What counts is the *MTTR*, the mean
time to repair, and most of it is spent on finding out.
"""

# %% [demo]
from course.days.day09_failure_handling.outage import incident
from course.notebook import investigate

drill = investigate(incident())
drill

# %% [markdown]
"""
Once you have named the cause, run the cell again: it is another one. You need the fewest graphs if you take not those that you like
most, but those that split what is left in half. "Roll back", by reflex, mends two of the six.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A retry budget (10 minutes, 3 points, about 5 lines)

One number for a whole client. No clock, no list of calls.

> hint: `first` adds, and stops at `most`.
> hint: `may_retry` looks whether there is a whole token. Only where it says yes does it take one.
"""

# %% [exercise]
from course.systems.cluster.retry_budget import RetryBudget  # implement: first, may_retry

# %% [check] points=3
from course.days.day09_failure_handling.checks import check_budget

check_budget(RetryBudget)

# %% [markdown]
"""
### Exercise 2 · A circuit breaker (25 minutes, 5 points, about 15 lines)

Three states, two questions. `_turn` is given: it begins a state with nothing known. Draw the states first, with an arrow for
everything that moves it, and ask of each arrow: at which moment?

> hint: `allow`: only an open breaker whose time has passed changes anything. Everything else is one comparison.
> hint: `record`, closed: append, then let old ones go from the left, then look at the share. `failed` is the running count of those in `results` that failed.
> hint: Half-open is left by the first result. Open, a result comes too late to matter.
"""

# %% [exercise]
from course.systems.cluster.breaker import CircuitBreaker  # implement: allow, record

# %% [check] points=5
from course.days.day09_failure_handling.checks import check_breaker

check_breaker(CircuitBreaker)

# %% [markdown]
"""
### Exercise 3 · At most once (25 minutes, 4 points, about 16 lines)

The store is given. `begin(key, fingerprint)` is one atomic step: it returns what is kept under the key, a dict with `state`
(`"in progress"`, `"done"`, `"in doubt"`), `fingerprint` and `result`; or None, and then the key is yours and in progress.
`finish(key, result)`, `doubt(key)` and `drop(key)` say how it ended. The *fingerprint* stands for the request, a hash of its
content.

What you do after an error is the point. One promise is fixed: at most once. After one kind of error the docstring leaves you
a choice. Ask what a client can do with each.

> hint: What `begin` returns is not None: three states, and a fingerprint that comes before all of them.
> hint: It is None: call `effect`, and sort what it may raise into two kinds. `BaseException` is the widest kind there is.
> hint: `raise` alone, inside `except`, raises the same error once more.
"""

# %% [exercise]
from course.systems.cluster.idempotency import idempotent  # implement

# %% [check] points=4
from course.days.day09_failure_handling.checks import check_idempotent

check_idempotent(idempotent)

# %% [markdown]
"""
## 5 Break

200 ms of timeout, one retry for ten first tries, and your own code. These are the promises:
"""

# %% [demo]
from course.days.day09_failure_handling.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| one call in a hundred fails | at once, and for no reason |
| the service is away for ten seconds | nobody answers |
| a fifth of the calls hangs | for three seconds each |
| it is away for two seconds of every ten | all day |
| some payments honestly take 0.8 s | eight in a hundred |
| answers get lost | one call in a hundred is executed and its answer lost; two are refused, and certainly not executed |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others. The last column shows the
same with your breaker, which stays open for five seconds.
"""

# %% [predict]
guess = "payments are answered"  # one of "payments are answered", "others find a slot",
# "it comes back", "nobody pays twice", "nobody is left unsure", "none"
fault = "the service is away for ten seconds"  # or "one call in a hundred fails",
# "a fifth of the calls hangs", "it is away for two seconds of every ten",
# "some payments honestly take 0.8 s", "answers get lost"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day09", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, RetryBudget, CircuitBreaker, idempotent)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *One call in a hundred fails.* Nothing breaks. One retry hides it, and the budget has ten for it.
- *The service is away for ten seconds.* Nothing breaks that could hold: while it is away nobody can be answered, and afterwards
  it is back at once, since at most one retry in ten was added. With three retries for everybody it would never come back.
- *A fifth of the calls hangs.* Payments are not answered: a budget of one in ten cannot hide one in five. With one retry for two first tries it could.
- *It is away for two seconds of every ten.* Nothing breaks: in the eight good seconds all is well. With a breaker of five seconds payments break:
  it opens, sleeps through the good time, and its one question meets the next bad one.
- *Some payments honestly take 0.8 s.* Payments are not answered, and retries do not help: each attempt is given 200 ms.
- *Answers get lost.* Your key keeps everybody from paying twice. What is left is yours: if a refusal that certainly did nothing
  leaves the key in doubt as well, three in a hundred bills need a person in place of one.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on forty seconds of a twentieth of the service, with *your* budget and *your* breaker.
You have three controls: how long an attempt may take, how many retries a first try pays for, and how long the breaker refuses.
Before each run you predict the number that the interviewer names; without a prediction nothing runs. A round that you passed must still
pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day09_failure_handling.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, RetryBudget, CircuitBreaker, idempotent)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"It is mended, and it is still down. Your next five minutes."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Tells trigger from loop: four attempts a payment fill the slots, and a queue of 400 ms meets a timeout of
   200. The service is healthy and works for callers who have left. Names the graph that shows it: attempts a payment, 4.2 at worst.
2. *Trade-off, with a number.* Cut the traffic to 24% of capacity, which refuses two thirds of the payments until the queue is empty; or
   switch retries off, which loses what they would have hidden (a sixth of the minute's payments fail by the outage anyway); or lengthen the
   timeout beyond the queue: 500 ms comes back by itself. Says which, and how fast it is done.
3. *Residual risk, with a mechanism.* The loop still waits for its next trigger: a budget of one in ten, and an alarm at 1.2 attempts a
   payment for ten seconds, with its false alarms counted over a calm month. Who may let the traffic in again, and in which steps.

**A strong answer.** "The trigger is over; something sustains it. I look at attempts a payment first: 4.2, where it should be 1.0. So
retries fill the 400 slots, the queue is 400 ms, our timeout is 200, and every answer comes for somebody who has left. I
break one arrow. Fastest is the switch that turns retries off; then 700 attempts meet a capacity of a thousand, and the queue
drains in seconds. If there is no such switch I cut the traffic, and I know how far: in my run it came back at 24% of capacity
and not at 25, so I would go to 20 and let in more step by step, while attempts a payment stay under 1.2. Raising the
timeout to 500 ms works too, but then slots are held longer when something hangs. Afterwards: a retry budget of one in ten, which
came back at once in the same outage. What I do not know is whether other clients of this service retry as we did."

**A weak answer.** "We restart the service." It was healthy, and 2,800 attempts a second are waiting for it.
"""

# %% [spoken] [markdown] points=3
"""
**"At 14:02 the p95 went from 100 to 2,000 milliseconds. You may look at one graph a minute."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Says which graph comes first and what each outcome leaves: the median, p50, rises in two of six causes and
   stays in four. The best plan takes 2.67 graphs on average and 3 at most. Names the graph that would have refuted the cause.
2. *Trade-off, with a number.* Roll back at once mends two of six; three have a deploy in the last hour, and one of those three is not to blame. Two more
   minutes are 84,000 requests, 4,200 of them slower than two seconds. Says when acting on a guess is right: where the act is cheap, fast, and undone.
3. *Residual risk, with a mechanism.* Two causes at once; a graph that looks the same under two of them (connections wait both where the cache is cold and where the pool is
   held, and the database's p95 tells them apart). What is written down during the incident, and what becomes an alarm afterwards.

**A strong answer.** "I look at the median first. If it rose, all requests are slower, which leaves a cold cache and retries;
if it stayed, a few are very slow, and four causes are left. Say it stayed. Then errors: they rise only where connections are held. If they stayed as well, deploys: with
one in the last hour it is garbage collection or the replica, and the stopped share of time says which. That is three or four graphs, and
I say beforehand what each of them would rule out. I would not roll back first: by my table that mends two of six, and it
takes as long as two graphs, 84,000 requests. But if a rollback took ten seconds I would do it while I look. When I name a cause I
name the graph that would have shown otherwise. What worries me is two causes at once, so after the mend I wait for the p95
to fall, and reopen if it does not."

**A weak answer.** "I would check the logs." Of which of the ten replicas, for what, and for how many minutes?
"""

# %% [markdown]
"""
## 8 Recap

- A metastable failure outlives its trigger. Look for the loop, and take one arrow away.
- Retries multiply by layers and by failures. A budget of one in ten adds one in ten, whatever happens.
- A timeout that is shorter than the full queue turns load into waste. One that is much longer holds slots.
- A breaker protects your slots, not the service. How soon it asks again decides what it costs.
- A key makes asking again harmless: at most once. After no answer it is in doubt, and somebody has to look.

**Flash question.** Three layers, each with four attempts, call a service that is away. How many attempts does one request make at the end, and how many with a
budget of one in ten at each layer?

<details><summary>Answer</summary>4 × 4 × 4 = 64, against 1.1 × 1.1 × 1.1 = 1.33 on average. One layer should retry, the one that knows what a retry is worth; the others pass the failure on.</details>

### Words

> word: timeout: how long a caller waits for an answer before it counts the attempt as failed.
> word: backoff: the wait before a retry; it doubles from one to the next (exponential).
> word: full jitter: a random part of the backoff, from 0 to all of it, so that clients do not come back together.
> word: retry budget: retries are paid by first tries, so many tokens each; one for a client, not for a call.
> word: circuit breaker: closed it lets calls pass, open it refuses them, half-open it lets one through to find out.
> word: bulkhead: slots of its own for each dependency, so that one cannot take those of all.
> word: idempotency key: sent with each attempt of one request, so that its effect takes place once.
> word: metastable failure: one that a trigger begins, and that a sustaining loop keeps after the trigger has gone.
> word: grey failure: slow, or failing for some; not dead, so that nobody stops calling.
> word: MTTR: mean time to repair, from the start of an incident to its end.

**Further reading.** Bronson and others, *Metastable Failures in Distributed Systems* (HotOS 2021) · Huang and others, *Metastable Failures in the Wild*
(OSDI 2022) · Beyer and others, *Site Reliability Engineering* (2016), chapters 21 and 22 · Nygard, *Release It!* (2007) · Brooker, *Exponential
Backoff And Jitter* (AWS Architecture Blog, 2015) · Helland, *Idempotence Is Not a Medical Condition* (ACM Queue 2012).

**The limit that the next day removes.** Everything here had one owner: one store of keys, one ledger. When the owner pauses and another one
takes over, who may write?
"""
