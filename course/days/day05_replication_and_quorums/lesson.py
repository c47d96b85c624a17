# %% [markdown]
"""
## 1 Brief

*"A settings store: 200 million users, a kilobyte each, 50,000 reads and 5,000 writes a second. I want to lose a machine
without noticing, and people must see what they just saved. How many copies, and how many of them do you ask?"*

| what | number |
| --- | --- |
| copies | at most 4, later 5, then 3 |
| a read; one in a hundred may be slower | within 1 ms, later 3, then 7 |
| a write; one in a hundred may be slower | within 8 ms, later 32, then 12.5 |
| reads that miss a write just acknowledged, as a share | at most 0.6, later 0.001 |
| operations in a million that find too few copies | at most 10, later 300 |

Use up the numbers first. 200 million kilobytes are 200 GB, and three copies 600; at 51.2 GB a machine that is 12
machines. At {facts.MACHINE_HOUR_USD} a machine they cost some $7,000 a month, and five copies $11,700. What do the
fourth and fifth buy?

A copy is a *replica*. A write goes to all of them, and the client is told that it is done once *W* have *acknowledged*
it. A read asks all and takes the first *R* answers. *N* is the number of copies. Three boxes A, B, C: you wrote to A
and B, and read from B and C. B is in both, since 2 + 2 is more than 3. Such a pair is a *quorum*: where R + W > N,
every read meets the latest acknowledged write. Where it is not, a read may miss it, and is *stale*. Written to A alone,
read from one: two of three reads miss.

A machine is down half a per cent of the time. With three copies and two needed, an operation finds too few when two are
down at once: 3 × 0.005 × 0.005, some 75 in a million, four of your 55,000 a second. With five copies and three needed
it is about one in a million. *Five nines* are ten. That is what the fourth and fifth copy are for: not against loss,
but against the moment in which two are away.

**Seeing is not all.** Two people read a counter that stands at 7. Both add one, and both save 8. Each save was
acknowledged by two replicas, every later read meets both versions, and what should it say? With *last write wins* (LWW)
the version with the later stamp stays: 8. One edit is gone, though it was acknowledged, and although the quorums
overlap.

**Who has seen what.** A *vector clock* answers it: for each writer the number of his writes that a version has seen.
Ann saves {ann: 1}. Bob reads that and saves {ann: 1, bob: 1}: his version has seen hers, so hers can go. Meanwhile Ann
saves {ann: 2}. That one has not seen Bob's write, and Bob's has not seen it: they are *concurrent*, and both are news.
Whoever reads both and saves writes {ann: 3, bob: 1}: it has seen all of that, and there is one version again. Versions
side by side are *siblings*.

![Two people read counter 7 with the clock ann 4, bob 3. Ann saves 8 with ann 5, bob 3; Bob saves 8 with ann 4, bob 4. Neither has seen the other. Last write wins shows 8, and one edit is gone; with both kept a reader takes ann 5 and bob 4 and shows 9.](siblings.svg)

**A write that failed and did not.** W is 2, two machines are down, and the write reached A alone. The client gets an
error. A reader who meets A sees the value, and the next reader, who meets B and C, does not: new, then old. With *read
repair* the first reader gives B the version before it answers. Then two of three have it, and nobody who comes later
sees less. That is what "as if there were one copy" asks; the word is *linearizable*.

**A stand-in.** When a machine is down, somebody else can take the write for it, acknowledge, and hand it on later: a
*hinted handoff*. Writes hardly ever fail then. But an acknowledgement may now be a stand-in's, and R + W > N counts
boxes that nobody will read.

*A weak answer sounds like this: "Three replicas, R + W > N, so it is strongly consistent." What does the counter show?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day05")

# %% [markdown]
"""
## 2 Predict

Two clients add 1 to one counter, 100 times each, as fast as they can. Each read takes two of three replicas, each write
waits for two of three, and of concurrent versions the last write wins. All 200 increments are acknowledged. What does
the counter show in the end, on average over several runs? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 195  # increments that the counter shows, of 200
prediction = predict(
    "day05", "the counter after 200 acknowledged increments", guess, between=(0, 200), unit="increments"
)

# %% [markdown]
"""
## 3 Run

The counter, by both rules. Nothing fails here: messages take a millisecond on average, no machine is down, every
increment is acknowledged by two of three.
"""

# %% [demo]
from course.days.day05_replication_and_quorums.pictures import counters, shows

reveal(prediction, shows("2 read, 2 write", "last write wins"), unit="increments", plot=counters())

# %% [markdown]
"""
Asking and writing all three hardly helps: the two still read the same version at the same time. A pause between edits
hides it, and one client alone never sees it, which is how such a store passes its tests. Keeping both versions loses
nothing, and there were never more siblings than clients.

Now time. One key, copies on disks with published delays, and a read by somebody else at the very moment of the
acknowledgement. *Settled* is the same read ten milliseconds later.
"""

# %% [demo]
from course.systems.cluster.staleness import measured, misses

for copies, r, w in ((3, 1, 1), (3, 2, 1), (3, 1, 2), (3, 2, 2), (3, 3, 1), (5, 3, 3)):
    found = measured(copies, r, w)
    print(
        f"{copies} copies, r {r}, w {w}:  read {found['read99']:4.1f} ms  write {found['write99']:5.1f} ms",
        end="",
    )
    print(
        f"  stale {found['stale']:5.1%} at once, {found['settled']:4.1%} settled;  by the formula {misses(copies, r, w):.1%}"
    )

# %% [markdown]
"""
The formula says how often a random choice of replicas misses the newest version. The measurement says how often yours
does, at a moment. Two kinds of zero stand in the table: where r + w > copies it is a theorem; elsewhere it is a
measurement on these disks.

The finished store, with its replicas in sight: a write that two machines never got, and two readers.
"""

# %% [demo]
from course.systems.cluster.errors import NoQuorum
from course.systems.cluster.quorum import Quorum as Finished

store = Finished(3, r=2, w=2, seed=4)
store.network.fail([1, 2])
try:
    store.write("tone", "short", seen=[], writer="ann", stamp=0.0)
except NoQuorum as error:
    print("the write:", error)
store.network.fail([])
for reader in ("first", "second"):
    print(
        f"{reader} reader sees", [version["value"] for version in store.read("tone")], end=";  replicas hold "
    )
    print([len(kept) for kept in store.network.held("tone")])

# %% [markdown]
"""
Is a history of reads and writes as if there were one copy? A search over all orders decides it, for short ones.
"""

# %% [demo]
from course.systems.cluster.linearizable import Operation, linearizable

write = Operation("write", "new", 0, 10)
old_then_new = [write, Operation("read", "", 1, 2), Operation("read", "new", 3, 4)]
new_then_old = [write, Operation("read", "new", 1, 2), Operation("read", "", 3, 4)]
print("old, then new:", linearizable(old_then_new), "   new, then old:", linearizable(new_then_old))

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Who has seen whom? (10 minutes, 2 points, about 6 lines)

Two clocks, four answers. Everything after this rests on it.

> hint: Two questions over all writers of both: is there one whose count is lower in `a`, and is there one whose count is higher?
> hint: The two answers together make four: neither, the first alone, the second alone, both.
"""

# %% [exercise]
from course.systems.cluster.versions import compare  # implement

# %% [check] points=2
from course.days.day05_replication_and_quorums.checks import check_compare

check_compare(compare)

# %% [markdown]
"""
### Exercise 2 · What a reader gets (15 minutes, 4 points, about 7 lines)

Replicas return versions, some old, some twice, some that have not seen each other. A version is a dict of `value`,
`clock`, `stamp` and `writer`. You make of them what the reader gets. What was seen goes; that is not a choice. What you
do with several that are left is: the docstring allows two answers, and the check accepts both. Before you write, ask
what the application must be able to do with several, and what it never learns of with one.

> hint: First throw out what is there twice. Versions are dicts, so `==` compares all four fields, and `in` uses it.
> hint: A version stays unless it is "before" another one of those given. Equal clocks do not throw each other out.
"""

# %% [exercise]
from course.systems.cluster.versions import reconcile  # implement

# %% [check] points=4
from course.days.day05_replication_and_quorums.checks import check_reconcile

check_reconcile(reconcile)

# %% [markdown]
"""
### Exercise 3 · A store by quorums (25 minutes, 6 points, about 17 lines)

The network and its replicas are given. `network.ask(call)` sends `call` to all and yields pairs, a replica's index and
its answer, one by one as they come: stop when you have enough, and the rest is still under way. A `call` is a function
of one replica. It may use `replica.get(key)`, a list of its versions that is yours, and `replica.put(key, version)`,
which keeps one beside those that it has. `network.send(index, call)` sends to one replica alone, and has arrived when it
returns. `merged(clocks)` makes one new clock of several: for each writer the highest count. You write a read that
repairs before it returns, and a write that knows what its writer had seen.

> hint: `itertools.islice(answers, r)` takes at most r of them. If there were fewer, there were too few replicas.
> hint: `read`: collect what the r replicas have, reconcile it, and compare each replica's own list with the result.
> hint: `write`: merge the clocks of all that was read; that is a new dict. Then the writer's own count goes up by one, from 0 if it is new.
"""

# %% [exercise]
from course.systems.cluster.quorum import Quorum  # implement: read, write

# %% [check] points=6
from course.days.day05_replication_and_quorums.checks import check_quorum

check_quorum(reconcile, Quorum)

# %% [markdown]
"""
## 5 Break

Three copies, two read, two write, on disks, with your own `reconcile` and your own store. These are the promises:
"""

# %% [demo]
from course.days.day05_replication_and_quorums.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| one replica lags | 30 ms each way |
| a stand-in takes the write | one machine is down at the write, another one acknowledges for it, and it is back for the read without it |
| two people edit | the two clients of section 2 |
| a watch is 50 ms ahead | the same two, and the second one's stamps are too late |
| a write fails halfway | it reaches one of three; then two people read |
| one copy is asked, and a client forgets | r = w = 1, and neither of the two remembers what it wrote itself |

Choose *one* and say which promise it breaks, any of them where you expect several; the guess is locked when you run the
cell. Then try the others. Two of them ask about your decision in exercise 2.
"""

# %% [predict]
guess = "what was saved is seen"  # one of "what was saved is seen", "no edit is lost",
# "never new, then old", "writes in time", "none"
fault = "a stand-in takes the write"  # or "one replica lags", "two people edit",
# "a watch is 50 ms ahead", "a write fails halfway", "one copy is asked, and a client forgets"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day05", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, reconcile, Quorum)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *One replica lags.* Nothing breaks. Two of three are enough, and the slow one is never needed by both; writes take
  longer, since now the second of two disks decides.
- *A stand-in takes the write.* Reads miss it. Two acknowledged, and one of those was not a copy that a reader asks. R +
  W > N says nothing here; this is a *sloppy quorum*. A hundred milliseconds later hardly a read misses it: the other
  two have it by then, and a read asks two. Had stand-ins taken it for two of three, reads would miss it until the hints
  arrive.
- *Two people edit.* If you return all that none has seen, nothing is lost, and whoever reads has to merge. If you
  return the latest, a third of the acknowledged edits is gone, at every setting of r and w.
- *A watch is 50 ms ahead.* The same for both rules, and a little worse for the latest: stamps decide whose edit goes,
  and the fast watch wins.
- *A write fails halfway.* Nothing breaks if your read repairs before it returns. Without that, one pair of readers in
  five would see new, then old.
- *One copy is asked, and a client forgets.* Reads miss writes, the client's own among them. It then writes a clock that
  it has used already, with another value, and edits are lost even if all siblings are kept. A client that remembers its
  last version (a *session*) loses none, also with r = w = 1.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Times and staleness are measured on 20,000 writes under published delays, what
is lost by two writers with *your* `reconcile`. You have three controls: the copies, and how many of them a read and a
write wait for. Before each run you predict the number that the interviewer names; without a prediction nothing runs. A
round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day05_replication_and_quorums.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, compare, reconcile, Quorum)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"R + W > N. So it is consistent?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Overlap lets a read meet the latest acknowledged write; it orders nothing. Of 200
   acknowledged increments 131 were left with last write wins, and 138 with all three read and written. Names the two
   other holes: stand-ins (19% of reads at once were stale), and a failed write that is seen and then not.
2. *Trade-off, with a number.* Keeping siblings kept all 200, for at most two versions of a key with two writers, and a
   merge that the application must have. Repair before the answer costs messages and takes new-then-old to zero. What
   cannot be merged needs one order: consensus, and its round trips.
3. *Residual risk, with a mechanism.* A monitor: share of reads that met more than one version, alarm at 1% for five
   minutes, log with the key's prefix; hints that wait for over a minute. Its false alarms are planned restarts,
   counted. Says what assumes independence: a rack takes three copies at once.

**A strong answer.** "It promises that a read meets the last acknowledged write, if no stand-in acknowledged it. It does
not order two writers. I ran it: 200 acknowledged increments, two of three read and written, and the counter showed 131;
reading and writing all three gave 138. So I keep both versions, with a clock that says who has seen what, and the
application merges: then it was 200 every time, and never more than two versions side by side. For what cannot be
merged, like money, I would not use this store but consensus, and pay the round trips. Two holes remain. With stand-ins
one read in five missed a write at that moment, so I watch how long hints wait. And a failed write may be seen by one
reader and not by the next, unless the first repairs before it answers; mine does. What I have assumed is that machines
fail independently."

**A weak answer.** "Yes, that is strong consistency." Two people, one counter: what does it show?
"""

# %% [spoken] [markdown] points=3
"""
**"A region is cut off for ten minutes. What do your users see meanwhile, and what afterwards?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Where the copies are decides it: with a majority on this side nothing changes here;
   there, reads and writes find no quorum and are refused, or stand-ins take them. 75 operations in a million find too
   few of three when machines fail alone (round "nines"); in the cut-off region it is all of them.
2. *Trade-off, with a number.* Refuse, or accept and diverge: with one stand-in 19% of reads at once miss the write.
   Chosen by data: a draft may diverge, a permission may not. Writes that wait for a copy 40 ms away take it into their
   time: the far copy was among those waited for only where w was too high (15.9 ms at three of five, 9.1 at two).
3. *Residual risk, with a mechanism.* Afterwards: keys with more than one version, counted; a queue in which a person
   merges what no rule can, its threshold, its log, the share that needed no person. Deletes: a copy that was away
   brings a deleted value back unless the mark of the delete is kept for longer than the cut.

**A strong answer.** "On our side nothing: we have the majority, and two of three answer as before. In the region that
is cut off it depends on the data, and I decide that beforehand. Permissions are refused: nobody may read one that is
ten minutes old, and I would rather show an error. Drafts are taken by stand-ins; then reads there miss writes, one in
five at that moment in my run with a single stand-in, and I say 'saved here' and not 'saved'. Afterwards the hints
arrive, and some keys have two versions. I count them; the application merges what it can, and the rest goes into a
queue for a person, with a log, and I measure how many of those a rule could have merged. And I keep the marks of
deletes for longer than the longest cut, or a deleted value comes back. I do not know how our cuts are distributed, so
the alarm is on the oldest waiting hint: one minute."

**A weak answer.** "The other regions take over." With which copies, and what of the writes that were under way?
"""

# %% [markdown]
"""
## 8 Recap

- R + W > N: a read meets the last acknowledged write. It orders nothing between two writers.
- A clock of counts by writer says who has seen what; neither has seen the other: concurrent, and both are news.
- Last write wins loses acknowledged edits at any r and w. Siblings lose none, and somebody must merge.
- Repair before you answer, and nobody sees new, then old. A failed write is not undone.
- More copies are bought for the moment in which two are away, and five of which three are needed fail sixty times less
  than three of which two are.

**Flash question.** N = 5, R = 2, W = 3, and all machines are up. Can a read miss an acknowledged write? And which
change of one number would you make first?

<details><summary>Answer</summary>Yes: 2 + 3 is not more than 5. Of the ten pairs that a read can meet, one is the two copies that have not acknowledged, so by the formula a tenth of the reads at that moment; measured on
disks it is less, since those two have often got it by then. R = 3 closes it, and costs a tenth of a millisecond here; W = 4 would close it too, and then any two machines that are down stop all writes.</details>

### Words

> word: replica: one of N copies of a record, each on a machine of its own.
> word: acknowledge: to say that a write is kept; W acknowledgements, and the client is told.
> word: quorum: R answers and W acknowledgements of N, chosen so that any two overlap.
> word: stale: a read that misses a write which was acknowledged before it began.
> word: vector clock: for each writer, how many of its writes a version has seen.
> word: concurrent: two versions that have not seen each other; side by side they are siblings.
> word: last write wins: of concurrent versions the one with the latest stamp stays (LWW); the others are lost.
> word: read repair: a reader gives what it found to replicas that lack it.
> word: hinted handoff: a stand-in takes a write for a machine that is down, and hands it on later.
> word: linearizable: as if there were one copy, and each operation happened at one moment between its start and its end.

**Further reading.** DeCandia and others, *Dynamo* (SOSP 2007), sections 4.4 to 4.7 · Bailis and others,
*Probabilistically Bounded Staleness* (PVLDB 2012) · Herlihy and Wing, *Linearizability* (TOPLAS 1990) · Lamport, *Time,
Clocks, and the Ordering of Events* (1978) · Gifford, *Weighted Voting* (SOSP 1979) · Shapiro and others, *Conflict-free
Replicated Data Types* (2011) · Kleppmann, *Designing Data-Intensive Applications* (first edition), chapter 5.

**The limit that the next day removes.** Every read asked the store. Most of them asked for what was read a moment ago.
The round on its own page, a key-value store in three regions, comes first: `course mock`.
"""
