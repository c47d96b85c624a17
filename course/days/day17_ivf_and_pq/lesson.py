# %% [markdown]
"""
## 1 Brief

*"A billion vectors, 64 dimensions each. I give you one machine with 64 GB, and later a disk. Ten nearest, and I will
tell you how many you may miss."*

| what | number |
| --- | --- |
| of the true ten, found | at least 0.745, later 0.935, then 0.89 |
| of the ten that a user may see, found | at least 0.94 |
| bytes of a vector in memory, code and id | at most 36, later 13, then 21 |
| share of all codes that a query measures | at most 0.32; 0.06 with a filter |
| vectors read from disk, a query | none, later 60, 110, 60 and 25 |

A vector here is an *embedding*: what a trained model makes of a text, so that texts of like meaning lie near each other. Exact search measures the distance to each.

Use up the numbers first. A vector of 64 numbers of 4 bytes is 256 bytes; a billion are 256 GB, and four machines are full to
the brim. One machine has 64 bytes for each vector, if it holds nothing else. So the vectors have to shrink, and since nobody
can look at a billion of anything for each query, most have to be left alone. Two ideas do this. Each loses something,
and each loses something else.

**Cells.** Choose k points, the *centroids*, and let each vector join the nearest. What joins one centroid is its *cell*. An *inverted file*, IVF, is one list of
vectors for each cell. A query goes to the nearest few centroids and measures what is in their lists. How many it opens is called *nprobe*. The rule that says in which cell a vector lies is the *coarse quantiser*.
With about √n cells for n vectors, a query measures about as many centroids as there are vectors in a list. The root of a billion is 31,623; take the power of two that is nearest, 2¹⁵ = 32,768 cells of 30,500 vectors. Eight opened cells then hold 244,000 vectors.
A neighbour in a cell that stays shut is missed.

**Where do centroids come from?** From *k-means*. Four points stand on a line, at 0, 1, 9 and 10, and two centroids start at 0 and 1. Each point joins the nearer:
{0} and {1, 9, 10}. Each centroid moves to the mean of its points: 0 and 6.67. Again: {0, 1} and {9, 10}, so 0.5 and 9.5. Again: nobody moves, and it is over. Now let two points stand at 0, copies of each other, and
both centroids start there. Every point is equally near to both and joins the first, the second has none, and the mean of nothing is nothing. Whoever forgets this has a cell that is empty for ever.

**Codes.** A vector is kept small by naming something that lies near it. Cut the vector (1, 2, 8, 9) into two *parts*, (1, 2) and (8, 9). Keep a list of typical first parts,
(0, 0) and (1, 3), and one of typical second parts, (8, 8) and (0, 9): these are the *codebooks*, made by k-means of each part. Counted from 0, the nearest typical parts are number 1 and number 0. The *code* (1, 0) takes two bits in the
place of 16 bytes, and stands for (1, 3, 8, 8). This is *product quantisation*, PQ: a few small books whose combinations are very many. With 32 parts of 16 entries each, 4 bits a part, a code takes 16 bytes and can be any of 2¹²⁸.

**Distances from codes.** The query is (1, 1, 7, 9). Make a table: squared distances from its first part to each entry of the first book, [2, 4], and from its second part to the second book, [2, 49]. The
code (1, 0) is at 4 + 2 = 6: two look-ups and a sum, whatever the length of the vector. The true distance is 2. The query itself is *not* coded, or its own rounding would come on top: hence the name *asymmetric distance computation*, ADC.

![A query at a cross among three cells. The two nearest cells are opened, the third stays shut. In an opened cell each vector is a code of two numbers; the query makes a table with one row a part, and a distance is one entry of each row, added up.](codes.svg)

**What is coded?** Either the vector, or its *residual*: the vector minus the centroid of its cell. With the vector (1, 2, 8, 9) and the centroid (1, 2, 8, 8) it is (0, 0, 0, 1). The same centroid is
then taken from the query, so that both are seen from one place. Codes of vectors need one table for each query. Codes of residuals need a table for each cell that is opened, since the residual of the query is another in each. You decide in exercise 3 which of the two you code.

**Reading again.** The full vectors need not be thrown away. On a disk they cost no memory, and the best few candidates can be read again in full and put into order. This is to *refine*. A disk that
serves {facts.SSD_READS} answers 8,000 queries a second with 50 reads each.

**The billion.** A code of 16 bytes and an id of 4 are 20 bytes. The library faiss takes {facts.IVF_ID_BYTES} for an id, but 4 are enough for a row number in a list. That is 20 GB: one machine, a third full. One core measures such a code in
some {facts.PQ_CODE_NS}, so 244,000 take about 2 ms.

And then the world moves. *Drift* is when documents come that are unlike those that training saw: centroids and books stay as they are until somebody trains again. And not everybody may see everything, so a *filter* leaves a small share of the documents to each user.

How good is it all? *Recall@10* is the share of the true ten nearest that was found; exact search has 1.

*A weak answer sounds like this: "We use IVF-PQ with nprobe 16." Of what was missed, how much lay in a shut cell, and how much was lost by the code?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day17")

# %% [markdown]
"""
## 2 Predict

2,000 embeddings of documentation lie in 32 cells, each vector as a code of 8 bytes. A search opens the 8 nearest cells, a quarter of them, and finds 0.59 of the true
ten, on average over a hundred queries. Now it opens all 32. What share of the true ten does it find?
"""

# %% [predict]
guess = 0.9  # share of the true ten, 0 to 1
prediction = predict("day17", "recall@10, codes of 8 bytes, all cells open", guess, between=(0, 1))

# %% [markdown]
"""
## 3 Run

What a billion takes first.
"""

# %% [demo]
from course.days.day17_ivf_and_pq.pictures import at, ceilings, filtered, sizes, table

sizes()

# %% [markdown]
"""
Now the finished index over the 2,000 vectors, and your prediction.
"""

# %% [demo]
reveal(prediction, at(8, 32)["recall"], plot=ceilings())

# %% [markdown]
"""
With full vectors every further cell brings something. With codes the curve turns flat, at a height of its own for each size of code. That is the code's ceiling: among all 2,000, the ten that
*look* nearest by their codes are not the ten nearest. No cell brings back what rounding took. The dashed curve has the same codes of 8 bytes, and reads the best fifty again. So nearly all of the true ten were among these fifty, only in the wrong order. The code finds
the neighbourhood, and the full vectors put it in order.
"""

# %% [demo]
table()

# %% [markdown]
"""
Read a row from left to right, and you see what cells buy. Read a column downwards, and you see what bytes and reads buy. Which is dearer depends on what you have: memory, a disk, or time.

One more thing can be seen before you build it. Somebody may see only one document in twenty. The search asks for permission before it measures a code. The codes have 8 bytes, and the best fifty are read again.
"""

# %% [demo]
filtered()

# %% [markdown]
"""
The ten nearest that *this user may see* lie farther away than the ten nearest, in cells that stay shut. Opening all of them costs little here: what is forbidden is not measured.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Centroids (20 minutes, 4 points, about 16 lines)

Cells and codebooks both come from here. The rounds are short; the empty cell is what people forget. Real corpora are full of copies, so it happens. `nearest(rows, points)` is given, and gives for each
row the number of its nearest point.

> hint: NumPy's `bincount` counts the rows of each cell; tell it how many cells there are, or empty ones at the end are left out. While one count is 0, move a row, and mend both counts.
> hint: Who may move? Distances of all rows to the centroid of the cell they are in; those that are alone are out of the question.
> hint: Compare the cells with those of the round before, after empty cells were filled and before the means are taken.
"""

# %% [exercise]
from course.systems.search.kmeans import kmeans  # implement

# %% [check] points=4
from course.days.day17_ivf_and_pq.checks import check_kmeans

check_kmeans(kmeans)

# %% [markdown]
"""
### Exercise 2 · Codes and tables (15 minutes, 3 points, about 6 lines)

`train` and `decode` are given; `train` calls your `kmeans`. You write what happens to each vector once, `encode`, and what happens to each query, `tables`. `self.books` has the shape (parts, entries, numbers of a part).

> hint: Reshape the rows to (n, m, numbers of a part). Then one part of all rows is one slice. Name all three lengths: −1 cannot be worked out where there are no rows.
> hint: For the table, NumPy repeats what has length 1: give each part of the query a middle axis of 1, and take it from the books.
"""

# %% [exercise]
from course.systems.search.pq import PQ  # implement: encode, tables

# %% [check] points=3
from course.days.day17_ivf_and_pq.checks import check_codes

check_codes(PQ)

# %% [markdown]
"""
### Exercise 3 · Search the codes (30 minutes, 5 points, about 18 lines)

The index is given but for two methods. `rest` says what is coded; both ways of the Brief pass the check, and one of them pays in section 6. `adc_search` opens cells, asks what is allowed, looks up and adds up.
`self.lists[cell]` is a pair of arrays: ids, and codes of shape (n, m).

> hint: `argsort(kind="stable")` keeps equal distances in the order of their numbers.
> hint: `table[np.arange(m), codes]` picks, for each code, one entry of each row; its shape is that of `codes`.
> hint: `rest` takes rows and cells. A query is one row, and you say which cell it shall be treated as part of.
"""

# %% [exercise]
from course.systems.search.ivf import IVFPQ  # implement: rest, adc_search

# %% [check] points=5
from course.days.day17_ivf_and_pq.checks import check_search

check_search(PQ, IVFPQ)

# %% [markdown]
"""
## 5 Break

Codes of 16 bytes, 8 of 32 cells opened, a hundred queries, and your own index. It promises three things:
"""

# %% [demo]
from course.days.day17_ivf_and_pq.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| trained on 64 documents | centroids and books come from the first 64 |
| trained on one half of the topics | all documents are stored, and all queries are about the other half |
| lengths of vectors vary | each is multiplied by a random factor, two of three between 0.4 and 2.7 |
| one document in a hundred is 30 times as long | nobody normalised them |
| everything is rotated | documents and queries alike, by the same random turn |
| one document comes 600 times more | exact copies |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others: some break more than one, and some none.
"""

# %% [predict]
guess = "cost"  # one of "recall", "recall with reads", "cost", "none"
fault = "trained on one half of the topics"  # or "trained on 64 documents",
# "lengths of vectors vary", "one document in a hundred is 30 times as long",
# "everything is rotated", "one document comes 600 times more"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day17", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, kmeans, PQ, IVFPQ)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Trained on 64 documents.* Recall and cost break. With two documents a cell the centroids stand anywhere, and one cell holds nearly a quarter of all vectors: whoever opens it pays for them. The books fit 64 vectors and no others. With reads the promise just holds.
- *Trained on one half of the topics.* The cost breaks. The new half has few centroids near it, so it crowds into few cells, and these are the ones that its queries open. Recall falls too: from .77 to .72 where residuals are coded, which just holds, and from .73 to .69 where vectors are, which breaks. Reads buy it back.
- *Lengths of vectors vary.* All three break. Short vectors lie together around 0, in a few full cells, and books that must serve long ones are too coarse for them. Bring vectors to length 1 before you index them, if the direction is what you mean.
- *One document in a hundred is 30 times as long.* Recall and cost break. The outliers own centroids and entries of the books, since squared distances count them 900 times; what is left for all others is fewer.
- *Everything is rotated.* Nothing breaks: distances stay, so the cells stay nearly the same. The parts are others, and recall moves by a point or two. Optimised product quantisation (OPQ) looks for a rotation that helps.
- *One document comes 600 times more.* Nothing breaks. One cell holds nearly a quarter of all vectors, and only those pay who open it. It pays to keep one copy, and a list of its addresses.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a query.
Then the interviewer has six constraints. Each is measured with *your* index on 2,000 vectors and a hundred queries, the same as in section 3.
You have three controls: the bytes of a code, the cells that are opened, and how many candidates are read again in full. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day17_ivf_and_pq.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, kmeans, PQ, IVFPQ)

# %% [markdown]
"""
<details><summary>What exercise 3 decided (open it after round 1)</summary>

With codes of 16 bytes and 8 cells residuals find 0.770 of the true ten and vectors 0.731, so only residuals pass the first round at that size. A residual is shorter than its vector, and the same 16 entries of a
book lie closer together; whoever codes vectors needs 32 bytes there, twice the code. The price of residuals is a table for each opened cell: here as much work as half of the look-ups, and next to nothing in cells of 30,500. Once 50 candidates are read again, both
find 0.97. With codes of 8 bytes a gap is left even then: 0.927 against 0.883.

</details>

<details><summary>What a filtered search tells about what is hidden (open it after round 5)</summary>

What is forbidden is never answered. But the time of a search grows with what is permitted near the query, and somebody who may ask many questions can
measure it: near a topic of which they may see much, answers take longer. Where even the size of a permitted set is a secret, searches are held to a fixed time, and pages to a fixed length. What was served is logged with user, query, cells and the codes that were measured.

</details>
"""

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"We opened all cells and recall is still 0.6. What do you change?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* It is the code's ceiling, not the cells': with 8 bytes 0.594 at 8 of 32 cells and 0.596 at all, while full vectors go from .97 to 1.00.
2. *Trade-off, with a number.* Read the best 50 again: .93 with 8 cells, for 50 reads a query and no memory. Or codes of 16 bytes: .77 for 8 bytes more a vector, 8 GB for a billion. And close the cells again: all of them measure 3.6 times as many codes as 8.
3. *Residual risk, with a mechanism.* One query in a thousand is run again exactly; threshold two points under the replayed month, false alarms counted with the interval of the sample. Says what was not measured: a billion vectors, other queries.

**A strong answer.** "Probing cannot repair rounding. I would show it first: the same codes with 8 cells find 0.594, with all 32 they find 0.596. With full vectors in the same cells it is .97 and 1.00. So what is missing is not in a shut cell; it is there, and in the wrong order. Then I would
close the cells again, since all of them measure 3.6 times as many codes for nothing. And I would take fifty candidates in place of ten and read their full vectors from disk: .93, for fifty reads. If there is no disk, 16 bytes a code give .77, and a billion vectors take 20 GB in place of 12. To know that it stays so I run one query in a thousand
exactly, in the background, and alarm two points below last month's value; over two thousand queries of ten that is well outside chance. What I do not know is how far fifty candidates reach at a billion. I would measure that before I promise it."

**A weak answer.** "Raise nprobe." It is at its end.
"""

# %% [spoken] [markdown] points=3
"""
**"Legal says that each user may see one document in twenty. What happens to the index at nine tomorrow?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* With 8 cells .64 of the permitted ten are found, and three pages in ten are short: the permitted are farther away than the nearest, in cells that stay shut.
2. *Trade-off, with a number.* Open all cells and ask before measuring: 5% of the codes are measured, and .99 found with 50 reads. It turns where much is permitted: at one half it is half of all codes.
3. *Residual risk, with a mechanism.* Permissions that are stale: who revokes, how fast, where it is cached, a log of what was served to whom; and the documents that a cached denial hides wrongly, counted.

**A strong answer.** "Without a change, it looks broken and is not unsafe: the filter holds, but of the ten that a user may see 8 cells find .64, and three pages in ten are short. The reason is that the ten permitted lie farther away, in cells that we do not open. So at nine we open all cells. That sounds dear, and it isn't: we ask for permission
before a code is measured, so a query measures 5% of all codes, less than a fifth of what it measured yesterday; with fifty reads it finds .99. For users who may see half of everything I keep eight cells, so the number of cells follows from the share. What I worry about is the list of permissions itself. A document that is revoked has to be gone with the next query, so the check reads the current version, and each
answer is logged with user, query and version. And I count the opposite error: documents that a cached denial hides from people who may see them."

**A weak answer.** "We filter the results." Then ten nearest become one or none.
"""

# %% [markdown]
"""
## 8 Recap

- Cells decide what is looked at; codes decide in which order it looks. Each has a loss of its own.
- A code of m parts: m small numbers. A distance: m look-ups, added up; the query stays exact.
- Cells cannot mend what a code lost. Bytes can, and reading a few candidates again.
- Centroids stay while documents come: watch the fullest cell.
- With a filter ask first, then measure. The fewer are permitted, the more cells you can afford.

**Flash question.** Two indexes have 20 bytes a vector. One has twice as many cells as the other, and opens twice as many. Which finds more?

<details><summary>Answer</summary>Hardly either: both look at about the same share of the vectors, with the same codes. The first makes twice as many tables where residuals are coded, and its residuals are a little shorter, so its codes are a little better. Train both and measure, before you argue.</details>

### Words

> word: inverted file (IVF): one list of vectors for each cell.
> word: coarse quantiser: says in which cell a vector lies: that of the nearest of k centroids.
> word: nprobe: how many cells a search opens.
> word: product quantisation (PQ): a vector cut into parts, each replaced by the number of its nearest centroid.
> word: codebook: the centroids of one part.
> word: residual: a vector minus the centroid of its cell.
> word: asymmetric distance (ADC): the query is exact, only what is stored is coded.
> word: refine: read the best candidates again in full, and order them by their true distances.
> word: drift: documents that are unlike those that training saw.
> word: recall@10: the share of the true ten nearest that was found.

**Further reading.** Jégou, Douze and Schmid, *Product Quantization for Nearest Neighbor Search* (TPAMI 2011) · Ge and others, *Optimized Product Quantization* (CVPR 2013) ·
Johnson, Douze and Jégou, *Billion-scale similarity search with GPUs* (2017) · Subramanya and others, *DiskANN* (NeurIPS 2019).

**The limit that the next day removes.** Every cell has a border, and what lies just behind it is missed. Tomorrow's index has no cells.
"""
