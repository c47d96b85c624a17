# %% [markdown]
"""
## 1 Brief

*"A billion passages. Give me the ten best for any words that a user types, in 50 milliseconds at the 99th percentile, a
thousand queries a second. You may not miss one of the ten."*

| what | number |
| --- | --- |
| postings and maxima (both below) of the worst query, in a small shard | at most 265, in the whole one 1,640, later 2,800 |
| share of the best that is found | 1, later 0.89 of ten, 0.9 of a hundred, and 1 of a hundred |
| bytes a posting for the maxima | at most 0.8, later 1.3 |

Do the sums first. A good engine takes {facts.WORDS_OR_CORE_MS} for a million passages, so a billion take two core-seconds. Fifty
milliseconds need forty cores side by side for one query. A thousand queries a second keep 2,000 cores busy, and at 60% that is
3,333. Every factor of two in the work is 1,667 cores. Where could a factor come from?

**What is a good passage?** Three documents of 2, 4 and 6 words hold your word once, twice and once: that is its *tf*, the term frequency, in
each, and the pair of a document and a tf is a *posting*. The second has it more often,
so it is better than the first, though not twice as good: the tenth mention says little that the ninth did not. This is
*saturation*, and tf / (tf + k1) does it: with k1 = 1.5 once is 0.40, twice 0.57, ten times 0.87. The third is long, and long texts
hold every word. *Length normalisation* multiplies k1 by 1 − b + b · length / mean length: by 1 for a document of average length, by more for a longer one.
At b = 0.75 the three stand at 0.52, 0.57 and 0.33.
And a word that stands in few documents says more than one that stands in most. That is *idf*, the inverse document frequency: ln(1 + (N − df + ½) / (df + ½)), where
*df* of all N documents hold it. Multiply, add up over the words of the query, and you have *BM25*. What one word adds to one document is its
*impact*.

**Keep ten.** A million scores, and ten wanted: sorting all is a waste. Keep a heap of ten, the worst on top. A new score that is not above it is thrown away after one
comparison. The tenth best so far is the *threshold*. In random order the n-th score is among the ten best so far with probability 10 / n; added up, some 75
of 6,800 enter.

**Do not even score.** Three words have impacts of at most 1.9, 0.7 and 0.1, and the tenth best so far has 2.0. A passage with the second and third word can reach 0.8: do not look at it.
Only passages with the first word can enter, and those with the first alone cannot. An *upper bound* that is
below the threshold is proof. Now cut the passages into *windows*, and keep for each word its largest impact in each window: the *block maximum*. The bound of a window
is the sum over the words. Most windows have a bound below the threshold, and nobody in them is scored.

![Five windows with bounds 2.4, 0.8, 3.2, 1.2 and 0.4, and the best two wanted. In the windows with 2.4 and 3.2 two scores lie at 1.8 or above. The bounds of the other three end below that: they cannot hold one of the best two.](bounds.svg)

The best are found all the same, the same ten with the same scores. Scoring everything is called *exhaustive*. What is left away here is only what could not have won.

**Or stop early.** If one may miss something, one stops at a budget: *anytime ranking*. What share of the true ten is found is *recall*.

*A weak answer sounds like this: "We use Elasticsearch, it is fast." How many postings does a query score, and which of them could never have won?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day12")

# %% [markdown]
"""
## 2 Predict

Twelve queries of three words each, over 6,800 passages of documentation. Now a user types a whole sentence, so "the" stands in each query as well. It is in seven
passages of ten, and makes 4.7 times as many passages hold a word of the query. You look for the ten best, exactly, in windows of eight passages. By which factor do the passages
that you have to *score* grow? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 4.0  # times as many passages are scored
prediction = predict("day12", "passages scored, with “the” over without", guess, between=(1, 10), unit="×")

# %% [markdown]
"""
## 3 Run

The passages are what NumPy says of itself on your machine; they are read once, and kept beside your progress.
"""

# %% [demo]
from course.days.day12_bm25_top_k.pictures import grows, needed, weights

reveal(prediction, grows(), unit="×", plot=needed())

# %% [markdown]
"""
With "the" only one in twenty of the passages that hold a word of the query is scored. What is dear is another thing: look along the curves. With a hundred wanted instead of ten nearly four times
as many are scored, since the threshold falls. Why "the" is so cheap:
"""

# %% [demo]
weights()

# %% [markdown]
"""
What "the" adds is small beside the best score. It lifts every bound by a little, and hardly a window above the threshold. To drop it would save little, and "The Who" would be lost.

Scored passages are not all of the work. The maxima have to be looked at, too:
"""

# %% [demo]
from course.days.day12_bm25_top_k.pictures import work

work()

# %% [markdown]
"""
A passage that is scored has one posting for each of the query's words that it holds. In small windows few are scored, and many maxima are looked at;
in large ones it is the other way round. So there is a best size. The rows are means over twelve queries; what an interviewer asks for is the worst.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A score for everybody (15 minutes, 4 points, about 16 lines)

The formula stands in the docstring; `idf(documents, holding)` is given. Arrays add up where they are told to: `scores[ids] += …`.

> hint: Errors first, in their order; negate what is right, since NaN is never wrong by itself.
> hint: One array for the documents' lengths, as shares of the mean. From it one array for what stands beside tf below the line.
> hint: For each word of the query: its ids, its counts as floats, and one line that adds.
"""

# %% [exercise]
from course.systems.search.bm25 import bm25_scores  # implement

# %% [check] points=4
from course.days.day12_bm25_top_k.checks import check_bm25

check_bm25(bm25_scores)

# %% [markdown]
"""
### Exercise 2 · The best k (12 minutes, 3 points, about 9 lines)

One pass, a heap of k at most. `heapq.heappush(heap, item)` and `heapq.heapreplace(heap, item)` keep the smallest item at `heap[0]`.

> hint: What is the worst of the hits: lowest score, and of those the largest id. Make an item whose natural order says that.
> hint: NaN is the only number that is not equal to itself.
"""

# %% [exercise]
from course.systems.search.top_k import top_k  # implement

# %% [check] points=3
from course.days.day12_bm25_top_k.checks import check_top

check_top(top_k)

# %% [markdown]
"""
### Exercise 3 · Not all of them (25 minutes, 5 points, about 20 lines)

`index` is given: `window_maxima(word)`, `score_window(query, window)` and `postings_in(query, window)`. The docstring says what must not be scored. In which order you visit the
windows is your decision, and the check accepts any. Ask what the first window does for all that come after it.

> hint: First the bound of every window that holds a word. A dict by window adds them up.
> hint: Then the windows, in your order. Skip one whose bound is below the worst of your k hits; at equality a smaller id may still win.
> hint: Sums in another order differ in their last digits. Multiply a bound by `1 + SLACK`, which is given (1e-12), before you call it too low.
"""

# %% [exercise]
from course.systems.search.block_max import block_max_top_k  # implement

# %% [check] points=5
from course.days.day12_bm25_top_k.checks import check_windows

check_windows(top_k, block_max_top_k)

# %% [markdown]
"""
## 5 Break

The 6,800 passages in windows of sixteen, numbered by path, twelve queries of three words, and your own way through the windows. These are the promises:
"""

# %% [demo]
from course.days.day12_bm25_top_k.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| a word that stands everywhere | "the" in each query |
| passages are numbered as they arrive | neighbours have nothing to do with each other |
| at most 150 postings are scored | a budget for each query |
| titles count five times | words of a passage's path are added to it, five of each |
| the next stage asks for a hundred | k is 100 |
| maxima in eight bits, to the nearest | a quarter of the memory |
| maxima in eight bits, rounded up | the same |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "no query is dear"  # one of "the best are found", "no query is dear", "bounds are small", "none"
fault = "titles count five times"  # or "a word that stands everywhere",
# "passages are numbered as they arrive", "at most 150 postings are scored",
# "the next stage asks for a hundred", "maxima in eight bits, to the nearest",
# "maxima in eight bits, rounded up"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day12", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, bm25_scores, top_k, block_max_top_k)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A word that stands everywhere.* The best are found, and the worst query is dear: nearly every window has a maximum of that word, and each is looked at.
- *Passages are numbered as they arrive.* The worst query is dear and the maxima take more memory: a word's passages are spread over all windows. Numbered by path, passages about one thing stand together.
- *At most 150 postings are scored.* Some of the best are not found. How many depends on your order: with the most promising windows first 84 of 120 are found, in the order of documents 31. That order is dear without any fault, too: 2,067 for the worst query, where the other takes 1,491.
- *Titles count five times.* Nothing breaks. The count enters into tf and length, so impacts and bounds know of it.
- *The next stage asks for a hundred.* The worst query is dear: the threshold is now the hundredth best score.
- *Maxima in eight bits, to the nearest.* With the most promising windows first one of 120 is not found: its window's bound was rounded to below its score. Nothing tells you. In another order it may be found by luck.
- *Maxima in eight bits, rounded up.* Nothing breaks. A bound may be too high, which costs a little work; it may never be too low.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a query.
Then the interviewer has six constraints. Each is measured on twelve real queries with *your* way through the windows.
You have three controls: the size of a window, a limit on what is scored, and how passages are numbered. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day12_bm25_top_k.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, bm25_scores, top_k, block_max_top_k)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"The 99th percentile is 400 milliseconds, and the median 12. Why?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Long queries, and words that stand everywhere: the worst of twelve took 1,491 postings and maxima, with "the" 2,689, in windows of sixteen; scoring everything took 7,337. Says that what is paid for is
   looking at maxima, since the word itself adds 0.3 of 4.
2. *Trade-off, with a number.* Smaller windows: 2,689 with sixteen against 3,871 with thirty-two, for 0.95 bytes a posting against 0.74. Or a limit of 2,000 postings: 2,790 at worst, and 93 of 100 of the best are found.
3. *Residual risk, with a mechanism.* Which queries lose their best hit: one in a thousand is run again without a limit, in the background; alarm below a recall of 0.92 over 2,000 queries; its false alarms are known from the standard error.
   Or: bounds that are too low after rounding, or after documents came in.

**A strong answer.** "Because queries differ, and the worst are those with a word that is everywhere. Scoring everything, such a query takes 7,337 postings here, where three rare words take a third of that. With bounds by window
it is 2,689, and most of it is maxima that are looked at: the word adds 0.3 to scores of 4, so hardly a passage enters because of it. I can halve the windows, which costs memory: 0.95 bytes a posting instead of 0.74. Or I stop at 2,000 postings, most promising windows
first, and find 93 of 100. I would do the second only for the first screen, and say so. Then I need to know what I lose: one in a thousand queries again, exactly, in the background, and an alarm below 0.92. What I have not
measured is your own traffic; twelve queries are a story, and your log has the distribution."

**A weak answer.** "Garbage collection." In which queries, and always in the same ones?
"""

# %% [spoken] [markdown] points=3
"""
**"The reranker team wants a thousand candidates in place of a hundred. What do you answer?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The threshold becomes the thousandth best score: with three words, of 1,076 passages that hold one 428 are scored for a hundred, and 1,067 for a thousand. Pruning is gone.
2. *Trade-off, with a number.* With a word that is everywhere it is 1,045 against 3,622, three and a half times the work; and the network carries ten times as much. Or a limit, with its recall: 4,000 postings for a hundred found 98 of 100.
3. *Residual risk, with a mechanism.* What ranks 101 to 1,000 add is measured before it is paid for: judged queries, how often the final ten had a candidate from there, with an interval. A lexical score misses what shares no word, at any depth.

**A strong answer.** "First a number back: how often did something from below rank 100 reach your final ten? I can measure that on judged queries this week. What it costs I know. For three words I score 428 of 1,076 passages to be sure of a hundred. For a thousand I score 1,067: nothing is pruned, since the
threshold is the thousandth best score. With a common word it is 3,622 against 1,045. So it is three and a half times the cores, and ten times the bytes to the reranker. If you need depth for some queries only, tell me which, and I give them a higher limit; with 4,000 postings 98 of a hundred were found. And if the missing
ones share no word with the query, a thousand lexical candidates will not have them either. Then the answer is another retriever beside this one."

**A weak answer.** "It is only a parameter." What does it do to the threshold?
"""

# %% [markdown]
"""
## 8 Recap

- BM25: idf, times a tf that saturates, against the length. Every impact has a largest value.
- The k best need a heap of k, one comparison for most, and a rule for ties.
- A bound below the threshold is proof. The same hits, a fraction of the scores.
- Promising windows first: the threshold rises at once, one may stop at the first that fails, and a limit hurts least.
- A bound may be too high, and never too low: round up.

**Flash question.** Two words have maxima of 2.0 and 1.5 in a window, and the tenth best so far has 3.6. Do you score the window? And if the tenth best had 3.5?

<details><summary>Answer</summary>No: 3.5 is below 3.6. At exactly 3.5 yes, unless every id in the window is larger than the tenth's: a passage with both maxima would tie, and a smaller id wins the tie.</details>

### Words

> word: tf: how often a word stands in a document.
> word: idf: how much a word says; the fewer documents hold it (df), the more.
> word: saturation: the tenth mention adds less than the first; k1 says how fast.
> word: length normalisation: tf is held against the document's length; b says how much.
> word: impact: what one word adds to one document's score.
> word: threshold: the k-th best score so far; nobody below it can enter.
> word: upper bound: what a document, or a window of them, could score at most.
> word: block maximum: a word's largest impact in a window of documents.
> word: exhaustive: every document that holds a word of the query is scored.
> word: anytime ranking: the most promising first, and stop at a budget; recall says what was missed.

**Further reading.** Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009) · Broder and others, *Efficient Query Evaluation Using a Two-Level Retrieval Process* (CIKM 2003), on WAND ·
Ding and Suel, *Faster Top-k Document Retrieval Using Block-Max Indexes* (SIGIR 2011) · Mackenzie, Petri and Moffat, *Anytime Ranking on Document-Ordered Indexes* (ACM TOIS 2022) · Kamphuis and others, *Which BM25 Do You Mean?* (ECIR 2020).

**Beside an engine.** `python -m course.systems.search.lexical_benchmark` times both ways of today on 20,000 passages, beside bm25s and
tantivy on the same words (`pip install bm25s tantivy` first).

**The limit that the next day removes.** Everything stood on one machine. A billion passages stand on forty, one of them is slow, and one is away.
"""
