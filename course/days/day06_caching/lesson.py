# %% [markdown]
"""
## 1 Brief

*"One hundred million product pages, four kilobytes each. People read 200,000 a second; popularity follows Zipf's law
with exponent 1. The database computes 108,000 pages a second. I give you eight gigabytes. Keep it alive."*

What the interviewer will hold you to. The numbers change as the hour goes on:

| what | number |
| --- | --- |
| share of people's reads that the cache answers (crawlers are no people) | at least 0.46, later 0.472, then 0.35 |
| share of the answers that have changed since | at most 0.02, later 0.001 |
| computations of the front page, the most read of all, at once | at most 11, later 25 |
| computations of the front page a minute | at most 38 |

Use up the numbers first. All pages are 400 GB. Eight gigabytes hold two million of them, 2%. The database takes 108,000
of 200,000 reads, so the cache has to answer the other 46 in a hundred. That share is its *hit rate*; a read that it cannot
answer is a *miss*. At {facts.MEMORY_GB_HOUR_USD} eight gigabytes cost some $23 a month. So memory is not what is dear here; the
database is.

Can 2% of the pages answer 46% of the reads? By *Zipf's law* with exponent 1 the second page is read half as often as the
first, the third a third as often. Of 100 million pages the first two million then get about four fifths of all reads. A
cache that held just those would do. Yours sees reads come by, and has to find out which they are.

**Who goes?** Everybody's first cache throws out what was used longest ago: *least recently used*, LRU. Give it two places
and the reads a b a c a d a. It computes a and b. Then a is a hit. Then c comes, and b, used longest ago, goes. After another
hit on a comes d, and c goes. That makes four computations and three hits. Look at b and c: they took a place, and left it
before anybody asked again.

**Who enters?** An LRU takes in whoever comes. *Admission* asks first: is this page likely to be read again sooner than the
one that would have to go? Nobody knows that. But one can count. Let b have been read twice and c once, and let c knock: b
stays. What is counted are reads, not hits: those of pages that are not in the cache count as well.

A count for each of 100 million pages would need more memory than the cache. A *sketch* does with less: four rows of
counters, and in each row a hash of the page picks one counter. A read adds 1 to the page's four counters, and the least
of the four is the estimate. Other pages may have counted there too, so it may be too high, and never too low. A counter has
four bits and stops at 15. With four counters in each row for an entry, sixteen in all, that is 8 bytes an entry: 16 MB
beside 8 GB.

Yesterday's counts are not today's. So after every so many reads, the *sample*, all counters are halved: *ageing*. A page
that had 12 and is read no more has 6, then 3, then 1, then none.

A page that is truly new has a count of one, and so has a page that nobody will read again. At the first read nobody can
tell them apart. Therefore a part of the cache is open to all, the *window*. There a newcomer can collect reads before it is
judged.

![A newcomer enters the window, an LRU. When c leaves it, the full main part compares c with b, its own next victim, by a sketch that counts every read: b was read twice and c once, so b stays and c goes.](door.svg)

**How long is it good for?** A page changes, and the cache does not know. Each entry has a *time to live*, TTL; after that
it is computed anew. An answer is *stale* if the page has changed since it was computed. A short TTL means fewer of those,
and it costs hits: a page that is read once in five seconds, with a TTL of ten, has one miss and then two hits on average,
however large the memory.

**The moment it expires.** The front page takes two seconds to compute and is read 2,000 times a second. It expires. Until
it is there again, 4,000 people ask, and each starts a computation. This is a *stampede*. The first remedy is *single
flight*: on each web server one computation of a page runs at a time, and whoever comes meanwhile waits for its result. Forty
web servers share this cache, so that leaves forty.

The second remedy needs no lock. Each read draws a random number *u* between 0 and 1, and looks ahead by −β · δ · ln u
seconds: δ is how long a computation takes, β says how eager we are, and ln u is negative, so this is a time above 0. With
δ = 2 s, β = 1 and u = 0.5 it is 1.39 seconds. If the page expires within them, this read computes it anew, while all
others still get the old one. Most reads look ahead a little, few look far: five seconds before the end it is one read in
twelve. This is *early expiry*; its authors call it XFetch.

*A weak answer sounds like this: "We put an LRU with a TTL in front and get 95%." Of which traffic, in 2% of the pages?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day06")

# %% [markdown]
"""
## 2 Predict

There are 100,000 items, read by Zipf's law with exponent 1. An LRU with 1,000 entries is full and answers half of the
reads. Look at the entries that it throws out. What share of them never answered a single read? Write a number; it is locked
when you run the cell.
"""

# %% [predict]
guess = 45  # per cent of the entries that are thrown out
prediction = predict("day06", "thrown out without one hit", guess, between=(0, 100), unit="%")

# %% [markdown]
"""
## 3 Run

Three hundred thousand reads, and caches of five sizes.
"""

# %% [demo]
from course.days.day06_caching.pictures import replayed, unread

reveal(prediction, 100 * replayed(1000).unread, unit="%", plot=unread())

# %% [markdown]
"""
Hits gather on few items. Those stay; nearly everything else comes in, pushes somebody out, and is pushed out in its turn.
Even with room for a tenth of the items, four of five leave unread.

Now the interviewer's service, in small: 10,000 items that stand for 100 million, each with the rate that it has in the
world, and room for 2%. On one side a plain LRU; on the other a window of a tenth, and admission behind it.
"""

# %% [demo]
from course.days.day06_caching.pictures import people

for told, load in (
    ("a calm day", {}),
    ("a crawler reads as much as people do", {"scan": 0.5}),
    ("a calm day, twice the memory", {"entries": 400.0}),
):
    plain, admitted = people(window=1.0, **load), people(window=0.1, **load)
    print(f"{told:<37} LRU {plain:.3f}   admission {admitted:.3f}")

# %% [markdown]
"""
What admission adds on a calm day is seven tenths of what twice the memory adds. Against a crawler memory hardly
helps, since there is no end of keys that are read once.

Next: the front page. It is computed in two seconds, and each number is the mean of 20,000 expiries.
"""

# %% [demo]
from math import exp

from course.days.day06_caching.pictures import computed

for beta in (0.0, 0.5, 1.0, 2.0):
    cells = [f"{computed(rate, beta)[0]:9,.1f}" for rate in (100, 1000, 10_000)]
    formula = f"   e^(1/β) = {exp(1 / beta):.2f}" if beta else "   every read until it is there"
    print(f"β {beta:.1f}: computations at 100, 1,000, 10,000 reads a second {''.join(cells)}{formula}")

# %% [markdown]
"""
Two things are worth a stop. The number does not depend on how often the page is read. And it is not one: you will read
"exactly one request recomputes" about this method. While the first one computes, for two seconds, others go on drawing.

<details><summary>Why e^(1/β), and why at any rate?</summary>

With x seconds left, a read is early enough with a probability of e^(−x/βδ). At λ reads a second such reads come at a rate
of λ · e^(−x/βδ), which grows e-fold every βδ seconds as x falls. Until x they add up to λβδ · e^(−x/βδ). The first one comes when that sum reaches E, a random number with
mean 1. From then on the sum grows for δ seconds by a factor of e^(1/β), whatever λ was: that is E · (e^(1/β) − 1) more on
average. With the first one that makes 1 + (e^(1/β) − 1) = e^(1/β). A higher rate only moves the start: the refresh begins
about βδ · (ln λβδ + 0.577) seconds before the expiry.

</details>

Last, single flight: three callers, each on a thread of its own. Ann and Ben want the same page. A load here ends when
nobody else can go on, so that the order is the same every time; `/1` is what the first load gave.
"""

# %% [demo]
from course.systems.cluster.callers import Callers
from course.systems.cluster.single_flight import SingleFlight as Finished

callers = [("ann", [("/", "")]), ("ben", [("/", "")]), ("cyd", [("/news", "")])]
print(*Callers(Finished).meet(callers), sep="\n")

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Early, by a draw (8 minutes, 3 points, about 5 lines)

One read, one draw, one answer: compute the page now, or serve what is there? No lock, no message to anybody. All the
care is in the ends: at the expiry, with a draw of 1, and with what is no draw at all.

> hint: ln u is 0 for a draw of 1 and falls without end towards 0. So how early is a read, and is that a positive number?
> hint: Every comparison with NaN is false, so a test for what is *wrong* lets it through. Test for what is right, and negate that; or ask `math.isnan`.
"""

# %% [exercise]
from course.systems.cluster.early_expiry import xfetch_due  # implement

# %% [check] points=3
from course.days.day06_caching.checks import check_due

check_due(xfetch_due)

# %% [markdown]
"""
### Exercise 2 · Who may enter? (15 minutes, 4 points, about 7 lines)

The door of the cache. `record` is told of every read, and ages what was counted. `admit` holds a candidate against the
key that would have to go. The sketch is given. One thing the docstring does not say, and the check accepts either way,
if it is the same one at every tie: who wins where the estimates are equal. Before you choose, think of the keys that will stand at this door, and of what
their counts are.

> hint: `record`: which comes first, counting this read or halving? And what is `seen` after a halving, so that it still fits the counters?
> hint: `admit` needs two numbers and one comparison. Nothing else may move: whoever compares has not read.
"""

# %% [exercise]
from course.systems.cluster.tinylfu import TinyLFU  # implement: record, admit

# %% [check] points=4
from course.days.day06_caching.checks import check_policy

check_policy(TinyLFU)

# %% [markdown]
"""
### Exercise 3 · One load a key (25 minutes, 5 points, about 17 lines)

Callers on many threads, and a load that takes two seconds. The first to ask runs it; all who come meanwhile wait and
share. `self.new_flight()` makes a `Flight`: `done` is an event with `set()` and `wait()`, `value` and `error` start as None.
Take the lock with `with self.lock:`. The check runs real threads in many orders, so wait for the lock and for `done`, and for nothing
else.

> hint: To look a flight up and to make one where there is none has to be one step, as others see it. What may not be within that step?
> hint: A load can end in two ways. After both the key has to be free *before* anybody learns of it, so write down what came, free the key, and only then let those who wait go on.
> hint: `except Exception` does not catch all that a load can raise.
"""

# %% [exercise]
from course.systems.cluster.single_flight import SingleFlight  # implement: do

# %% [check] points=5
from course.days.day06_caching.checks import check_flight

check_flight(SingleFlight)

# %% [markdown]
"""
## 5 Break

Your parts at work, in small as in section 3: 200 entries, a window of a tenth and your admission behind it, a TTL of
300 seconds, and your early expiry with β = 1 for the front page. These are the promises:
"""

# %% [demo]
from course.days.day06_caching.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| a crawler comes | half of all reads are its own, each of another page |
| twice the memory | 400 entries |
| taste goes flat | Zipf's exponent falls from 1 to 0.7 |
| news | two reads in five go to items that live for 30 seconds |
| popularity changes hands | in the middle of the run other items become the popular ones; counted from there |
| the front page becomes slow | 20 seconds a computation in place of 2 |
| a release forgets early refresh | β is 0 for the front page |
| a restart | all entries were filled in one moment |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others: some break
nothing. One asks about your decision in exercise 2.
"""

# %% [predict]
guess = "people's hit rate"  # one of "people's hit rate", "nothing stale", "no stampede",
# "nobody waits for another page", "none"
fault = "a crawler comes"  # or "twice the memory", "taste goes flat", "news",
# "popularity changes hands", "the front page becomes slow", "a release forgets early refresh", "a restart"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day06", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, xfetch_due, TinyLFU, SingleFlight)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A crawler comes.* If a tie leaves the resident in place, people keep 0.486. If a tie lets the candidate in, they have
  0.442, and the promise breaks. A crawler's page has a count of one, and so has much of what stands at the main part's end: the
  crawler is nothing but ties. A plain LRU falls to 0.377.
- *Twice the memory.* Nothing breaks, and little is won: 0.599 in place of 0.537.
- *Taste goes flat.* The promise breaks for everybody. With an exponent of 0.7 no 2% of the items have 46% of the reads. What
  you have then is a memory bill, and admission still gives half as much again as LRU.
- *News.* Nothing breaks, but look at the line below the table: a plain LRU is nine points better here. News are new, their count is low,
  and when it is high they are old. This is what a larger window is for.
- *Popularity changes hands.* Nothing breaks, thanks to ageing. Without it the hit rate is 0.212. On a day on which popularity
  does *not* move ageing costs: with the crawler there would be 0.515 without it.
- *The front page becomes slow.* Nothing breaks: e^(1/β) knows neither the rate nor δ. But each refresh begins ten times as
  early, so it is computed more often.
- *A release forgets early refresh.* Forty at once, one on each server. Single flight holds what it promised.
- *A restart.* Nothing of these breaks. The line below the table shows the wave: what was filled together expires together. A
  spread of ± 10% hardly helps; popular items come back within seconds of each other all the same, and the wave is as wide as their spread.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a read. Then
the interviewer has six constraints. The reads are replayed one by one with *your* `TinyLFU`, and the front page is refreshed by
*your* `xfetch_due`. You have three controls: the window, the TTL, and β for the front page. Before each run you predict the
number that the interviewer names; without a prediction nothing runs. A round that you passed must still pass when the
next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day06_caching.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, xfetch_due, TinyLFU)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"A crawler arrives and the database falls over. Memory is fine. What happened, and what do you do?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Each page that is read once pushes out one that would have been read again: people's hit rate
   with LRU fell from 0.480 to 0.377, some 20,600 computations more each second at 200,000 reads. Says that nine in ten
   that an LRU throws out were never read again even on a calm day.
2. *Trade-off, with a number.* Admission keeps 0.486 for 16 MB of counters beside 8 GB; ties to the resident, since with ties
   to the newcomer it is 0.442. Its price is what is new: with two reads in five for news it has 0.498 and LRU 0.592, so a
   window stays open. More memory is no answer to keys without end.
3. *Residual risk, with a mechanism.* The crawler's own misses still reach the database: a lane of its own for a client
   whose last 20 reads had 19 misses or more, logged with client, window and misses. At a miss rate of 0.53 a reader trips it
   with a probability of about 6 in 100,000 if reads are independent; sessions are not, so the rate is measured and reviewed.

**A strong answer.** "LRU believes every newcomer. The crawler reads each page once, so every read of its own throws out
something that people would have asked for: in my run the hit rate fell from 0.48 to 0.377. At 200,000 reads that is 20,000
more computations a second, and the database had no such room. I make a newcomer prove itself: a page gets a place only if it
was read more often than the one that must go, counted in a sketch of 8 bytes an entry. A tie goes to the resident; with ties to the newcomer I
measured 0.442 in place of 0.486, since a crawler is all ties. What I pay: news look like a crawler at first, so a part of the cache
stays open to all. What remains are the crawler's own misses. I put a client into a slow lane when 19 of its last 20
reads missed, log it, and look at how many of those were people."

**A weak answer.** "We add cache nodes." For pages that nobody reads twice?
"""

# %% [spoken] [markdown] points=3
"""
**"The front page expires every 20 seconds and takes 2 to compute. Design its refresh."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* 4,000 reads come during one computation at 2,000 a second. Single flight on forty servers
   leaves forty at once.
2. *Trade-off, with a number.* Early refresh with β = 1 gives 10 at once at the worst of a hundred expiries, and 52 runs a
   minute; β = 0.5 gives 22 and 32; β = 2 computes nearly all the time, since it begins 38 seconds before an expiry that is 20 away. The
   number at once depends on neither the rate nor δ: e^(1/β) on average.
3. *Residual risk, with a mechanism.* The load fails or hangs: single flight hands its error to all who wait, so serve the old page
   up to a limit (30 s, say), count those answers, page somebody beyond 1%. Says how many of them were wrong: age over the time between
   changes. δ is measured, and a slow database makes it larger just then.

**A strong answer.** "At 2,000 reads a second a computation of two seconds sees 4,000 of them. One flight a server makes that
forty, which is still forty copies of the dearest page. So I refresh early: each read draws, and the nearer the expiry
the likelier it is to compute while everybody else gets the old page. With β = 1 that is nine at once at worst and 2.7 on average, at any
rate. But with a TTL of 20 seconds it begins 18 before the end, so the page is computed 52 times a minute, and ten at once. With β = 0.5 it is 22 at
once and 32 a minute, and that fits a machine with 38. If the computation fails, I serve the old one for 30 seconds more, count
that, and wake somebody at one per cent. What I have assumed is δ: if the database slows down, refreshes begin earlier, just when
it can least take them, so I would cap how early."

**A weak answer.** "We put a lock around it." On which of the forty servers, and who waits for what when it hangs?
"""

# %% [markdown]
"""
## 8 Recap

- A hit rate comes from the shape of the traffic. In 2% of the items, with exponent 1, it is about half.
- LRU takes in whoever comes, and throws nine in ten of them out unread. Admission asks who was read more often.
- Ties decide against a crawler. Ageing decides when popularity moves. The window decides for what is new.
- Single flight: one load a key and server, an error for all who wait, the key free before anybody learns of it.
- Early expiry: e^(1/β) computations at any rate, the price is a refresh that begins earlier.

**Flash question.** A page is read once in five seconds, memory is no problem, and its TTL goes from 10 to 20 seconds. What
happens to its hit rate, and to how stale it is?

<details><summary>Answer</summary>From 2/3 to 4/5: λT/(1 + λT), with λ = 0.2 a second. Its answers get about twice as old on average, so about twice as many of them have changed since. A hit rate that a TTL caps is bought
with staleness, and with nothing else.</details>

### Words

> word: hit rate: the share of reads that the cache answers; the rest are misses.
> word: least recently used: whoever was used longest ago goes (LRU).
> word: admission: the decision whether a newcomer may take a resident's place.
> word: sketch: counts in less memory than keys; an estimate is never too low.
> word: ageing: all counters are halved after a sample of reads, so that old reads count less.
> word: time to live: how long an entry may be served (TTL).
> word: stale: served, and changed since.
> word: stampede: many computations of one page at once after its expiry (thundering herd, dog-pile).
> word: single flight: one load of a key at a time; whoever comes meanwhile shares its result.
> word: early expiry: a read computes before the end, by a draw (XFetch, probabilistic early expiry).

**Further reading.** Einziger, Friedman and Manes, *TinyLFU: A Highly Efficient Cache Admission Policy* (ACM TOS 2017) ·
Vattani, Chierichetti and Lowenstein, *Optimal Probabilistic Cache Stampede Prevention* (PVLDB 2015) · Nishtala and
others, *Scaling Memcache at Facebook* (NSDI 2013) · Che, Tung and Wang, *Hierarchical Web Caching Systems* (IEEE JSAC
2002) · King, *Analysis of Demand Paging Algorithms* (IFIP 1971).

**The limit that the next day removes.** Half of the reads are answered at once. The other half wait for the database, and a page
that needs ten of them waits for the slowest.
"""
