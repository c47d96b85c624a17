# %% [markdown]
"""
## 1 Brief

*"Yesterday's server had 27 slots of 4,096 tokens, and most of each slot was never written. Eight companies use the same
assistant: one long instruction, their own document, a short question. Hand the memory out as it is needed, share what is
the same, and let nobody see what is not theirs."*

| what | number |
| --- | --- |
| cache beside the weights | 43,000 tokens, later 12,000 |
| instruction, the same for all | 1,500 tokens |
| first token, p95 | at most 200 ms; 130 with an instruction, 4,000 with little memory, 250 in a burst |
| held memory without a token | at most 10% |
| tokens computed again | at most 3% |
| a stranger's probes that find a document | none |

Today's A100 is the one of 40 GB. Nine tenths of that are usable, 36; the weights take 13.5; passes are cut to 512 tokens, so
that their intermediate results hardly count. What is left is 22.5 GB for the *KV cache*, the keys and values of earlier
tokens. A token has {facts.LLAMA2_7B_KV_BYTES} of them: 43,000 tokens fit.

**Slots.** In the public trace that this course uses, a conversation has 1,155 tokens of prompt and 211 of answer, in the
mean. A slot must have room for the longest that could come, 4,096. So ten people fit, and when a mean conversation ends, its
slot is one third full. The paper that began this day found
{facts.PAGED_BEFORE_LOW} to {facts.PAGED_BEFORE_HIGH} of the memory in use in the systems of its time.

**Blocks.** Cut the memory into *blocks* of 16 tokens, 8.4 MB each, some 2,680 of them. A sequence gets a block when its last one
is full, and wherever one is free. Its *block table* says which blocks it has, in order, and attention reads through the
table. Only the last block of a sequence can have empty room, half a block on average: 8 of 1,366 tokens. So 31 people
fit. An operating system does the same with pages of memory. The price is the detour: the paper's attention kernel was
{facts.PAGED_KERNEL_LOW} to {facts.PAGED_KERNEL_HIGH} slower. The course's model makes attention's read slower by 4 divided
by the tokens of a block: a quarter at 16, a sixteenth at 64. That shape is assumed.

Take blocks of 4, and the prompt ABCDEF. It gets blocks 0 and 1, and two places in block 1 stay empty. The answer G and H fill
them; I needs a third block. With nine tokens in three blocks, 3 places of 12 are empty.

**Sharing.** Four answers to one prompt need its blocks once. To *fork* a sequence is to copy its table, a few numbers, and to
count: a block's *reference count* is how many tables name it. Say that a sequence of six tokens in blocks 0 and 1 is forked. Both
blocks now have a count of 2. The first to write needs a place in block 1, which the other still reads. So it gets a block of
its own in that place, the two tokens in block 1 are copied, and the count of block 1 falls to 1. The second writes
in place. That is *copy on write* (COW): shared until somebody writes, and a full block is never written again.

![Above, the tables of two sequences. Below, five blocks of memory in no order. Both tables name the block that holds ABCD, which has two references; each has blocks of its own for what follows.](blocks.svg)

**Finding.** An instruction of 1,500 tokens in front of every prompt takes 96 ms to compute, at 64 µs a token. Five
requests a second would spend half of the GPU on it. Yet its keys and values are the same every time, and lie in blocks
already. But the same words after another beginning are *not* the same, since a token's keys and values depend on all that
comes before it. So the *key* of a full block is a hash over the key of the block before it and its own tokens: equal keys
mean equal text from the start. The *prefix cache* maps keys to blocks. A block that nobody holds is free, and still says
what it holds, until it is needed for something else. What has been free longest goes first; the order is known as
*LRU*, least recently used.

**Running out.** Nobody knows how long an answer will be. Say that there are three blocks in all. Two sequences hold one
full block each, and both want another; only one block is left. So one of them must give way: *preemption*. The newest gives its blocks up, waits, and computes its tokens again
when there is room (*recompute*). The other way is to *swap* them to the host's memory: 1,000 tokens are 524 MB, and out and in
again at {facts.PCIE4_X16_GBPS} takes 33 ms at best, against 64 for computing them. Today there is no such memory.
Either way the reader sees a pause. A *reserve* avoids it: at admission, memory must be free for the prompt and so many
tokens of the answer. Then people wait at the door, and some of them for nothing.

**Telling.** Who finds a block is served faster, and a clock can see that. A stranger sends a document word for word; if the
answer comes at once, somebody sent that document before. That is a *side channel*: a secret told by time. A *salt* in the
key, a value that only equals share, closes it: who has another salt never finds the block.

*A weak answer sounds like this: "vLLM does that." What does it do when the last block is gone?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day24")

# %% [markdown]
"""
## 2 Predict

Six agents take turns on a server of their own, always in the same order. Each has a context of about 16,000 tokens that
grows a little with every turn, and sends all of it each time. With memory for all six contexts, 87% of the prompt
tokens are found in the cache; the rest is each agent's first turn, and what is new. Now a fifth of that memory is taken away. Which
share is found? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 0.65  # share of prompt tokens found, 0 to 1
prediction = predict(
    "day24", "share of prompt tokens found, a fifth of the memory gone", guess, between=(0, 1)
)

# %% [markdown]
"""
## 3 Run

Blocks of four tokens, and one sequence that is forked. Follow the second block, and who has to leave it. In each line
the blocks are numbered anew, as they are met.
"""

# %% [demo]
from course.systems.serving.paged.ledger import Ledger
from course.systems.serving.paged.prefix import PrefixCache as FinishedCache

ledger = Ledger(FinishedCache, 6, 4)
print("what is done     tables: [tokens, blocks]                 free blocks, copied tokens")
for line in (
    ("allocate", "a", 6),
    ("fork", "a", "b"),
    ("append", "b", 1),
    ("append", "a", 3),
    ("free", "a"),
):
    (now,) = ledger([line])
    print(f"{' '.join(map(str, line)):<17}{now['tables']!s:<41}{now['free']:>7}{now['copied']:>16}")

# %% [markdown]
"""
How much does that save? The next picture fills a cache with conversations of a public trace, each caught somewhere in its
answer, until the next one does not fit. A slot is one large block.
"""

# %% [demo]
from course.days.day24_paged_attention.pictures import packing

packing()

# %% [markdown]
"""
Most of the gain is there at 256. Smaller blocks matter where sequences are short, or where they share. The interview will
have both.

Next, what finding is worth: 80 requests at three a second, with an instruction of 800 tokens, under four rules of who
finds whose blocks. Under *tenant* a company finds only its own; under *public* the instruction is for all, and the
rest for the own company.
"""

# %% [demo]
from course.days.day24_paged_attention.pictures import sharing

sharing()

# %% [markdown]
"""
There are two assistants, each with an instruction of its own. Under *tenant* every company computes both for itself, so each is
computed eight times in place of once. *Public* is as good as *all*, for nobody here sends another company's document.

Now the six agents.
"""

# %% [demo]
from course.days.day24_paged_attention.pictures import cliff, found

reveal(prediction, found(0.8), plot=cliff)

# %% [markdown]
"""
A fifth less memory, and nearly everything is gone. In turn, the context that was used longest ago is exactly the one that
is needed next. Its blocks make room for the agent before it; and when its turn comes, it takes the blocks of the one after.
So the whole lack of memory falls on whoever is next, each time: a tenth of six contexts is more than half of one. In random
order the same lack is spread, and costs far less.

The curve begins to fall at once; there is no slack in which to notice. And a dashboard that shows the mean of many servers would show a
small dip while one of them fell to nothing.
"""

# %% [demo]
print(f"a fifth short: {found(0.8):.2f} in turn, {found(0.8, at_random=True):.2f} in random order")

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Blocks (12 minutes, 3 points, about 14 lines)

Hand out blocks, let a sequence grow, take them back. `BlockPool` keeps the books: counts, the line of free blocks, the
tables in use, and `take()`, which hands out one block. You write when it is called, and what a table that is done gives
back. Nothing shares a block yet, but somebody will.

> hint: How many blocks do 6 tokens need when a block has 4? And 8? Ask whether so many are free before the first is taken.
> hint: A table is full when it has as many tokens as its blocks have room for. `take` raises the right error itself, if nothing was changed before it.
"""

# %% [exercise]
from course.systems.serving.paged.blocks import BlockAllocator  # implement: allocate, append, free

# %% [check] points=3
from course.days.day24_paged_attention.checks import check_blocks

check_blocks(BlockAllocator)

# %% [markdown]
"""
### Exercise 2 · Copy on write (14 minutes, 4 points, about 12 lines)

A fork copies a table, not what the table points to. The price comes later, with the first token that is written into a
block that somebody else reads. `append` of exercise 1 is there as `super().append`; it knows about full blocks.

> hint: How many tokens of the sequence are in its last block? Think of a remainder, and of what a remainder of 0 means.
> hint: Three things happen to the writer: a block of its own, one name less on the old one, a new entry in the table. Which of them can fail?
"""

# %% [exercise]
from course.systems.serving.paged.sharing import SharedBlocks  # implement: fork, append

# %% [check] points=4
from course.days.day24_paged_attention.checks import check_sharing

check_sharing(SharedBlocks)

# %% [markdown]
"""
### Exercise 3 · The prefix cache (22 minutes, 5 points, about 22 lines)

Free blocks still hold what was written. Find the beginning of a prompt among them, hand out the rest, and forget what
is overwritten. `publish` is given: it notes the keys of what was computed. In which order the blocks of one table
come free is yours to decide; be ready to say why.

> hint: First collect what is found, and change nothing. Then count: blocks to take, and free blocks that are not among the found. Only then hold the found ones, and take the others.
> hint: A found block with a count of 0 stands somewhere in the line of free blocks. An `OrderedDict` gives an entry up by its key, wherever it stands.
> hint: `take` is called by `append` too. Whoever gets a block gets it without its past.
"""

# %% [exercise]
from course.systems.serving.paged.prefix import PrefixCache  # implement: acquire, take, free

# %% [check] points=5
from course.days.day24_paged_attention.checks import check_prefix

check_prefix(PrefixCache)

# %% [markdown]
"""
## 5 Break

Your cache serves two worlds, and makes four promises. The six agents have memory for all contexts; beside them a chat
has 12,000 tokens of cache at three requests a second, without a reserve. Blocks have 16 tokens.

| promise | limit |
| --- | --- |
| the cache | share of the agents' prompt tokens found: at least 0.40 |
| the work | share of the chat's tokens computed again: at most 0.03 |
| the memory | share of held memory without a token: at most 0.10 |
| the wall | share of found tokens that are another text: 0 |

Choose *one* fault and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "the cache"  # one of "the cache", "the work", "the memory", "the wall", "none"
fault = "a tenth of the memory is gone"  # or "strangers pass through", "answers three times as long",
# "blocks of 64 tokens", "twice the callers", "keys forget what comes before"
promises = ("the cache", "the work", "the memory", "the wall", "none")
expected = predict("day24", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day24_paged_attention.faults import under

under(fault, expected, PrefixCache)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A tenth of the memory is gone.* This one asks about your decision in exercise 3. If the *tail* of a table comes free
  before its head, the next agent loses the end of its context, and 49% is still found. If the head goes first, the run from
  the start ends at once: the rest of the context lies in memory, nobody finds it, and the share is 0. A block is worth
  something only while all before it are there.
- *Strangers pass through.* After each turn somebody sends 2,000 tokens that are never seen again; there is a twentieth more
  memory than the contexts need, and it is not enough. The same decision: 67% are found, or none.
- *Answers three times as long.* The work. Without a reserve everybody is let in whose prompt fits; the answers grow, the
  last block goes, and the newest compute again.
- *Blocks of 64 tokens.* Nothing breaks. Half a block is now 32 tokens, and 6% of what is held is empty.
- *Twice the callers.* Nothing breaks: they wait a little longer at the door.
- *Keys forget what comes before.* The wall. The agents read the same tool's answers after different beginnings. With keys
  of a block's own tokens one finds another's block, whose keys and values belong to another text. More is found than
  before, and some of it is wrong.

</details>
"""

# %% [markdown]
"""
The salt is a safety component. Its input is who asks; its rule is that a key with another salt is another key; and its log is the
share found by company. What does it keep from a stranger? The next cell gives strangers a stopwatch and a
threshold, chosen for the length of the document: below it, they say that the document was sent before. They probe while others
are served, so the times are not clean. *In the cache* counts the probes that found the document; *said* is the share
of those that were named, and *said wrongly* the share of the others.
"""

# %% [demo]
from course.days.day24_paged_attention.faults import stopwatch

stopwatch(PrefixCache)

# %% [markdown]
"""
Where all share, the long document is named in seven cases of ten, and never wrongly. The short one is named as often, but the
clock also accuses companies that did not send it. With a salt there is nothing to find: whatever a stranger still says is wrong.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints, and each is measured on your cache. You have three controls: the size of a block, the
reserve at admission, and who finds whose blocks. Before each run you predict the number that the interviewer names;
without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day24_paged_attention.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, PrefixCache)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"The share of prompt tokens found in the cache fell from 87% to almost nothing overnight. Traffic is up by a quarter, nothing
was deployed. What happened, and what do you do?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A working set that goes round, just above the memory: least recently used throws out exactly
   what comes next. From section 3: a fifth too little memory takes the share from 0.87 to 0.01, in random order
   only to 0.70.
2. *Trade-off, with a number.* A little memory more, which nobody else can use then; or tails leave first, which
   keeps 0.49 at a lack of a tenth where heads first leaves 0; or each agent always to the same server, which makes some
   servers fuller than others.
3. *Residual risk, with a mechanism.* The monitor: its input (share found, for each server and company), its threshold, the line
   that it logs, and its false alarms, for one after a deploy that changes the instruction and so every key.

**A strong answer.** "These users go round: agents that send their whole context every turn. A quarter more traffic is
a quarter more contexts, in the same memory, so it is short by a fifth. In turn, the one used longest ago is the next to
come, and that is the one we throw out. I measured it: with memory for all 87% was found, a fifth short 1%. In random
order it would have been 70%. First I check that the tail of a context leaves before its head; at a lack of a tenth that
keeps 49%, where head first leaves nothing, since a run is found only from its start. Then I send each agent to a fixed server, or buy
a quarter more memory. I would alarm for each server when the share found falls below 40%, mute it for an hour after
a change of the instruction, and log the contexts and the free blocks. What I have not measured is a real day: agents pause for
minutes, and then the order is neither a circle nor random."

**A weak answer.** "The cache is too small, we need a bigger GPU." It is short by a fifth, and the loss is nearly all.
"""

# %% [spoken] [markdown] points=3
"""
**"Legal asks whether one customer can find out what another one has sent to our assistant. Can they, and what does it cost to
prevent it?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Yes, by the time to the first token: a document of 1,500 tokens that is in the cache was named in 72% of
   the probes without a wrong accusation, one of 300 tokens in 71% with 21% wrong (96 probes each).
2. *Trade-off, with a number.* A salt by company for everything costs the shared instruction: first token p95 118 ms, against 60
   where the instruction is public. Public instruction and private rest costs nothing more here, and no probe finds anything.
3. *Residual risk, with a mechanism.* Who shares an account shares a salt; what is public must really be so. The monitor: its input (near-equal prompts of
   one account, repeated), its threshold, the line that it logs, and whom it accuses wrongly, clients that retry for one.

**A strong answer.** "Yes. Who sends a document that somebody sent before gets the first token sooner, and can time it. I tried
it with a document of 1,500 tokens: a threshold of 150 milliseconds named 72% of those in the cache, and accused nobody
wrongly in 49 probes. With 300 tokens it is 71%, and 21% of the others wrongly. I would mix the company into every key behind the instruction.
Then none of 96 probes found anything. It is free where the instruction stays public: 60 milliseconds at p95, the same as sharing all;
a salt on everything would be 118. What stays: people who share an account can still time each other, and a
customer's own text in the instruction would be public, so the boundary is set by us and not by the request. I would log
accounts that repeat near-equal prompts, alarm at twenty an hour, and expect retries among them."

**A weak answer.** "Prompts are hashed, so nobody can read them." Nobody needs to read a key; it is enough to be quick.
"""

# %% [markdown]
"""
## 8 Recap

- Hand memory out in blocks as it is written: half a block is lost for each sequence, not two thirds of a slot.
- A fork copies a table. The first write into a shared block that is not full copies that block, and no other.
- A key stands for a block and all before it. Look up from the start, stop at the first miss, leave the last token to compute.
- Free blocks go least recently used first, and of one table the tail first. A circle just above the memory finds nothing.
- A reserve at admission trades work done twice for waiting at the door.
- A shared cache tells time. Salt the key for all that is not public.

**Flash question.** Two requests have the same 100 tokens, at positions 0 to 99 of one and 50 to 149 of the other. How many of
their blocks of 16 can be shared?

<details><summary>Answer</summary>None. The keys and values of a token depend on everything before it, and a key is a hash
over all of that; only equal beginnings are shared.</details>

### Words

> word: block: memory for the keys and values of a fixed number of tokens.
> word: block table: which blocks a sequence has, in order.
> word: reference count: how many tables name a block; at 0 it is free.
> word: copy on write: COW, shared until somebody writes; then the writer gets a copy of that block.
> word: prefix cache: finds blocks by what they hold, from the start of a prompt on, also those that nobody holds.
> word: LRU: least recently used; what has been free longest is taken first.
> word: preemption: taking memory from a running sequence, which computes again (recompute) or was moved to the host (swap).
> word: reserve: tokens of an answer for which memory must be free at admission.
> word: salt: a value mixed into a key, so that only those who have the same one find the block.
> word: side channel: a secret told by time, or by anything but the answer.

**Further reading.** Kwon and others, *Efficient Memory Management for Large Language Model Serving with PagedAttention* (SOSP
2023, arXiv 2309.06180) · Zheng and others, *SGLang* (arXiv 2312.07104), on a tree of prefixes · vLLM's design page
*Automatic Prefix Caching* · Gu and others, *Auditing Prompt Caching in Language Model APIs* (arXiv 2502.07776)

**The limit that the next day removes.** One server's cache finds only what that server has seen, and
a second server has seen something else. Tomorrow a router knows who holds what, and how full they are.
"""
