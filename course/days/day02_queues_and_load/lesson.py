# %% [markdown]
"""
## 1 Brief

*"A gateway gets 200 requests a second. Each keeps one worker busy for 50 milliseconds, on average. How many workers, and
when does that answer stop being true?"*

| what | number |
| --- | --- |
| requests a second | 200, later 3,000 |
| work of a request, on average | 50 ms |
| p99 of the wait | at most 50 ms, later 120 ms, at last 75 ms |
| requests refused | none, later 5% |
| one machine | {facts.MACHINE_CORES} at {facts.MACHINE_HOUR_USD}; a worker takes a core |

Two hundred requests of 50 ms are ten seconds of work, and they come in one second. So ten workers are busy, on average.
That number is the *offered load*: rate times mean work, in workers' worth. Now hire exactly ten. They must all be busy all
day, and a quiet second is lost: nobody can work ahead. The busy second after it leaves a rest, the rest is never worked
off, and the line grows until evening. Ten is the number that is too few. How many more?

**Three requests first.** Three requests come every second, and each stays for two seconds. Look in at any moment: those of
this second are there, and those of the last, six in all. Rate × time inside = number inside. It is called *Little's law*, and it
asks nothing about chance: 200 a second × 0.05 s in work = 10 at work.

**Four customers at one server.** They come at minutes 0, 2, 8 and 9, and bring work of 3, 1, 2 and 5 minutes. The first
is served at once. The second comes 2 minutes later, when 1 of the first one's 3 minutes is left: it *waits* 1. By minute
4 all is done, and the server idles until 8. The third waits 0, the fourth 1. The wait ends when service begins;
wait and work together are the *response time*.

![Work that is left at one server over fifteen minutes: it jumps by a customer's work when one comes and falls by one a minute. A customer waits as long as the work that it finds. Below, the same four customers as bars: waiting, then served.](backlog.svg)

The rule in it: *the next wait is my wait, plus my work, minus the gap, and never below 0.* The last three words make it a loop.
But look at the sums of work minus gap, without the cut: 0, then 3 − 2 = 1, then 1 + 1 − 6 = −4, then −4 + 2 − 1 = −3. Their
lowest so far: 0, 0, −4, −4. The difference is 0, 1, 0, 1: the waits. The lowest point is the last moment at which the server
was idle, and only what came since then can be in front of you. Sums and running lows are what NumPy does fast, so you can
queue ten million people while you read this line.

**How busy is too busy?** Let requests come as a *Poisson process*: at any moment, with the same chance, whatever came
before. Let work be exponential: mostly short, sometimes long. Then one server that is busy a share ρ of the time (its
*utilisation*) makes people wait ρ / (1 − ρ) times the mean work. At 50% that is 1. At 80% it is 4, at 90% it is 9, at 95%
it is 19. Five points more from 90% on, and the wait doubles: you are past the *knee*. And this is the mean. The *p99*, the
wait that one in a hundred exceeds, is about five times as long.

The work matters as much as its amount. A distribution's *CV* is its standard deviation over its mean: 0 for equal
work, 1 for exponential. The mean wait grows with (1 + CV²) / 2. At 80%, equal work halves the 4 to 2; a CV of 4, a few
requests that are giants, makes it 34. Same server, same load.

**One line for all.** With c servers behind one line, a request waits only if all c are busy. How often is that? Erlang
worked it out in 1917, for telephones. Two servers and a load of 1: the weights of 0 and of 1 customers inside are 1 and 1, those
of all fuller states together 1/2 × 2/(2 − 1) = 1, so one of three finds both busy. This model is called *M/M/c*: random arrivals, exponential
work, c servers. For our gateway it says: with 11 workers many wait, with 12 all but one in a hundred wait under 100 ms,
with 14 under 50 ms, and with 19 all but one do not wait at all. Fourteen workers at $0.05 an hour are $511 a month.

That answers the first half of the question. The second half, *when does it stop being true*, is this day. Listen to what
the formula assumed.

*A weak answer sounds like this: "Two hundred times fifty milliseconds is ten workers, and we autoscale at 80%." Who waits,
for how long, and what is it 80% of?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day02")

# %% [markdown]
"""
## 2 Predict

One server is busy 50% of the time. By the formula a request waits 1.0 mean service times. Now let requests come as they
really came to a service that completes code with a language model: gaps and lengths of answers from its log of one hour, scaled so that
the server is again busy 50%. How many mean service times does a request wait, on average? Write a number; it is locked
when you run the cell.
"""

# %% [predict]
guess = 1.5  # mean service times: 1.0 is what the formula says
prediction = predict("day02", "mean wait at 50%, requests for code", guess, between=(0, 1000), unit="×")

# %% [markdown]
"""
## 3 Run

The finished recursion at work, ten million requests, 125 servers at a time. Each line is simulated and set beside the
formula; the servers begin empty, so the simulated day starts a little better than the formula's endless one.
"""

# %% [demo]
from time import perf_counter

import numpy as np

from course.systems.simulate.queues import exponential_traffic, mmc_mean_wait, mmc_wait_quantile
from course.systems.simulate.queues import lindley_waits as finished_waits

rng, began = np.random.default_rng(2), perf_counter()
for busy in (0.5, 0.8, 0.9, 0.95):
    waits = finished_waits(*exponential_traffic(rng, busy, 1.0, (125, 20_000)))
    means, late = (
        (waits.mean(), mmc_mean_wait(busy, 1, 1)),
        (np.quantile(waits, 0.99), mmc_wait_quantile(busy, 1, 1, 0.99)),
    )
    print(
        f"{busy:.0%} busy: mean {means[0]:6.2f}, formula {means[1]:6.2f}; p99 {late[0]:6.1f}, formula {late[1]:6.1f}"
    )
print(f"10,000,000 requests in {perf_counter() - began:.1f} s")

# %% [demo]
from course.days.day02_queues_and_load.pictures import knees, wait_at

shares = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
reveal(prediction, wait_at("code", 0.5).mean, unit="×", plot=knees(shares))

# %% [markdown]
"""
The upper line is the server of the code log. It is far above the others at 50%, and still far above at 10%. The
conversations' log, from the same company and the same month, runs along the formula. So it is not "real traffic" that hurts.
What then?
"""

# %% [demo]
from course.days.day02_queues_and_load.pictures import causes

causes(0.5)

# %% [markdown]
"""
Look at the CV of the *gaps*. Poisson arrivals have 1, conversations hardly more, code has twelve times that. Editors ask when
people type: a burst at every keystroke, then nothing for minutes. The mean rate is a mean over those silences. While people
work, requests come several times faster than it says, so "busy 50% of the time" means all busy for a while and idle for a
while. Nobody arrives in the idle while, hence nearly everybody waits.

Kingman's formula of 1961 says it in one line: the wait is about ρ/(1 − ρ) × (CV of gaps² + CV of work²)/2. It is exact for Poisson
arrivals, an approximation otherwise, and here some tenth too low. Ask for those two numbers before you believe any utilisation.

What was simulated is not the log itself. Gaps and answers are drawn independently from its percentiles, twenty hours of
20,000 requests each. The log's own gaps have a CV of {facts.TRACE_CODE_CV} (conversations {facts.TRACE_CONVERSATION_CV}), and
its bursts follow each other, which independent draws lose. Both would make it worse.

One more table, the good news: what one line for all is worth, and what size is worth.
"""

# %% [demo]
from course.days.day02_queues_and_load.pictures import pooling

pooling()

# %% [markdown]
"""
Fifteen times the traffic does not take fifteen times the workers. What you keep above the load is for luck, and luck averages
out: it grows about as the square root of the load. A large pool may run hotter than a small one and wait less.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Everybody's wait (15 minutes, 4 points, about 8 lines)

Everything that you measured above came from one small function. It takes the gaps and the work of customers in their order and
gives each one's wait, for one server or for a thousand servers at once, each in a row of its own. You know the two
ways: the rule as a loop, or sums and their lowest point. The check accepts both. The loop takes minutes for ten million.

> hint: Write the four customers of the Brief as an array of work minus gap, with a 0 for the first. Which two operations lead from there to 0, 1, 0, 1?
> hint: `np.cumsum` sums along an axis. NumPy's functions of two arguments, such as `np.minimum`, have a method `accumulate` that runs them along one.
> hint: Slices along the last axis, whatever stands before it: `[..., 1:]` is all but the first, `[..., :-1]` all but the last. Customer i waits for the work of i − 1.
"""

# %% [exercise]
from course.systems.simulate.queues import lindley_waits  # implement

# %% [check] points=4
from course.days.day02_queues_and_load.checks import check_waits

check_waits(lindley_waits)

# %% [markdown]
"""
### Exercise 2 · Who must wait (15 minutes, 3 points, about 8 lines)

The formula of the telephone engineers: the share of requests that find all servers busy. Two servers with a load of 1 gave one in
three. The textbook's sum works for a switchboard. For a hundred and fifty servers its powers and factorials leave the range of
floats, and today's pools have thousands. So find a way that never holds a large number.

> hint: Neighbouring terms of the sum differ by a factor: a²/2! is a/2 times a. Nobody needs a factorial.
> hint: Begin with a system in which nobody may wait and who finds all busy is turned away. Without a server everybody is: B = 1. With one server more, the n-th, B becomes a·B / (n + a·B).
> hint: That is Erlang's B. The share that waits where waiting is allowed follows from it: C = B / (1 − ρ·(1 − B)), with ρ = a/c.
"""

# %% [exercise]
from course.systems.simulate.queues import erlang_c  # implement

# %% [check] points=3
from course.days.day02_queues_and_load.checks import check_erlang

check_erlang(erlang_c)

# %% [markdown]
"""
### Exercise 3 · How many? (20 minutes, 5 points, about 12 lines)

Now the gateway's question, for a real one with a log. `TrafficLog` is given: it knows its `rate`, its mean `work` and its `load`,
and `log.waits(servers)` replays it behind one queue of so many servers. Given too is
`course.systems.simulate.queues.wait_quantile`, which turns *your* `erlang_c` of a load into a percentile of the wait. Two good ways lead
from here to a number. Both pass the check; one of them will cost you in section 5. Ask yourself what each of them takes from the
log.

> hint: Whichever way you judge a number of servers: more servers never make it worse. So what is left can be halved.
> hint: `np.quantile(values, 0.99)` is the percentile. Keep two numbers: one that you know to be too few, and one that you know to be enough. The load tells you the first.
"""

# %% [exercise]
from course.systems.simulate.sizing import servers_for_p99  # implement

# %% [check] points=5
from course.days.day02_queues_and_load.checks import check_sizing

check_sizing(servers_for_p99)

# %% [markdown]
"""
## 5 Break

Your function sizes a pool from *today's* log, 20,000 requests, so that 99 of 100 wait at most 100 ms. Tomorrow the same kind of traffic
comes, from another seed. The pool promises:

| promise | limit |
| --- | --- |
| the wait | tomorrow's p99 is at most 150 ms; it was sized for 100 |
| the money | at most 25 workers are paid |

Choose *one* fault and say which promise it breaks, or none; the guess is locked when you run the cell. The faults stand in
today's log too, so your function can see them; only slow workers come overnight. Traffic is 200 a second and work 50 ms, on average, in all of them but
one. Then try the others.
"""

# %% [predict]
guess = "none"  # one of "the wait", "the money", "none"
fault = "clients send batches"  # or one of these:
# "answers of any length", "a rush at three times the rate", "arrivals as in the code log",
# "twice the traffic", "two workers at half speed"
promises = ("the wait", "the money", "none")
expected = predict("day02", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day02_queues_and_load.faults import under

under(fault, expected, lindley_waits, servers_for_p99)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Clients send batches*, of eight on average, all at once. The means are as before, so a formula of the means hires as many as before, and
  the wait is several times what was promised. A replay sees the batches and hires twice as many. It holds, within the money.
- *Answers of any length*: a CV of 4. Both ways come out nearly alike, and both break the wait. A replay knows the giants of *one* day;
  tomorrow has others. Heavy work needs a long log, several logs, or a margin, and you have to say which.
- *A rush at three times the rate*, for a tenth of the requests. Three times 10 is 30 workers' worth for more than half a minute. A pool
  sized by means stands far below that, and a backlog of many seconds grows. The replay pays for the rush, and the money breaks. A third way
  is to refuse, below.
- *Arrivals as in the code log.* The day's surprise once more, now with many servers: the same means, and the formula is wrong by a
  factor of forty or so. The replay hires nearly three times as many and breaks the money. It does not make bursts cheap; it tells you what they cost
  before they come.
- *Twice the traffic.* Nothing breaks. Twice the load, less than twice the workers.
- *Two workers at half speed.* No log can tell you today. Two of twelve at half speed are one worker less, and the pool stood at the
  knee. The wait breaks, gently: with one line, whoever is slow takes fewer. The sentence below the table says what it would have been with a queue at each
  worker: there the slow two get as many as the rest, more than they can do, and their lines grow all day.

</details>

**Whom does a door turn away?** Where workers cost too much, who would wait too long can be refused at once. That is a safety mechanism like any
other: it has an input, a threshold, a log line for each refusal, and it errs. A door cannot know your wait; it sees how many wait, and estimates
(waiting + 1) × mean work / workers. Here it stands before pools of 12 and 14 workers.
"""

# %% [demo]
from course.days.day02_queues_and_load.faults import refusals

refusals()

# %% [markdown]
"""
Look at the line of CV 4 with 12 workers. Of those refused, one in five would have been served in time: the line was long, and all of it was short
work. And of those let in, more than are refused wait too long: the line was short, and one of it was a giant. A threshold on a guess has
both rates. Report both, and say who pays for each.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on a simulated pool under 20,000 requests, the same for every design; where the pool
has one shared queue, its dispatcher is a server too, and your `lindley_waits` says how long requests wait for it. You have
three controls: workers, counted for each ten that the work keeps busy; how a request finds its worker; and the longest wait that is let in. This
door knows each wait exactly, unlike the one above. Before each run you predict the number that the interviewer names; without
a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day02_queues_and_load.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, lindley_waits, erlang_c, servers_for_p99)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Dashboards say 50% CPU, users say it hangs. Explain, and tell me what you do."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Utilisation is a mean over idle stretches: with the code log's arrivals one server at 50% lets a request wait about
   82 service times, with conversations 0.9, as by the formula. Names what to look at: the CV of the gaps, about 12 instead of 1.
2. *Trade-off, with a number.* Pay or refuse: by the log's means 12 workers and a p99 of 4.7 seconds, by a replay of the log 32 workers and 128 ms (section 5);
   or fewer workers and a door, with the share that it refuses.
3. *Residual risk, with a mechanism.* The door's estimate errs: with CV 4 and 12 workers it refuses 1.7%, a fifth of them wrongly, and of the served 4.8% wait longer than it
   allows. Both rates are logged and watched, with a threshold for each. Or: the replay knows one day, and giants come on others (213 ms where 100 were planned).

**A strong answer.** "Half busy on average can be all busy for ten minutes and idle for ten. With our log's bursts one server at 50% makes
people wait some eighty service times, and a steady stream at the same 50% not even one. So I would look at the gaps between requests: their standard deviation is twelve
times their mean. Then I size by replaying the log, since a formula of the means says 12 workers and is wrong by seconds: 4.7 at p99. The replay says 32, and the next day
had 128 ms. If 32 are too dear, I keep fewer and refuse at the door who would wait more than 100 ms. The door guesses: one in five of its refusals was
wrong when answers varied much, so each refusal is logged with its estimate, and I watch that share and the share that came in and waited anyway. What I do not know is whether
tomorrow's bursts are like today's; I would replay a week."

**A weak answer.** "50% means that we have headroom, so it must be the network." It is weak because it believes a mean, and asks for no distribution.
"""

# %% [spoken] [markdown] points=3
"""
**"One shared queue, or a queue at each worker?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A blind choice leaves workers idle while others have a line: for 12 workers of which two are slow, 238 ms with one line and about 61 seconds with
   queues at random (section 5). Ten servers with one line at 80% wait 0.2 of a service time, one alone 4.
2. *Trade-off, with a number.* The shared queue is itself a server: at 0.4 ms a request it is full at 2,500 a second, and at 3,000 the p99 was 1.4 seconds whatever the number of workers (round 2). The better of two
   random workers keeps about 97 ms with 20 workers for each ten busy, and costs some workers more than a shared line would.
3. *Residual risk, with a mechanism.* Two choices stand on load reports: stale ones send everybody to the same worker. Says how old a report may be, what is done then (a random one), and how the share of
   wrong picks is measured. Or the dispatcher as the single node, and what takes its place.

**A strong answer.** "One queue, until it is the bottleneck. It wastes nobody: with two of twelve workers at half speed the p99 went to 238 ms, and with a random queue for each request to a minute, since
the slow two got as many as the rest and could not do them. But somebody hands the work out, and at 0.4 ms a request he is full at 2,500 a second; at 3,000 I measured 1.4 seconds however many workers I bought. Beyond that I look at
two random workers and take the one with less to do: 97 ms at twice the workers that are busy. What is left is that the load I see is old. I would stamp each report, take a random worker if both are older than 100 ms, and
count how often the other one of the two would have been better."

**A weak answer.** "A load balancer with round robin, since it is fair." Fair to workers, not to those who stand behind a long request.
"""

# %% [markdown]
"""
## 8 Recap

- Offered load = rate × mean work, in servers' worth. That many are busy; they are never enough.
- One server, random arrivals: ρ/(1 − ρ) mean services. Past the knee five points of load double the wait.
- What varies makes the wait: (CV of gaps² + CV of work²)/2 stands before it. Utilisation alone says nothing.
- One line for all beats a line each, until its dispatcher is full. Then the better of two.
- Size by replaying logs, several of them. Refuse at a door, and report whom it refuses wrongly.

**Flash question.** A pool of 20 workers has a load of 10. For one minute three times the traffic comes. How long after the rush do people still wait?

<details><summary>Answer</summary>A minute. In the rush 30 workers' worth comes and 20 are worked off: the backlog grows by 10 worker-seconds each second, to 600. Afterwards 10 of the 20 workers are
free for it, and 600 / 10 = 60 s. With 14 workers it would be 60 × 16 / 4 = 240 s: the last workers are the ones that clean up.</details>

### Words

> word: offered load: arrival rate × mean work: how many servers are busy on average. Its unit has a name, the erlang.
> word: utilisation: the share of time that a server is busy, ρ.
> word: wait: from arrival to the beginning of service.
> word: response time: wait and service together.
> word: p99: the 99th percentile, which one in a hundred exceeds.
> word: CV: coefficient of variation, the standard deviation over the mean. Equal times have 0, exponential ones 1.
> word: Poisson process: arrivals with the same chance at any moment, whatever came before; the gaps are exponential.
> word: M/M/c: the model of Erlang's formula: Poisson arrivals, exponential work, c servers behind one line.
> word: knee: where a little more load begins to double the wait.
> word: backlog: work that has come and is not done.

**Further reading.** Lindley, *The theory of queues with a single server* (1952) · Kingman, *The single server queue in heavy traffic* (1961) · Kleinrock, *Queueing Systems I* (1975) · Mitzenmacher, *The
Power of Two Choices in Randomized Load Balancing* (2001) · Harchol-Balter, *Performance Modeling and Design of Computer Systems* (2013).

**The limit that the next day removes.** Every worker today could do every request. Tomorrow a request needs data that only one machine has, and the line in front of *that*
machine is nobody else's.
"""
