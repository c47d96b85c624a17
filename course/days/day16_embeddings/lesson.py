# %% [markdown]
"""
## 1 Brief

*"Ten million documents. Find the ten nearest to a question by meaning. In spring you get a better model, and the site stays up. Then multiply by a hundred."*

| what | number |
| --- | --- |
| share of questions whose page of ten has the right document | at least 0.78, also during the change of models |
| share of the places on pages that keep their document when a number has fewer than 32 bits | at least 0.999, later 0.95 |
| vectors of ten million documents | at most 8 GB, later 4; of a billion 200 GB, later 400 |
| share of pages whose ten all come from one model, later | at least 0.99 |
| share of the texts that come which are embedded | at most 0.88 |
| share of honest documents that are held at the door as copies | at most 0.01, later 0.07 |
| share of the places that an attacker's copies take on the pages they are after | at most 0.2 |

The answer to a question is a *page*: ten documents on ten *places*, best first.

A trained model turns a text into a vector, its *embedding*. Texts of like meaning get vectors in like directions. The *cosine* says how like two directions are, from −1 to 1. For
vectors of length 1 it is the *inner product*, the sum of the products of their numbers: (0.6, 0.8) and (1, 0) have 0.6 × 1 + 0.8 × 0 = 0.6. All vectors here have length 1.

**Read everything.** The two models of this day give 384 numbers a text, of which the course keeps the 192 directions in which its documents differ most. At 4 bytes a number a vector has 768. Ten million take 7.7 GB, which fits one machine. *Exact search* (also *flat*, or brute force) compares the question with every one
of them. One core reads {facts.MEMORY_READ}, so a question takes 0.44 s. A hundred questions together need no more reading, if a part of the
vectors stays in the processor's cache until all of them have used it; then it is the multiplying that takes the time. But all scores of 1,000 questions are 1,000 × 10,000,000 × 4 bytes, 40 GB. So the vectors are read in *blocks*, and
from block to block you carry only the best. The scores are 3, 1 in the first block and 4, 1 in the second, and the best two are wanted: after the first block they are 3 and 1, after the second 4 and 3. In blocks of 65,536 vectors the scores of 1,000 questions are 262 MB.

**How good is it?** Take questions whose right document is known. On their pages of ten it stands first, fourth, and not at all. *Recall@10* is the share that has it: two of three. *MRR@10*, the *mean
reciprocal rank*, is the mean of 1 / place: (1 + 1/4 + 0) / 3 = 0.42.

**Never embed twice.** Our small model embeds {facts.EMBEDDED_PER_S} on two cores. Ten million take 21 hours, a billion 86 days. A GPU with {facts.A100_TFLOPS}, of which 30% are
used, would do a billion in some 10 hours: a text takes 2 × 10.6 million weights × 160 *tokens* (pieces of words), that is 3.4 billion operations. (That is derived, and not measured.) Nobody wants to pay this twice. So a vector is kept under a name that is
computed from what it was made of: the hash of the model's version and the text. Such a store is *content-addressed*. Three documents, two of them with the same text, cost two embeddings. The next night, with nothing
changed, they cost none. A billion vectors take 768 GB: twelve machines of 64 GB and nothing else on them, some 84,000 USD a year at {facts.MACHINE_HOUR_USD} each.

**A new model** has another space: a vector of its own and one of the old model cannot be compared at all. So everything is embedded again, which takes days: this is the *backfill*. What does a question find in the meantime? There are three plans.
*In place*: each vector is overwritten, and the new model asks. *Two spaces*: a document moves from the old space to the new. Every question goes to both, each by its own model, and two lists come back.
*Shadow* (blue/green): the new space is filled beside the old one, which answers alone until all is there; then everybody switches. It needs twice the memory.

![A question goes to the old and the new model. The old space holds A, B, C and gives the list B, A, C. The new space holds D and E and gives E, D. One page has to be made of both lists.](spaces.svg)

**Nearly the same.** A hash does not know a copy in which one word is changed. Cut a text into runs of three words, its *shingles*. With letters for words, a b c d e has {abc, bcd, cde}, and a b c d f has {abc, bcd, cdf}. Of four different runs both hold two: their *Jaccard similarity* is 0.5. Comparing all pairs of ten million is out of the
question. *MinHash* keeps, for each of 125 random hash functions, the smallest hash of a text's runs. Of all runs of two texts together each is equally likely to have the smallest hash, and where it is one that both hold, the two texts agree. So they agree in each
of the 125 with the probability of their similarity. *LSH* (locality-sensitive hashing) cuts the 125 into 25 bands of 5, and looks only at
pairs that agree in a whole band. A pair at 0.5 is looked at with probability 1 − (1 − 0.5⁵)²⁵ = 0.55, at 0.3 with 0.06, at 0.7 with 0.99.
Whoever comes and is at least as like somebody inside as a threshold says is *held* at the door, until a person has looked.

*A weak answer sounds like this: "We use a vector database, and re-embed in the background." Which model asks for a document that has not moved yet?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day16")

# %% [markdown]
"""
## 2 Predict

1,200 docstrings and 300 questions whose answer is known, with two real models: all-MiniLM-L6-v2 is the old one, bge-small-en-v1.5 the new one. Each alone puts the right document among the ten for 82 of 100 questions. Now 5% of the documents, chosen
at random, have moved to the new space. Each part is asked with its own model, and the ten best cosines of both lists are the page. For which share of the questions is the right document
on it? Write a number from 0 to 1; it is locked when you run the cell.
"""

# %% [predict]
guess = 0.8  # share of the questions with the right document among ten
prediction = predict("day16", "recall@10 with 5% moved, by cosine", guess, between=(0, 1))

# %% [markdown]
"""
## 3 Run

The vectors of both models are stored with the course, so nothing has to be embedded here.
"""

# %% [demo]
from course.days.day16_embeddings.pictures import by_cosine, halfway, scales

reveal(prediction, by_cosine(0.05), plot=halfway())

# %% [markdown]
"""
Nothing was searched wrongly: each list is right in itself. Look at the two scales:
"""

# %% [demo]
scales()

# %% [markdown]
"""
For the new model *any* document is about as near to a question as the *right* one is for the old model. By hand: the old list is B 0.50, A 0.30, C 0.10, and B is right. The new list is E 0.62, D 0.58, and both are wrong. By cosine the page begins E, D. The few
that moved fill every page. A cosine is a number of its model. What it is worth depends on what that model gives to the other documents.

And was it worth it? One number for each model, and how sure one may be of the difference:
"""

# %% [demo]
from course.days.day16_embeddings.pictures import better, blocks, near_pairs, twice

better()

# %% [markdown]
"""
The questions are drawn again 2,000 times, with repetition; 95% of the mean differences lie in the interval (a *bootstrap*). It holds 0: on these questions nobody has shown that the new model is better. That is a cheap thing to know before a billion documents are embedded again.

Now the parts that you are about to write. Exact search in blocks, and what it holds beside its arguments; then a store of embeddings, given the same documents three times:
"""

# %% [demo]
blocks()
twice()

# %% [markdown]
"""
The answers do not depend on the block. The memory does. And last, who is nearly like whom among these documents:
"""

# %% [demo]
near_pairs()

# %% [markdown]
"""
Instead of all pairs it looks at about as many as there are to be found. It misses some that are only just alike enough, as the last line of the output says it must.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Exact search in blocks (15 minutes, 4 points, about 14 lines)

`np.asarray(x, dtype=np.float32)` makes float32 of what is another kind. One matrix product gives all scores of a block. What then enters, and what is carried to the next block, is yours. Mind the ties: a later block has larger ids.

> hint: Refuse first: the counts, then the shapes. A row with a NaN is found in its block; its number is that of the whole.
> hint: For each question two small arrays: the best scores so far, and their ids. Put what a block offers behind them, and keep the first k of a stable sort.
> hint: Once k are there, only what is larger than the worst of them can enter. What is as large has a larger id.
"""

# %% [exercise]
from course.systems.search.blocked import blocked_top_k  # implement

# %% [check] points=4
from course.days.day16_embeddings.checks import check_blocks

check_blocks(blocked_top_k)

# %% [markdown]
"""
### Exercise 2 · Embed once (25 minutes, 4 points, about 16 lines)

The class comes with all but `put`. `self.key(text)` gives the name of a text's content under the embedder's version. Three things make it harder than it looks: documents share texts, the embedder takes a limited number at once, and it may fail between two batches. Then the bill for what came
back is paid already.

> hint: First the key of every document. Then a dict from key to text of what has no vector yet; it drops what comes twice by itself.
> hint: Batch by batch: ask, look at the shape, store. An array that belongs to the embedder must be copied.
> hint: Which ids point to something new is decided at the very end, failure or not: Python has a block for what must happen in either case.
"""

# %% [exercise]
from course.systems.search.embedding_store import EmbeddingStore  # implement: put

# %% [check] points=4
from course.days.day16_embeddings.checks import check_put

check_put(EmbeddingStore)

# %% [markdown]
"""
### Exercise 3 · Move, and search meanwhile (25 minutes, 4 points, about 18 lines)

Two stores, and a document lives in one of them. `step` moves some, within a budget of texts to be embedded. `search` makes one page of two lists. How it does so is your decision: the check asks only for a full page on which each list keeps its order. You know what the scores are worth. What else do you know about
each list?

> hint: `step`: walk over the sorted ids, collect what moves, and stop before the budget is exceeded. Count keys in a set; those that the new store has are free.
> hint: `step`: one `put` for all of them. Afterwards look who is in the new store, also when it failed.
> hint: `search`: give each document a number that may be compared across the two lists, sort, and cut.
"""

# %% [exercise]
from course.systems.search.migration import Migration  # implement: step, search

# %% [check] points=4
from course.days.day16_embeddings.checks import check_migration

check_migration(Migration)

# %% [markdown]
"""
## 5 Break

The 1,200 documents in your store, the old model's vectors, and your migration. These are the promises:
"""

# %% [demo]
from course.days.day16_embeddings.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| a new model under the old version's name | it answers from now on; a tenth of the documents is edited, all are put again |
| the new model's server fails within a step | a migration in steps of 200; the step is tried again |
| everything comes again from another address | other ids, other line breaks |
| a quarter comes again, slightly reworded | 3% of the words are changed |
| the same, and 0.8 alike is held | a newcomer with a Jaccard similarity of 0.8 or more to somebody inside waits for a person |
| the same, and 0.5 alike is held | the same from 0.5 on |
| the first 1% have moved | twelve documents live in the new space, your `search` makes the page |
| all have moved, in 8 bits a number | a quarter of the memory |
| all have moved, in 1 bit a number | only the signs are kept |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "one model"  # one of "the right one is found", "one model",
# "nothing is embedded twice", "honest documents get in", "none"
fault = "the new model's server fails within a step"  # or "a new model under the old version's name",
# "everything comes again from another address", "a quarter comes again, slightly reworded",
# "the same, and 0.8 alike is held", "the same, and 0.5 alike is held", "the first 1% have moved",
# "all have moved, in 8 bits a number", "all have moved, in 1 bit a number"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day16", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, blocked_top_k, EmbeddingStore, Migration)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A new model under the old version's name.* The right one is hardly ever found, and nine of ten documents have a vector of another model than the one that asks. The store knows the texts already, so it embeds only what was edited. There is no error anywhere. A version must change
  with everything that changes a vector: weights, tokenizer, prefix, length at which texts are cut.
- *The new model's server fails within a step.* Nothing breaks. What came back is stored and has moved; the next step goes on from there, and no text is paid for twice.
- *Everything comes again from another address.* Nothing breaks. The key is made of the content, white space aside.
- *A quarter comes again, slightly reworded.* For every four texts a fifth is embedded. To a hash they are new.
- *The same, and 0.8 alike is held.* Nothing breaks. Some of the reworded get through, since 3% of the words are in up to 9% of the runs of three, in both texts. Fewer than one in a hundred honest documents is held.
- *The same, and 0.5 alike is held.* Honest documents are held, more than six in a hundred: functions that differ in one word and mean the opposite, such as `idctn` and `idstn`, and classes that share their text.
- *The first 1% have moved.* It depends on your page. By cosine about a half of the questions is answered. In turns, one place for each list, 0.757: twelve documents get half of every page. If a rank counts for what it is in a list of that length, 0.817, as before: the best of twelve
  counts as much as the fiftieth of 1,188.
- *All have moved, in 8 bits a number.* Nothing breaks.
- *All have moved, in 1 bit a number.* The right one is found for two of three questions. The new model's directions lie close together, so signs tell them apart badly; the old model's would have lost four points.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a document and of a question. Then the interviewer has six constraints. Each is measured on 1,200
documents and 300 questions; in two spaces it is *your* `search` that makes the pages, at 1, 10, 50 and 99% moved. You have three controls: the plan for a new model, the bits of a stored number, and the similarity from which a newcomer is held. Before each run you predict
the number that the interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day16_embeddings.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, blocked_top_k, EmbeddingStore, Migration)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"We upgraded the model on Monday. On Tuesday recall is a third. Nothing is down. What happened?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Some documents have moved, and scores of two models are compared: with 5% moved, 0.34 of the questions are answered instead of 0.82. The new model gives any document 0.57, the old one gives the right document 0.55. Or the new model asks old vectors, with no error: 0.08 with 10% embedded again.
2. *Trade-off, with a number.* A shadow keeps every page of one model and takes twice the bytes; 8 bits a number pay for it, at 0.3% of the places. Or two spaces, one page by rank within its part: 0.81 at worst, in turns 0.75.
3. *Residual risk, with a mechanism.* The share of moved documents on pages against the share moved; alarm at twice as many. Fresh documents move first and are asked for more: how often that alarms for nothing is counted in a replay of a week.

**A strong answer.** "Both models may be fine. I would ask how many documents have moved: at 5% I measured 0.34 where each model alone has 0.82. The reason is the scale. The new model gives any document about 0.57, and the old one gives the right document 0.55, so the few that moved fill every page. Today I stop the
migration and ask the old space alone, which costs the moved documents for an hour. Then I would fill a shadow: twice the vectors, and with 8 bits a number it is half of what 32 bits take now; 3 places in 1,000 change. If there is no room for that, I make the page by rank, each rank over its part's size: 0.81 at worst. And I want one monitor:
the share of moved documents among the answers, beside the share moved. At twice as many somebody is paged. New documents are asked for more often, so I would count its wrong alarms over a replayed week before I trust it. What I do not know is whether your model is better at all: on our 300 questions the interval of the difference held 0."

**A weak answer.** "The new model is worse, roll back." Was it ever asked alone?
"""

# %% [spoken] [markdown] points=3
"""
**"A competitor rewrites our best documents a little and uploads them. What do you do at the door?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Five copies of a document with 5 to 40% of the words replaced take 3.35 of ten places. The model is right: they mean the same. A hash sees none of them.
2. *Trade-off, with a number.* A threshold of 0.5 leaves 1.9 places and holds 6.25% of the honest documents; 0.8 holds 0.75% and leaves 3.0; 0.3 leaves 1.1 and holds more than one in ten.
3. *Residual risk, with a mechanism.* What is held goes to a queue with its twin and its similarity, a person looks, wrong holds are counted, and an owner hears within a day. Whoever rewords 40% is 0.14 alike and passes; against that, a limit of places for each owner.

**A strong answer.** "First what it costs us: on twenty attacked questions five copies took 3.35 of ten places. No model helps, since the copies do say the same. At the door I compare runs of three words with what is inside, by MinHash, so nobody compares all pairs. At 0.8 it holds
fewer than one honest document in a hundred, and the copies still take three places. At 0.5 it is under two, and six of a hundred honest documents wait for a person: those are twins, such as the cosine and the sine transform, which share their text. So 0.5 with a queue, never a silent drop, and a number for wrong holds that somebody reads each week. I would compare
only with documents of other owners, because most honest twins have one owner; I have not measured that here. And whoever rewords two words in five passes all of this. Against that I limit how many places of a page one owner gets."

**A weak answer.** "Deduplicate on upload." By a hash, or by a threshold, and whom does it hit?
"""

# %% [markdown]
"""
## 8 Recap

- Exact search reads every vector: bytes over the machine's speed. In blocks it holds only the best of each question.
- A vector is named by its model's version and its text. Nothing is embedded twice, and a failure costs a batch.
- Scores of two models do not compare. Ranks do, if a rank counts for what it is in a list of that length.
- In place breaks at once; two spaces cost care; a shadow costs twice the bytes, and 8 bits pay for it.
- Copies are found by likeness, and so are honest twins. Both errors of a threshold have a number.

**Flash question.** 30 documents have moved, 270 have not. The new list's first and the old list's fourth: who stands higher, if ranks count for what they are?

<details><summary>Answer</summary>The best of 30 stands for the upper thirtieth of its part. The fourth of 270 is in the upper sixty-seventh of its own, so it stands higher. In turns the new list's first would come first or second.</details>

### Words

> word: embedding: the vector that a trained model makes of a text; like meanings get like directions.
> word: inner product: the sum of the products of two vectors' numbers; at length 1 it is their cosine.
> word: exact search: the question is compared with every vector; also flat, or brute force.
> word: MRR: mean reciprocal rank, the mean of 1 / place of the right document, 0 where it is not on the page.
> word: content-addressed: kept under a name that is computed from the content, so the same content has one place.
> word: backfill: computing for everything old what new things get at once.
> word: shadow: a second index that is filled beside the first and answers nobody until it is whole; also blue/green.
> word: Jaccard similarity: of what two sets hold together, the share that both hold.
> word: MinHash: the smallest hashes of a set; two sets agree in one with the probability of their similarity.
> word: LSH: locality-sensitive hashing: only pairs that agree in a whole band are compared.

**On your own texts.** With the optional models that README names, `EmbeddingStore(OnnxEncoder("minilm"))` takes texts of yours: put some, search, put them again. The class is in `course.systems.search.onnx_models`, and its `version`, `dim` and `embed` are all that a store asks for.

**Further reading.** Reimers and Gurevych, *Sentence-BERT* (EMNLP 2019) · Broder, *On the Resemblance and Containment of Documents* (1997) · Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, chapter 3 · Radovanović, Nanopoulos and Ivanović, *Hubs in Space* (JMLR 2010), on vectors that are near
to everybody · Zou and others, *PoisonedRAG* (arXiv 2402.07867), on texts that are written to be found.

**The limit that the next day removes.** Every question reads every vector. A hundred times the documents are a hundred times the reading, and 192 bytes each. Tomorrow a vector is 16 bytes, and most of them are not read.
"""
