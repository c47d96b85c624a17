# %% [markdown]
"""
## 1 Brief

*"A hundred million paragraphs, one vector each. A query is a vector too, and I want the ten nearest. You cannot
look at all of them. Where do you look?"*

| what | number |
| --- | --- |
| vectors in the sample that you are measured on | 400 |
| true neighbours missed, of the ten nearest | at most 5%, later 1% |
| distances a query | at most 150, later 200 and 230 |
| distances an insert | at most 150, later 280 |
| documents deleted and replaced each day | 10% |
| distances that repairs cost, for each delete | at most 100 |
| memory of link slots, for each live vector | at most 53 B |
| honest newcomers held back as copies | at most 4% |

Where a limit grows, the interviewer gives room back for something that is taken.

A trained model turns a text into a vector, its *embedding*; texts of like meaning lie near each other. *Exact search*
measures all distances, and a hundred million of them are too slow. An approximate index misses some neighbours instead. Its
measure is *recall@k*, here recall@10: the share of the true ten nearest that it found.

Yesterday's index cut space into cells and scanned a few. A query near a border has neighbours on the other side, and in
many dimensions nearly every query is near a border. Today's index has no cells. Each vector keeps a short list of links
to other vectors, and a search walks. Its price is counted in *distances*, the vectors measured, and in *hops*, the lists
of links read; on real hardware a hop is a random access to memory.

**A walk gets stuck.** Four vectors stand on a line, and the query at 0: A at 9, B at 5, C at 6, D at 1. The links are
A–B, B–C and C–D. Start at A and always step to the nearest neighbour that is nearer than where you stand. You reach B.
Its other neighbour, C, is farther, so you stop, and D is never seen. B is a *local minimum*. Now keep two places, not
one: B and C. C may be walked from although it lies uphill, and it leads to D. That is the *beam*: the `ef` nearest nodes
met so far, each of which is walked from. The search stops when the nearest node that is left is farther than the worst
in a full beam: then all of the beam was walked from. `ef` can be set for each query. An insert searches too, with a beam of its own, *ef_construction*. It is
paid once for each vector, and a graph built with a narrow one stays worse, whatever the query pays.

**A walk is long.** If every link is short, crossing the data takes very many steps. So one in M of the vectors also
stands on layer 1, one in M of those on layer 2, and so on: at M = 10 a million vectors have 100,000 on layer 1 and ten
on layer 5. Up there the nearest neighbour is far away. A few greedy steps cross everything; then the search goes down a
layer, where it stands. M also limits the links: M for each vector on an upper layer, 2 × M on the bottom, layer 0.

**A graph falls apart.** A node at 0 may keep two links, and its candidates stand at 1, 1.1, 1.2 and −3. The two nearest
both lead to the right, and what lies on the left is lost. So a candidate is passed over if it is nearer to a neighbour
that was kept than to the node itself. 1 is kept. 1.1 lies 0.1 from it and 1.1 from the node: passed over, and 1.2 too.
−3 lies 4 from 1 and 3 from the node: kept. One link in each direction is enough, because the neighbour there leads on.

![Three layers. On the top layer a search enters and takes one greedy step; it goes down, takes another; on the bottom it keeps a beam of the four nearest nodes that it met.](layers.svg)

**What does it promise?** In practice a search grows about as log n with the number of vectors, n, and a build as n log n.
Nothing is guaranteed: Indyk and Xu built data on which such graphs visit a fixed share of all vectors.

**The hundred million.** At 64 numbers of 4 bytes, and 16 link slots of 4 bytes at M = 8, a vector takes 320 bytes, and some five more
on the layers above. All take 32 GB: one machine of 64 GB, and a spare, at {facts.MACHINE_HOUR_USD} each, or some $14,000 a year. Among a
million vectors hnswlib answered {facts.HNSW_QUERIES_1M} on one core, and the time of a search grew with the power
{facts.HNSW_COST_EXPONENT} of n. If that goes on, a hundred times the vectors take 2.9 times as long, about half a
millisecond. A million took {facts.HNSW_BUILD_1M} to build. By n log n a hundred million take 133 times that, half an hour
on {facts.MACHINE_CORES}; memory that no longer fits a processor's cache makes it more.

How good is it? That depends on the data. It is convenient to test an index on Gaussian points around random centres.
Today you have both: such clusters, and embeddings of real text, the docstrings of the packages installed here. Each is
the weighted sum of its words' vectors, from a trained sentence model.

An index also has to live. Documents are deleted while others link to them. And what you store is chosen by people, some
of whom want to be found more often than they deserve.

*A weak answer sounds like this: "HNSW finds 99% in logarithmic time." On which data, with how wide a beam,
compared with what? And what is left of it after a month of deletes?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day18")

# %% [markdown]
"""
## 2 Predict

The index has 1,000 vectors, M = 8, and a beam of 20. On clustered points it misses fewer than one in five hundred
of the true ten nearest. Now the vectors are docstrings; the index, M and the beam stay the same. Of 100 true
neighbours, how many does it miss?
"""

# %% [predict]
guess = 0.5  # true neighbours missed, of 100
prediction = predict(
    "day18", "neighbours missed on real text, ef = 20", guess, between=(0, 100), unit="in 100"
)

# %% [markdown]
"""
## 3 Run

The finished index first on the kind of data that benchmarks are made of. What it pays is counted for each query:
vectors measured, lists of links read, layers walked. faiss, on the same vectors with the same M and ef, stands below, by
its own count.
"""

# %% [demo]
from course.days.day18_hnsw.bench import Bench, clustered, docstrings, doubled, table

easy = Bench(clustered())
table(easy)

# %% [markdown]
"""
With a beam of 20 nearly everything is found, for about a tenth of the distances. Look at the hops: they follow the
beam, since each node in the beam is walked from once. Now real text, and your prediction. The picture also has
yesterday's cells, scanned one, two, four and eight at a time.
"""

# %% [demo]
from course.days.day18_hnsw.pictures import flattered

real = Bench(docstrings())
reveal(prediction, real.at(20).misses, plot=flattered(easy, real, ef=20))

# %% [markdown]
"""
On clusters the two indexes can hardly be told apart. On text the cells miss several times as much as the graph at every
price. So the easy data hid how good the index is, and also *which* index is better. Build your test set from what you
will store and from what people will ask.

One knob is left: M. Here it is doubled, on docstrings and on random directions in 128 dimensions. What differs between
the two is the *intrinsic dimension*, the number of directions in which the data really varies around a point. Text
has few of them, whatever the length of its vectors; random directions have as many as there are dimensions.
"""

# %% [demo]
doubled()

# %% [markdown]
"""
Read the links that were kept. On docstrings the rule runs out of directions: hardly a list grows, no recall is gained, and
the memory doubles all the same. On random directions there is always another one, so slots are filled, recall rises, and
each query pays for it. At the same beam it is still far below that of the docstrings: no graph is good without structure.

Last, the price of real text, and what a walk without a beam is worth.
"""

# %% [demo]
table(real)
print(f"a greedy walk alone ends at the nearest vector for {real.greedy():.0%} of the queries")

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · The greedy walk (8 minutes, 2 points, about 8 lines)

The class comes with its storage: vectors, layers of links, and counters. Everything that a search pays goes
through `self.neighbours` and `self.distances`, so use these and nothing beside them. Distances are squared, which leaves
their order as it is. You write the walk on one layer; `descend`, which is given, calls it from the top down. Such a walk
misses the nearest vector for many queries, as you just saw, but it is good enough to find where to enter the next layer.

> hint: One loop, two variables: the distance and the id of where you stand. Measure all links in one call; the array that comes back has a method `argmin()`, which finds the smallest.
> hint: Two ways out: there are no links, or the smallest distance is not strictly under yours. Test for an empty list before you call `argmin()`.
"""

# %% [exercise]
from course.systems.search.descent import Descent  # implement: greedy

# %% [check] points=2
from course.days.day18_hnsw.checks import check_greedy

check_greedy(Descent)

# %% [markdown]
"""
### Exercise 2 · The beam (30 minutes, 5 points, about 20 lines)

Now the search that the whole index stands on: queries use it, and so does every insert. Two heaps (Python's `heapq`
keeps the smallest entry of a list at hand), and one rule for when to stop. Each half of the rule is easy to get wrong in a way that still finds something: stop too early
and recall falls in silence, stop too late and the index is an expensive exact search.

Your class inherits your own `Descent`.

> hint: A heap gives its smallest entry first. That is right for the candidates. For the beam you want the farthest at hand: store `(-distance, node)`, and the bar is `-beam[0][0]`.
> hint: Three things start as copies of the entry points: the set of nodes met, the candidates, the beam. In the loop: take the nearest candidate, compare it with the bar, collect the links not met, add them to the set, measure them once, and let each in by the rule. Mind the sign on the way out.
"""

# %% [exercise]
from course.systems.search.graph_index import GraphIndex  # implement: search_layer

# %% [check] points=5
from course.days.day18_hnsw.checks import check_search

check_search(GraphIndex)

# %% [markdown]
"""
### Exercise 3 · Whom to link (20 minutes, 5 points, about 11 lines)

An insert searches for candidates and links to some of them. Which? The nearest, says intuition; try what that does
in section 5. The paper's rule spends each link on a direction that no link covers yet. It is short, and it runs
for the newcomer and again for every neighbour whose list overflows, so its distances are most of what building
costs: measure a neighbour when you keep it, once, against those still in the running.

> hint: Keep two lists of your own: who is kept, and who is still in the running. The head of the second joins the first; then everybody in the rest who is nearer to it than to the base is out. Repeat. `candidates` itself belongs to the caller.
> hint: The distance to the base is in the pair already. The distances to the one just kept come from a single call; `zip` them with the rest and filter. Stop before the call when `m` are kept or nobody is left.
"""

# %% [exercise]
from course.systems.search.hnsw import HNSW  # implement: select_neighbours

# %% [check] points=5
from course.days.day18_hnsw.checks import check_select

check_select(HNSW)

# %% [markdown]
"""
## 5 Break

Your index promises four things. All are measured on 400 docstrings at M = 8, ef = 20 and ef_construction = 40. The distances
of a query, and the bytes of a vector, are held against those of the same index without a fault. Memory counts vectors and link
slots, for each *live* vector, since the deleted are of no use to anybody.
"""

# %% [demo]
from course.days.day18_hnsw.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
In an HNSW a *delete* buries a vector under a *tombstone*: it is never answered again, but it stays linked, and searches
walk over it. `repair` takes the buried out for good and closes the gaps: a list that lost a link gets another instead, to a
live vector that the buried one was linked to.

Choose *one* fault and name a promise that it breaks, or none; the guess is locked when you run the cell. The next cell
runs the fault on your own class. Then try the others: some faults break two promises, and some break nothing.
"""

# %% [predict]
guess = "recall"  # one of "recall", "everybody is found", "cost", "memory", "none"
fault = "30% are deleted"  # or one of these:
# "a whole topic is deleted", "30% are deleted and repaired", "30% are cut out of the lists",
# "150 copies of one document come first", "documents arrive sorted by topic", "only the nearest links are kept"
promises = ("recall", "everybody is found", "cost", "memory", "none")
expected = predict("day18", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, HNSW)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *30% are deleted.* Recall holds, since searches still walk over the buried, and the distances hardly rise. What breaks is
  memory: ten vectors are stored for every seven that live.
- *A whole topic is deleted.* The same memory, and the cost breaks too. Near the query everybody is buried; the beam fills
  with the dead, fewer than ten live answers are left in it, and the search runs again with a beam twice as wide.
- *30% are deleted and repaired.* Nothing breaks. Lists that lost a link have another, and the memory is given back. The
  repair had its price in distances; section 6 will charge for it.
- *30% are cut out of the lists*, and nothing is put in their place. Queries get cheaper, which looks like a success: there is
  less left to walk. Recall falls under its limit, and a few vectors cannot be reached at all.
- *150 copies of one document come first.* It depends on what you decided about a tie. Exact copies are at distance 0 from each
  other, so each is exactly as near to another copy as to itself. If a tie is kept, the copies fill each other's lists until
  no link leads out; a third of the neighbours is missed, and a quarter of the vectors cannot be found. If a tie is passed
  over, one copy in a list is enough. Exact copies are best stopped before the index, by a hash of their text (day 16). Reworded
  copies are *near-duplicates*, and no hash sees them; section 6 is about telling those from honest ones: among the
  docstrings `lambda2nu` and `nu2lambda` of SciPy are two documents with next to no distance between them.
- *Documents arrive sorted by topic.* Nothing breaks. The first documents of a topic find only strangers and link to those;
  these long links stay useful, and later arrivals fill in the short ones. The distances rise a little. `add` shuffles a
  batch all the same, so the order of a file plays no part.
- *Only the nearest links are kept.* Tight groups link to themselves alone, so one vector in twenty is never
  found, not even by a search for itself. Recall stays above its limit: an average over queries does not see the few who
  are lost for ever.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a query.
Then the interviewer has six constraints. Each is measured on your index: your own code builds it over a fixed sample of
400 docstrings, deletes and replaces, and takes in the copies. You have four controls: M, the beam of the insert, the beam
of the search, and a *door*. A newcomer whose squared distance to something stored is within the door's threshold is held
for a person to look at; 0 lets everybody in. From round 3 on the index is measured at its worst hour: two days of deletes
were repaired and replaced, the third day's are still buried. Before each run you predict the number that the interviewer
names. A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day18_hnsw.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, HNSW)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Our benchmark says this index finds 99.9%. Users of the same index, with the same settings, get 97%. Nothing is
broken. What happened, and what do you change?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The benchmark was clustered and the product is not: at ef = 20 the same index missed
   about 20 times as many neighbours of docstrings as of clusters (about 3 in 100 against 0.15, section 3). On clusters a
   search that reaches the right group has the answer; on text it ends in local minima: a greedy walk alone found
   the nearest for about 60% of the queries.
2. *Trade-off, with a number.* A beam of 40 instead of 20 took the misses from about 3 in 100 to about 0.6 for one
   and a half times the distances; 80 for a bit over twice. Another M costs memory and a new build and gives little where
   the intrinsic dimension is low: 32 for 16 gained nothing, about eleven links were kept either way.
3. *Residual risk, with a mechanism.* Recall must be measured on live queries: a component that repeats a sample of
   them by exact search, its threshold, what it logs, and how often it alarms for nothing (with so many queries a
   sample, recall moves by that much without cause). Says what is not known: queries may lie elsewhere than
   documents.

**A strong answer.** "The test set was synthetic. I ran both: with a beam of 20 this index misses 0.15 in 100 on
clusters and 3 in 100 on real text. Worse, on clusters the graph and the cells looked alike, and on text the cells missed
several times more, so the benchmark could not even choose for us. I would widen the beam to 40 for these queries: about
250 distances instead of 166, and 0.6 in 100 missed. I leave M alone: doubling it to 32 gained nothing on our text. Then I
would repeat one query in a thousand by exact search and log query, answer and misses; under 98.5% over a thousand such
queries somebody is paged. Two hundred queries with ten neighbours each already vary by some tenths of a point, so
I would set the threshold by replaying a month without a fault and count how often it fires. What I do not know is
whether people's questions are like our paragraphs."

**A weak answer.** "HNSW is approximate, so some loss is normal; we could raise ef." It is weak because nothing is
measured, the benchmark is not questioned, and the price of a wider beam is not named.
"""

# %% [spoken] [markdown] points=3
"""
**"One document in ten is deleted every day, and somebody sends reworded copies of our best documents. What does
the index do at once, what at night, and what do you do at the door?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* At once a delete is a tombstone: never answered, still walked over. With 30%
   buried, recall held and memory for each live vector rose by 1 / 0.7, that is by 43%; a whole topic buried
   doubled the distances there, because the beam fills with the dead. Cutting nodes out without repair lost recall
   (from .99 to .94). Copies own the answers: without a door, nine in ten honest neighbours were missed (round 6).
2. *Trade-off, with a number.* Repair at night costs distances that grow with M: about 112 for each delete at M =
   8, more than twice that at M = 16 (round 3). The door has two errors: at 0.05 one honest neighbour in a hundred was
   missed and about 3% of honest newcomers were held; at 0.1 about 8%.
3. *Residual risk, with a mechanism.* The door as a component: input (the nearest stored distance), threshold, what
   it logs, who looks at what is held and how soon, the false-positive rate and whom it hits (real near-duplicates:
   methods that inherit their text). Says what passes: an author who rewords beyond the threshold, many small
   copies from many accounts.

**A strong answer.** "A delete is a tombstone the moment it comes: it may never be answered again. I leave it
linked, because cutting 30% out cost me four points of recall, and burying them cost less than one. It is not free: memory
for a live vector goes up by 43%, and where a whole topic was removed a query paid 280 distances instead of 136. So
I repair each night, at about 112 distances a delete with M = 8. At the door I hold whatever is nearer than 0.05
to a stored document. Without it nine of ten honest neighbours of the attacked documents were missed; with it one in a
hundred. It holds about three honest newcomers in a hundred, five of the 180 that I measured, and they are of a kind:
variants of one text. So they go to a queue and not to the bin, each with its distance and its neighbour in the log, and an
author hears within a day. At 0.1 it would be eight in a hundred. Whoever rewords more than that passes, and I would look for
many similar documents from one account over time, which I have not built."

**A weak answer.** "Delete them from the graph and deduplicate on insert." Cutting out loses recall, and
deduplication by which distance, at whose cost?
"""

# %% [markdown]
"""
## 8 Recap

- A search is greedy down the layers, then a beam at the bottom; it stops when the nearest candidate is farther than the beam's worst.
- Price: about `ef` hops, each measuring what was not met before. Memory: 2 × M slots of 4 bytes a vector on the bottom. In practice a search grows as log n and a build as n log n; there is no guarantee.
- Links go in different directions: a candidate that is nearer to a kept one than to the base is passed over.
- Deletes bury, nights repair, and the bill grows with M. Copies are stopped at the door, at the price of honest ones held.
- Recall is a property of index *and* data. Clusters flatter.

**Flash question.** A colleague doubles M from 16 to 32 and gains five points of recall. You do the same and gain nothing but
memory. Who measured wrongly?

<details><summary>Answer</summary>Perhaps nobody. The selection stops when the directions around a node are covered. Data of low
intrinsic dimension, as your text, has few: new slots stay empty, and are reserved all the same. Your colleague's data has
many, so the slots are filled and recall rises, as the last table of section 3 shows for random directions. Ask for
the links that were kept before you ask for more slots.</details>

### Words

> word: recall@k: the share of the true k nearest that a search found; exact search has 1.
> word: hop: one list of links read, which on real hardware is one random access to memory.
> word: local minimum: a node none of whose neighbours is nearer to the query, though it may not be the nearest of all.
> word: beam: the ef nearest nodes that a search has met so far; each of them is walked from.
> word: ef_construction: the width of the beam with which an insert looks for links; paid once for each vector.
> word: embedding: the vector that a trained model makes of a text, so that like meanings lie near each other.
> word: intrinsic dimension: the number of directions in which data really varies around a point, however long its vectors.
> word: tombstone: the mark of a deleted vector that stays linked: walked over, never answered.
> word: near-duplicate: a text at next to no distance from another, sent in bad faith or in good.

**Further reading.** Malkov and Yashunin, *Efficient and Robust Approximate Nearest Neighbor Search Using
Hierarchical Navigable Small World Graphs* (TPAMI 2018) · Indyk and Xu, *Worst-case Performance of Popular Approximate
Nearest Neighbor Search Implementations* (NeurIPS 2023) · Kleinberg, *Navigation in a Small World* (Nature 2000) ·
Subramanya and others, *DiskANN* (NeurIPS 2019) · Singh and others, *FreshDiskANN* (arXiv 2105.09613) · Aumüller,
Bernhardsson and Faithfull, *ANN-Benchmarks* (Information Systems 2020) · Munyampirwa, Lakshman and Coleman, *Down
with the Hierarchy* (arXiv 2412.01940), which finds that in many dimensions the upper layers hardly matter.

**The limit that the next day removes.** These embeddings add up words. "Convert wavelength to frequency" and
"convert frequency to wavelength" are the same sum, so their distance is 0, and no beam is wide enough to tell them
apart. Tomorrow the words get an index of their own.
"""
