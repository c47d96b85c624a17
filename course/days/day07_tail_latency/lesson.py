# %% [markdown]
"""
## 1 Brief

*"A search asks 100 shards and waits for all of them. Ten thousand searches a second, five milliseconds of work a shard.
I want 99 of 100 answers in 90 milliseconds, and I pay for a few per cent more requests."*

| what | number |
| --- | --- |
| shards that a search asks | 10, then 100, at last 2,000 |
| searches a second | ten thousand, later a quarter more |
| a search; one in a hundred may be slower | within 125 ms, then 90, later 60 |
| leaf requests sent twice | at most 8%, later 3% |
| shards left out of an answer | none, then at most one in a hundred; once more none |
| cores that I pay for, where the opening's searches keep a hundred busy | 200, then 300, at last 210 |

What one shard does for a search is a *leaf*, and the number of leaves is the *fan-out*. Use up the numbers: 10,000 × 100 are
a million leaf requests a second. At 5 ms each they keep 5,000 cores busy. If each core shall be busy 80% of the time, its
*utilisation*, that takes 6,250 cores, and $228,000 a month at {facts.MACHINE_HOUR_USD} for {facts.MACHINE_CORES}. At 53%
it takes 9,400, and $343,000. What do the other 3,150 buy?

**The slowest one decides.** Three leaves, each slow one time in ten. All three are fast in 0.9 × 0.9 × 0.9 = 73% of
searches, so 27% are slow. Now 100 leaves, each slow one time in a hundred. All are fast in 0.99 to the power of 100 = 37%
of searches, so 63% are slow. The *p99* of a leaf is the time that one request in a hundred exceeds, and *most* searches
exceed it. Turn it round: for 99 of 100 searches in time, each of the 100 leaves must be in time 9,999 times of 10,000.

**Two things make a leaf slow.** One is its queue, as on day 2: waiting and work together take 5 / (1 − utilisation) ms on
average, so 25 at 80% and a little under 11 at 53%. The other is a *pause*: a garbage collection, a disk, a neighbour on the same machine.
Here one leaf request in two hundred waits out a pause of 100 ms. In 0.995 to the power of 100 = 61% of searches no leaf
meets one; in 39% some leaf does. Cores shorten the queue. No core shortens a pause.

**Ask again.** Four leaves take 12, 15, 18 and 240 ms; the fourth is a *straggler*. After a *delay* of 30 ms you ask another
replica of its shard as well. That takes 14, and the answer is there after 44 ms, not after 240. This is a *hedged request*.
The leaf is slow only if both copies are, and chances multiply. The first is slow one time in a hundred; the second has less
time left, and is slow two times in a hundred: both, 2 in 10,000. Of searches with 100 leaves 2% are slow then, and with 2,000 leaves still 33%.

![Four shards answer after 12, 15, 18 and 240 ms. After a delay of 30 ms a second copy of the fourth request goes to its replica, takes 14 ms, and the search is done at 44 ms instead of 240.](second_copy.svg)

What does that cost? Let the delay be the 95th percentile of a leaf. Then one request in twenty is sent twice, which is 5%.
The slower copy, the *loser*, may run on, or be told that nobody needs it. In a *tied request* each copy knows the other, and
the one that begins first takes the other one out of its queue. In the paper that made all this known (Dean and Barroso, 2013), a
second copy after 10 ms took the p99.9 (one in a thousand) from {facts.BIGTABLE_P999_MS} to {facts.BIGTABLE_HEDGED_P999_MS}, for {facts.BIGTABLE_EXTRA} more
requests.

**Or do not wait.** Of the four above, wait for three: the search is done at 18 ms, with a *partial answer*. The last leaf
costs most. Let 100 leaves take exponential times: the p99 of the slowest is 9.2 times the mean, of the second slowest 6.5
times, of the sixth slowest 4.0 times. But somebody's documents are missing then. And what if the leaf that is missing is the
one that says whether the answer is safe to show?

**Until when?** A *timeout* is a length: "90 ms". A *deadline* is a point in time: "until 12:00:00.090". Pass a timeout on,
and every call starts it anew. The broker, which asks the leaves, waits 90 ms for one; the leaf waits 90 ms for its disk; and
by then nobody wants the answer. A deadline shrinks by itself. Whoever passes it on keeps something back, to make an answer
of what came.

All of this multiplies chances, as if leaves were slow independently of each other. A *correlated pause* hits several at
once: two replicas in one rack, or all leaves, because all were started at noon. Section 5 measures what that assumption is
worth.

*A weak answer sounds like this: "We set a timeout of 90 ms and retry." Whom do you ask again, when, and what does that do at
peak?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day07")

# %% [markdown]
"""
## 2 Predict

Servers with a queue each, first come, first served. Somebody measures the 95th percentile of a request. From then on, a
request that has no answer by that time is sent to a second server as well. Both copies are served to the end. Second
copies make work, work makes queues, and queues make more requests late. From which utilisation on does that feed itself
without end? Say how busy the servers are with first copies alone, in per cent. It is locked when you run the cell.
"""

# %% [predict]
guess = 90  # per cent busy with first copies
prediction = predict(
    "day07", "busy, from which on second copies feed themselves", guess, between=(0, 100), unit="%"
)

# %% [markdown]
"""
## 3 Run

First the fan-out alone. Below are 100,000 times of single leaves, on servers that are half busy, and what searches of many
leaves take by them. No search is simulated: the finished function computes it from the leaves.
"""

# %% [demo]
from course.days.day07_tail_latency.pictures import leaf_times
from course.systems.simulate.fan_out import fan_out_quantile as finished_quantile

times = leaf_times(100_000)
for shards in (1, 10, 100, 2000):
    half, late = (finished_quantile(times, shards, q) for q in (0.5, 0.99))
    most = finished_quantile(times, shards, 0.99, need=round(0.99 * shards))
    print(
        f"{shards:>5,} shards:  median {half:6.1f} ms   p99 {late:6.1f} ms   p99 without 1 in 100 {most:6.1f} ms"
    )
print(f"the slowest of all {len(times):,} leaves: {max(times):.1f} ms")

# %% [markdown]
"""
Look at the last two lines. For 2,000 shards the p99 of a search is the very slowest time in the sample: it asks for what one
leaf in 200,000 exceeds, and you measured 100,000. Nobody can compute a tail that nobody has seen.

Now the second copies. The limit is computed, the points are simulated.
"""

# %% [demo]
from course.days.day07_tail_latency.pictures import SHARE, feeding
from course.systems.simulate.hedged_leaves import most_busy

reveal(prediction, 100 * most_busy(SHARE), unit="%", plot=feeding)

# %% [demo]
from course.days.day07_tail_latency.pictures import second_copies

second_copies()

# %% [markdown]
"""
"Five per cent" is true of the queue that was measured, and that one had no second copies. They lengthen it, so more
requests pass the same delay. At 70% twice as many are sent as was planned, and the p99 has gained nothing. A little above
that nothing settles: each second copy makes more than one other request late. Most requests are sent twice, queues grow for as
long as the run lasts, and a point up there says only how long that was.

<details><summary>Where the limit comes from</summary>

Servers are busy a share u of the time, mean work is 1. A request takes longer than d in a share exp(−(1 − u)·d) of cases. For
the slowest share h the delay is d = −ln h / (1 − u). If a share e is really sent twice, servers are busy u·(1 + e), and
then e = exp(−(1 − u·(1 + e))·d) = h·exp(c·e), with c = −ln h · u / (1 − u). Draw both sides against e. For small c the line e and the curve h·exp(c·e)
meet. They touch for the last time where c·h·2.718 = 1. For h = 5% that is u / (1 − u) = 2.46. For 1, 2, 5 and 10% the limits
are 88.9, 82.5, 71.1 and 61.5%: the fewer you hedge, the later it happens.

The limit holds for a pool of any number of servers. In fifty, chance pushes the load over it for a while, and a pool that has
gone over does not come back by itself. So a real one gives way a little below.

</details>

This is what your own class will do in exercise 3. A request has no clock and no network; it says what to do next.
"""

# %% [demo]
from course.systems.simulate.hedging import Hedge as Finished

request = Finished(delay_ms=30.0)  # chosen: that of the drawing
print("at  0 ms:", request.start(0.0), "  to be woken at", request.due())
print("at 30 ms:", request.on_time(30.0), "  to be woken at", request.due())
early = Finished(delay_ms=30.0)  # chosen: the same
early.start(0.0)
print("at 18 ms:", early.on_answer(0, 18.0), "  to be woken at", early.due())

# %% [markdown]
"""
And a deadline on its way down. The search has 90 ms. The broker keeps 5 to merge what came, and a leaf keeps 2. The
arguments are the time, the share of what is left, and the reserve.
"""

# %% [demo]
from course.systems.simulate.deadline import Deadline as FinishedDeadline
from course.systems.simulate.errors import DeadlineExceeded

search = FinishedDeadline(90.0)
leaf = search.child(3.0, 1.0, 5.0)
disk = leaf.child(40.0, 0.5, 2.0)
print(
    f"search until {search.at_ms} ms, leaf until {leaf.at_ms}, the first of its two reads until {disk.at_ms}"
)
try:
    leaf.child(84.0, 1.0, 2.0)
except DeadlineExceeded as error:
    print(error)

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A deadline that is handed on (8 minutes, 2 points, about 6 lines)

Every call that a service makes for somebody else needs an end of its own: never later than the caller's, and early enough
that the caller can still answer. Points in time go in, and a point in time comes out.

> hint: Three steps: is what was asked for a share and a reserve at all; what is left of the time after the reserve; the end.
> hint: Write `not 0 < share <= 1` and not `share <= 0 or share > 1`: NaN is neither. And `now + (at - now)` may come out a little above `at`.
"""

# %% [exercise]
from course.systems.simulate.deadline import Deadline  # implement: child

# %% [check] points=2
from course.days.day07_tail_latency.checks import check_child

check_child(Deadline)

# %% [markdown]
"""
### Exercise 2 · The tail of a search (15 minutes, 4 points, about 8 lines)

You have measured single leaves, and want to know what a search of many takes before it is built. Given is
`beta_quantile(q, k, n)` of `course.systems.simulate.order_statistics`. It answers this: what share of
single leaves must have answered by some time, so that in a share `q` of searches at least `k` of their `n` leaves have?

> hint: Three leaves, all of them needed, half of all searches: each leaf must be in time in 0.5 to the power of 1/3 = 79% of cases. What of `beta_quantile` is that?
> hint: That share is a share of the sample. How many of the sorted times must lie at or below the answer, at least? Places begin at 0.
> hint: `sorted(values)` makes a new list. `None` and 0 are different things to ask for.
"""

# %% [exercise]
from course.systems.simulate.fan_out import fan_out_quantile  # implement

# %% [check] points=4
from course.days.day07_tail_latency.checks import check_fan_out

check_fan_out(fan_out_quantile)

# %% [markdown]
"""
### Exercise 3 · A request that is sent again (25 minutes, 6 points, about 15 lines)

Now the second copy itself. You write what happens at three moments: the request begins, its time has come, an answer
arrives. The class keeps no clock. The simulation of section 3 calls it, and so could a real client. Actions are pairs such as
`("send", 0)`. One thing is left to you: what becomes of the copy that has lost. The check accepts both ways, and section 5
asks what yours costs.

> hint: `wake_ms` says when it wants to be woken, and infinity means never. Which two events make it never?
> hint: If `wake_ms` is infinite once the second copy is out, and once there is an answer, then `on_time` needs a single comparison.
> hint: In `on_answer` think of four cases: in time; first of two; second of two; and the same with the copies exchanged. `1 - copy` is the other one.
"""

# %% [exercise]
from course.systems.simulate.hedging import Hedge  # implement: start, on_time, on_answer

# %% [check] points=6
from course.days.day07_tail_latency.checks import check_hedge

check_hedge(Hedge)

# %% [markdown]
"""
## 5 Break

A search over 100 shards that waits for all of them. Servers are busy 53% of the time with first copies, and the
slowest 5% of requests are sent again, by your own `Hedge`. One thing is tried of it: whether it cancels the loser. If it
does, a second copy is counted as half a request's work, since many losers have not begun; if not, as a whole one. Times are
computed as in the Brief. These are the promises:
"""

# %% [demo]
from course.days.day07_tail_latency.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults. The delay is measured every minute by each client, of first copies, unless it says otherwise:

| fault | what happens |
| --- | --- |
| a third of the machines is lost | what is left is busy 80% of the time with first copies |
| pauses come twice as often | one leaf request in a hundred meets one |
| a tenth of the pauses hits both replicas | they stand in one rack |
| all leaves pause at the same time | a leaf pauses as often as before, but all do so together |
| leaves are 1.2 times slower | a new version; and the delay is yesterday's |

Choose *one* and say which promise it breaks, or which one most if you expect two. The guess is locked when you run the
cell. Then try the others. The last two columns show both answers to the question that exercise 3 left to you.
"""

# %% [predict]
guess = "in time"  # one of "in time", "few second copies", "whole answers", "none"
fault = "all leaves pause at the same time"  # or "a third of the machines is lost",
# "pauses come twice as often", "a tenth of the pauses hits both replicas", "leaves are 1.2 times slower"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day07", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, Hedge)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A third of the machines is lost.* The time breaks either way: the queue is longer. If the loser is cancelled, the
  second copies stay below 8%, and the search takes about twice as long. If it runs on, there is no end: 80% is above the
  71% of section 3. Before the fault you could hardly tell the two apart: 81 ms and 83.
- *Pauses come twice as often.* The time breaks. Twice as many first copies meet a pause, and twice as many second ones, so
  both do four times as often; and each search asks a hundred leaves.
- *A tenth of the pauses hits both replicas.* The time breaks, and no second copy mends that: it waits out the same pause.
- *All leaves pause at the same time.* Nothing breaks: 0.5% of searches are late instead of 39%, and a p99 looks at
  the slowest 1%. Look at the p99.9 in the table on independence below before you are glad.
- *Leaves are 1.2 times slower.* Time and second copies break. Yesterday 5% of requests took longer than the delay; today
  a fifth do, even if losers are cancelled. The line under the table says what a delay does that is measured again.

</details>

**What becomes of the loser.** The same simulation as in section 3, and beside it one in which the loser is taken out of its
queue. One that has begun runs on; "both served" says how often that was so.
"""

# %% [demo]
from course.days.day07_tail_latency.pictures import losers

losers()

# %% [markdown]
"""
The busier the servers are, the longer a loser waits, and the more losers are cancelled before they cost anything. So
cancelling helps most where it is needed most. It takes a message for each second copy, and that message must arrive in time.
The table of the faults counted half a request's work for a second copy whose loser is cancelled. Here "both served" is below
a half from 60% on, so that was the cautious number.

**What was independence worth?** The formula takes one leaf's own log: how busy, how often it pauses. Below, searches are
drawn leaf by leaf, both copies of each. In all three worlds a leaf pauses equally often, so its log is the same.
"""

# %% [demo]
from course.days.day07_tail_latency.faults import independence

independence()

# %% [markdown]
"""
Where pauses are independent the formula is right. Where both replicas share a tenth of them, a search takes half as long
again as the formula says. Where all leaves pause together, it is too gloomy about the p99 and too hopeful about the p99.9. A
log of one leaf cannot tell you which world is yours. Times of whole searches can.

**A leaf that must answer.** Let one of the hundred leaves be a safety filter, which says whether the answer may be
shown. "Any 99 of 100" leaves out each leaf now and then, and so this one. The other way is to wait for the filter and 98 of
the others; and where it has not answered after 90 ms, the answer is refused. It fails *closed*.
"""

# %% [demo]
from course.days.day07_tail_latency.faults import mandatory

mandatory()

# %% [markdown]
"""
The column "no verdict" counts answers a second that nobody has judged. The last one counts what it costs to fail closed:
answers in a million that are refused because the filter was late, nearly all of them harmless. The safe way costs
next to nothing in time. Its input is the filter's answer, its threshold the 90 ms, its log a line for each refusal; and
somebody is paged where more than one in a thousand are refused.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. They are computed as in section 5, and your own `Hedge` decides what becomes of
the loser. You have three controls: the slowest share of leaf requests that is sent again, as measured without second
copies; the share of the shards that an answer waits for; and the cores, counted for each hundred that the opening's
searches keep busy (125 is 80%, 188 is 53%). Section 5 had the limits of round 2, but for the shards: there this
interviewer lets one in a hundred be missing. Before each run you predict the number that
the interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day07_tail_latency.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, Deadline, fan_out_quantile, Hedge)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"You turned on hedging on Monday. On Friday, at peak, latency exploded. Why?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A delay at the p95 is 5% only of the queue in which it was measured. Above 71% busy there is no
   equilibrium: at 75% some 68% of requests were sent twice, and p99 went from 18 to over 340 service times and grew
   with the run. At 70% already 10%, for no gain.
2. *Trade-off, with a number.* Hedging 2% moves the limit to 82.5%, and costs 91 ms instead of 81 in round 2. Cancelling the
   loser needs a message a hedge, and at 80% busy sent 2.8% twice with a p99 of 16.7 instead of 23 without second copies. Or
   more cores: a queue that is shorter needs fewer second copies.
3. *Residual risk, with a mechanism.* A budget of second copies that closes by itself, such as a token bucket at 2% of
   requests; each refusal logged; alarm on second over first copies at twice what was meant. Its error: refused second
   copies that would have won, measured in a drill. Says how the pool gets out: switch hedging off, since the state does not
   end when the peak does.

**A strong answer.** "A hedge at the 95th percentile is five per cent only of the queue that it was measured in. Second copies
lengthen that queue, so more requests pass the same delay. By the formula there is no equilibrium above 71% busy, and I
simulated it: at 70% ten per cent were sent twice and the p99 had gained nothing, at 75% it was two thirds of all, and the
p99 went from 18 service times to over three hundred. So on Friday we crossed seventy. First I switch hedging off, since it
keeps itself up after the peak. Then I cancel losers in their queues: at 80% that sent 2.8% twice and p99 was 16.7 instead of
23. And I hedge 2% instead of 5, which moves the limit to 82. What is left is that a cancel can be lost. So clients get a
budget, two second copies in a hundred requests, and it closes by itself. I log what it refuses, and in a drill I measure how
many of those would have won."

**A weak answer.** "The retries overloaded it, so we back off." Which retries? Nothing had failed; everything was only late.
"""

# %% [spoken] [markdown] points=3
"""
**"2,000 shards, 90 ms. One second copy is not enough. What do you give up?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* What is rare in a leaf is not rare in 2,000: both copies late 2 times in 10,000 is one search
   in three. With 2% hedged and all shards awaited the p99 is 115 ms, and with a tenth of pauses in both replicas 142.
2. *Trade-off, with a number.* Leaving out one shard in two hundred takes 115 ms to 50. A third more cores take it to 112:
   they shorten the queue, and the last leaf waits out a pause. A third copy costs load and meets the same rack.
3. *Residual risk, with a mechanism.* Whose documents are missing, and who is told: an answer is marked, and the share of
   left-out shards is counted by shard, since the slow ones are always the same. The safety filter is never among them:
   it fails closed at the deadline, which refused 56 answers in a million, and 549 where racks are shared; paged at one in a
   thousand, and refusals that were harmless are sampled and counted.

**A strong answer.** "Ten shards of two thousand. Both copies of a leaf are late two times in ten thousand, and two thousand
leaves make one search in three of that. I measured 115 ms with all of them and 50 without the slowest half per cent; a third more
cores make it 112, since what is left are pauses. So I would give up completeness, and say so in the answer. Two things I
do not give up. Left-out shards are counted by shard: if it is always the same ones, somebody's documents are gone for good,
and I alarm when one shard is left out five times as often as the mean. And the safety filter is not among the ten. It is
waited for, and the answer fails closed at 90 ms. That refused 56 good answers in a million, and 549 when a tenth of
the pauses hit both replicas, so I page at one in a thousand. What I have assumed is that replicas pause independently; the
whole-search p99.9 would tell me if not."

**A weak answer.** "A third copy." It is rare that two are late, and 2,000 times rare; and in one rack all three wait.
"""

# %% [markdown]
"""
## 8 Recap

- The search's p99 is the leaf's p99.99 at a hundred shards. Cores shorten queues, and no core shortens a pause.
- A second copy multiplies chances, where replicas are slow independently. Measure whole searches to know.
- A hedge at the p95 is 5% only of the queue that it was measured in. Above 71% busy it feeds itself, unless the loser is
  cancelled.
- The last leaf costs a third of the time. Leave it out only with its name in the answer, and never the one that must judge.
- Hand on a deadline, not a timeout, and keep a reserve for your own answer.

**Flash question.** A search asks 50 shards and waits for all. You want 99 of 100 within 80 ms. What share of single leaves must
answer within 80 ms? And with a second copy whose own chance of being late is 2 in 100, how often may a first copy be late?

<details><summary>Answer</summary>0.99 to the power of 1/50 = 0.9998: two leaves in 10,000 may be late. With a second copy the
two chances multiply: 0.0002 / 0.02 = 0.01, so one first copy in a hundred may be late. That needs pauses that do not
hit both.</details>

### Words

> word: leaf: what one shard does for a search.
> word: fan-out: the number of leaves that one search asks at once.
> word: p99: the time that one request in a hundred exceeds; p99.9, one in a thousand.
> word: straggler: the leaf that all others have to wait for.
> word: hedged request: one that is sent a second time, to another replica, when it is late.
> word: tied request: two copies that know each other; the one that begins cancels the other one.
> word: partial answer: one that does not wait for all leaves, and says so.
> word: deadline: a point in time until which an answer is wanted; a timeout is a length.
> word: utilisation: the share of time that a server is busy.
> word: correlated pause: one that hits several servers at the same time, so that chances do not multiply.

**Further reading.** Dean and Barroso, *The Tail at Scale* (CACM 56(2), 2013) · Vulimiri and others, *Low Latency via
Redundancy* (CoNEXT 2013) · Lee, Shah and Ramchandran, *When Do Redundant Requests Reduce Latency?* (arXiv 1311.2851) ·
gRPC, *Request Hedging* (guide): at most {facts.GRPC_HEDGE_COPIES}, a budget by failures, and the losers are cancelled.

**The limit that the next day removes.** Every request was let in, and waiting was all that could happen to it. At 75% busy one
setting was enough for a line without end. Tomorrow somebody is refused before it forms.
"""
