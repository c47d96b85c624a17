# %% [markdown]
"""
## 1 Brief

*"A billion pages, one and a half kilobytes of text each, and machines with 256 GB of memory. Which pages contain all of
these words, next to each other, in this order? How many machines, and what does one query read?"*

These are the limits. Some change as the interviewer's constraints come. A KiB is 1,024 bytes.

| what | number |
| --- | --- |
| an AND of two words, one of them rare | reads at most 0.60 KiB, in one round 0.70 |
| index bytes a page | at most 480, then 760, at last 650 |
| of a phrase's answer that is wrong | at most 1% |
| a phrase of three words | reads at most 12 KiB, at last 40 |
| the beginning of a word | reads at most 1.8 KiB |

You could read all the text for each query. That is 1.5 TB, and a core reads {facts.MEMORY_READ} from memory: 85 seconds
for one query. So you turn the question around. Not "which words has this page?" but "which pages has this word?", written
down once, before anybody asks. That is an *inverted index*.

**Three pages.** (The code says *document*.) Page 0 is "a b a", page 1 "b c", page 2 "a c". A *term* is a word as the index knows it, after case and accents have been made alike (the
*analysis*). For the term a you write: page 0 at positions 0 and 2, page 2 at position 0. Each page in that list is a *posting*; the list's length, here 2,
is the *document frequency*, df. The sorted terms are the *dictionary*. "a AND c" is what the lists of a and c share: page 2. For the *phrase* "a c" you look at the positions as well: a at 0,
c at 1, and 1 is 0 + 1. An index that keeps positions is a *positional index*.

**How large?** A page has 223 words, of which 94.5 are different: 94.5 postings and 223 positions. Each posting as two plain numbers
of four bytes, each position as one: 94.5 × 8 + 223 × 4 = 1,648 bytes. The index is larger than the text. A billion pages are
1.65 TB, seven machines.

**Differences.** The lists are sorted, so you write each id as the difference to the one before, a *gap*. Take the ids 824, 829, 215406.
The gaps are 824, 5, 214577. For a frequent word they are small, and small numbers should take few bytes.

A *varint* writes a number in groups of seven bits, one a byte, and the eighth bit says that more follow. 5 fits into one byte: `05`. 824 is
6 × 128 + 56. You write the low group first: 56, and the bit for "more", `B8`; then 6, `06`. So the three gaps are `B8 06`, `05`, `B1 8C 0D`: six bytes in the place of
twelve. (The textbook below writes the high groups first and marks the *last* byte: `06 B8`, `85`, `0D 0C B1`. The same idea, as many bytes.)

With that a page takes some 600 bytes, four tenths of its text. A billion of them fit into three machines. On a well-known collection
of news an id takes {facts.RCV1_VB_BYTES_PER_POSTING} in this code; you will see the same here.

**What you lose.** In a list of gaps you cannot look into the middle. The 500th id is a sum of 500 numbers. So the list is cut into *blocks* of, say, 128
postings. The first id of a block is written whole, and a *skip table* says for each block its first id and where it begins. A block is then read alone.

![The dictionary leads to a skip table of three entries: 3 at byte 0, 40 at byte 3, 900 at byte 6. Each entry leads to a block of ids as differences. To look for page 41 only the block that begins with 40 is read.](index.svg)

**Two lists of unlike length.** You look for 35 in 2 5 9 14 21 30 35 44. A binary search would begin in the middle. But you come
with a sorted list of your own, and the last hit was near. So you go in growing steps: look at the 1st id (2), two further (9), four further (35). 9 is below 35, and 35 is not. So the place lies
behind 9, and there you bisect: 14, 21, 30, 35. This is *galloping* (exponential search): for a distance of d about two times log₂ d comparisons, however long the list
is.

**Words that everybody uses.** "the", "of", "is" stand nearly everywhere. Fifty such words are four tenths of all tokens. Textbooks left them out: *stop words*. And while somebody types
you are asked for a beginning, a *prefix query*: all words that start with "ar". You can unite the lists of all those words, or keep the lists of the first n letters as
terms of their own, *edge n-grams*.

The pages of today are real: what NumPy and SciPy say of themselves, 4,365 texts, read from the files that you installed. They stand for the billion; figures a page and a query carry over, times do not.

*A weak answer sounds like this: "We use an inverted index, so a query only reads the rare word's list." And the list of the other word, which has half of all pages?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day11")

# %% [markdown]
"""
## 2 Predict

One word stands in 20 to 40 pages, another in 1,400 to 3,500, in blocks of 128 postings. You want the pages with both. With the skip table you decode
only those blocks of the *frequent* word that can hold one of the thirty pages. Which share of its blocks is that, on average over 400 such pairs?
The pages are numbered in the order of their paths. Write per cent; it is locked when you run the cell.
"""

# %% [predict]
guess = 5  # per cent of the frequent word's blocks
prediction = predict(
    "day11", "blocks of the frequent word that are decoded", guess, between=(1, 100), unit="%"
)

# %% [markdown]
"""
## 3 Run

The first cell reads the sources of both packages, which takes a few seconds, once.
"""

# %% [demo]
from course.days.day11_inverted_index.corpus import pages
from course.systems.search.lexical_index import LexicalIndex as Finished

small = Finished(pages()[:300], block=32)
print(f"{len(pages()):,} pages; an index of the first 300 has {len(small.terms):,} terms")
print("array AND shape:", small.search_all("array shape")[:8])
print("“of the array”: ", small.phrase("of the array")[:8])
print("broadc…:        ", small.prefix("broadc")[:8])

# %% [demo]
from course.days.day11_inverted_index.pictures import blocks, decoded

reveal(prediction, decoded(), unit="%", plot=blocks())

# %% [markdown]
"""
Thirty pages of two thousand are one or two per cent of the *ids*. But nothing smaller than a block can be read, and thirty ids
fall into many blocks. Take 16 blocks and let thirty ids fall at random: each misses a given block with probability 15/16, all thirty with (15/16)³⁰, or 14%. So 86% of the blocks are
read. Over all pairs, some with fewer ids and more blocks, it is about eighty, the upper line. Pages that are neighbours in path are alike, though, so a rare word's pages stand together, and the lower line is what
you get for nothing but a good order. *A skip table always saves comparisons. It saves bytes only where whole blocks hold no candidate.*

Smaller blocks, then? Their skip table is larger, and it is read too. That is one of your knobs later.

How many comparisons does galloping save? Both lists here are drawn at random.
"""

# %% [demo]
from course.days.day11_inverted_index.pictures import galloping

galloping()

# %% [markdown]
"""
With lists of like length it costs *more* than walking both in step. It pays from about four times the length on.

Where are the bytes? And what do the fifty commonest words cost?
"""

# %% [demo]
from course.days.day11_inverted_index.corpus import index

whole = index()
ids, positions = (size / whole.documents for size in whole.stream_bytes(64))
postings = whole.lists.starts[len(whole.terms)] / whole.documents
print(f"a page: {postings:.1f} postings of {len(whole.tokens) / whole.documents:.0f} words")
print(
    f"bytes, in blocks of 64: {whole.bytes_a_document(64):.0f}, of which ids {ids:.0f}, counts and positions {positions:.0f}"
)
print(f"an id takes {ids / postings:.2f} bytes, its count and positions {positions / postings:.2f}")
print(
    f"the 50 commonest words: {whole.common[whole.tokens].mean():.0%} of all; without them {whole.bytes_a_document(64, 'drop'):.0f} bytes"
)

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A list in blocks (25 minutes, 5 points, about 22 lines)

One function writes a list, two read a block of it. Given are `in_order`; `write_varint(out, number)`, which appends to a
bytearray; `read_varints(data)`, a list of numbers; and `_bytes`, which asks the reader for one block of a stream. How many streams there are, and what stands in which,
is up to you, as long as each block can be read alone. `starts` says where, by the name of a stream.

For the term a of the Brief, page 0 at 0 and 2 and page 2 at 0, `count` is 2 and `firsts` is [0]. The ids are written as 0, 2. The positions, each page with how many it has, are 2: 0, 2 and 1: 0.

> hint: A block begins wherever the number of a posting is divisible by `block`. There you note the first id, and how long each stream is so far.
> hint: How does a reader know where the positions of one page end? You have to write how many there are.
> hint: To read: a difference is added to the number before it. Where a block or a page begins, that is 0.
"""

# %% [exercise]
from course.systems.search.postings import PostingList  # implement: encode, ids, positions

# %% [check] points=5
from course.days.day11_inverted_index.checks import check_postings

check_postings(PostingList)

# %% [markdown]
"""
### Exercise 2 · What all lists share (25 minutes, 4 points, about 18 lines)

You need `encode` for nothing here: a list shows its `count`, its `firsts`, and the `ids` of a block. Reading a block costs bytes, so the check counts blocks. `gallop(ids, target, at)` is given: the first place from `at` on whose id is `target` or more.
It works on `firsts` as on any sorted list. Think of three lists: the rare word first, then each other list with what is left.

> hint: The block that can hold an id is the last one whose first id is not above it. Where does `gallop` land if you look for the id + 1?
> hint: Candidates come in order, so the block that you need is the one you have, or a later one. Keep the number and the ids of the one you have.
> hint: Within a block a binary search will do, from the place where the last one ended.
"""

# %% [exercise]
from course.systems.search.intersect import intersect  # implement

# %% [check] points=4
from course.days.day11_inverted_index.checks import check_intersect

check_intersect(intersect)

# %% [markdown]
"""
### Exercise 3 · Next to each other (12 minutes, 3 points, about 8 lines)

One page, and for each word of the phrase its positions there. Where a word was left out of the index there is None: its place still counts.

> hint: Begin with one word that is known. If it is the i-th of the phrase and stands at q, the phrase begins at q - i.
> hint: A set says at once whether a position is in it.
"""

# %% [exercise]
from course.systems.search.phrases import phrase_match  # implement

# %% [check] points=3
from course.days.day11_inverted_index.checks import check_phrase

check_phrase(phrase_match)

# %% [markdown]
"""
## 5 Break

All 4,365 pages, blocks of 32, every word kept, in the layout of *your* list as *your* intersection reads it. These are the promises:
"""

# %% [demo]
from course.days.day11_inverted_index.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| pages are numbered as they arrive | at random, and no longer by path |
| a stop list is switched on | the fifty commonest words are left out, of pages and of queries |
| positions are written between the ids | each id is followed by its positions, in one stream |
| one bit of a difference flips | the lowest bit of one byte, on a bad disk |
| pages arrive in decomposed Unicode | é as e and an accent, in pages and not in queries |
| every beginning up to five letters is a term | as {facts.INDEX_PREFIXES_DEFAULT} are a common default |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others. One of them is the decision of exercise 1.
"""

# %% [predict]
guess = "an AND"  # one of "the answers", "an AND", "the index", "none"
fault = "pages are numbered as they arrive"  # or "a stop list is switched on",
# "positions are written between the ids", "one bit of a difference flips",
# "pages arrive in decomposed Unicode", "every beginning up to five letters is a term"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day11", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, PostingList, intersect)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Pages are numbered as they arrive.* An AND reads too much: pages that are alike no longer stand together, so the rare word's pages fall into more blocks.
  The bytes a page hardly grow: gaps get a little larger, and a varint hides that.
- *A stop list is switched on.* The answers break. A phrase keeps the places of the words that are left, so it finds too much; a phrase of common words alone finds nothing.
- *Positions are written between the ids.* An AND reads more than three times as much, and needs nothing of what is added. If your list is written so, it broke before the fault as well.
- *One bit of a difference flips.* Every id from there to the end of the block is wrong: half of a block on average, where ids have a stream of their own. A block is also where damage ends. A checksum of four
  bytes a block would tell you, and costs half of a skip entry.
- *Pages arrive in decomposed Unicode.* Nothing. Pages and queries pass through the same analysis, which composes them.
- *Every beginning up to five letters is a term.* The index breaks its promise by half of its size. The fourth and fifth letter save nearly nothing: few words share a beginning that long, so there are few lists to unite.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a query.
Then the interviewer has six constraints. Each is measured on all pages with 100 AND queries, 90 phrases of three words, and 100 beginnings of words.
You have three controls: the block, what is done with common words, and how many first letters are terms too. "Pairs" keeps all words and makes two common neighbours, such as "of the",
one more term, with a list of its own. Before each run you predict the number that the interviewer names; without a prediction
nothing runs. A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day11_inverted_index.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, PostingList, intersect, phrase_match)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Why not simply remove stop words?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Fifty words are 41% of the tokens. Without them the index went from 607 to 454 bytes a page, a quarter; and 73% of a phrase's
   answer was wrong, mean of 90 phrases with one to three common words.
2. *Trade-off, with a number.* Kept, a phrase reads 32 KiB. Pairs of common neighbours bring that to 10 KiB and cost 18% more bytes, 607 to 716.
3. *Residual risk, with a mechanism.* A list belongs to a language and hits the words of another. A monitor asks 1,000 logged phrases with the list and without, alarm at 1% that
   differ; its false alarms are queries whose extra hits hurt nobody. Says who reads them.

**A strong answer.** "They are four tenths of the tokens, so it is tempting: I measured a quarter of the bytes saved, 607 to 454 a page. Then somebody searched for a phrase. With
the list on, 73 per cent of the answers to phrases with common words were wrong, and a phrase of nothing but common words has no answer at all. So I keep them. An id costs about a byte;
what hurts is their positions, 32 KiB for a phrase. I index pairs of common neighbours as terms: 10 KiB, for 18 per cent more memory. If phrases become rare I give the pairs
up again and not the words. What remains is language: fifty of them, and each has its own common words. I would run 1,000 logged phrases with and without the list each night,
and look at any week in which one in a hundred differs. Some of these will be harmless, so a person reads twenty before we change anything."

**A weak answer.** "Stop words carry no meaning." Which words are in "to be or not to be"?
"""

# %% [spoken] [markdown] points=3
"""
**"Your rare-word queries read half of the index's longest lists. What now?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Thirty ids fall into many blocks: 52% of the blocks of 128 are decoded, 21% of those of 32. The skip table saves comparisons; a block is the least that can be read.
2. *Trade-off, with a number.* Blocks of 32 have four times the skip entries: 625 against 599 bytes a page. Below that an AND reads more again, 0.62 KiB at 16 and 0.93 at 8, since the
   skip table is read too. Numbering by path is free: 80% became 52%.
3. *Residual risk, with a mechanism.* The order decays as pages arrive. Measure the decoded share each day, renumber at the next merge when it is 1.3 times that of a fresh index; a false
   trigger costs one rewrite. Says what the number is measured on.

**A strong answer.** "The list is read in blocks. A word with thirty pages touches about half of the sixteen blocks of a word with two thousand; I measured 52 per cent at 128 and 21 at 32. So
I cut smaller: at 32 an AND reads 0.54 KiB in place of 0.66, for four per cent more memory. I would not go on to 8, because then the skip table is most of what I read, 0.93 KiB. The other half of the win was free: we number
pages by path, so a rare word's pages stand together; at random it would be 80 per cent at 128, and the 0.54 would be 0.74. That order will not last. Pages arrive at the end of the numbering.
I watch the share of blocks decoded on logged queries, and when it is 1.3 times what a fresh index has, the next merge renumbers. If that was noise, it cost one rewrite."

**A weak answer.** "We add a cache." Of which lists, when every query has another rare word?
"""

# %% [markdown]
"""
## 8 Recap

- Write down once which pages a word has; a query then reads lists, not pages.
- Sorted ids become gaps, gaps become varints: four tenths of the text, positions included.
- A block is the least that can be read, and where damage ends; the skip table is read too.
- Begin with the shortest list; what it rules out costs nothing in the others.
- What a query does not need must not stand between what it needs.

**Flash question.** A colleague sorts the pages by their address before they get their numbers. Not a line of code changes. What gets better, and how would you see it?

<details><summary>Answer</summary>Pages with like addresses hold like words, so a word's pages stand together. Gaps are smaller, which a varint hardly shows (a code of bits would), and the candidates of an AND fall into fewer blocks:
at blocks of 128 the decoded share went from 80% to 52%. You see it in the blocks decoded for each query, before you see it in bytes a page.</details>

### Words

> word: term: a word as the index knows it, after analysis.
> word: posting: one page in the list of one term.
> word: document frequency: how many pages hold a term; df for short.
> word: gap: the difference of an id to the one before; also d-gap.
> word: varint: a number in groups of seven bits, as few bytes as it needs.
> word: skip table: for each block its first id and where it begins, so that it can be read alone.
> word: galloping: a search in growing steps from where you stand, then a bisection; also exponential search.
> word: positional index: one that keeps where in a page each term stands.
> word: stop word: a word that an index leaves out because it is everywhere.
> word: edge n-gram: the first n letters of a word, kept as a term, for prefix queries.

**Further reading.** Manning, Raghavan and Schütze, *Introduction to Information Retrieval* (2008), chapters 2 and 5 · Zobel and Moffat, *Inverted Files for Text Search Engines* (2006) ·
Bentley and Yao, *An Almost Optimal Algorithm for Unbounded Searching* (1976) · Silvestri, Perego and Orlando, *Assigning Document Identifiers to Enhance Compressibility of Web Search Engines Indexes* (2004).

**The limit that the next day removes.** You return every page that matches, two thousand of them, in the order of their numbers. Nobody reads two thousand pages. Which ten come first, and can you find them without scoring all?
"""
