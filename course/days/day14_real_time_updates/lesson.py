# %% [markdown]
"""
## 1 Brief

*"A hundred million listings in the index. Prices change twenty thousand times a second, most of them on a few. A change must be
found within a second, and a deleted listing must be gone. You cannot rebuild: how long would that take?"*

| what | number |
| --- | --- |
| changes a second | 2,000, in a sale 20,000 |
| a change is found within | 10 s, later 1.25, at last 6 |
| segments (below) that a query opens | at most 32, later 40, then 28, at last 32 |
| written to disk | at most 17 MB/s, later 27, at last 12 |
| the bytes of a deleted listing are gone within | 24 h |

Use up the numbers. One machine indexes {facts.INDEX_BUILD_RATE}. A rebuild takes 1,053 seconds, 17½ minutes, and writes 60 GB at 600 bytes a listing. When it is done,
its oldest answers are 17½ minutes old. The changes alone are 20,000 × 600 bytes: 12 MB a second. That is little. Can you not simply write them into the index?

**Nothing changes in its place.** Day 11's lists are packed: each id is a difference to the one before. To put one more document into
the middle, you would write the rest of the list again, for each of its words, while others read it. So you let changes gather in memory, in the *memtable*. Once a second
the memtable becomes a *segment*: a small index of its own that never changes. This step is a *refresh*. From then on queries look into the new segment, too.
A refresh makes a change *searchable*. It does not make it safe: if the machine dies, who still knows the change? The database does, as you will see.

**Two listings, three segments.** Listing 7 was "red hat", at *version* 1, in segment A. Now its owner deletes it. A cannot be changed. So you write an entry that says "7 is deleted, version 2": a
*tombstone*. It stands in another segment, C. A search for "red" finds 7 in A, sees version 2 in C, and leaves 7 out. Listing 8 was changed: version 1 stands in segment B, version 2 in C. The
highest version of an id decides, in whichever segment it stands.

**Merge.** One refresh a second leaves 86,400 segments a day, and each query would open them all. So a few are *merged*: read, and written again as one. Segments of like size form a *tier*, and how many of them are merged at once is the
*fanout*. Take a fanout of 10, and ten segments of ten listings each: refreshes wrote 100 entries. Merge them, and 100 are written again, as one segment of 100. Ten
of these make one of 1,000: each of its entries has been written three times, once by a refresh and twice by merges. Bytes written over bytes that came are the *write amplification*, here 3.

![A memtable with 9, not found yet. Segment C holds “7, version 2, deleted” and 8 at version 2, segment B holds 8 at version 1, the large segment A holds 7 at version 1. B and C are merged to D, which holds the tombstone of 7 and version 2 of 8.](segments.svg)

Now merge B and C. Version 1 of listing 8 is hidden by version 2, and is not copied. And the tombstone of 7? If you drop it, nothing hides "7,
version 1" in A any more, and the deleted listing is back. Merge A as well, and nobody else has a 7: then both may go.

**Readers.** A query takes a *snapshot*: the segments of that moment, here A, B and C. A moment later B and C are merged to D. The query still reads A, B and C, and finds what
was true at its *point in time*. It needs no lock, since nothing that it reads ever changes. But which files may be deleted now? B and C, once the last query with such a snapshot is done, and not before.

**How does a change get here?** A service writes a price to its database, and then tells the index. If it dies between the two, the index is wrong for ever. So it writes both into
the database, in *one* transaction: the price, and a row in a table of changes, the *outbox*. A process beside it, the *indexer*, takes these rows in order, carries them to the index, and notes how far it came: its *offset*. Reading a database's changes in this way is called *change data capture*, CDC. If the
indexer dies before it has noted its offset, it sends some changes once more: delivery is *at least once*. Where several indexers share the work, a few changes come out of order. Versions make both harmless, but for one case, which section 5 shows.

*A weak answer sounds like this: "We update the index in real time." What does a query see while you do, and what is on the disk a day after a deletion?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day14")

# %% [markdown]
"""
## 2 Predict

A quiet week: 2,000 changes a second to a hundred million listings. 99 in 100 of them hit the same 50,000 hot ones. Memory is refreshed each second, segments are merged by tens,
all day long. Now an owner deletes an ordinary listing that has been there for months. A second later no search finds it. After how many *hours* are the last of its bytes gone from the
index? Write a number, also below 1; it is locked when you run the cell.
"""

# %% [predict]
guess = 0.5  # hours
prediction = predict(
    "day14", "hours until the bytes of a deleted listing are gone", guess, between=(0.001, 10_000), unit="h"
)

# %% [markdown]
"""
## 3 Run

First the whole path, with an accident in it: the indexer dies before it has noted its offset, so it begins from the start again.
"""

# %% [demo]
from course.days.day14_real_time_updates.pictures import finished_index
from course.systems.search.outbox import Indexer, Outbox

database, index = Outbox(), finished_index()
indexer = Indexer(index, horizon=16)
for id, text in ((7, "red hat"), (8, "red shoe"), (7, None)):
    database.put(id, text)
indexer.apply([change for _, change in database.read(after=0, most=2)])
index.refresh()
old = index.store.snapshot()
indexer.apply([change for _, change in database.read(after=0, most=10)])  # from the start again
print("before the refresh:", index.search(["red"]), "  in memory:", sorted(index.store.memtable))
index.refresh()
print("after the refresh: ", index.search(["red"]), "  true in the database:", database.documents())
print("the old snapshot:  ", index.store.search(old, ["red"]))

# %% [demo]
from course.days.day14_real_time_updates.pictures import hours, remembered

reveal(prediction, hours(), unit="h", plot=remembered())

# %% [markdown]
"""
Thirteen days. Small segments are merged within seconds, and what is dead in them goes. But this listing lies in one of twenty *large* segments, with nearly five million others. To copy five million
documents for a few new ones would be dear, so a segment above half of a cap is not merged any more. (A common cap is {facts.MERGE_SEGMENT_CAP}; here it is 3.) A large segment is rewritten only
when enough of it is dead; {facts.MERGE_DEAD_ALLOWED} is a common default. What makes a listing in it dead? Hardly the hot updates: the versions that they replace lie in small segments. The cold ones do, and they are 20 a second, spread over a hundred million listings. Of n listings, u such updates
hit a part of 1 − e^(−u/n). A fifth is hit after 0.223 updates for each listing: 22.3 million, at 20 a second.

That was a formula. Here it is in a small index that really merges, made of the code that you are about to write, and then in an engine that came with your Python:
"""

# %% [demo]
from course.days.day14_real_time_updates.pictures import in_a_real_one

in_a_real_one()

# %% [markdown]
"""
Look at the line "deleted". SQLite finds the document no more, and its word still stands in the index: where it was, and where a later segment says that it was deleted.

And what does it cost to find a change soon? The last line says what it costs to forget on purpose.
"""

# %% [demo]
from course.days.day14_real_time_updates.pictures import refreshes

refreshes()

# %% [markdown]
"""
The same changes come in, and twenty times as many refreshes write four times as many bytes. Within five seconds most changes of a hot listing replace each other in memory,
and within a quarter of a second hardly any do. A fanout of 30 takes a part of the bytes back, and each query pays for it.

A merge costs the writer bytes and saves the reader segments. How much of each, the fanout decides. At 5,000 changes a second, with a refresh each two seconds:
"""

# %% [demo]
from course.days.day14_real_time_updates.pictures import both_ends

both_ends()

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · From memory to a segment, and a search (25 minutes, 5 points, about 15 lines)

Three methods of a store. `Entry(version, text)` is a version of a document. `Segment(pairs)` takes pairs of an id and an entry, in order of id, and copies them;
`segment.get(id)` gives an entry or None, `segment.holding(words)` the ids whose text has all the words, increasing. `snapshot.segments` are the segments of a snapshot. `snapshot`, `release`, `replace` and `on_disk` are given.

> hint: A write compares one version, that of the same id in memory. A deletion is an entry with the text None.
> hint: Pairs sort by their first member. Give the store a new dict and a new tuple, and what was handed out before stays as it was.
> hint: For each id that a segment holds: is there a segment in the snapshot whose entry of this id is newer?
"""

# %% [exercise]
from course.systems.search.segment_store import SegmentStore  # implement: write, refresh, search

# %% [check] points=5
from course.days.day14_real_time_updates.checks import check_store

check_store(SegmentStore)

# %% [markdown]
"""
### Exercise 2 · What to merge next (20 minutes, 3 points, about 14 lines)

A policy: from the sizes of all segments to the positions of those to merge. It is asked again after each merge, until it says (). With fanout 10 and base 2,000, tier 0 ends below 20,000 and tier 1 below
200,000. One sentence of the docstring leaves you a choice, and the checks accept any. What it costs you will meet in sections 5 and 6.

> hint: Errors first, in their order. Then a dict from a tier to the positions in it.
> hint: Find a tier with whole numbers: multiply an end by `fanout` until the size is below it. In floats the logarithm of 1,000 to base 10 is not 3.
"""

# %% [exercise]
from course.systems.search.merge_policy import pick_merge  # implement

# %% [check] points=3
from course.days.day14_real_time_updates.checks import check_policy

check_policy(pick_merge)

# %% [markdown]
"""
### Exercise 3 · The merge itself (25 minutes, 4 points, about 15 lines)

Take the Brief's listing 7 again, and ask of each entry whether a search could still miss it. You need nothing of exercise 2: which segments are merged somebody else has
decided, and they need not stand side by side. `others` are all the segments that stay. `for id, entry in segment` goes through a segment.

> hint: First the newest entry of each id, among the segments that are merged. A dict, in one pass.
> hint: Then each of them in order of id: what do the others hold of it? Nothing, something older, something newer: decide for a text and for a tombstone.
"""

# %% [exercise]
from course.systems.search.segment_merge import merge_segments  # implement

# %% [check] points=4
from course.days.day14_real_time_updates.checks import check_merge

check_merge(merge_segments)

# %% [markdown]
"""
## 5 Break

The sale: 20,000 changes a second, a refresh each second, fanout 4, every large segment rewritten once in 20 hours, and an export that keeps its snapshot for an hour. Beside it 200 short lives of a small index, each with sixty writes and deletions, refreshes and merges in any order,
held against a rebuild from scratch. All with your own code. These are the promises:
"""

# %% [demo]
from course.days.day14_real_time_updates.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| each change comes twice | the indexer died before it noted its offset |
| changes come out of order | a change may come before one that was made less than eight changes earlier |
| changes come out of order, and the indexer forgets deletions at once | until now it kept the version of each for 16 changes |
| a merge drops tombstones at once | your merge is told that no other segment holds anything |
| refresh every quarter of a second | instead of once a second |
| nobody rewrites large segments | until a fifth of one is dead |
| a reader keeps its snapshot for a day | instead of an hour |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "gone stays gone"  # one of "soon found", "gone stays gone", "the disk", "forgotten", "none"
fault = "each change comes twice"  # or "changes come out of order",
# "changes come out of order, and the indexer forgets deletions at once",
# "a merge drops tombstones at once", "refresh every quarter of a second",
# "nobody rewrites large segments", "a reader keeps its snapshot for a day"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day14", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, SegmentStore, pick_merge, merge_segments)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Each change comes twice.* Nothing breaks. The same version of the same id is the same entry, in memory or in two segments.
- *Changes come out of order.* Nothing breaks: versions decide, and not the order in which entries came.
- *Changes come out of order, and the indexer forgets deletions at once.* Deleted documents come back, in about one history of eight. A merge dropped the tombstone, rightly,
  since no segment held the id any more. Then an older version arrived late, and nobody knew better. So somebody has to remember a deletion for as long as a change can be late.
- *A merge drops tombstones at once.* Deleted documents come back in four of five histories: an older version stood in a segment that was not merged.
- *Refresh every quarter of a second.* The disk: four tenths more is written, since fewer changes replace each other in memory.
- *Nobody rewrites large segments.* Forgotten after 32 hours: 31 until a fifth is dead, and the reader's hour. In a quiet week it is 311.
- *A reader keeps its snapshot for a day.* Forgotten after 44 hours. The segment was rewritten in time, and the old one is still on the disk, because somebody reads it.
- *And if the disk was broken before any fault?* Look at exercise 2. A policy that merges all that is small, whatever its tier, copies a segment of more than a million listings every few seconds: 289 MB a second where tiers write 26.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a change.
Then the interviewer has six constraints. Each is measured on a quarter of an hour of changes to a hundred million listings, merged by *your* policy.
You have three controls: how often memory is refreshed, the fanout, and in how many hours each large segment is rewritten. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day14_real_time_updates.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, SegmentStore, pick_merge, merge_segments)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Legal asks: when is a deleted document really gone?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Two answers: no search finds it after 1.2 s, and its bytes stay for 31 hours at 20,000 changes a second, for 310 at 2,000. They lie in a large segment that is rewritten only when a fifth of
   it is dead; the quieter the index, the longer.
2. *Trade-off, with a number.* Every large segment rewritten once in 20 hours: 0.8 MB/s beside 24.7. Once in 6 hours 2.8, which no longer fits into 27.
3. *Residual risk, with a mechanism.* A snapshot of a day makes it 44 hours; copies, backups, and whatever was computed from the document. A record for each request: hidden when, segment rewritten when, snapshots released when; alarm at the age of
   the oldest open one, 20 of 24 hours, whose false alarms are merges that were only paused.

**A strong answer.** "There are two times. After 1.2 seconds nobody finds it: the tombstone went through a refresh. Its bytes are another matter. They stand in a large segment, and that is rewritten when a fifth of it is dead. At the sale's
traffic that is 31 hours, in a quiet week 310, because fewer updates kill less. I can promise 24 hours: I rewrite each large segment once in 20, which adds 0.8 MB a second to 24.7, about three per cent. Then the longest reader decides: an export that holds
its snapshot for a day would make it 44 hours, so snapshots get a limit. For each request I keep a record of what was rewritten and released, and an alarm at 20 hours. It will ring falsely when somebody pauses merges. Backups I have not measured; they need a rule of their own."

**A weak answer.** "We call delete, so it is gone." From what: from the answers, or from the disk?
"""

# %% [spoken] [markdown] points=3
"""
**"Product wants 250 milliseconds instead of a second."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* At fanout 10 disk goes from 18.4 to 27.7 MB/s, and segments only from 30 to 33: tiers fill four times as fast. At fanout 4 it is 24.7 to 34.6, above the 27 that there are.
2. *Trade-off, with a number.* Only prices of 50,000 hot listings need it, 99 in 100 changes: a table in memory beside the index, asked after the search. Or a higher fanout: at 30 it is 20.6 MB/s, and 50 segments for each query.
3. *Residual risk, with a mechanism.* Two places that can disagree for a second: one answer in 1,000 is compared, alarm at a mismatch of 0.1%, false alarms where a change came between both reads. What happens when the table is lost: it is read again from the outbox.

**A strong answer.** "First what it costs to do it plainly: at fanout 10 the disk goes from 18.4 to 27.7 megabytes a second. Not four times: segments stay at about thirty, since tiers fill faster; but within a quarter of a second fewer changes of a hot listing replace each other. At our fanout of 4 it is 35,
and we have 27. A fanout of 30 would pay for it with 50 segments in each query. So I ask who needs it. If it is prices, then 50,000 listings get a table in memory, which is read after the search and knows the newest price; the index stays at a second. The risk is that both disagree: I compare one answer in a
thousand and alarm at a tenth of a per cent. And the table is no truth either; after a crash it is filled from the outbox."

**A weak answer.** "We set the refresh to 250 milliseconds." And who pays?
"""

# %% [markdown]
"""
## 8 Recap

- Changes gather in memory, a refresh makes a segment of them, and no segment ever changes.
- The highest version of an id decides, in whichever segment it stands. A deletion is a version, too.
- A tombstone may go when no other segment holds the id, and when no older change can still come.
- A merge writes again what was written: fewer segments for the reader, more bytes for the writer.
- Hidden after a second, on the disk for days: to forget is a promise of its own, with a deadline.

**Flash question.** Two segments are merged: one has "7, version 4, deleted", the other "7, version 2, hat". A third segment, which stays, has "7, version 5, shoe". What does the new segment hold of 7?

<details><summary>Answer</summary>Nothing. Version 5 is newer than both and hides whatever is older, so neither the text nor the tombstone has work left to do.</details>

### Words

> word: memtable: changes in memory, which no search finds yet.
> word: segment: a small index of its own that never changes.
> word: refresh: memory becomes a segment, and its changes can be found; to survive a crash is another matter.
> word: tombstone: a version that says that a document is deleted, and hides the older ones.
> word: merge: several segments are written again as one; fanout says how many of a tier.
> word: write amplification: bytes written over bytes that came.
> word: snapshot: the segments of one point in time; they stay on disk until the last reader is done.
> word: outbox: changes that stand in the database beside the data, written in the same transaction.
> word: change data capture: to read a database's changes and carry them on (CDC).
> word: at least once: a change may come again, so the same version must do nothing.

**Further reading.** O'Neil and others, *The Log-Structured Merge-Tree* (Acta Informatica, 1996) · McCandless, *Visualizing Lucene's Segment Merges* (2011) · Luo and Carey, *LSM-based Storage Techniques: A Survey* (VLDB Journal, 2020) ·
Kleppmann, *Designing Data-Intensive Applications* (2017), chapters 3 and 11.

**The limit that the next day removes.** A new segment has to get to every machine that answers queries. Sent to a thousand of them one by one, the last one waits for hours.
"""
