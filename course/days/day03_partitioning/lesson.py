# %% [markdown]
"""
## 1 Brief

*"Two hundred thousand messages a second, a million conversations, four terabytes a month on sixteen machines. Where
does a message live? And what do you do on the evening when one conversation is the whole world's?"*

| what | number |
| --- | --- |
| machines | 16 |
| pieces to begin with | 64 |
| busiest machine, as a multiple of its fair share | at most 1.1×, later 1.55× |
| pieces that a read of the last 50 messages asks, on average | at most 1.5, later 20 |
| until the fullest piece has moved | at most 15 minutes, later 12.5 |

No machine can take all of it, so the data is cut. A *partition* is a part that lives on one machine as a whole; others
say *shard*, and this day says *piece*. Use up the numbers first. 200,000 writes a second on sixteen machines are 12,500
on each. A machine takes some 25,000, so at twice its share the busiest is full; the limits of the table leave room below
that. 4 TB on sixteen are 250 GB on each; in 64 pieces, 62.5 GB a piece. Copying one to another machine at 100 MB a second
takes 625 seconds: ten minutes in which a piece has two homes. That is the average piece; the fullest takes longer.

**Two ways to cut.** A *hash partition* takes the hash of a key, modulo the number of pieces. Neighbours are torn apart,
which spreads them, and a reader who wants neighbours must ask every piece; such a read is a *scatter*. A *range
partition* keeps keys in their order: piece one from "" to "g", piece two from "g" to "t". Neighbours stay together and
can be read together. But if the key is the time, then every write is newer than all before, and the last piece gets
them all.

Which is the *key*? That is the real decision. With the message as key, load is even, and the last 50 messages of a
conversation are in 50 places. With the conversation as key, they are in one place, and so is the conversation's load.

**Cut by load, not by keys.** Six neighbouring keys a to f have loads 1, 1, 1, 1, 1, 7. Cut in the middle of the *keys*:
3 and 9. Cut in the middle of the *load*: 5 and 7. No cut does better than 7, since f is one key.

And that is the limit. People do not write evenly. By *Zipf's law* the second most popular of anything gets 1/2^s of
what the first gets, the third 1/3^s; *s* is the exponent, the *skew*. With a million conversations and an exponent of
1.2, the first has a fifth of everything, 38,000 writes a second. That is more than a machine takes, before a second
conversation is placed. It is a *hot key*.

Take three keys with loads 6, 3, 1. On two machines the best split is 6 and 4, or 1.2× the fair share of 5. On ten
machines it is still 6, and the fair share is 1. No placement helps; only cutting the key does. You write to `k#0` and
`k#1` in turn, 3 each, and whoever reads asks both. That is a *salt*, and the readers pay it.

**Who is hot?** A machine cannot keep a count for each of a million keys at 200,000 writes a second, but it need not.
Keep two counters, and let the stream be a a b c a. After a a b they stand at a 2, b 1. Now comes c, and there is no
counter left. It takes over the least one, b's, and adds itself: c 2, of which 1 may be b's. Then a 3. The sum is 5, the
length of the stream, always. What do you know of c? That it came between once and twice. So the counters say of each
key a lower and an upper end, and no key with a large share can be missing. This is *space-saving*, and its keys with a
large share are *heavy hitters*.

The other tool answers "how often did *this* key come?" for any key. A *sketch* has a few rows of cells, and in each row
a hash sends every key to one cell, where it adds 1. To read a key, take the least of its cells: others can only have
added. It never reads too little. In a row of *w* cells a key meets 1/*w* of all the others, so it reads too much by
about that, and the least of several rows is rarely far off. Two machines' sketches add up, cell by cell. Their counters
do not.

**Splitting while it serves.** Every client has a map of the ranges. When a range is cut, somebody holds the old map,
and a write by it would land on a machine that no longer owns the key. So each range has an *epoch*, a number that a cut
raises, and a machine refuses whoever asks by another.

![Three ranges with epochs 1, 3, 3. The middle one is split at m: its left half stays with B and its right half goes to D, both at epoch 4, and the outer ranges keep theirs. A client that asks B for key p by epoch 3 is refused, reads the map again and asks D.](split.svg)

*A weak answer sounds like this: "We hash the key, so the load is even; if it is not, we add partitions." What does an
added partition do to one conversation?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day03")

# %% [markdown]
"""
## 2 Predict

A million keys are requested by Zipf's law with an exponent of 1.2, and a hash puts each into one of 16 partitions. You
go to 256, sixteen times as many. How many times *lighter* does the busiest partition get, on average over several
placements? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 8  # times lighter: 1 is no change
prediction = predict("day03", "busiest of 16 ÷ busiest of 256 partitions", guess, between=(0.5, 20), unit="×")

# %% [markdown]
"""
## 3 Run

First the measurement. Three exponents, and the dotted line that everybody has in mind.
"""

# %% [demo]
from course.days.day03_partitioning.pictures import lighter, spread

reveal(prediction, lighter(1.2), unit="×", plot=spread())

# %% [markdown]
"""
Partitions divide keys. The busiest partition is the one that holds the most popular key, and that key's own share is a
floor. With a smaller exponent the floor is lower and more partitions help a little longer; they never help as much as
their number says.

Ranges have the same floor, and a choice beside it: where to cut. Here 4,096 keys lie in the order of their popularity,
the worst case for ranges, and the busiest range is cut again and again.
"""

# %% [demo]
from course.days.day03_partitioning.pictures import EXPONENT, NEIGHBOURS, cut, popularity

print(f"the most popular key alone: {popularity(NEIGHBOURS, EXPONENT)[0]:.2f} of all requests")
for ranges in (2, 4, 8, 16):
    by_keys, by_load = (cut(ranges, by_load=way) for way in (False, True))
    print(f"{ranges:>3} ranges: the busiest has {by_keys:.2f} when cut by keys, {by_load:.2f} by load")

# %% [markdown]
"""
Now the finished parts at work. The counters first: the stream of the Brief, and then an evening of 20,000 writes in a
hundred of them.
"""

# %% [demo]
from course.systems.cluster.hot_keys import SpaceSaving as Counters
from course.days.day03_partitioning.traffic import conversations

two = Counters(2)
for key in "aabca":
    two.add(key)
print("counters", two.counts, "  of which taken over", two.taken)

hundred = Counters(100)
for key in conversations(1_000_000, 1.1):
    hundred.add(key)
for key in sorted(hundred.counts, key=hundred.counts.__getitem__)[:-5:-1]:
    print(
        f"{key:>8}: between {hundred.counts[key] - hundred.taken[key]} and {hundred.counts[key]} of {hundred.total}"
    )
print("least counter:", min(hundred.counts.values()), "  certainly hot at 1%:", len(hundred.hot(0.01)))

# %% [markdown]
"""
Nobody told it how many conversations there are. The least counter is at most total ÷ counters, and that bounds the
error of every key. So a hundred counters are enough for what has a few per cent, and not for what has one in a
thousand.

The sketch, and the map with its epochs:
"""

# %% [demo]
from collections import Counter

from course.systems.cluster.sketch import CountMinSketch as Sketch

sketch, true = Sketch(width=272, depth=5), Counter(conversations(1_000_000, 1.1))
for key, count in true.items():
    sketch.add(key, count)
over = [sketch.estimate(key) - count for key, count in true.items()]
print(
    f"{len(true):,} keys in {272 * 5:,} cells: too high by {sum(over) / len(over):.0f} on average, at most {max(over)}, never too low ({min(over)})"
)

# %% [demo]
from course.systems.cluster.ranges import RangeMap as Ranges

ranges = Ranges("A")
ranges.split("g", "B")
ranges.split("t", "C")
print(ranges.serve("p", epoch=ranges.locate("p").epoch), "owns p; now B splits at m")
old = ranges.locate("p").epoch
ranges.split("m", "D")
try:
    ranges.serve("p", epoch=old)
except Exception as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A sketch (15 minutes, 3 points, about 12 lines)

A count for any key, in a memory that does not know how many keys there are. The class comes with its table and with
`cells`, which says where a key counts. You write how it counts, how it is read, and how the sketches of two machines
become one.

> hint: `zip(self.table, self.cells(key))` pairs each row with the cell that is the key's there.
> hint: `merge`: compare the four things that decide what a cell means, before you touch one. Then add row to row, cell to cell; `row[:] = …` changes a row in place.
"""

# %% [exercise]
from course.systems.cluster.sketch import CountMinSketch  # implement: add, estimate, merge

# %% [check] points=3
from course.days.day03_partitioning.checks import check_sketch

check_sketch(CountMinSketch)

# %% [markdown]
"""
### Exercise 2 · Split while it serves (20 minutes, 4 points, about 16 lines)

Three lists in step: where each range starts, who owns it, since which epoch. Find a key's range, cut a range in two,
and refuse whoever comes with another epoch. Ask yourself who has to notice a cut: the clients of the new half only?

> hint: The starts are sorted and the first is "", so the last start that is not after the key is its range's: a binary search that goes past equal ones, less one.
> hint: `split`: the same search says where the new range goes in all three lists. Look at the start left of it before you change anything.
"""

# %% [exercise]
from course.systems.cluster.ranges import RangeMap  # implement: locate, split, serve

# %% [check] points=4
from course.days.day03_partitioning.checks import check_map

check_map(RangeMap)

# %% [markdown]
"""
### Exercise 3 · What is hot? (25 minutes, 5 points, about 16 lines)

Fixed memory, one look at each write, and the promise that nothing large is missed. `add` is the algorithm of the Brief.
`hot` is a decision: between the lower and the upper end of a key the counters do not know. The check accepts any answer
there. Before you write, ask who pays for a key that is called hot and is not, and who pays for one that is missed.

> hint: Of the least counter you need the count and the key, and of equals the first key: the smallest pair (count, key). `heapq` keeps the smallest of a list at its front.
> hint: A counter that goes up leaves an old pair in the heap. That is no harm while the old count is too *low*: when it comes to the front, look up what it is now, put that in its place, and look at the front again.
> hint: `hot` is one pass over the counters. Which of its two numbers do you compare with share × total?
"""

# %% [exercise]
from course.systems.cluster.hot_keys import SpaceSaving  # implement: add, hot

# %% [check] points=5
from course.days.day03_partitioning.checks import check_hot

check_hot(SpaceSaving)

# %% [markdown]
"""
## 5 Break

An evening on your own objects: 20,000 sampled writes of a hundred thousand conversations with exponent 0.9, 64 pieces
by conversation. What your counters call hot at one per cent is salted by 8, and a sketch of 4 rows of 1,000 cells
counts all. These are the promises:
"""

# %% [demo]
from course.days.day03_partitioning.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
The limit of the sketch is the published one, e × writes ÷ width. And these are the faults:

| fault | what happens |
| --- | --- |
| the traffic goes flat | a thousand conversations, all equally busy |
| one conversation takes a quarter | of all writes, beside the others |
| the key becomes the time | pieces are ranges of time, and every write is new |
| old maps after a split | a range is cut, and half of ten clients keep the map of before |
| ten times the conversations | as many writes, by a million of them |
| somebody knows the seed | four names are made that hit the cells of a quiet conversation, and each is written to 500 times |

Choose *one* and say which promise it breaks, any of them where you expect several; the guess is locked when you run the
cell. Then try the others: some break nothing. One asks about your decision in exercise 3.
"""

# %% [predict]
guess = "the busiest machine"  # one of "the busiest machine", "the history",
# "the sketch", "the right machine", "none"
fault = "one conversation takes a quarter"  # or "the traffic goes flat", "the key becomes the time",
# "old maps after a split", "ten times the conversations", "somebody knows the seed"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day03", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, CountMinSketch, RangeMap, SpaceSaving)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *The traffic goes flat.* With the lower end nothing is called hot, and nothing breaks. With the upper end, hundreds of
  conversations are: each counter has taken over so much that it *might* be hot. They are all salted, and their readers
  ask several pieces where one would do. The busiest machine is a little better for it. Nobody was hot.
- *One conversation takes a quarter.* The busiest machine breaks, far above its limit, since a quarter cut into 8 still
  lies on few machines. The history breaks too: its readers are a quarter of all readers now. More salt would mend the
  first and worsen the second.
- *The key becomes the time.* Every write is in the last range, however many there are. Cut it at its end, and the new
  last range has them all. The history needs one piece, which is why people do it.
- *Old maps after a split.* Nothing breaks if `serve` is right: half of the clients are refused once, and told. Without
  it the wrong machine takes writes that nobody will find again.
- *Ten times the conversations.* Nothing breaks. A sketch's error depends on what was added and on its width, not on the
  number of keys.
- *Somebody knows the seed.* Then he tries names until he has one for each row that shares the victim's cell, some
  thousands of tries. The victim reads as hot, is salted, and its readers pay: an attack that multiplies. A secret salt
  turns the same names into any names.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a message.
Then the interviewer has six constraints. Each is measured on 20,000 sampled writes, with the hot conversations that
*your* counters find in four windows. You have three controls: what decides the piece of a message, how many pieces
there are, and the salt of a hot conversation. Before each run you predict the number that the interviewer names;
without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day03_partitioning.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, RangeMap, SpaceSaving)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"One conversation is a quarter of your writes. A colleague wants 1,024 partitions. What do you say, and what do you
propose?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* One key is in one piece: without salt the busiest machine stayed between 4.5 and 4.7
   times its share from 16 pieces to 1,024 (round "celebrity", salt 1). More pieces spread the others.
2. *Trade-off, with a number.* A salt of 32 brings it to 1.48× with 64 pieces, and a read of the history asks 16 pieces
   on average instead of one; a salt of 8 costs 4.4 pieces and leaves 1.9×. Pieces are chosen by other things: the
   fullest moves in 23 minutes with 64 of them, in 12 with 512, and a sweep asks all.
3. *Residual risk, with a mechanism.* Who decides that it is hot: counters over a window, threshold 1% of the window's
   writes, each promotion a log line. Names both errors: a spike shorter than a window is missed; by the upper end 336
   of 1,000 equal conversations were called hot, by the lower none. Says how a key is demoted, and that readers ask all
   sub-keys until the old messages are gone.

**A strong answer.** "A thousand and twenty-four partitions still have one that holds this conversation. I measured the
busiest machine at 4.5 to 4.7 times its share, from 16 pieces to 1,024. So I cut the key: with a salt of 32 the busiest
is at about one and a half, and a reader of history asks 16 pieces on average in place of one. Most readers do not
notice, since I do it only for what the counters prove hot: their lower end over one per cent of a window. I would not
take the upper end: on a flat evening it called a third of all conversations hot, and nobody was. What remains is the
window. A spike of a second is over before it is seen; for that the router needs a limit a conversation, which refuses
writers, and I would count whom. And I would rather keep pieces few: the abuse team's sweep asks every one."

**A weak answer.** "More partitions mean a better distribution." Of keys. The problem is one key.
"""

# %% [spoken] [markdown] points=3
"""
**"Split a range while it serves ten thousand writes a second. Walk me through it, and tell me what your users see."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Names the steps in their order: copy, forward or replay what comes meanwhile, then one
   change of the map that raises the epoch of both halves. A piece of 62.5 GB takes 625 seconds at 100 MB a second. Cuts
   by load: with four ranges the busiest had 0.31 of all, by keys 0.90 (section 3).
2. *Trade-off, with a number.* Smaller pieces move sooner (512 pieces: 12 minutes with a celebrity in them, 64: 23) but
   a sweep asks all of them, and the map grows. Refusing old epochs costs one retry for each stale client (250 of 500
   writes in Break); not refusing costs lost writes (125).
3. *Residual risk, with a mechanism.* The map service is a single owner of the truth: what if it is away, or two of it
   disagree (day 10)? A monitor: share of requests refused by epoch, alarm at 1% for a minute, log of each split, old
   copy kept for an hour to roll back. Its false alarms: clients that were asleep; count them.

**A strong answer.** "I copy first and let the old owner serve: 62 gigabytes at 100 megabytes a second, ten minutes.
Meanwhile it forwards every write to the new machine. Then one change: both halves get a new epoch, and the right one a
new owner. A client with the old map is refused and told the epoch, reads the map and asks again, so my users see one
retry; in my run that was half of the writes of the half that kept their map, and without the check a wrong machine
would have taken every fourth write of all. I cut where half of the load lies, not half of the keys: with four ranges
that was 0.31 against 0.90 for the busiest. To roll back I raise the epochs again and give the half back, so the old
copy stays for an hour. I watch refusals: one per cent for a minute is an alarm. What I have not solved is the map
itself. It is one service, and if two of them answer differently the epochs mean nothing; that needs consensus."

**A weak answer.** "We pause writes, move the data and go on." For ten minutes, at two hundred thousand a second?
"""

# %% [markdown]
"""
## 8 Recap

- Partitions spread keys. One key's share is a floor under the busiest, whatever their number.
- The key is the decision: what is read together should live together, and then its load does too.
- Cut ranges by load, not by keys; a range of one key cannot be cut, only salted, and its readers pay.
- Space-saving: a lower and an upper end for each key. The upper misses nothing, the lower accuses nobody.
- Raise the epoch of both halves of a split, and refuse every other epoch.

**Flash question.** A range map has 4,096 ranges and a client's copy is three splits old. For which keys is it refused?

<details><summary>Answer</summary>For those in the ranges that the three splits touched: at most six halves of 4,096 or so, both sides of each cut. All other ranges kept their epochs, so the old
map goes on serving there. That is why an epoch belongs to a range and not to the map: with one epoch for all, every split would send every client to the map service at once.</details>

### Words

> word: partition: a part of the data that lives on one machine as a whole; also shard, and here piece.
> word: range partition: a piece holds keys that are neighbours; its opposite, by hash, tears neighbours apart.
> word: scatter: a read that has to ask many pieces and waits for the slowest.
> word: skew: how unevenly keys are asked for; with Zipf's law an exponent, 0 for even.
> word: hot key: a key with a large share of all requests; no placement divides it.
> word: salt: sub-keys of one key, written to in turn; whoever reads asks all of them.
> word: heavy hitter: a key with at least a given share of a stream.
> word: sketch: counts in less memory than keys; it never reads too little.
> word: split: cutting one range into two, by keys or by load.
> word: epoch: a number of a range that every change of it raises; whoever asks by another is refused.

**Further reading.** Cormode and Muthukrishnan, *An Improved Data Stream Summary: The Count-Min Sketch and its
Applications* (2005) · Metwally, Agrawal and El Abbadi, *Efficient Computation of Frequent and Top-k Elements in Data
Streams* (2005) · Chang and others, *Bigtable* (OSDI 2006), section 5, on tablets · Kleppmann, *Designing Data-Intensive
Applications* (first edition), chapter 6 · Amazon's guide to DynamoDB, on write sharding.

**The limit that the next day removes.** Sixteen machines, and a table says which piece is where. When machines come and
go every hour, who keeps that table, and what moves each time?
"""
