# %% [markdown]
"""
## 1 Brief

*"Search by meaning: a document is a vector of 768 numbers, a query is one too, and we want the ten nearest. Ten million
documents and a thousand queries a second today; a billion and a million if it works. What do you buy, what does a query
cost, and what runs out first?"*

| what | number |
| --- | --- |
| documents | 10 million, then 1 billion |
| queries a second, at the peak | 1,000, then 1 million |
| a machine | {facts.MACHINE_CORES}, 64 GB, {facts.MACHINE_HOUR_USD} |
| of the true ten nearest, missed | at most 2.5% |
| age of an answer | 0 s, later up to 60 s |

**The hour.** A design round takes {facts.ROUND_DESIGN_MINUTES}. It is a conversation that changes its problem: a broad
question, your first design, one part of it in depth, then constraint after constraint. Nobody waits for a famous
architecture. They watch what you do when a number changes. So find the numbers before you draw boxes:

![The 55 minutes of a design round: clarify 6, estimate 6, interface and data 8, path 8, one part in depth 15, constraint after constraint 10, watch and roll back 2. The first four come before the knobs.](hour.svg)

*Clarify* what would change the design; what you did not ask, you have assumed. *Estimate* three numbers, each with its
unit. *Interface and data*: the calls with their types, and for each fact who owns it and by which key it is found. *Path*:
the way of one request, box by box. These four open section 6 of every day, before you may turn a control of your design
(a *knob*). Safety has no minutes of its own: it is a part on the path, with a threshold, a log, and a count of people whom
it refused wrongly.

**Memory.** A number takes 4 bytes, so a vector takes 768 × 4 = 3,072. Nobody compares a query with a billion of them, so the
index is a *graph*: each vector keeps links to some neighbours, and a search hops along them (day 18 builds one). Links add
144 bytes. Such a search misses some of the true ten; the share that it finds is its *recall@10*, here {facts.HNSW_RECALL}.
Now multiply: 3,216 bytes × 1,000,000,000 = 3.2 TB.

Fill a machine to 80%; the rest is *headroom*. That leaves 51.2 GB for 3,216 GB, and 3,216 / 51.2 = 62.8. So the documents
are cut into 63 *shards*, one a machine. Machines die, so everything exists twice: 2 *copies* of 63 shards, 126 machines. At $0.80
for each of the 730 hours of a month that is $73,600.

![Three shards in two copies, six machines. A query goes to every shard of one copy; the next query goes to the other copy.](fleet.svg)

**Processors.** The nearest vector may lie in any shard, so a query asks every shard of one copy. One look-up in a shard of
16 million vectors takes 0.325 *core-ms*: a core-ms is one core at work for a millisecond. All 63 together take 20.5. At
1,000 *QPS* (queries per second) that is 20.5 seconds of work in each second, so 20.5 cores are busy, out of
126 × 16 = 2,016. Their *utilisation*, the share that is busy, is 1%. You bought memory, and the processors came with it.

At a million QPS the same line says something else. You will work it out in section 6.

**What runs out first?** Not what is fullest. Take one machine of 256 GB, with vectors of one byte a number; section 5
breaks it. It serves 1,000 requests a second. Its memory is 71% full, its 16 cores are 4% busy, its network carries 3 MB of
1,250 a second, and 20 of its 1,000 connections are open. Now let traffic grow.

- Memory stays at 71%. The index does not care how many ask.
- A request takes 0.582 core-ms. The cores are full at 16 / 0.000582 = 27,500 requests a second.
- A request brings a vector, 3 KB. The network is full at 1,250 / 0.003, some 400,000 a second.
- A connection is *held*, here for 20 ms. How many are open at once? Suppose three requests come each second and each stays
  for two seconds: six are inside. Number inside = rate × time; that is *Little's law*. A thousand are inside at
  1,000 / 0.02 = 50,000 a second.

The cores are full first. They are the *bottleneck*, although they are only 4% busy today.

**Who pays?** Answers come in tiers, cheap ones first. A cache keeps each answer for a while, its *TTL* (time to live), and
answers 60 of 100 queries at 1 cent each. The other 40 go on to a tier that costs 10 cents. The bill: 100 × 1 + 40 × 10 =
500 cents. All 100 pay the cache, answered or not, and 40 queries are four fifths of the bill.

**How far to trust it?** To a factor of two, if you know where each figure comes from. The prices above are orders of
magnitude. The 0.325 was measured among one million shorter vectors, and stretched. Suppose that it is wrong by three: at 1,000
QPS nothing changes, at a million the bill triples. Say so, and offer to measure that one.

*A weak answer sounds like this: "We shard the index and scale horizontally." Into how many shards, of how many bytes, and
what is full first when ten times as many people ask?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day01")

# %% [markdown]
"""
## 2 Predict

Take 10,000 vectors in one graph index. A query hops through it and computes some hundreds of *distances*, query to
vector; these are its work. Now cut the vectors into ten parts of 1,000, each an index of its own. A query asks all ten, with
the same settings. How many times the distances does it compute, in all ten together?
"""

# %% [predict]
guess = 1.0  # times the distances in one index: 1 is no change
prediction = predict("day01", "distances in ten parts", guess, between=(0.1, 100), unit="×")

# %% [markdown]
"""
## 3 Run

Nothing here is a model: faiss, a widely used library, builds the indexes and counts its distances.
"""

# %% [demo]
from course.days.day01_estimation.pictures import cut
from course.days.day01_estimation.shards import ratio

reveal(prediction, ratio(10), plot=cut(parts=(1, 2, 5, 10, 20, 50)))

# %% [markdown]
"""
A part holds a tenth of the vectors and does far more than a tenth of the work. A search in a graph spends its steps on
getting near, and that takes nearly as many among a thousand as among ten thousand. So ten parts are ten searches, each only
a little shorter.

You may object that ten parts together also find more. True, and the dashed line takes it away from them: each part looks less
widely, until all of them find only as many as the one index did. Cutting still multiplies the work.

You know this from something simpler. Look a number up in a sorted list by halving it. Ten thousand entries take 13 or 14
steps. A list of one thousand takes 10, and there are ten of them.
"""

# %% [demo]
from course.systems.simulate.sorted_shards import SortedShards

for lists in (1, 10):
    index = SortedShards(10_000, lists)
    for wanted in range(0, 10_000, 100):
        index.find(wanted)
    print(f"{lists:>2} sorted lists: {index.comparisons / 100:.1f} comparisons a look-up")

# %% [markdown]
"""
So why cut at all? Because a machine has only so much memory. Here is the fleet for the billion documents, first as in the
Brief, then with a thousand times the queries.
"""

# %% [demo]
from course.days.day01_estimation.pictures import plan

plan("float32", memory=64, rate=1_000)
plan("float32", memory=64, rate=1_000_000)

# %% [markdown]
"""
At a thousand queries a second the cores idle, and memory is what you buy. At a million every machine is as busy as the plan
allows, and cores are what you buy. Nothing about the documents has changed.

A vector can be stored in fewer bytes, at the price of recall: numbers of two bytes (`float16`), of one (`int8`) or a half
(`int4`), or a code of 64 bytes for the whole vector (`pq64`; day 17). The next picture has the bill for each, at both rates.
Before you run it: at which of the two do bytes matter?
"""

# %% [demo]
from course.days.day01_estimation.pictures import bill

bill()

# %% [markdown]
"""
At both. Fewer bytes make fewer shards, and a query that asks fewer shards does less work. Compression saves processors.

Last: four tiers may answer a query, and each costs more than the one before. Which of them do you pay for? The shares are assumed; the
prices are those of `course/facts.py`.
"""

# %% [demo]
from course.days.day01_estimation.cascade import CORE_HOUR, TIERS, table
from course.systems.simulate.estimate import cost_per_million as finished_cost

table(finished_cost(TIERS, CORE_HOUR))

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Who pays (8 minutes, 3 points, about 8 lines)

The bill of a cascade, tier by tier: the table that you just saw. It says where a week of work pays off, and that is often
the tier that the fewest queries reach.

`Tier` is given: `name`, `answers`, `core_s`, `dollars`.

> hint: One number walks along the tiers: the share of all queries that is still unanswered. What is it before the first?
> hint: Pay first, then let the tier answer. What it hands on is a share of what reached it, so you multiply.
"""

# %% [exercise]
from course.systems.simulate.estimate import cost_per_million  # implement

# %% [check] points=3
from course.days.day01_estimation.checks import check_cost

check_cost(cost_per_million)

# %% [markdown]
"""
### Exercise 2 · What is full first (12 minutes, 4 points, about 9 lines)

The interviewer's next question: *and what runs out first?* A machine has processors, memory, connections, a network. They
fill up in two ways: processor time is used up in each second, connections are held and given back. And some is taken
before the first request comes.

`Resource` is given: `name`, `capacity`, `per_request`, `fixed`, `held_s`.

> hint: For each resource ask: at which rate of requests is what they take equal to what is left for them?
> hint: By Little's law r requests a second mean r × held_s requests inside. Mind a resource that requests take nothing of, and one that is full without them.
"""

# %% [exercise]
from course.systems.simulate.estimate import bottleneck  # implement

# %% [check] points=4
from course.days.day01_estimation.checks import check_bottleneck

check_bottleneck(bottleneck)

# %% [markdown]
"""
### Exercise 3 · The fleet (20 minutes, 5 points, about 9 lines)

Documents, queries and a machine go in; shards and copies come out. Memory can be too small, or processors can, and you have
two numbers to turn. Where memory is short there is one way. Where processors are short there are two, and the docstring does
not say which: the check accepts both. Decide before you write, and say to yourself why.

Given: `Machine` with its `room` (bytes) and `planned` (core-seconds a second), `Work` with `seconds(documents)`, and
`Fleet(shards, copies)`, both of them whole numbers. `TooLarge` is told the machines of the fleet that you would have built.

> hint: Start with memory. Then put yourself into one machine: which part of all queries does it see, and what does one of them cost it?
> hint: Shards and copies are whole numbers; round each of them up by itself. Check for what cannot be, and for what comes first, at the door.
"""

# %% [exercise]
from course.systems.simulate.estimate import fleet_size  # implement

# %% [check] points=5
from course.days.day01_estimation.checks import check_fleet

check_fleet(fleet_size)

# %% [markdown]
"""
## 5 Break

Your `fleet_size` has built a fleet for a billion documents at a million queries a second: vectors of one byte a number,
machines of 256 GB, a cache that keeps answers for 60 s. Each machine is a *leaf*: it answers for its shard, and holds each
request for 20 ms until the document store has sent the texts. It makes three promises:

| promise | limit |
| --- | --- |
| processors | at most 90% of its 16 cores busy |
| memory | at most 100% of its 256 GB in use |
| connections | at most 95% of its 1,000 open |

Choose *one* fault and say which promise it breaks, or none; the guess is locked when you run the cell. The next cell
runs the fault, and asks your `bottleneck` what is full first. Then try the others.
"""

# %% [predict]
guess = "memory"  # one of "processors", "memory", "connections", "none"
fault = "every text doubles in length"  # or one of these:
# "the cache is emptied", "one zone of three is lost", "the document store answers three times slower",
# "vectors grow from 768 to 1,536 numbers", "three queries in ten come from a scraper"
promises = ("processors", "memory", "connections", "none")
expected = predict("day01", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day01_estimation.faults import under

under(fault, expected, fleet_size, bottleneck)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *The cache is emptied.* It answered nearly two queries in three. Now all of them are searched, and the cores have almost
  three times the work. The fleet was sized behind a cache, so the cache's loss is an outage. Warm it, or let traffic in slowly.
- *One zone of three is lost.* A third of the copies is gone, rounded up to whole ones, and the rest share the queries.
  They were planned at 60%; six tenths over two thirds is nine tenths. Headroom for a zone must be bought before it is lost.
- *The document store answers three times slower.* No query does more work. But each stays inside for three times as long, and by
  Little's law three times as many are inside. Processors look idle while the leaf refuses connections.
- *Vectors grow to 1,536 numbers.* Twice the bytes a vector, and the links as before. Longer vectors take more
  processor time too; this model does not count it.
- *Every text doubles in length.* Nothing. A vector has its length whatever the text had. The document store's disks
  notice, and they are not on this machine.
- *Three queries in ten come from a scraper.* The rate is the same, but a scraper never asks the same twice, so the
  cache answers none of it. Work grows by more than half, and no graph of traffic shows why.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request. This
is the first half of a real interview, cut short, and every day of this course begins its interview so. Nothing there costs points.

Then the interviewer has six constraints, and your `fleet_size` sizes every design. You have four controls: how a vector is
stored, the memory of a machine, how long an answer may be cached, and how many queries an account may ask in a minute. Before
each run you predict the number that the interviewer names. A round that you passed must still pass when the next
constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day01_estimation.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, fleet_size)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Finance asks why 126 machines run at one per cent. Defend them, or shrink them."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Memory binds and processors come with it: 3.2 TB in pieces of 51.2 GB is 63 shards, twice; a
   thousand queries a second keep about 20 of 2,016 cores busy (section 3). So 1% is expected, and says nothing of waste.
2. *Trade-off, with a number.* Fewer bytes a vector and more memory beside each core, as in round 2: one byte a number in
   machines of 384 GB is six machines, $9,100 a month against $73,600, and one neighbour more in a hundred is missed. Or: keep them,
   with the traffic named at which their cores are needed.
3. *Residual risk, with a mechanism.* Few large shards are slow to come back: 4.6 hours to index one anew (round 4), on a
   single copy meanwhile. Names what watches: copies of each shard, an alarm when one stands alone for some minutes, its
   false alarms (planned restarts), what is logged. Says what is unknown: whether users notice the recall.

**A strong answer.** "I bought 3.2 terabytes of memory, twice, and the processors came with it. So one per cent is what I
expect: twenty cores of two thousand. It is not waste, but it is the wrong shape. With one byte a number and 384 gigabytes a
machine I need six machines instead of 126, nine thousand dollars instead of seventy-four, and I miss three neighbours in a hundred
where I missed two; I would ask the product whether anybody can see that. What I fear then is the size of a shard: when a machine
dies, the other copy serves alone for nearly five hours. I would page when any shard has had one copy for ten minutes and
log every such time. Planned restarts will raise it falsely; I would count those for a month before I trusted the threshold."

**A weak answer.** "We need the machines for redundancy and future growth." Nobody said how much of which resource, and
at 1% the growth that it is for is a hundredfold.
"""

# %% [spoken] [markdown] points=3
"""
**"Should a language model rerank every answer?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The whole price: 4,000 tokens a query come to $400 a million queries, against about 80 cents for
   the cascade of section 3, in which the model sees fewer than two queries in a thousand and is seven eighths of the bill.
2. *Trade-off, with a number.* What more of it costs: each further tenth of a per cent of the queries is 40 cents a million,
   half as much again as the whole bill. So decide by gain: measured on labelled queries, where does it change the answer?
3. *Residual risk, with a mechanism.* The gate decides who reaches the model: its input (the margin between the first scores),
   its threshold, what it logs, and both its errors on a labelled sample: queries sent on needlessly, and bad answers that
   were not. What is served when the model is down. Says what is assumed: the shares of the tiers.

**A strong answer.** "Not every one: reranking everything is four hundred dollars a million, and the cascade I priced is eighty cents.
In it the model sees one query in five or six hundred, and still seven eighths of the bill is its. So I would spend my
week on the gate before it. It looks at the margin between the first two scores of the cheaper model and sends on what is close;
each tenth of a per cent more costs forty cents a million, half as much again as everything. I would label five hundred queries and
measure how often the model changes the answer for the better, and how often the gate was wrong in either direction.
I log margin and outcome for each query that it sends. If the model is down, the cheaper order is served, marked as such. What I do
not know is whether the shares hold for your traffic: I assumed them."

**A weak answer.** "Reranking improves quality, and prices are falling." How much quality, for which queries, and is five hundred
times the bill worth it?
"""

# %% [markdown]
"""
## 8 Recap

- Bytes first: documents × bytes / room, rounded up, are the shards; times copies, times a price, the bill.
- Then work: a query asks every shard of a copy. More shards make every query dearer, more copies do not.
- The bottleneck is what is full at the lowest rate, not what is fullest. What is held follows Little's law.
- A tier is paid for all that reaches it; the last per mille may be the whole bill.
- Say which figures were measured and which assumed, and which one of them would change the design.

**Flash question.** Your index is in 20 shards and 4 copies, and processors bind. Somebody offers machines with twice the
memory for 30% more. Do you take them?

<details><summary>Answer</summary>Yes. Twice the memory means 10 shards instead of 20. Each look-up grows a little, by 2^0.23,
or 17%; but a query makes half as many, so it costs 0.59 of what it did. Four copies become about 4.7, so five: 50 machines
at 1.3 instead of 80 at 1, which is 65 against 80. The price is a shard of twice the size, which takes twice as long to
come back.</details>

### Words

> word: QPS: queries per second, the rate of a service. Ask whether it is the average or the peak.
> word: shard: one part of the data, on one machine. A query that may find its answer anywhere asks all of them.
> word: copy: a whole set of shards (a replica). Copies take turns with queries, and stand in for each other.
> word: headroom: what a plan leaves free of a resource, for peaks and for failures.
> word: utilisation: the share of a resource that is in use.
> word: bottleneck: the resource that is full at the lowest rate of requests.
> word: core-ms: a millisecond of one core. At 1,000 QPS, one core-ms a query keeps one core busy.
> word: Little's law: number inside = rate × time inside, on average, whatever the order of service.
> word: recall@10: of the true ten nearest, the share that a search finds.
> word: TTL: time to live, for which a cached answer may be served.

**Further reading.** Bentley, *Programming Pearls*, "The Back of the Envelope" · Little, *A Proof for the Queuing Formula: L = λW*
(Operations Research, 1961) · Barroso, Dean and Hölzle, *Web Search for a Planet* (IEEE Micro, 2003) · Johnson, Douze and
Jégou, *Billion-scale similarity search with GPUs* (arXiv 1702.08734) · Simhadri and others, *Results of the NeurIPS'21
Challenge on Billion-Scale Approximate Nearest Neighbor Search* (arXiv 2205.03763).

**The limit that the next day removes.** You planned processors at 60% and did not say why. Why not at 90%? Tomorrow you
watch what waits.
"""
