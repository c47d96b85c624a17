# %% [markdown]
"""
## 1 Brief

*"A hundred million documents, five hundred queries a second, the ten best in 65 milliseconds at the 99th percentile. Cut the
index up. Then I take a machine away."*

| what | number |
| --- | --- |
| millions of documents | 100, at last 300 |
| queries a second | 500, then 1,000, at last 400 |
| a search; one in a hundred may be slower | 65 ms |
| hits that are wanted | 10, later 300 |
| share of the documents that is searched | at least 0.9995 on average, once machines fail |
| machines, of {facts.MACHINE_CORES} each | 25, then 45, 65, 170 |

A piece of the index, with its documents, is a *shard*. Use up the numbers. A *core-ms* is one core, busy for one millisecond. A query takes
{facts.WORDS_OR_CORE_MS} for a million documents, so 200 for a hundred million: one core would need 200 ms. Cut the index into 20 shards, each on a
machine of its own. Then each has 10 ms of work, and 1 ms for the call itself: 11 ms, 220 core-ms together. At 500 queries a second 110 cores are
busy, of the 320 on 20 machines. Time decides here, and not memory.

Why not 80 shards, then? Each call meets a pause of 40 ms with probability 0.01. Of 20 calls at least one meets it in 1 − 0.99 to the power of 20 =
18% of queries, of 80 calls in 55%: then it is the usual query that waits. And 80 calls cost 280 core-ms.

**Scatter and gather.** A *broker* sends the query to every shard, and merges what comes back: that is *scatter-gather*. The number of shards that a query
goes to is its *fan-out*. This is a *document partition*: each shard has some documents, with all of their words. In a *term partition* each machine has some words, with all of
their documents. Then a query asks only a few machines. But whoever has "the" is asked by everybody, and whole posting lists travel
where otherwise ten hits do.

**Is it certain?** Two shards, and the two best are wanted. You ask each for one. A sends a hit with score 9, B one with 5. Are 9 and 5 the two best? A has not sent
its second: that may have 8. So A must be asked again. B need not be: its hit *is* the second best of what came, and whatever follows it in B comes after it. And had A been asked for three, and sent one? Then
it has no others.

**What is rare?** BM25 from day 12 needs to know of how many documents a word stands in (*df*), of how many there are (N), and how long they are on average. Let A hold 1,000 documents,
10 of them with "lease"; B 1,000, with 90. A counts alone, and takes the word for rare: its weight, the idf, is 4.6. B says 2.4. The same text scores nearly twice as much in
A. With *global statistics*, the sums over all shards, both say 3.0. Sums are exact: whole numbers, in any order.

**One is late.** Each shard has *copies*, or replicas, on other machines. What happens to a search whose shard is silent? After a delay the broker asks another copy as well, and takes what comes first: a
*hedged request*, as on day 7. One that is dead is another matter. Its connection breaks, and that is known at once.

![A broker asks one copy of each of three shards at 0 ms. Shards 1 and 3 answer after 9 and 12 ms. Copy a of shard 2 is silent; at 20 ms copy b is asked too, and is back at 31.](gather.svg)

**And if nobody answers?** At the *deadline* the broker answers with what it has: a *partial answer*. It says its *coverage*, the share of the documents that was searched. Three shards of 50, 30 and 20
documents, the third one silent: coverage 0.8, and not two thirds. What 0.8 is worth depends on who asks. For the first page of a shop it is fine. A
lawyer who asks "is there anything?" must not be told "no".

*A weak answer sounds like this: "We shard it, and each shard returns its top ten." By which idf, and what do you show when one is silent?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day13")

# %% [markdown]
"""
## 2 Predict

The 6,800 passages of day 12 stand in a hundred shards, spread by a hash of the id. Of each of twenty-four queries the exact hundred best
are wanted. Ask every shard for a hundred, and nearly all that is sent is thrown away. How many hits must each shard send, so that the hundred best of *every* one of the 24 queries have come? Write
a whole number; it is locked when you run the cell.
"""

# %% [predict]
guess = 50  # hits a shard
prediction = predict("day13", "hits that each shard must send", guess, between=(1, 100), unit="hits")

# %% [markdown]
"""
## 3 Run

The dashed line is another way to cut: in the order of the passages' paths, so that neighbours stay together, as the documents of one customer would.
"""

# %% [demo]
from course.days.day13_scatter_gather.pictures import needed, trips

reveal(prediction, needed(), unit="hits", plot=trips())

# %% [markdown]
"""
A hash deals the hundred best to the shards like balls to boxes: one each on average, and seldom many in one. That no box of a hundred has more than five of a hundred balls
has probability 0.947; no more than six, 0.993. To *know* that nothing is missing
the broker needs, as a rule, one more hit of the fullest shard: the first that is not among the best. Where neighbours stay together, one subject is one shard, and the best of a query stand there.

Now the scores themselves. Each shard computes its own ten; once with the counts of all, once with its own alone.
"""

# %% [demo]
from course.days.day13_scatter_gather.pictures import alone

alone()

# %% [markdown]
"""
Told of all, the shards give what one index gives: the same ids and the same scores, to the last bit. Alone, not one query has its ten in the same order. These shards
are small: the relative error of a count falls with its square root, so large shards by a hash suffer less. A tenant's own shard always does. Elasticsearch scores each shard by its own
counts, unless a query says that they are to be gathered first.

The two ways to cut, by documents and by words, on the same queries:
"""

# %% [demo]
from course.days.day13_scatter_gather.pictures import by_word

by_word()

# %% [markdown]
"""
At a hundred million documents the lists are 15,000 times as long; ten hits stay ten hits. So search engines cut by documents.

How long does a search over all shards take? This is computed: the slowest of independent calls, without a queue. The work of a call varies about its
mean (one in ten takes 1.7 times the median or more: log-normal), and one call in a hundred meets the pause. Hedged, a call that is slower than 95 of
100 is asked again at another copy.
"""

# %% [demo]
from course.days.day13_scatter_gather.pictures import cut

cut()

# %% [markdown]
"""
In every row more than one query in a hundred meets a pause. So the 99th percentile has little to lose by more
shards, and they shorten the work. The median falls too, until most queries meet a pause: at 80 shards it is worse than at 10. Hedges take the pauses out again.

Last, real ones. Eight processes on this machine, two for each of four shards, and the finished broker: it waits 50 ms before it asks
another copy. Then one process is killed, one stands still, and at last the second copy of the dead one's shard is killed as well.
"""

# %% [demo]
from course.days.day13_scatter_gather.pictures import killed

killed()

# %% [markdown]
"""
A dead process costs nothing while its shard has another copy, for the connection breaks and everybody knows. One that stands still says nothing, and only a clock finds it.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · What one index would have counted (10 minutes, 2 points, about 10 lines)

Every copy of every shard reports what it counts of its documents. You make the statistics of the whole. Two copies of a shard have the same documents, and during an upgrade one
of them may be behind.

> hint: First find the one report of each shard that counts; then forget the others.
> hint: A word may be new to your sum. What was its count until now?
"""

# %% [exercise]
from course.systems.search.global_statistics import global_statistics  # implement

# %% [check] points=2
from course.days.day13_scatter_gather.checks import check_statistics

check_statistics(global_statistics)

# %% [markdown]
"""
### Exercise 2 · The best of many, and is it certain (20 minutes, 4 points, about 14 lines)

Sorted answers come in, the best of all go out, and with them the shards that could still hold a better one. `place(hit)` is given: what hits are sorted by.

> hint: The lists are sorted. `heapq` has a function for that, which gives one item after the other and looks at no more than it must.
> hint: For each shard ask two things. May it have others at all? Where, at best, would the next one stand?
> hint: The next one of a shard comes after its last. If that is the k-th best itself, or comes after it, nothing better can follow.
"""

# %% [exercise]
from course.systems.search.merge import merge_top_k  # implement

# %% [check] points=4
from course.days.day13_scatter_gather.checks import check_merge

check_merge(merge_top_k)

# %% [markdown]
"""
### Exercise 3 · The broker (35 minutes, 6 points, about 24 lines)

One search, from the first request to the answer. `network.now()` is the time in ms. `network.receive(until)` waits for what happens next, or until a time: it
gives `(ticket, hits)`, or `(ticket, None)` where the connection broke, or None when the time has come. Nothing else waits.

Given is `Tickets(network, query, ask)`. `ask(shard, copies)` sends to the first copy that is live and was not tried, and says whether there was one.
`take(ticket)` gives its shard, and `""` for a stranger. `silent(answers)` lists the shards with a ticket out that are not in `answers`. Your own
`merge_top_k` merges. One thing is left to you: which copy is asked first. The check accepts any way.

> hint: One loop. It goes on while some shard is silent, and waits until the hedge is due, afterwards until the deadline.
> hint: Three things can come of one `receive`. Treat each in a branch of its own, and ask in which of them the loop ends.
> hint: An answer counts if its ticket is of this search and its shard has none yet. The same is true of a broken connection.
"""

# %% [exercise]
from course.systems.search.broker import Broker  # implement: search

# %% [check] points=6
from course.days.day13_scatter_gather.checks import check_broker

check_broker(merge_top_k, Broker)

# %% [markdown]
"""
## 5 Break

Twenty shards by a hash, two copies of each, hedged as in section 3. Times are computed as there, for 100 million documents. The ten hits are found in the
6,800 passages, with your own statistics and merge; both copies of every shard report. These are the promises:
"""

# %% [demo]
from course.days.day13_scatter_gather.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| a machine is killed | a shard has one copy fewer |
| a machine runs at a quarter of its speed | its calls take four times as long |
| one machine is dead, one restarts at any time | an upgrade goes round while a machine is away |
| each shard counts its words alone | no global statistics |
| hits are numbered as they arrive | of equal scores the one wins that came first |
| a shard is empty | a twenty-first one, without documents |
| permissions are checked at the broker | a user may see a tenth of the documents; the ten best of all are filtered |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "in time"  # one of "the same ten", "in time", "all is searched", "none"
fault = "a machine is killed"  # or "a machine runs at a quarter of its speed",
# "one machine is dead, one restarts at any time", "each shard counts its words alone",
# "hits are numbered as they arrive", "a shard is empty",
# "permissions are checked at the broker"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day13", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, global_statistics, merge_top_k, Broker)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A machine is killed.* Nothing breaks. The other copy answers. The 99th percentile rises a little, since that shard has nobody left to ask again. With one copy a twentieth of the documents would be gone, and what stood there.
- *A machine runs at a quarter of its speed.* Nothing breaks: hedged, the other copy answers first. Look at the columns beside it. Without hedges the time breaks, and a health check would find nothing.
- *One machine is dead, one restarts at any time.* The coverage breaks, and the same ten with it. One time in 39 the machine that restarts is the twin of the dead one, and then a twentieth of the documents is not searched. The mean says 0.9987.
- *Each shard counts its words alone.* The same ten breaks, for nearly every query, and nobody sees an error.
- *Hits are numbered as they arrive.* The same ten breaks, here and there: passages with equal scores are common, because text is copied. The same query then gives another ten the next time.
- *A shard is empty.* Nothing breaks. It sends fewer than it was asked for, and adds 0 to every sum.
- *Permissions are checked at the broker.* The same ten breaks: one of ten is left. Filter on the shard, before its ten best are taken.

</details>

**What tenants can learn of each other.** Customers who share an index share its counts. One of them looks for a rare word every day, and at the score of a page of its own. One day the score is lower:
"""

# %% [demo]
from course.systems.search.idf import idf

before, after = idf(6_800, 8), idf(6_800, 9)
print(
    f"idf of a word that 8 documents hold {before:.2f}, and 9: {after:.2f}; a score falls by {1 - after / before:.1%}"
)

# %% [markdown]
"""
So another tenant has written that word. Three ways out, each with its price. *No scores outside*: then ranks still move, which is less to see. *Counts for each tenant alone*: nothing leaks, and the ten are others; the table of section 3 says how many,
though for the tenant they may well be the better ones. *A word counts globally only once several tenants hold it*, say three, and which were withheld is logged: rare honest words are then scored by the shard's own count. What you choose is checked by
a test that writes as one tenant and reads as another.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a query.
Then the interviewer has six constraints. Times are computed as in section 3; whether one trip is enough is measured on the 24 queries with *your* merge, and what depends on *your* broker is measured on it.
You have three controls: the shards, the copies of each and whether they are hedged, and how many hits a shard is asked for. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day13_scatter_gather.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, global_statistics, merge_top_k, Broker)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"One of your forty machines has become four times slower. It answers every health check. What do users see?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A search waits for its slowest shard, and half of all queries meet the slow copy: the 99th percentile goes from 60 ms to 95 with two copies, and to 105 with one.
2. *Trade-off, with a number.* Hedging after the 95th percentile costs 5% more calls and brings it to 47 ms. Or the shard is left out: that is 5% of the documents.
3. *Residual risk, with a mechanism.* If *all* are slow, hedges add load: stop hedging above 10% hedged calls in ten seconds, and log it; the false stops cost the 99th percentile of a minute. Or: a shard whose other copy is dead has nobody to ask again.

**A strong answer.** "Every query waits for the slowest of twenty shards, and half of the queries meet the slow copy. So the 99th percentile goes from 60 ms to 95. A health check sees nothing, since it answers. I hedge: after the 95th percentile of a call I ask the other copy. That is one call in twenty more, and the 99th percentile is 47 ms, less than before. Or I leave the shard out at a
deadline, which loses a twentieth of the documents, and I would have to say so on the page. What I watch is the share of hedged calls by machine: the slow one shows there in a minute, and I take it out. And if everything is slow, hedges make it worse. So the broker stops
hedging above ten per cent in ten seconds, and says so in its log. That will be wrong in a real spike, and costs us the 99th percentile of that minute."

**A weak answer.** "The load balancer takes it out." By which sign? It answers.
"""

# %% [spoken] [markdown] points=3
"""
**"The reranker team asks for the three hundred best instead of ten, and the broker's network is full. What do you do?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Three hundred hits of each of 20 shards are 70 KiB a query, of which nineteen in twenty are thrown away; at 1,000 queries a second that is 72 MB a second.
2. *Trade-off, with a number.* Ask each for 30, twice its part: 7 KiB, and the merge certifies all 24 queries in one trip. Where documents are together by tenant 80 of each of 40 shards: 37.5 KiB.
3. *Residual risk, with a mechanism.* Skew grows with the corpus: count second trips, alarm above 5% of the queries in ten minutes; a false alarm costs a look. Or: an answer that missed a shard is marked, and not cached.

**A strong answer.** "Each of twenty shards sends three hundred hits, 70 kibibytes a query, and the broker throws away nineteen of twenty. But three hundred best over twenty shards are fifteen each, and by a hash the fullest shard had no more than 25. So I ask for 30. The merge can tell: a shard whose
last hit is at the three hundredth or behind it holds nothing better. In 24 queries nobody had to be asked again, and it is 7 kibibytes instead of 70. Where one is not certain, it is one more trip to one shard. If the documents lie by tenant it is different: the best of a query stand together, and I needed 80 of each of forty shards.
I count second trips, and look when they pass five in a hundred."

**A weak answer.** "A faster network." Or ten from each shard, and nobody knows what is missing.
"""

# %% [markdown]
"""
## 8 Recap

- Cut by documents: ten hits travel, and not lists. More shards shorten the work, and meet more pauses.
- The merge says whether it is certain: ask again whoever's last hit stands before the k-th.
- Sums of counts, sent to every shard: then many shards rank as one index does. Ties go by id.
- Dead is known at once, silent only by a clock. Another copy, then a partial answer that says its coverage.
- A copy that is never asked takes no load. Permissions are filtered on the shard.

**Flash question.** Three shards are asked for two hits each; the three best are wanted. A sends 9 and 7, B sends 8 and 3, C sends 6. Who must be asked again?

<details><summary>Answer</summary>The three best are 9, 8 and 7. A's last hit is the third best: what follows comes after it. B's last, 3, stands behind it. C sent fewer than it was asked for. So nobody: it is certain.</details>

### Words

> word: shard: a piece of the index with some of the documents.
> word: document partition: each machine has some documents, with all their words; a term partition, some words with all their documents.
> word: broker: sends a query to all shards, and merges what comes back: scatter-gather.
> word: fan-out: how many shards one query goes to.
> word: copy: a replica, the same shard on another machine.
> word: hedged request: the same question to another copy, after a delay; the first answer counts.
> word: deadline: the point in time at which the broker answers with what it has.
> word: coverage: the share of the documents that was searched; below 1 the answer is partial.
> word: global statistics: N, df and lengths of all shards together.

**Further reading.** Barroso, Dean and Hölzle, *Web Search for a Planet* (IEEE Micro 23(2), 2003) · Dean and Barroso, *The Tail at Scale* (CACM 56(2), 2013) ·
Badue, Baeza-Yates, Ribeiro-Neto and Ziviani, *Distributed Query Processing Using Partitioned Inverted Files* (SPIRE 2001) · Callan, *Distributed Information Retrieval* (2000) · Elasticsearch, *search type* (manual): `dfs_query_then_fetch` gathers the counts of words first.

**The limit that the next day removes.** The documents stood still. Tomorrow one is written, and is to be found within a second, while everybody reads.
"""
