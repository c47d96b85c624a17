# %% [markdown]
"""
## 1 Brief

*"Five hundred gigabytes of weights lie in a store behind ten gigabits a second. A thousand machines need them, every
four hours. How long does it take, and how do you know that every machine runs what you released?"*

| what | number |
| --- | --- |
| nine of ten healthy machines have it | within 570 s |
| bytes that cross between racks | at most 250 TB |
| announcements at the tracker | at most 8 thousand a second, later 130 |
| machine-minutes on a bad version | at most 100 |
| a snapshot with 20,000 edits | within 340 s |

Use up the numbers first. Ten gigabits are 1.25 gigabytes a second, so *one* copy takes 400 seconds. That is the floor: nobody can
have everything before the store has sent everything once. If all thousand fetch from the store, it sends a thousand copies,
and that takes 4.6 days. The store's link is its *ingress* into the fleet, and it is the narrow place. A machine's own link is 25 gigabits; the
thousand of them together can send 3.1 terabytes a second. The store is 0.04% of that.

**Pass it on.** Three machines stand in a chain, and the file has four pieces, *chunks*. The store sends chunk 1 to the first. While the store sends chunk 2,
the first passes chunk 1 on to the second. After six steps the third has all four: four for the chunks, two for the way. This is
*pipelining*. With a thousand machines and 7,451 chunks of 64 MiB the way is an eighth of the whole. Smaller chunks make it shorter, but each chunk
costs something on top, so there is a best size.

**Or let everybody ask everybody.** In a *swarm* each machine asks others for what it lacks, and passes on what it has. A *tracker* knows who has which
chunk, since each machine *announces* to it every chunk that has come. Machines stand in racks of 40, and the links between racks are shared with
others: a swarm can ask mates of its own rack first. Draw three rounds for two chunks and three machines:

![Round 1: the store sends chunk 1 to a. Round 2: a passes 1 to b while the store sends 2 to c. Round 3: b and c swap, and the store sends 2 to a. After three rounds all three have both.](swarm.svg)

A chain and a tree say beforehand who feeds whom. One machine whose link is ten times slower holds up everybody behind it, and in a tree of a
thousand with two below each, one in a hundred slow, 8.6% of all stand below a slow one. In a swarm it holds up nobody but itself.

**A name for bytes.** A chunk's name is its SHA-256: 32 bytes, the same on every machine, and nobody can make other bytes with the same name. This is *content
addressing*. The *manifest* lists the names in order, and is itself named by their hash. Our file's takes 233 KiB. Whoever knows the manifest's name can take chunks from a stranger, since each is checked
before it is passed on. Check only at the end, and a chunk that went wrong on its way stands on every machine below.

**Names find what has changed.** Take ABCDEFGH in fours: ABCD, EFGH. Insert an x after B: ABxC, DEFG, H. Both pieces have new names, since every cut has moved. Now cut after each vowel: A, BCDE, FGH. With
the x: A, BxCDE, FGH: one piece is new. Cuts that *fixed* sizes make move with everything behind an insertion; cuts that follow the content stay, *content-defined chunking*. In practice a rolling sum of the last bytes
decides, and bounds keep chunks from being tiny or huge.

**Having it is not running it.** A version is put beside the old one, checked, and switched on by one rename: *atomic activation*. To go back is to rename
again. A few machines switch first, as *canaries*, and are watched; that is *staged activation*, and the time is the *soak*. Ten machines with ten requests a second each see 30,000 in five minutes. If a bad version
fails one in 5,000, they see six, and miss it with a probability of 0.25%.

*A weak answer sounds like this: "We put it behind a CDN." How many copies leave the store, and what do a thousand machines check?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day15")

# %% [markdown]
"""
## 2 Predict

Forty machines, a file of 48 chunks, links two and a half times as fast as the store's. One machine alone would take 48 steps. Now all forty want it, ask each
other, and always fetch the *first* chunk, in file order, that they lack and somebody has. Everybody needs every chunk, after all. How many times as long does it
take until nine of ten have it? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 1.3  # times as long as one machine alone
prediction = predict("day15", "a swarm that fetches in file order", guess, between=(1, 40), unit="×")

# %% [markdown]
"""
## 3 Run

The same swarm, four ways to choose. *Stale* counts are those of a tracker that tells everybody each ten steps.
"""

# %% [demo]
from course.days.day15_artifact_distribution.pictures import stretches, swarmed

reveal(prediction, swarmed("in file order").stretch, unit="×", plot=stretches())

# %% [markdown]
"""
In file order all machines wait for the same few new chunks, and the store sends those over and over. *Rarest first* spreads them: whoever asks takes what
fewest have, so that everybody soon has something that others lack. And look at the orange bars: if counts are old and all machines break ties alike, rarest first turns into file
order again.

How many copies left the store, with fresh counts, and with counts that are ten steps old?
"""

# %% [demo]
for choice in ("rarest, equals in one's own order", "rarest, equals by number", "any", "in file order"):
    fresh, stale = swarmed(choice), swarmed(choice, 10)
    print(f"{choice:<33}{fresh.sent:5.2f}{stale.sent:6.2f}")

# %% [markdown]
"""
Now real processes: a store that sends 40 MiB a second, eight machines, each a process with a folder of its own, and a file of 32 MiB. In the chain the first machine
passes one chunk on spoiled. Printed are the copies that left the store, the time, and the chunks that were refused.
"""

# %% [demo]
import random
import tempfile
from pathlib import Path

from course.days.day15_artifact_distribution.pictures import fixed
from course.systems.cluster.mover import move

data = random.Random(15).randbytes(32 * 2**20)
for chain, name in ((False, "all from the store"), (True, "a chain")):
    with tempfile.TemporaryDirectory() as folder:
        came = move(data, fixed(data, 2**20), Path(folder), 8, chain=chain, rate=40 * 2**20, spoil=3)
    refused = sum(said["refused"] for said in came.said)
    print(f"{name:<18}{came.store / len(data):3.0f} out{came.seconds:5.1f} s, refused {refused}")

# %% [markdown]
"""
The spoiled chunk was refused by the second machine and asked for again; nobody behind it ever saw it.

And the share of a file's bytes that keep their name in an update, by how the file is cut:
"""

# %% [demo]
from course.days.day15_artifact_distribution.pictures import edits

edits()

# %% [markdown]
"""
It depends on the file whether that is worth anything. An index snapshot stays the same for whole segments. Weights do not: a training step moves nearly all
of them a little, so no chunk is left as it was.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A manifest (25 minutes, 5 points, about 10 lines)

Cut a file and name the pieces. Where you cut is your decision, within the docstring's bounds: at fixed places,
or by content.

Given are `name_of(data)`, a chunk's name, and `named(chunks)`, the manifest of a list of chunks. For a sum that rolls, `GEAR` has a number for each byte. Double
the sum, add the number, keep 64 bits: it depends on the last 64 bytes alone, and is below `2**64 // n` about once in n bytes.

> hint: One loop over the bytes with the place where the chunk began. A chunk ends where you want a cut, or where it has become too large, or where the data ends.
> hint: By content: cut where the rolling sum is below a bar, if the chunk is large enough. A chunk with a least size comes to that size and n, on average. A file of zeros never is, so the largest size has to end it.
"""

# %% [exercise]
from course.systems.cluster.chunks import chunk_manifest  # implement

# %% [check] points=5
from course.days.day15_artifact_distribution.checks import check_manifest

check_manifest(chunk_manifest)

# %% [markdown]
"""
### Exercise 2 · Which one next? (10 minutes, 3 points, about 6 lines)

`order(machine, chunk)` is given: a number that looks random, always the same for this machine and chunk, and another one for another machine.

> hint: Sets have a difference, and a dict's `get` takes what to say for a key that it does not have.
> hint: Three steps: what is missing; how few copies the rarest of those has; which of the rarest is first in the machine's order.
"""

# %% [exercise]
from course.systems.cluster.swarm import next_chunk  # implement

# %% [check] points=3
from course.days.day15_artifact_distribution.checks import check_next

check_next(next_chunk)

# %% [markdown]
"""
### Exercise 3 · The fastest tree (20 minutes, 4 points, about 14 lines)

Before one simulates, one computes. `depth_of(machines, fanout)` is given: machines on the longest way, the first and the last among them. A `Plan` is
`{"fanout": …, "depth": …, "chunk": …, "seconds": …}`, its depth as `depth_of` counts.

> hint: Do it by hand for 3 machines in a chain, 4 chunks, and a step of one second: when does the last one have chunk 1, and when chunk 4?
> hint: A step takes as long as the slower of two: the store sends one chunk; a machine sends the chunk as often as it has machines below it.
> hint: `min` over all plans with a key that is a triple.
"""

# %% [exercise]
from course.systems.cluster.broadcast import broadcast_plan  # implement

# %% [check] points=4
from course.days.day15_artifact_distribution.checks import check_plan

check_plan(broadcast_plan)

# %% [markdown]
"""
## 5 Break

A swarm that asks its own rack first, chunks of 64 MiB, ten canaries, and your own choices and cuts. These are the promises:
"""

# %% [demo]
from course.days.day15_artifact_distribution.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| one machine in a hundred is slow | a tenth of its link |
| a chunk is corrupted on the way | once, between two machines; each chunk is checked before it is passed on |
| the tracker's counts are old | by up to twenty steps |
| a tree, checked at the end | two below each; the same corrupt chunk |
| text is inserted | a few bytes in each tenth chunk, since the last version |
| the same version once more | somebody releases what is there already |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "there in time"  # one of "there in time", "nothing unnamed runs",
# "a bad version is found soon", "the store sends little more than one",
# "an update moves few bytes", "none"
fault = "the tracker's counts are old"  # or "one machine in a hundred is slow",
# "a chunk is corrupted on the way", "a tree, checked at the end", "text is inserted",
# "the same version once more"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day15", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, chunk_manifest, next_chunk, broadcast_plan)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *One machine in a hundred is slow.* Nothing breaks: nobody waits for it but itself. In a chain it would be 1,857 s, in a tree 3,241.
- *A chunk is corrupted on the way.* Nothing breaks. The next machine refuses it and asks again.
- *The tracker's counts are old.* In an order of one's own it becomes slower and stays within its promise. With ties by number
  the store would send more than three copies.
- *A tree, checked at the end.* Nine machines hold bytes that nobody named: those below the link, on average. In a chain it would be 500.
- *Text is inserted.* With cuts by content a quarter of the bytes or so is new. With cuts at fixed places all of them are, from the first insertion on: the
  update is sent whole. That was the decision in exercise 1, and every other promise is kept either way.
- *The same version once more.* Nothing happens at all: every machine has every name.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a chunk.
Then the interviewer has six constraints. Chain and tree are computed; a swarm is run on forty machines with *your* `next_chunk`, and what an update leaves is measured with *your*
cuts. You have three controls: who gets it from whom, the size of a chunk, and how many machines switch first. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the interviewer gives
something back.
"""

# %% [interview] points=2
from course.days.day15_artifact_distribution.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, chunk_manifest, next_chunk, broadcast_plan)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Why not a tree?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A tree is fine, 438 s against a floor of 400, until one in a hundred is slow: 3,241 s, because 8.6% of its machines stand below a slow one, and a step
   is as slow as the slowest link. A chain takes 1,857 s.
2. *Trade-off, with a number.* The swarm takes 547 s with slow machines, and costs what a tree does not: a tracker with 13,600 announcements a second, and 480 TB between racks; asking one's own rack first
   takes that to 229.
3. *Residual risk, with a mechanism.* A peer that sends spoiled chunks: each is verified before it is passed on, a peer is left out after two in an hour, and that is logged; a machine with bad memory
   is left out wrongly, which harms nobody but itself. Says what happens when the tracker is away.

**A strong answer.** "I would take a tree if all machines were alike: 438 seconds, where one copy takes 400. They are not. With one in a hundred at a tenth of its link the tree takes 3,241 seconds, since one
machine in twelve stands below a slow one. A swarm has no below: I measured 547. What I pay is a tracker, which hears of every chunk, 13,600 times a second, and 480 terabytes between racks, unless machines ask their own
rack first; then it is 229. Which chunk one asks for is not a detail: in file order it took more than three times as long. What is left are bad peers. Every chunk is checked
by its name before it goes on, so a spoiled one costs one chunk; in a tree that checks at the end nine machines would hold it. And I would watch how many copies leave the store. If that rises from
1.2 to two, something is wrong with the counts."

**A weak answer.** "A tree has logarithmic depth." And who stands at its third level?
"""

# %% [spoken] [markdown] points=3
"""
**"The new version answers worse, but only for one language. Would your release have caught it?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Ten machines for five minutes see 30,000 requests; a language with one in a hundred has 300 of them. If its errors double from 1% to 2%, that is three more: not to be told from chance.
2. *Trade-off, with a number.* A longer soak, or more canaries: 100 machines see ten times as much, and 500 machine-minutes are exposed where 100 were promised. Or canaries that
   are given more of that language.
3. *Residual risk, with a mechanism.* A threshold for each language, each with its part of the false alarms: with twenty languages and 5% in all, 0.25% each. What is done after activation: monitors that stop and go
   back, since the old version lies beside the new one.

**A strong answer.** "No. The canary is ten machines for five minutes, 30,000 requests, and it finds a flaw that fails one in five thousand with a probability of 99.75%. A language that makes up one per cent has 300 of those requests. If its
errors double from one to two per cent, I see six instead of three, and that happens by chance. I could soak for an hour: then it is 3,600. Or I send canaries twenty times as much of the rare languages, which
costs nothing but routing. Then I need a threshold for each, and with twenty of them I give each a twentieth of my false alarms, or I stop every second release for
nothing. What I cannot catch before, I must be able to undo: the old version is on every disk, and going back is one rename. I would log which version answered, so
that complaints can be counted by it."

**A weak answer.** "Our canary was green." Of how many requests in that language?
"""

# %% [markdown]
"""
## 8 Recap

- The floor is one copy through the store's link; pipelining and swarms come near it, whatever the number of machines.
- Rarest first, ties in an order of one's own. In file order everybody waits for the same chunk.
- A name is a hash: verify before you pass on, and a spoiled chunk costs one chunk.
- Cuts by content survive insertions; weights do not deduplicate whatever you do.
- Having it is not running it: one rename, ten first, the old one stays.

**Flash question.** A chain of 200 machines, 1,000 chunks, a step of 0.1 s. How long until the last one has everything, and how long if each waited for the whole file?

<details><summary>Answer</summary>(1,000 + 199) × 0.1 s = 120 s, against 200 × 100 s = 20,000 s: five and a half hours. The way costs a fifth on top; waiting for whole files costs a factor of 167.</details>

### Words

> word: ingress: the link by which the store reaches the fleet, and the narrowest of all.
> word: chunk: a piece of a file, named by what is in it.
> word: manifest: the names of a file's chunks in order; its own name is their hash.
> word: content addressing: bytes are found and checked by their hash.
> word: content-defined chunking: cuts where the content says so, so that an insertion moves one of them.
> word: pipelining: a chunk is passed on while the next one comes.
> word: swarm: machines that fetch chunks from each other; a tracker knows who has what.
> word: rarest first: one asks for the chunk that fewest have.
> word: staged activation: a few canaries switch first and are watched for a while, the soak.
> word: atomic activation: a version is switched on in one step, or not at all.

**Further reading.** Cohen, *Incentives Build Robustness in BitTorrent* (2003) · Mundinger, Weber and Weiss, *Optimal Scheduling of Peer-to-Peer File Dissemination* (2008) · Muthitacharoen, Chen and Mazières, *A
Low-Bandwidth Network File System* (SOSP 2001) · Tridgell, *Efficient Algorithms for Sorting and Synchronization* (1999), on rsync · Flinn and others, *Owl* (OSDI 2022).

**The limit that the next day removes.** Everything that was searched so far was words. Two texts that say the same in other words have not one of them in common. The round on its own page comes first: `course mock 3`.
"""
