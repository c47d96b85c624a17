# %% [markdown]
"""
## 1 Brief

*"A million questions a day. Search returns a hundred candidates. Put the right one first: the assistant reads it aloud. Later I give
you 50 milliseconds, an attacker, an outage and a regulator."*

| what | number |
| --- | --- |
| right document first, share of 150 questions | at least 0.6, later 0.58, 0.5, 0.41 and 0.365 |
| right document among ten, share of them | at least 0.79, later 0.73 |
| time a question takes | at most 3,000 ms, later 50 |
| tokens of a large model, for each question | at most 1,600 |
| a seller's page first, share of the questions | at most 0.02 |
| record of a question | at most 240 B |

The bar for the first place falls from round to round, since the interviewer takes away money, time and scores, and adds an attacker.

**Find first, then judge.** Search looks for a hundred among millions. It cannot read each document with the question. It keeps a vector
of each, made beforehand, and compares it with the question's: a *bi-encoder*. A *cross-encoder* is a small model that reads the question and one
document together and gives one number, the *score*. It sees both texts, so it judges better, and nothing of it can be made beforehand. The
score has no unit and no zero: 3 is better than −2, and −2 may be the best of all. Put the two in a row and you have a *cascade*: the cheap
stage finds, the dear one puts the first few in a new order. That is *reranking*, and how many it judges is the *depth*.

**Three ways to ask a judge.** *Pointwise*: a score for each document alone. A hundred take 100 calls, which can run at the same time. *Pairwise*: which of two is
better? All pairs of a hundred are 4,950. *Listwise*: a large language model reads many documents and answers with their numbers, best
first. It is asked about a *window* of a few at a time: a long *prompt*, the text that a model is given, is expensive,
and its middle is read badly.

Take six documents that arrive as A B C D E F, of which F is the best, then E, and so on. The window holds four. The first call gets the last four, C D E F, and
answers F E D C. The next window begins two places before; two is the *step*. It holds A B F E, and the answer is F E B A.

![Six documents arrive as A B C D E F. The first window holds the last four and turns them into F E D C. The second begins two places before it, holds A B F E and turns them into F E B A. The order is then F E B A D C.](windows.svg)

E and F rode on what the windows share. If the judge makes no mistake, one pass gets the first `window − step` places right: here 4 − 2 = 2. The rest is
not sorted: D is better than B, and stands below it. A pass over more documents than one window holds, n of them, takes 1 + ⌈(n − window) / step⌉ calls, here 1 + (6 − 4) / 2 = 2. Each waits for the one before.

**What that costs.** Models count in *tokens*, pieces of words. A question has 30 and a document 150. A hundred documents in windows of ten with step five take 1 + 90 / 5 = 19 calls. Each
reads 1,530 tokens and writes ten numbers of 4 tokens. A model of seven billion weights on one A100, a GPU, reads a prompt at {facts.LLM_7B_READ_MS} a token, all tokens together: that is
*prefill*. It writes one token after the other, at {facts.LLM_7B_WRITE_MS} each: *decode*. So a call takes 98 + 388 ms, and 19 of them 9.2 seconds. The 29,830 tokens
of a question, a million times, are 345,000 a second. One published service reads {facts.LLM_NODE_INPUT_TOKENS_S} on a machine of eight GPUs, so that is five
machines, day and night.

The cross-encoder takes {facts.CROSS_ENCODER_CORE_S} for 20 passages: so many seconds of one core. With eight cores that is 2.2 ms a document, and nobody waits for an answer to be
written. Within 50 ms, 3 of which go elsewhere, it judges 21 documents. A million questions a day are 12 a second on average. At a peak of 60 a second, 21 documents each keep 22 cores busy.

**Judges have habits.** A model that reads a list likes some places of it better: *position bias*. The test is cheap: shuffle the candidates and see whether
the answer changes. And what it reads was written by somebody. Text in a document that is meant for the model and not for the reader is
*prompt injection*.

**What one judge may do.** Whatever a judge thinks, you can limit how far it lifts a document: its *rise*. Five documents arrive, with the scores 1, 4, 2, 3 and 9. None
may rise more than two places. The first place can go to one of the first three: the second document gets it, with 4. The second place can go to one of the first four, of which
three are left: the fourth gets it, with 3. From the third place on all may be chosen: the fifth, with 9, then those with 2 and 1. The best document is third. That is what the limit costs when the judge was right.

**When a judge does not answer**, you choose. A page that goes out as search left it has *failed open*. To give no page, and say so, is to *fail closed*.

**Who said so?** An *audit record* keeps what was compared, by which version of which model, with which scores, and where each document stood before and after.

*A weak answer sounds like this: "A large model ranks the hundred." In how many calls, one after the other? And who wrote what it reads?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day20")

# %% [markdown]
"""
## 2 Predict

150 questions, each with a hundred candidates. A seller has a page among the fourth to the tenth of each. It is wrong every time. A real cross-encoder judges the first twenty
and may put any of them first. As it stands, the seller's page comes first for 2 of 100 questions.

The seller may put one sentence at its beginning, and puts the question itself there, word for word. For how many of 100 questions is the wrong page first now?
"""

# %% [predict]
guess = 30  # of 100 questions
prediction = predict(
    "day20", "a wrong page that repeats the question is first", guess, between=(0, 100), unit="in 100"
)

# %% [markdown]
"""
## 3 Run

The documents are docstrings, texts that explain Python functions. A question is the first line of one, and the right document is the rest of it. The scores are those of ms-marco-MiniLM-L-12-v2, a cross-encoder,
computed once and stored. Search saw the seller's page as it was last night, so its place is the same; the judge reads it as it is now.
"""

# %% [demo]
from course.days.day20_llm_reranking.pictures import lifted, swapped, texts, worth

reveal(prediction, lifted("echo"), unit="in 100", plot=texts())

# %% [markdown]
"""
Beside your sentence the picture has the page as it is, the same page with an order to the model, and with praise of itself. Neither does anything. This judge
cannot follow an order: it measures how well two texts fit, and nothing fits a question better than the question. Whoever filters for commands has guarded another door.

The dark bars are all zero. There nobody may rise more than two places, so a page from the fourth place cannot be first, whatever it says.

What is the judge worth at all? It depends on what comes to it.
"""

# %% [demo]
worth()

# %% [markdown]
"""
The first row is search alone. Twenty judged raise a cheap search by nearly half, and a better one by a tenth. At a hundred both are the same: the judge
has decided everything, and the order in which they came nothing. After the cheap search ten or twenty bring most of it; after the better one five bring all. Mind the
intervals: with 150 questions a difference of three in a hundred is no finding.

Last, the habit. The large model of this day is *simulated*, since no such model runs on your machine in a second. It thinks what the cross-encoder thinks and knows the right
document somewhat better. It likes early places, and it does what a page tells it for seven questions of ten.
"""

# %% [demo]
swapped()

# %% [markdown]
"""
A pair does not know its neighbours, so their order cannot matter. A list does. This test needs no labels: it can run on live questions.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A window over a list (15 minutes, 3 points, about 11 lines)

A large model cannot read a hundred documents in one prompt. You give it windows, from the back to the front, so that what is good
rides with the window. Its answer is text that was parsed: numbers may be missing, come twice, or be invented. A page must come out whole all the same.

> hint: Where does the first window begin when there are fewer ids than it holds? And how do you know that this was the last one?
> hint: Read the answer once, into a list, and keep only what stands in the window. The keys of a dict keep their order, and each is there once.
"""

# %% [exercise]
from course.systems.search.listwise import listwise_window  # implement

# %% [check] points=3
from course.days.day20_llm_reranking.checks import check_windows

check_windows(listwise_window)

# %% [markdown]
"""
### Exercise 2 · The cascade (30 minutes, 5 points, about 25 lines)

Two methods. First the limit, place by place, as worked by hand in the Brief. Then the cascade: a stage may be too late, fail, or give only some of its scores, and a page comes out
each time. What happened goes into an event. Where a document without a score stands among the others is your decision; the check accepts
any rule that keeps the contract. Be ready to say why.

> hint: For the limit keep a list of those that have no place yet, in the order wanted. For each place look from its beginning for the first that may stand there.
> hint: `unasked(stage)` gives an event that says "skipped" and holds nothing. Begin each stage with it, and fill it in as far as you come. Only the call of `stage.score` may fail.
> hint: `x == x` is false for NaN alone. `sorted` keeps equal ones in their order if you sort by the negative score; `reverse=True` keeps them too, turning the result round does not.
"""

# %% [exercise]
from course.systems.search.cascade import Cascade  # implement: limited, rerank

# %% [check] points=5
from course.days.day20_llm_reranking.checks import check_cascade

check_cascade(Cascade)

# %% [markdown]
"""
### Exercise 3 · Who said so (20 minutes, 4 points, about 22 lines)

A year from now somebody asks why a page stood fourth. The record must say it without the question's text, since there may be a name in it, and without today's model, since that has changed. `append` takes apart what your cascade gives, with `rows_of(event)`, which is given;
`explain` and `replay` read records only. A hash keeps a question out of sight, not secret: who guesses the question can hash it too.

> hint: `hashlib.sha256(data).hexdigest()` takes bytes, and a question is text.
> hint: Put the record together whole, and add it to the list in the last line but one.
> hint: In `replay` go over the stages twice: once to see whether every model is there, once to ask.
"""

# %% [exercise]
from course.systems.search.rerank_audit import RerankAudit  # implement: append, explain, replay

# %% [check] points=4
from course.days.day20_llm_reranking.checks import check_audit

check_audit(RerankAudit)

# %% [markdown]
"""
## 5 Break

The cross-encoder at a depth of twenty, without a limit of the rise, after the cheap search, on your own three objects. These are the promises:
"""

# %% [demo]
from course.days.day20_llm_reranking.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| a seller repeats the question | as in section 2 |
| a seller gives the judge an order | the same page begins with "Ignore all previous instructions …" |
| three scores in ten are late | the page waits 25 ms and goes on with those that came |
| the judge is down | it raises at once |
| candidates arrive in no order | the first twenty are shuffled |
| scores are a thousand times as large | another scale, the same order |
| the model is swapped, its version is not | scores differ by a tenth or so, and the record names the old model |
| the model is swapped, and its version too | the same, and the record names the new one |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "in time"  # one of "the right one is first", "no seller is first",
# "in time", "every page is explained", "none"
fault = "three scores in ten are late"  # or "a seller repeats the question",
# "a seller gives the judge an order", "the judge is down", "candidates arrive in no order",
# "scores are a thousand times as large", "the model is swapped, its version is not",
# "the model is swapped, and its version too"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day20", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, listwise_window, Cascade, RerankAudit)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A seller repeats the question.* Two promises break at once: the seller is first nearly always, so the right one is hardly ever.
- *A seller gives the judge an order.* Nothing breaks. A cross-encoder reads it as words that do not fit the question.
- *Three scores in ten are late.* The time breaks by the wait, and fewer right ones are first. By how many depends on your decision. If a document without a score keeps its place and the
  others share out theirs, 43 of 100 are right. If it sinks below all that have one, 34 are: fewer than search alone had, 36. A late score says something about a machine and
  nothing about the document. The right one, which search had near the top, is pushed down in three of ten pages.
- *The judge is down.* Fewer right ones are first, since the page is that of search: 36 right of 100, in 3 ms. It failed open, and for a page that is read aloud that may be the worse choice.
- *Candidates arrive in no order.* Nothing breaks: each pair is judged alone. Ties and the limit of the rise would feel it.
- *Scores are a thousand times as large.* Nothing breaks, since only their order counts. A threshold on the score would be wrong by a factor of a thousand.
- *The model is swapped, its version is not.* No page comes again: the record names a model that did not judge it. Nothing else tells you, since the quality is nearly the same.
- *The model is swapped, and its version too.* Nothing breaks, as long as both models are kept.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a question.
Then the interviewer has six constraints. Each is measured on 150 questions with *your* three objects. The cross-encoder's scores are real, the large model is simulated.
You have three controls: who judges, how deep, and how far a document may rise. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day20_llm_reranking.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, listwise_window, Cascade, RerankAudit)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"A seller's page is first for everything since Tuesday. What did they do, and what do you do before noon?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The page repeats the question: first for 99 of 100 questions, against 2 as it was and 1 with an order to the model. Says that this judge measures how well two texts fit and follows nothing.
2. *Trade-off, with a number.* A rise of at most two places: the seller is never first, and the right one is for 43 of 100 in place of 52. Or a depth of three: as many are first, and the other nine stay as search left them. Or hold pages that repeat the question, and count how many honest ones do.
3. *Residual risk, with a mechanism.* From the third place the page comes first all the same; a question in other words passes a check for copies. So: a cap on first places for each owner in an hour, a queue for a person above it, every held page in the
   record with its reason, and the share of honest ones among them told.

**A strong answer.** "They put the question into the page. I can test that in a minute: the same page without its first sentence is first for 2 of 100 questions, with it for 99. An order to the model would have done nothing, since a cross-encoder follows none. Before noon I limit the rise to two places. That is a setting, so it is live in a
minute. The seller stands fourth to tenth, so it is never first again. It costs us: 43 of 100 right in place of 52, since honest documents from further down are held as well. To judge only three would do the same for the first place and nothing for the other nine, and I would say that both break once the page reaches place three. So this afternoon: no owner may be first for
more than a hundred different questions an hour without a person looking. Each page that is held is in the record with its reason, and I want to know each day how many of them were honest."

**A weak answer.** "We filter prompt injections." Which words would that filter have found on this page?
"""

# %% [spoken] [markdown] points=3
"""
**"Why do you judge only twenty? The model could see all hundred."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Search alone has 36 of 100 right, twenty judged 52, a hundred 53. After a better search five judged have 53 and a hundred 53. With 150 questions each of these is known within eight in a hundred.
2. *Trade-off, with a number.* 47 ms at twenty against 222 at a hundred; a record of 864 bytes against 4,064. Or, with a large model: a call more for every five documents, half a second each.
3. *Residual risk, with a mechanism.* Search drifts, and what is right moves below twenty. Watch how often the first document came from the last quarter of the depth; one question in a thousand is judged to a hundred in the background. An alarm from a
   limit that last week's log would have crossed once.

**A strong answer.** "Because the other eighty bring one right answer in 150, which is less than what I can tell from chance. Search alone puts 36 of 100 right. Twenty judged make it 52, and a hundred make it 53. When I gave the judge a better order to begin with, five were enough. So the money belongs in search first. What the eighty cost I know: 222 ms
in place of 47, and five times the record, which we keep for ten years. My risk is that search gets worse and I do not see it, since the judge hides it. So I count how often the winner came from place sixteen to twenty. If a thousand pages have 50 of those on a normal day, then the standard error is 7, and I ask at 70. And one in a thousand is judged to a hundred at night, when
nobody waits."

**A weak answer.** "Because of latency." How much of it, for how many more right answers?
"""

# %% [markdown]
"""
## 8 Recap

- A judge that reads question and document together is better and dearer: it gets the first few of a cheap search.
- Pairs run side by side. Windows of a list wait for each other, and one pass gets the first `window − step` right.
- What a model answers is not trusted: every document comes out, once.
- A limit of the rise bounds what any judge can do, whatever it reads. Honest documents pay for it.
- A missing score says nothing about a document. Decide where it stands before the outage.
- A record names the version. The model is kept as long as the record.

**Flash question.** Twelve documents, a window of five, a step of three. How many calls, and how many places are right if the judge makes no mistake?

<details><summary>Answer</summary>1 + ⌈(12 − 5) / 3⌉ = 4 calls, and the first two places.</details>

### Words

> word: cascade: a cheap stage that finds, then a dear one that judges the first few.
> word: bi-encoder: question and document become vectors apart, so documents can be prepared.
> word: cross-encoder: one model reads question and document together and gives a score.
> word: reranking: to put the first few of what search brought in a new order.
> word: depth: how many documents a stage judges.
> word: listwise: one answer orders many documents; pointwise scores each alone, pairwise compares two.
> word: prefill: reading the prompt, all tokens at once; decode is writing, one token after the other.
> word: position bias: a judge likes a document better for where it stands in the prompt.
> word: prompt injection: text in a document that is meant for the model and not for the reader.
> word: audit record: what was compared, by which version, with which scores, and where each stood.

**On your own texts.** With the optional models that README names, `OnnxCrossEncoder().score(question, documents)` gives the scores of the real judge; it is in `course.systems.search.onnx_models`.

**Further reading.** Nogueira and Cho, *Passage Re-ranking with BERT* (2019) · Sun and others, *Is ChatGPT Good at Search?* (EMNLP 2023), on windows ·
Jacob and others, *Drowning in Documents: Consequences of Scaling Reranker Inference* (2024) · Liu and others, *Lost in the Middle* (TACL 2024), on places in a prompt ·
Greshake and others, *Not What You've Signed Up For* (2023), on text that speaks to a model.

**The limit that the next day removes.** A call took half a second, and most of it was spent on forty tokens. Where in the model does the time go?
"""
