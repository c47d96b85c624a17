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

Two hundred requests of 50 ms are ten seconds of work, and they come in one second. So ten workers (*servers*, in the
books) are busy, on average. That number, rate × mean work, is the *offered load*; its unit is workers. Now hire exactly
ten. They would have to be busy all the time, and a quiet second is lost, since nobody can work ahead. What a busy second
leaves over, the *backlog*, is then never worked off, and the line grows until evening. Ten is the number that is too few.
How many more?

**Three requests.** Three requests come every second, and each stays for two seconds. Look in at any moment: those of this
second are there, and those of the last, six in all. Rate × time inside = number inside. That is *Little's law*, and it asks
nothing about chance. It is also our ten: 200 a second × 0.05 s at work.

**Four customers.** They come to one server at minutes 0, 2, 8 and 9, and bring 3, 1, 2 and 5 minutes of work. The first is
served at once. The second comes when 1 of the first one's 3 minutes is left, so its *wait* is 1. At minute 4 all is done,
and the server idles until 8. The third waits 0, the fourth 1. A wait ends when service begins; wait and work together
are the *response time*.

![Work that is left at one server over fifteen minutes: it jumps by a customer's work when one comes and falls by one a minute. A customer waits as long as the work that it finds. Below, the same four customers as bars: waiting, then served.](backlog.svg)

The rule behind it is Lindley's, of 1952: *the next wait is my wait, plus my work, minus the gap, and never below 0.* The
last three words ask for a loop. Leave them out for a moment and add up work minus gap: 0, then 3 − 2 = 1, then
1 + 1 − 6 = −4, then −4 + 2 − 1 = −3. The lowest of these so far: 0, 0, −4, −4. Sum minus lowest: 0, 1, 0, 1. Those are
the waits. The lowest point is the last moment at which the server was idle, and only what came since then can stand in
front of you. NumPy adds up fast and finds running lows fast. So ten million people can queue while you read this line.

**How busy is too busy?** Let requests come as a *Poisson process*: at any moment with the same chance, whatever came
before. Let the work be exponential: mostly short, now and then long. A server that is busy a share ρ of the time, its
*utilisation*, then makes people wait ρ / (1 − ρ) times the mean work. At 50% that is 1. At 80% it is 4, at 90% it is 9, and
at 95% it is 19: five points more, and the wait has doubled. You are past the *knee*. And this is only the mean. The *p99*,
which one request in a hundred exceeds, is five to eight times as long.

How the work varies counts as much as how much there is. The *CV* of a distribution is its standard deviation over its
mean: 0 for equal work, 1 for exponential. The mean wait grows with (1 + CV²) / 2. At 80%, equal work halves the 4 to 2. A
CV of 4, from a few requests that are giants, makes it 34. Same server, same load.

**One line for all.** With many workers behind one line you wait only if all of them are busy. How often is that? Erlang
worked it out in 1917, for telephones. He gives each state a weight: 1 for nobody inside, a for one customer, a²/2 for two,
where a is the load. Take two workers and a load of 1. Nobody: 1. One: 1. Two or more, all busy: 1/2 × 2/(2 − 1) = 1. So one
arrival in three finds both busy. The model behind it is called *M/M/c*: Poisson arrivals, exponential work, c servers. For our
gateway it says that with 12 workers 99 of 100 wait less than 100 ms, with 14 less than 50 ms, and with 19 not at all.
Fourteen workers at $0.05 an hour are $511 a month.

That answers the first half of the question. The second half, *when does it stop being true*, is this day. Go back and read
what the formula assumed.

*A weak answer sounds like this: "Two hundred times fifty milliseconds is ten workers, and we autoscale at 80%." Who waits,
for how long, and what is it 80% of?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day02")

# %% [markdown]
"""
## 2 Predict

One server is busy 50% of the time. By the formula a request waits 1.0 times the mean work. Now let requests come as they
really came to a service that completes code with a language model, from a public log of about an hour: its gaps, and the
lengths of its answers as work, scaled so that the server is again busy 50%. How many times the mean work does a request
wait, on average? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 1.5  # times the mean work: 1.0 is what the formula says
prediction = predict("day02", "mean wait at 50%, requests for code", guess, between=(0, 1000), unit="×")

# %% [markdown]
"""
## 3 Run

The finished recursion at work: ten million requests, 125 servers at a time. Each line is simulated and set beside the
formula. The servers begin empty, so a simulated day is a little better than the formula's endless one; you see it at 95%.
"""

# %% [demo]
from time import perf_counter

import numpy as np

from course.systems.simulate.queues import exponential_traffic, mmc_mean_wait, mmc_wait_quantile
from course.systems.simulate.queues import lindley_waits as finished_waits

rng, began = np.random.default_rng(2), perf_counter()
print("busy     mean  formula     p99  formula")
for busy in (0.5, 0.8, 0.9, 0.95):
    waits = finished_waits(*exponential_traffic(rng, busy, 1.0, (125, 20_000)))
    mean, late = mmc_mean_wait(busy, 1, 1), mmc_wait_quantile(busy, 1, 1, 0.99)
    print(f"{busy:>4.0%} {waits.mean():>8.2f} {mean:>8.2f} {np.quantile(waits, 0.99):>7.1f} {late:>8.1f}")
print(f"10,000,000 requests in {perf_counter() - began:.1f} s")

# %% [demo]
from course.days.day02_queues_and_load.pictures import knees, wait_at

shares = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
reveal(prediction, wait_at("code", 0.5).mean, unit="×", plot=knees(shares))

# %% [markdown]
"""
The upper line is the server of the code log. It is far above the others at 50%, and it is above them already at 10%. The
log of conversations, from the same company and the same month, runs along the formula. So it is not "real traffic" that
hurts. What is it?
"""

# %% [demo]
from course.days.day02_queues_and_load.pictures import causes

causes(0.5)

# %% [markdown]
"""
Look at the CV of the *gaps*. Poisson arrivals have 1, conversations hardly more, code has about twelve times that. Most
gaps are short and a few are very long, perhaps because an editor asks while somebody types and is silent while they think.
Read the last line: one gap in a hundred makes up most of the hour. In the rest of it requests come several times as fast as
the mean rate says. "Busy 50% of the time" then means all busy for a while and idle for a while. Nobody arrives in the
idle while, so nearly everybody waits.

Kingman put it into one line in 1961: the mean wait is about ρ / (1 − ρ) × (CV of gaps² + CV of work²) / 2 times the mean
work. For Poisson arrivals that is exact, else an approximation; here it comes out about a tenth too low. Ask for those two
CVs before you believe a utilisation.

What was simulated is not the log itself. Gaps and answers are drawn independently from its percentiles, in twenty runs of
20,000 requests. The log's own gaps have a CV of {facts.TRACE_CODE_CV} (conversations: {facts.TRACE_CONVERSATION_CV}), and
its bursts follow each other, which independent draws lose. Both would make it worse.

Now the good news: what one line for all is worth, and what size is worth.
"""

# %% [demo]
from course.days.day02_queues_and_load.pictures import pooling

pooling()

# %% [markdown]
"""
Fifteen times the traffic does not take fifteen times the workers. What you keep above the load is for luck, and luck
averages out: it grows about as the square root of the load. A large pool can run hotter than a small one and wait less.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Everybody's wait (15 minutes, 4 points, about 8 lines)

The waits that you saw simulated came from one small function. It takes the gaps and the work of customers in their
order and gives the wait of each: at one server, or at a thousand at once, each with a row of its own. You know two ways,
Lindley's rule as a loop, and sums with their lowest point. The check accepts both.

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

Erlang's formula: the share of requests that find all servers busy. Two servers with a load of 1 gave one in three. The
sum that you find in textbooks was made for switchboards. From about a hundred and fifty servers on its powers and
factorials leave the range of floats, and pools today have thousands. Find a way that never holds a large number.

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

Now the gateway's question, asked of a log. `TrafficLog` is given: it knows its `rate`, its mean `work` and its `load`, and
`log.waits(servers)` replays it behind one queue of so many servers, also of fewer than the load: a log ends. Given too is
`wait_quantile(waiting, load, servers, work, q)` in `course.systems.simulate.queues`. For more servers than load it gives the
`q` quantile of the wait, where `waiting` is what *your* `erlang_c` says and `work` the mean. Two good ways lead from here to
a number of servers. Both pass the check, and one of them will cost you in section 5. Before you choose, ask of each what it
takes from the log.

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

Your function sizes a pool from *today's* log of 20,000 requests, so that 99 of 100 wait at most 100 ms. Tomorrow the same
kind of traffic comes, drawn anew. The pool promises:

| promise | limit |
| --- | --- |
| the wait | tomorrow's p99 is at most 150 ms; it was sized for 100 |
| the money | at most 25 workers are paid |

Choose *one* fault and say which promise it breaks, or none; the guess is locked when you run the cell. Every fault is in
today's log already, so your function can see it, except for the slow workers, who come overnight. In all but one of them
200 requests come a second and bring 50 ms of work, on average. Then try the others.
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

- *Clients send batches*, eight at once on average. The means are as before, so a formula of the means hires as many as
  before, and the wait is several times what was promised. A replay sees the batches and hires twice as many. That holds,
  within the money.
- *Answers of any length*, with a CV of 4. Both ways give nearly the same number, and both break the wait. A replay knows
  the giants of *one* day, and tomorrow has others. Heavy work needs a longer log, several logs or a margin; say which.
- *A rush at three times the rate*, for a tenth of the requests. For some three seconds 30 workers' worth of work comes. The
  formula's 13 fall 17 worker-seconds behind in each of them, which is a wait of more than four seconds at the end, and
  three workers are left to clean up. The replay pays for the rush, and the money breaks. A third way is to refuse, below.
- *Arrivals as in the code log.* The day's surprise once more, now with many workers: the means are the same, and the
  formula misses what it promised by a factor of almost fifty. The replay hires nearly three times as many and breaks the
  money. It does not make bursts cheap. It says what they cost before they come.
- *Twice the traffic.* Nothing breaks. Twice the load takes less than twice the workers.
- *Two workers at half speed.* No log of today can tell you. Two of twelve at half speed are one worker less, and the pool
  stood at its knee, so the wait breaks. It breaks gently: behind one line, whoever is slow takes fewer. The sentence below
  the table says what becomes of it with a queue at each worker. There the slow two get as many as the others, more than
  they can do, and their lines grow all day.

</details>

**Whom does a door turn away?** Where workers are too dear, whoever would wait too long can be refused at once. That is a
safety mechanism like any other: it has an input, a threshold, a log line for each refusal, and it errs. A door cannot know
your wait. It sees how many wait and estimates (waiting + 1) × mean work / workers. Here it stands before pools of 12 and of
14 workers.
"""

# %% [demo]
from course.days.day02_queues_and_load.faults import refusals

refusals()

# %% [markdown]
"""
Look at CV 4 with 12 workers. Of those refused, one in five would have been served in time: the line was long, and all of
it was short work. And more people than are refused come in and wait too long all the same: the line was short, and one in
it was a giant. A threshold on an estimate has both rates. Report both, and say who pays for each.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on a simulated pool under 20,000 requests, the same ones for
every design. Where the pool has one shared queue, its dispatcher is a server too, and your `lindley_waits` says how long
requests wait for it. You have three controls: the workers, counted for each ten of the offered load (12 is 12 at a load of
10, and 180 at 150); how a request finds its worker; and the longest wait that is let in. The door of this model knows each
wait exactly, unlike the one above. At 3,000 a second the 20,000 requests are seven seconds, and a rush in them a quarter of one; a longer one would
refuse more. Before each run you predict the number that the interviewer names; without a prediction nothing runs. A
round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
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

1. *Diagnosis, with a number.* Utilisation is a mean over idle stretches: with arrivals as in the code log one server at 50%
   makes a request wait about 82 times the mean work, as in the log of conversations 0.9, as the formula says. Names what
   to look at: the CV of the gaps, about 12 instead of 1.
2. *Trade-off, with a number.* Pay or refuse. By the log's means 12 workers and a p99 of 4.7 seconds, by a replay of the log
   32 workers and 128 ms (section 5); or fewer workers and a door, with the share that it refuses.
3. *Residual risk, with a mechanism.* The door's estimate errs: with CV 4 and 12 workers it refuses 1.7%, a fifth of them
   wrongly, and of the served 4.8% wait longer than it allows. Both rates are logged and watched, each with a threshold.
   Or: the replay knows one day, and giants come on others (213 ms where 100 were planned).

**A strong answer.** "Half busy on average can be all busy for ten minutes and idle for ten. With bursts as in our log, one
server at 50% makes people wait some eighty times the mean work; a steady stream at the same 50%, once. So I would look at
the gaps between requests: their standard deviation is twelve times their mean. Then I size by replaying the log. A formula
of the means says 12 workers and is wrong by seconds, 4.7 at p99. The replay says 32, and the next day had 128 ms. If 32
are too dear, I keep fewer, and refuse at the door who would wait more than 100 ms. The door guesses: one refusal in
five was wrong when answers varied much. So each refusal is logged with its estimate, and I watch that share, and the share
of those who came in and waited anyway. I do not know whether tomorrow's bursts are like today's; I would replay a week."

**A weak answer.** "50% means that we have headroom, so it must be the network." It is weak because it believes a mean, and asks for no distribution.
"""

# %% [spoken] [markdown] points=3
"""
**"One shared queue, or a queue at each worker?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A blind choice leaves workers idle while others have a line: with 12 workers of which two
   are slow, 238 ms behind one line and about 61 seconds with queues at random (section 5). Ten servers behind one line wait
   0.2 of the mean work at 80%, one alone 4.
2. *Trade-off, with a number.* The shared queue is itself a server: at 0.4 ms a request it is full at 2,500 a second, and at
   3,000 the p99 was 1.4 seconds whatever the number of workers (round 2). The better of two random workers keeps about
   97 ms with 20 workers for each ten busy, and needs more of them than a shared line would.
3. *Residual risk, with a mechanism.* Two choices stand on reports of load, and stale ones send everybody to the same
   worker. Says how old a report may be, what is done then (a random worker), and how the share of wrong picks is
   measured. Or: the dispatcher is a single node, and what takes its place.

**A strong answer.** "One queue, until it is the bottleneck. It wastes nobody: with two of twelve workers at half speed the
p99 was 238 ms. With a random queue for each request it was a minute, since the slow two got as many as the rest and could
not do them. But somebody hands the work out, and at 0.4 ms a request he is full at 2,500 a second. At 3,000 I measured 1.4
seconds, however many workers I bought. Beyond that I look at two random workers and take the one with less to do: 97 ms
with twice the workers that are busy. What is left is that the load I see is old. I would stamp each report, take a
random worker where both are older than 100 ms, and count how often the other of the two would have been better."

**A weak answer.** "A load balancer with round robin, since it is fair." Fair to workers, not to those who stand behind a long request.
"""

# %% [markdown]
"""
## 8 Recap

- Offered load = rate × mean work, in workers' worth. So many are busy, and so many are never enough.
- One server, random arrivals: the wait is ρ/(1 − ρ) times the mean work. Past the knee five points double it.
- Variation makes waits: (CV of gaps² + CV of work²)/2 stands before it. A utilisation alone says nothing.
- One line for all beats a line each, until its dispatcher is full. Then take the better of two.
- Size by replaying logs, several of them. Refuse at a door, and report whom it refuses wrongly.

**Flash question.** A pool of 20 workers has a load of 10. For one minute three times the traffic comes. For how long after
the rush do people still wait?

<details><summary>Answer</summary>For a minute. In the rush 30 workers' worth comes and 20 are worked off, so the
backlog grows by 10 worker-seconds each second, to 600. Afterwards 10 of the 20 workers are free for it, and 600 / 10 =
60 s. With 14 workers it takes 60 × 16 / 4 = 240 s: the last workers are those that clean up.</details>

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

**Further reading.** Lindley, *The theory of queues with a single server* (1952) · Kingman, *The single server queue in heavy traffic* (1961) ·
Kleinrock, *Queueing Systems I* (1975) · Mitzenmacher, *The Power of Two Choices in Randomized Load Balancing* (2001) ·
Harchol-Balter, *Performance Modeling and Design of Computer Systems* (2013).

**The limit that the next day removes.** Every worker today could do every request. Tomorrow a request needs data that only
one machine has, and nobody else can help with the line in front of it.
"""
