# %% [markdown]
"""
## 1 Brief

*"Half of our users type what they mean, half paste a part number. You have a keyword index and a vector index: 1,200
documents today, ten million tomorrow. I want one list of ten. And nobody may see what they may not."*

| what | number |
| --- | --- |
| MRR@10 (below) of plain questions | at least .58, later .61, .529 and .79 |
| of questions with a part number | at least .69 |
| of questions with typing errors | at least .325 |
| candidates asked of each index | at most 100, later 50, 250 and 30 |
| pages with fewer than ten results | at most .02 |
| pages that change when a document is deleted that their user may not see | at most .1 |

A limit that loosens goes with another kind of question or other data, and the interviewer says so. The 1,200 documents are docstrings of
Python, NumPy, SciPy and scikit-learn without their first line; each got a part number that no other has.

**Two arms.** A keyword index (BM25, day 12) finds documents that share *words* with the question. A vector index (day 18) finds
documents that *mean* something like it: a trained model turns each text into a vector, its embedding, and the *cosine* of two vectors says how
alike they are. "Turn wavelength into frequency" shares no word with "spectral conversion", and an embedding may still put them side by
side. To a keyword index, 48213 is a word like any other, and a rare one. To an embedding it is a number among numbers.

Each retriever is an *arm*, and asking both is *hybrid* retrieval. What an arm returns are its *candidates*; how many it is asked for is
the *depth*. What remains is to make one list of two: *fusion*.

**By places.** The arms' scores have nothing to do with each other, so look at places alone. *Reciprocal rank fusion* (RRF) gives a
document 1 / (k + place) from each list that holds it, with k = 60 in the paper and as the default of Elasticsearch and Couchbase, and adds up. In the picture A is
1st and 3rd: 1/61 + 1/63 = 0.0323. B is 2nd and 1st: 1/62 + 1/61 = 0.0325. So B is first. A list may have a *weight* w and then gives w / (k + place).

![A question goes to two arms. The keyword arm has A, B, C with scores 12, 9, 3; the vector arm has B, D, A with 0.62, 0.60, 0.58. Both lists are fused into a page of ten ids.](arms.svg)

**By scores.** Or bring the scores to one scale first and add those. *Min-max* makes the lowest score of an arm 0 and its highest 1:
12, 9, 3 become 1, 0.67, 0. The cosines 0.62, 0.60, 0.58 become 1, 0.5, 0: a difference of 0.02 is now a half. With weights of ½, A has
½ · 1 + 0 = 0.5, B has ½ · 0.67 + ½ · 1 = 0.83, and D, which the keyword arm did not return, has 0 + ½ · 0.5 = 0.25. C has 0. The *z-score* takes the
arm's mean off instead and divides by its standard deviation: 12, 9, 3 have mean 8 and deviation 3.74, and become 1.07, 0.27, −1.34.

**Is it better?** You need questions whose answer is known. The first line of a docstring is a question, and the rest of it is the document that
answers it, the question's *known item*. The *reciprocal rank* is 1 / place of the known item on the page: ½ for the second place, and 0 where it is
not among the ten. Its mean over all questions is the *mean reciprocal rank*, *MRR@10*.

You have three kinds of question, 150 of each. A *plain* question is a first line. For one with a *part number*, take three words of a plain question and the part number
of its document. For one with *typing errors*, seven words of ten of a plain question are misspelt. A mean of 150 such numbers has a 95% interval of about ±.065. A
*difference* between two ways on the same questions is known better, to about ±.05: questions that are hard for both fall out.

**What a user may see.** An *access control list* (ACL) says who may see a document. *Pre-filtering* lets an arm search only among permitted documents;
if the arm does it while it searches, that is *push-down*. *Post-filtering* asks the arms for candidates and strikes out
what is forbidden afterwards. A user who may see 1 document in 20 keeps 5 of 100 candidates.

For pages of ten, an average of ten is not enough. How many candidates are left varies by chance, and nearly half of the pages would be
short. At most .02 may be. Ten or more are left in 98 of 100 cases if 17.5 are left on average (Poisson distribution), so one arm alone would be asked
for 17.5 · 20 = 350. Two arms that had no candidate in common would be asked for half of that each.

**What it costs.** Ten million documents stand on 20 shards. Each shard of each arm returns 100 candidates, which makes 2 · 20 · 100 = 4,000 a question, of 12 bytes each (an id of 8, a score of
4): 48 KB. At 10,000 questions a second that is 480 MB/s into the machines that fuse. With ten candidates from each shard it would be a tenth.

And an arm can be down. The page is then made of the other: worse for some questions, and better than nothing, as long as somebody knows.

*A weak answer sounds like this: "We use hybrid search with RRF, it needs no tuning." On which questions is it better than each arm alone, and by how much?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day19")

# %% [markdown]
"""
## 2 Predict

150 questions with a part number. BM25 alone has an MRR@10 of 0.735. A good embedding, trained on a billion pairs of sentences, joins in:
100 candidates from each arm, RRF with k = 60, both weights 1. What MRR@10 has the fused list?
"""

# %% [predict]
guess = 0.8  # MRR@10 of the fused list, from 0 to 1
prediction = predict("day19", "MRR@10 of part numbers, fused by places", guess, between=(0, 1))

# %% [markdown]
"""
## 3 Run

The finished fusion on 1,200 docstrings. The picture shows both kinds of question, by places and by scores, over the weight of the
embedding.
"""

# %% [demo]
from course.days.day19_hybrid_retrieval.pictures import curves, deeper, differences, fused_by_places, table

reveal(prediction, fused_by_places(), plot=curves())

# %% [markdown]
"""
One document carries the part number; in BM25 it is most often first, and well ahead of the second. What does RRF make of that? If the embedding does not
have it among its candidates, it gets 1/61 = 0.0164. A document that *both* arms put at place 62 gets 2/122, the same. So whatever
both arms rank better than that passes the exact hit. A place says who is ahead, and not by how much.

Would more candidates help?
"""

# %% [demo]
deeper()

# %% [markdown]
"""
They hurt. With five candidates from each arm one document stands in both lists; with a hundred, more than twenty do, and those that both arms rank
well outrun the hit. Scores keep the margin: the hit has 1, and what BM25 thinks little of stays near 0. Here is everything, also with another kind of
vectors: a document is the sum of its words' vectors, as on day 18. They cost next to nothing to compute and are much weaker.
"""

# %% [demo]
table()

# %% [markdown]
"""
Read it by columns. No way is the best for all three kinds, and a weight that suits the embedding does not suit the word vectors. Whether
a second arm helped at all is a question of differences, on the same 150 plain questions, each with its 95% interval:
"""

# %% [demo]
differences()

# %% [markdown]
"""
With a weak arm, RRF is *worse* than BM25 alone. With the good one, 150 questions cannot tell it from the embedding alone. Only one line is
above zero, and barely. On standard collections Bruch, Gai and Ingber found the same order: RRF depends on its constant, and a
weighted sum of normalised scores does better.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · By places (12 minutes, 3 points, about 12 lines)

Reciprocal rank fusion with weights. The formula is short; most of the work is in what the docstring says about repeats, ties and
bad input. Your function runs in sections 5 and 6.

> hint: Errors first, in their order. NaN is neither at least 0 nor below 0: ask whether k is good, and negate that.
> hint: For each list, first find the place of each id, in a dict that keeps what it had first. Then add to a second dict for all lists.
> hint: `sorted` with a key that is a pair sorts by two things at once; a minus turns one of them round.
"""

# %% [exercise]
from course.systems.search.rank_fusion import rrf  # implement

# %% [check] points=3
from course.days.day19_hybrid_retrieval.checks import check_rrf

check_rrf(rrf)

# %% [markdown]
"""
### Exercise 2 · By scores (20 minutes, 4 points, about 23 lines)

Each arm on a scale of its own, then added. Two cases decide how good the result is. One is an arm whose scores are all equal. The other is a document that an arm did
not return: the docstring says what it counts there.

> hint: First all ids with 0.0, in one dict. Then arm by arm: its lowest and highest score, and what they make of each id.
> hint: A dict of normalised scores for each arm, and one number that stands for what the arm did not return; then add both up over all ids.
> hint: Compare lowest with highest to see whether all are equal; a computed deviation is not exactly 0.
"""

# %% [exercise]
from course.systems.search.score_fusion import normalise_and_fuse  # implement

# %% [check] points=4
from course.days.day19_hybrid_retrieval.checks import check_scores

check_scores(normalise_and_fuse)

# %% [markdown]
"""
### Exercise 3 · A page that a user may see (25 minutes, 5 points, about 17 lines)

Ask every arm, live with those that are down, fuse, and show nothing that is forbidden. `fuse` is given to you as a function of these lists of pairs.
In sections 5 and 6 it calls your `rrf` with the ids, or your `normalise_and_fuse` with the scores. At which step you strike out what is forbidden is your decision; the
check accepts any that keeps the contract.

> hint: `arm.search` may return an iterator that fails in the middle. Read all of it where you can still catch that.
> hint: The same id may come from two arms. Remember what `allowed` said of it.
> hint: Keep a list for every arm and, beside it, the numbers of those that are down: all are down when the two are equally long.
"""

# %% [exercise]
from course.systems.search.hybrid import filtered_search  # implement

# %% [check] points=5
from course.days.day19_hybrid_retrieval.checks import check_page

check_page(filtered_search)

# %% [markdown]
"""
## 5 Break

BM25 and the embedding, fused by scores with a weight of 0.5, 100 candidates from each, on your own functions. These are the promises:
"""

# %% [demo]
from course.days.day19_hybrid_retrieval.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
A page *betrays* a hidden document if it would be another page without it. It is measured on plain questions: the best document, by BM25, that the user may not see
is deleted, and the question asked again. Where everybody may see everything, nothing is hidden.

And these are the faults:

| fault | what happens |
| --- | --- |
| the embedding does not answer | its arm is down |
| BM25 does not answer | its arm is down |
| word vectors in place of the embedding | the weight stays |
| seven words of ten are misspelt | in the plain questions |
| cosines are multiplied by 100, plus 7 | a new version of the vector index has another scale |
| each arm is asked for ten | in place of a hundred |
| a user may see one document in twenty | drawn by chance for each question; what answers it is always among them |
| a user may see one document in five | the same |

Choose *one* and say which promise it breaks, or none; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "plain questions"  # one of "plain questions", "part numbers", "ten results", "nothing is betrayed", "none"
fault = "the embedding does not answer"  # or one of these:
# "BM25 does not answer", "word vectors in place of the embedding",
# "seven words of ten are misspelt", "cosines are multiplied by 100, plus 7",
# "each arm is asked for ten", "a user may see one document in twenty",
# "a user may see one document in five"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day19", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, rrf, normalise_and_fuse, filtered_search)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *The embedding does not answer.* Plain questions fall to what BM25 has alone. Part numbers *rise*: the arm that is down did not know
  them.
- *BM25 does not answer.* Part numbers fall by half. Plain questions hardly notice.
- *Word vectors in place of the embedding.* Both kinds fall: the weight was right for another model.
- *Seven words of ten are misspelt.* Plain questions fall by nearly half. BM25 is not wrong so much as silent, yet min-max gives
  the best of its poor scores a 1. A question in another language presses in the same way.
- *Cosines are multiplied by 100, plus 7.* Nothing breaks. Min-max takes both out again; so would the z-score, and places never knew.
- *Each arm is asked for ten.* Nothing breaks, and part numbers even rise: fewer documents stand in both lists.
- *A user may see one document in twenty.* Most pages are short: five of a hundred candidates are left of each arm. MRR rises, since nineteen of twenty rivals
  are gone.
- *A user may see one document in five.* Pages are full. Whether this betrays is your decision in exercise 3. If you filter the fused list, the lowest and
  the highest score of an arm are those of *hidden* documents: delete one and what is visible moves, on 40 pages of 100, and on 32 where a user may see one in twenty. If you filter each arm's list before it is fused, hidden
  documents have left before anything is computed from them. What remains is the cut at depth: without the hidden one, one more candidate comes in at the end (7 and 6 pages of 100).
  Neither is clearly the better ranking: .815 filtered before and .812 after for plain questions, .767 and .797 for part numbers.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a question.
Then the interviewer has six constraints. Each is measured on 150 questions of each kind with *your* fusion and filter.
You have three controls: what is fused, the weight of the vector arm, and the depth. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day19_hybrid_retrieval.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, rrf, normalise_and_fuse, filtered_search)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Marketing read that hybrid search is best practice. Since we turned it on, our support people find less. Why?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Support people paste part numbers. Keywords alone had .735; fused by places with a good embedding it is .503, with a weak
   one .317. Places hide how sure an arm is: whatever both arms rank above place 62 passes an exact hit that one arm alone has.
2. *Trade-off, with a number.* By scores at a weight of .3: .713 for part numbers and .610 for plain questions. What that costs: at .5 the plain ones have .633
   and the part numbers .591. Or fewer candidates: .605 by places with five each.
3. *Residual risk, with a mechanism.* Known items of each kind run every hour; alarm when a kind falls by .03 on the same questions, and how often that
   happens by chance (the interval of a difference is about ±.05 at 150 questions, so .03 needs more of them). Who decides on the mix, and how the weight is rolled back.

**A strong answer.** "Because your support people paste part numbers, and the average hides them. I measured both kinds. For part numbers BM25 alone has .735; fused
by places with a good embedding it falls to .503. The number stands in one document, which BM25 puts first by a wide margin. RRF throws the margin away: anything that both arms have above place 62 passes it. I would fuse normalised scores, with a weight of .3 for the
embedding: .713 for part numbers, .610 for plain questions. At .5 the plain ones would get .633, and the part numbers lose twelve points; that is your choice, and it depends on how many paste. Then I keep known items of each kind, from clicks, and run them every hour. A fall of .03 on the same questions pages somebody, with a few hundred questions a kind, since at 150 the interval is
about .05 wide on each side. The weight is a setting, so it goes back in a minute. What I have not measured is your mix."

**A weak answer.** "RRF should be robust; maybe we need a better embedding model." For which questions, and better at what?
"""

# %% [spoken] [markdown] points=3
"""
**"A user without rights says: from your result pages I can tell that the merger document exists. Can they?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Yes, if what is forbidden is struck out after fusing: lowest and highest scores and places are then those of hidden documents. With one document in twenty
   visible and 200 candidates, 39 pages of 100 changed when the best hidden document was deleted.
2. *Trade-off, with a number.* Filtered before fusing about 1 in 100, from the cut at depth; the ranking hardly differs (.829 and .828). Pushed down 0, with 30 candidates in place of 200; the price is permissions
   copied into the indexes, and how old they may be.
3. *Residual risk, with a mechanism.* BM25's document frequencies are counted over all documents, response times and "short" tell something too: what is rounded or withheld, a test that deletes hidden documents and
   compares pages, its threshold, what is logged (hash of the question, user, arms that answered, candidates permitted), who audits. Honest pages that lose their count or are slower pay for it.

**A strong answer.** "They could, if we filter late. I measured it: the best document that a user may not see was deleted, and the page compared. With the filter after fusion 39 pages of 100 changed, since min-max takes its highest
score from the hidden document. With the filter on each arm's list it was about one in a hundred, from one more candidate at the end of the list, and the ranking was as good. With the arms filtering themselves it was none, and thirty candidates were enough where I had needed two hundred. Fusing by places with a weight of .1 would
have hidden most of it, 2 pages of 100 even with the late filter, since a hidden document then sets no lowest and no highest; but that is luck and no promise. The price of filtering in the arms is a
copy of the permissions in each index: a right that was taken away must reach it within a time that legal names, and until then the broker checks once more. What is left are the document frequencies. They are counted over everything, so a
word that stands in hidden documents only is worth less; I have not measured that. I would run the deletion test each night on a hundred users, alarm above one page in a hundred, and log question hash, user and arms, so that an audit can see who was probing."

**A weak answer.** "No, we remove forbidden documents from the results." At which step, and what did they move before?
"""

# %% [markdown]
"""
## 8 Recap

- Two arms: words and meanings. Measure each alone, by kind of question, before you fuse.
- RRF: the sum of w / (k + place). No scales, no margins. More candidates make it worse for an exact hit.
- By scores: normalise each arm, weight, add. A document that an arm did not return counts as its lowest.
- A weight belongs to a model and a mix of questions; change either and it is wrong.
- Filter before anything is computed from a candidate. Depth grows as 1 over the share that a user may see; push-down removes that.

**Flash question.** An arm returns ten cosines between 0.81 and 0.82. What does min-max make of them, and what would you do?

<details><summary>Answer</summary>The full range from 0 to 1, as if the first were certain and the last worthless. The arm is telling you that it cannot tell them apart. Give it less weight, or
normalise with bounds that do not depend on the question (for a cosine, −1 and 1 or what is usual over many questions); the page then also depends less on which candidates happened to come.</details>

### Words

> word: arm: one retriever of several that answer the same question.
> word: hybrid: retrieval by a keyword arm and a vector arm together.
> word: RRF: reciprocal rank fusion, the sum of w / (k + place) over the lists, places from 1, k = 60.
> word: min-max: scores moved and stretched so that an arm's lowest is 0 and its highest 1.
> word: depth: how many candidates an arm is asked for.
> word: ACL: access control list, who may see a document.
> word: post-filter: candidates are struck out after retrieval; a pre-filter restricts the search itself.
> word: push-down: the arm filters while it searches.
> word: known item: a document for which it is known that it answers a question.
> word: MRR@10: the mean of 1 / place of the known item, 0 past place ten.

**Further reading.** Cormack, Clarke and Büttcher, *Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods* (SIGIR 2009) · Bruch, Gai and
Ingber, *An Analysis of Fusion Functions for Hybrid Retrieval* (ACM TOIS 2023) · Thakur and others, *BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models* (NeurIPS 2021).

**The limit that the next day removes.** Ten results are on the page, and both arms looked at question and document apart. Which one is first? Tomorrow a model reads both together.
"""
