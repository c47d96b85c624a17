# %% [markdown]
"""
## 1 Brief

*"A chat model of 70 billion parameters. People paste 8,000 tokens and read 400. You have up to eight H100s in a
machine. How fast does a token come, how many people fit, and what does a million tokens cost?"*

| what | number |
| --- | --- |
| a prompt, later a document | 8,000 tokens, later 200,000 |
| an answer | 400 tokens |
| memory of a GPU for weights and cache | 77 GB |
| time per output token | at most 45 ms |
| time to the first token | at most 700 ms, later 1,500 |
| a million output tokens | at most 5.6 US dollars, later 26, 20 and 45 |
| rise of perplexity, a measure of quality | at most 6.5%, later 1% |

Where a limit grows, room is given back for something taken.

A language model reads *tokens*, pieces of words, and writes one at a time. Each token takes a pass over the whole model: 80
layers with 69 billion *parameters*, or weights (the 70 is rounded). In each layer a token makes vectors of three kinds. Its *query* asks, its *key* says
what it is found by, its *value* is what others then read.

**Attention by hand.** One layer, vectors of width 1. Three tokens have the keys 0, 1, 1 and the values 3, 6, 9. The third asks
with the query 0.69. Its *scores*, query × key, are 0, 0.69, 0.69. The *softmax* makes weights of them that sum to 1: e to each score,
divided by the sum of all. Here 1, 2, 2 give the weights 0.2, 0.4, 0.4, and the token reads 0.2 × 3 + 0.4 × 6 + 0.4 × 9 = 6.6. (Wider vectors: sum the
products, divide by the root of the width.) A fourth token needs the keys and values of the first three. No later token changes them, so they are kept: the *KV cache*.

Without it each new token sends all before it through the model again: for 8,000 tokens and an answer of 400, 3.3
million tokens in place of 8,399. With it, two kinds of pass are left. *Prefill* takes the whole prompt at once and
fills the cache. *Decode* adds one token to each answer that shares the pass.

**How large is the cache?** A layer has 64 query heads, attentions that run side by side, but only 8 heads of keys and values, of
width 128. Eight query heads share one: *grouped-query attention*, GQA. A token leaves 2 × 80 × 8 × 128 numbers of two bytes:
{facts.LLAMA2_70B_KV_BYTES}. A person with 8,400 tokens holds 2.75 GB. The weights are 138 GB. Four GPUs have 308; the 170
left are 61 people. At 200,000 tokens one person holds 65.5 GB, and two fit.

**What does a pass wait for?** It reads bytes and it computes, both at once, so the longer one counts: that is the *roofline*. Take
a chip that does 300 operations while it reads one byte. A 16-bit weight has two bytes, and a token does two operations with
it, a multiplication and an addition. That is one operation a byte, the *arithmetic intensity*, so the chip computes for one
three-hundredth of the time. With 300 tokens in the pass, whoever they belong to, each weight is read once and used 300 times: both
take equally long. Caches are not shared: a larger batch reads more of them.

An H100 reads {facts.H100_HBM_GBPS} and computes {facts.H100_TFLOPS}, a TFLOP being 10¹² operations; published profiles reach 73% of the one and 61%
of the other. Eight people halfway through an answer hold 2.7 GB each, so on four GPUs a decode reads 138 + 8 × 2.7 GB: 16 ms. Its arithmetic takes 0.5. A prompt of 8,000 takes 1.2e15 operations:
492 ms, while its reading takes 14. A decode is *memory-bound*, a prompt *compute-bound*. *TTFT*, time to
first token, is mostly prefill; *TPOT*, time per output token, is the decode pass.

![Two panels. Left, prefill: seven tokens go through the weights in one pass and write all keys and values; its reading takes 14 ms and its arithmetic 492. Right, decode: one token goes through the weights, all keys and values are read and one is written; its reading takes 16 ms, its arithmetic 0.5.](passes.svg)

**Four GPUs, four ways to share.** *Data parallel*: each has the whole model; 138 GB do not fit into 77. *Tensor parallel*, TP: each
matrix is cut, 34.5 GB a GPU, and all read at once; twice a layer, so 160 times a pass, an *all-reduce* sums their partial results. *Pipeline*: twenty layers each; a token passes the four in turn, and waits as long as on one. *Sharded*: each holds
a quarter and fetches the rest in every pass; 103 GB over a link that reaches {facts.ALL_REDUCE_GBPS} take a third of a second, which only the many
thousand tokens of a training pass repay. So tensor parallel: 16 ms of reading, 2 for the sums, 2 of overhead. Eight people get 49
tokens a second each.

**The bill.** Four GPUs cost 10 dollars an hour. An answer takes them for 0.6 s, its prompt with the sums, and for an eighth of 400
passes, 1.0 s. That is 1.6 s for 400 tokens: 11.2 dollars a million.

**Fewer bits.** A number may be stored in 8 bits or 4: *quantised*. Take 0.1, −0.2, 0.1 and 8 in 2 bits with one *scale*, the distance
of two levels. Four levels reach from the least to the greatest: −0.2, 2.5, 5.3, 8. Three numbers become −0.2. The cost is measured in
*perplexity*, the number of tokens between which the model hesitates: e to the mean of −ln(probability that it gave the true next token). If that is 1/8 each time, it is 8. Bits
change what is read; the arithmetic stays in 16.

**Experts.** In a *mixture of experts*, MoE, a token uses a few of a layer's parts. With 2 of 8 for each token, one token reads a
quarter; four tokens, 1 − (3/4)⁴, two thirds; sixteen, 99%. The arithmetic stays small, the reading does not.

*A weak answer sounds like this: "We quantise to four bits, so it is four times faster." Which bytes, and is it the reading that you wait for?*
"""

# %% [setup]
import numpy as np

from course.notebook import predict, reveal, start

start("day21")

# %% [markdown]
"""
## 2 Predict

A small real model, SmolLM2 with 135 million parameters, reads help texts. Its cache is stored in 4 bits: for each token and
head 64 numbers share one scale. Doing so to the *values* alone raises perplexity by 1%. The keys stand beside them, just
as many, in just as many bytes. By how much does it raise perplexity to store the *keys* in the same way, and the values in 16 bits?
"""

# %% [predict]
guess = 1.5  # % of perplexity
prediction = predict("day21", "rise of perplexity, keys in 4 bits", guess, between=(0, 100), unit="%")

# %% [markdown]
"""
## 3 Run

First, what the cache saves. A tiny transformer with random weights computes 300 tokens: whole, one by one with a cache, and in
pieces with a cache. Are the answers the same?
"""

# %% [demo]
from course.systems.serving.attention import attention_with_cache as finished_attention
from course.systems.serving.tiny_model import VOCABULARY, TinyModel

ids = np.random.default_rng(21).integers(0, VOCABULARY, 300)
whole = TinyModel(finished_attention).in_pieces(ids, [300])
for name, sizes in {"one by one": [1] * 300, "in pieces of 7": [7] * 42 + [6]}.items():
    model = TinyModel(finished_attention)
    logits = model.in_pieces(ids, sizes)
    off, same = np.abs(logits - whole).max() / whole.std(), np.mean(logits == whole)
    print(f"{name:<15} {model.computed} tokens computed, {sum(np.cumsum(sizes)):,} without a cache")
    print(f"{'':<15} logits differ by {off:.0e} of their spread, {same:.0%} to the last bit")

# %% [markdown]
"""
The same up to rounding, and hardly ever to the last bit: sums are taken in another order. *Logits* are the scores from which the next token is
chosen. If two are that close, another batch or another GPU may choose otherwise, at temperature 0 too.

Now the large model on H100s. Compare the columns of reading and of arithmetic, then what 4 bits change in each row.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.pictures import passes

passes()

# %% [markdown]
"""
Weights in 4 bits more than halve the pass of one person, and leave the prompt where it was, to the last digit. The more people, and the longer
they are, the more a pass reads caches: there, 4-bit weights help little, and a 4-bit cache much.

How far do more GPUs shorten a prompt? Beside each time stands by how much it exceeds an even share of one GPU's time. Last comes a prompt whose first
6,000 tokens are in the cache from before.
"""

# %% [demo]
from course.systems.serving.model_shape import LLAMA2_70B, h100
from course.systems.serving.roofline import step_time as finished_step_time

alone = 0.0
for gpus in (1, 2, 4, 8):
    whole, rest = (1e3 * finished_step_time(n, 8000 - n, 1, h100(), LLAMA2_70B, gpus) for n in (8000, 2000))
    alone = alone or whole
    print(f"GPUs: {gpus}   {whole:6,.0f} ms, {whole - alone / gpus:4.0f} above an even share;", end=" ")
    print(f"only the last 2,000 tokens {rest:4.0f} ms")

# %% [markdown]
"""
What is above an even share is mostly the sums: they grow with the prompt, and with the number of GPUs too. Is the model of two roofs true? The next
picture holds it against published times of the weights' part of a pass, without attention and sums.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.pictures import two_roofs

two_roofs()

# %% [demo]
from course.days.day21_anatomy_of_inference.published import compare

compare()

# %% [markdown]
"""
It is off by about a tenth for 70B on up to four GPUs, and by most near the knee, the corner where the roofs meet and neither is quite reached. Where a pass is only a few
milliseconds, 7B on eight GPUs, it is off by half: starting the kernels, the programs of a GPU, takes longer than either roof. Know where your model ends.

Experts, next: what share of a layer's experts does a pass read?
"""

# %% [demo]
from course.systems.serving.model_shape import experts_read

for experts, per_token in ((8, 2), (256, 8)):
    shares = (f"{experts_read(experts, per_token, batch):.0%} at {batch}" for batch in (1, 4, 16, 64))
    print(f"{per_token} of {experts} experts a token, by tokens in the pass: {', '.join(shares)}")

# %% [markdown]
"""
That assumes that tokens choose evenly. Where they crowd onto a few experts, fewer are read, and all wait for the GPU that holds those.

Now the cache in few bits, and your prediction.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.measure import PLAIN, TOKEN
from course.days.day21_anatomy_of_inference.pictures import halves, rise

reveal(prediction, rise(TOKEN, PLAIN, 4), plot=halves)

# %% [markdown]
"""
Why? Below is a real sample: queries, keys and values of one layer. A *channel* is one of the 64 numbers of a head, followed over the tokens. Compare
how much louder a few channels are than the median one, in the keys and in the values. A scale need not belong to a token: 64 neighbouring tokens may share
one for each channel, in the same bytes. You will decide that in exercise 3, for each half.

The perplexities are of 12 texts of 384 tokens, all in English. Quote them as one small model's.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.pictures import magnitudes
from datasets.kv_sample import kv_sample

magnitudes(kv_sample())

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · How long a pass takes (12 minutes, 3 points, about 9 lines)

Every time in today's interview comes from this function. `ModelShape`, `Chip` and `kv_bytes` are given; `help(Chip)` lists what
one holds. Write down reading and arithmetic separately, each for the whole batch, before you divide anything. The traps are who shares what: weights,
caches, pairs of tokens, the sums over GPUs.

> hint: Count pairs for one sequence of 3 new tokens after 10 cached ones: 11 + 12 + 13. As a formula: new × cached, and 1 + 2 + … + new.
> hint: `max` of two times, each over all GPUs; then add what is no roof: the overhead always, the sums only where there is somebody to sum with.
"""

# %% [exercise]
from course.systems.serving.roofline import step_time  # implement

# %% [check] points=3
from course.days.day21_anatomy_of_inference.checks import check_step_time

check_step_time(step_time)

# %% [markdown]
"""
### Exercise 2 · Attention over a cache (18 minutes, 5 points, about 15 lines)

Prefill, decode and every cut of a prompt are one function: some new tokens, at a position, after a cache. `KvCache` is given: `append`, `keys`,
`values`, `tokens`, and the shape of a token, `kv_heads` and `width`. The rotary positions, which turn queries and keys by where they stand, are already in. Two things go wrong most often: who may
see whom when a piece does not start at 0, and which query head reads which KV head. A mistake in either still gives plausible numbers.

> hint: Check, append, then attend: the cache now holds the new tokens as well, so all keys come from one place. Token i of the piece stands at `start + i`, and may read the keys at positions up to that.
> hint: `np.einsum` spares you the transposing: name the axes of q as (new token, KV head, query head within it, number), of the keys as (token, KV head, number), and say which axes the result has. Or loop over query heads, two dimensions each.
> hint: A score that must not count becomes `-np.inf` before the softmax. Subtract each row's largest score before `np.exp`.
"""

# %% [exercise]
from course.systems.serving.attention import attention_with_cache  # implement

# %% [check] points=5
from course.days.day21_anatomy_of_inference.checks import check_attention

check_attention(attention_with_cache)

# %% [markdown]
"""
### Exercise 3 · The cache in few bits (20 minutes, 4 points, about 16 lines)

First the rounding along an axis, then the format: which numbers share a scale, what becomes of tokens that fill no group yet, and how many bytes that is,
scales and zeros included. `Stored` is given: a named tuple of `keys`, `values` and `nbytes`. The check takes either way of sharing, for the keys and for the values; the interview does not. Decide from what you saw
in section 3, and be ready to say why.

> hint: `keepdims=True` lets the least number and the scale meet the array again. Where the scale is 0, divide by something else.
> hint: `reshape` splits one axis into two, groups and places within a group, and the second of them is the axis that shares. Reshape back afterwards, and join the tokens that were left over.
> hint: For the bytes count numbers in groups, groups, and numbers in none, of one array; then both arrays, then bits to bytes.
"""

# %% [exercise]
from course.systems.serving.cache_format import CacheFormat  # implement: read_back, store

# %% [check] points=4
from course.days.day21_anatomy_of_inference.checks import check_format

check_format(CacheFormat)

# %% [markdown]
"""
## 5 Break

Your functions promise four things. The first two are measured on the tiny model: a prompt of 60 tokens in one pass, then 20 more one by one, against
all of them computed whole. The others on the real sample, 256 tokens in 4 bits with groups of 64: attention reads the stored keys and values, and its output is
held against that of the exact ones.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
Choose *one* fault and name the promise that it breaks, or none; the guess is locked when you run the cell. Then try the others.
"""

# %% [predict]
guess = "same answer"  # one of "same answer", "no work twice", "small cache", "near attention", "none"
fault = "the cache is kept in 16-bit floats"  # or one of these:
# "the prompt comes in pieces of 7", "the cache is thrown away after each token",
# "another conversation's cache is handed over", "the conversation has 60 tokens",
# "3 bits in place of 4", "one channel of the keys is ten times as loud"
promises = ("same answer", "no work twice", "small cache", "near attention", "none")
expected = predict("day21", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, attention_with_cache, CacheFormat)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *The prompt comes in pieces of 7.* Nothing breaks. Every cut of a prompt gives the same answer up to rounding; the
  schedulers of day 23 live on that.
- *The cache is kept in 16-bit floats.* The same answer breaks: it is off by four times the limit, which was set for rounding in 32
  bits. Real servers do keep 16 bits, and promise no more than that.
- *The cache is thrown away after each token.* Every token computes all before it again: 18 times the work, for the same answer.
- *Another conversation's cache is handed over.* The answer is a stranger's: off by more than the spread of the logits. No error is raised, since shapes and
  positions fit. A key that names the sequence is not enough; who may read it belongs in the key as well.
- *The conversation has 60 tokens.* They fill no group of 64, so all stay in 16 bits: the small cache breaks. Formats are measured on long
  texts; your shortest users see none of it.
- *3 bits in place of 4.* The cache is smaller, and attention is off by more than a quarter: its promise breaks.
- *One channel of the keys is ten times as loud*, and its queries are a tenth, so that exact scores stay. With keys that share a scale along a
  channel nothing happens: the channel has its own scale, and so have the others. With a scale for each token the loud channel takes the levels away from
  all others in it, and attention gets worse still.
- *And if "near attention" was broken before any fault?* Then your format pays for your decision in exercise 3. By channel for keys and by
  token for values the error is 0.12; both by channel 0.22; both by token 0.32; the wrong way round 0.36. The bytes are the same in all four. The next cell says what that is in perplexity.

</details>

Now all that was measured of the small model, along both ways: run it when you have tried the faults, to see how the decision of exercise 3 comes out.
"""

# %% [demo]
from course.days.day21_anatomy_of_inference.pictures import four_ways

four_ways()

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request. Then the interviewer has six
constraints. Each is measured with your `step_time`; what the cache's bits cost depends on your `CacheFormat`. You have three controls: GPUs, the bits of weights and
cache, and how many people share a decode pass. Before each run you predict the number that the interviewer names. A round that you passed must still pass
when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day21_anatomy_of_inference.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, step_time, CacheFormat, attention_with_cache)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"We moved to 4-bit weights. Chat became twice as fast; people with long documents say that little has changed. Why, and what do you do?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Which bytes does a pass read? For eight chats the weights are 138 of 159 GB, and the pass went from 20.3
   to 9.7 ms. For seven documents of 200,000 tokens the caches are 459 GB: 34.6 ms became 29.3. Their first token waits for arithmetic, 1.2 s in any bits.
2. *Trade-off, with a number.* Bits in the cache: 11.7 ms in the same place, and 31 people fit on eight GPUs where 8 did. The price is quality,
   and how it is stored decides: keys by channel and values by token cost 2.4% of perplexity in 4 bits, both by token 17%.
3. *Residual risk, with a mechanism.* One small model, 12 texts in English; says so. A canary: fixed texts with known next
   tokens, its threshold (plus one percent), what it logs, how often it fires without cause (the spread between texts), and whom a mean hides: languages
   and lengths that are not in it.

**A strong answer.** "I asked which bytes a pass reads. With eight people chatting it reads 138 gigabytes of weights and 21 of cache, so four-bit
weights took it from 20 milliseconds to under 10. Seven people with documents hold 459 gigabytes of cache, which nobody shares: there the same change took 35
milliseconds to 29. And their first word waits for arithmetic, 1.2 seconds, which no number of bits moves. So I would store the cache in four bits: 12 milliseconds, and 31
people in place of 8. It matters how. Keys have a few loud channels, so each channel gets a scale of its own, and values get one for each token: 2.4 percent of
perplexity on a small model. With keys by token as well it was 17. I have not measured that on our model. So one machine goes first, with a canary of
fixed texts in our languages, at our lengths; it alarms at plus one percent, and I would replay a month to see how often it fires for nothing. Back is
easy: new sequences go to the old machines."

**A weak answer.** "Quantise further, to two bits." It is weak because it does not ask what is read, and in two bits the way that keys are stored decides between a
bad model and none.
"""

# %% [spoken] [markdown] points=3
"""
**"The first token takes 1,060 milliseconds, and we promised 700. What do you buy, and what does not help?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A prompt of 8,000 stands under the arithmetic roof: 1.2e15 operations, 492 ms on four GPUs, where reading takes 14. So fewer bits change
   nothing: 601 ms in 16 bits and in 4.
2. *Trade-off, with a number.* Two GPUs to four took 1,058 ms to 601, and not to a half: what lies above an even share, mostly the sums, rose from 73 to 108 ms. Eight: 372. It is paid for by
   more people in the batch (the price in round 3), or avoided: of a prompt whose first 6,000 tokens are kept from before, the rest takes 160 ms on four.
3. *Residual risk, with a mechanism.* The time in line before the pass, and decodes that share the GPUs, are not in this number. Names the monitor: p99 of TTFT
   by tokens that were really computed, apart from the wait; its threshold; which alarm is false (a prompt longer than was promised). A prefix that is kept may belong to somebody else.

**A strong answer.** "First, which roof? A prompt of 8,000 tokens is 1.2 times ten to the fifteen operations, half a second on four GPUs; reading the weights takes 14
milliseconds. It waits for arithmetic, so quantising does not shorten it: I measured 601 milliseconds in 16 bits and in 4. GPUs divide it. Going from
two to four takes 1,058 to 601, and not to 529, because what lies above an even share, mostly their sums, grows from 73 to 108 milliseconds. That keeps the promise; to keep the price I
fill the four with more people, 48 in a decode pass, in 8 bits so that the pass costs less. Before I buy I would look at what is in the prompt: if 6,000 of the 8,000 tokens are the same each time, their keys and values can be kept, and the
rest takes 160 milliseconds. Then the key of what is kept must name the customer, or one reads another's. What I do not know is the line in front. I would log the wait
and the pass apart, alarm on the p99 of TTFT for prompts of up to 8,000 tokens at 700 milliseconds, and expect it to fire falsely for longer ones."

**A weak answer.** "Use four-bit weights; inference is memory-bound." Decoding is. The prompt is not, and it is the prompt that the user waits for.
"""

# %% [markdown]
"""
## 8 Recap

- A prompt waits for arithmetic, a token for memory. Say which roof a pass stands under before you say what would speed it up.
- A decode reads the weights once for all and each cache for its own person. Cache bytes: 2 × layers × KV heads × width × tokens × bytes.
- Bits change reading alone. At short contexts they belong to the weights, at long ones to the cache.
- Keys have loud channels: a scale for each channel. Values have none: a scale for each token.
- GPUs divide both roofs, and not the sums between them nor the overhead.

**Flash question.** A mixture of experts computes as little for each token as a model a tenth of its size. Why does its decode, with 64 people in the pass, not cost as little?

<details><summary>Answer</summary>The pass reads the experts that any of the 64 uses, and that is nearly all of them: of 256 with 8 a token, 87%. A decode waits for
reading. So it costs nearly what the whole model costs to read; only the arithmetic is small, and with it the prompt.</details>

### Words

> word: prefill: the pass over a whole prompt; it fills the cache and yields the first token.
> word: decode: a pass that adds one token to each answer in it.
> word: KV cache: keys and values of earlier tokens, kept so that no token is computed twice.
> word: GQA: grouped-query attention: several query heads share one head of keys and values.
> word: roofline: a pass takes the longer of its reading and its arithmetic.
> word: arithmetic intensity: operations for each byte that is read; one, for a token and 16-bit weights.
> word: TTFT: time to first token: mostly the prefill.
> word: TPOT: time per output token after the first: the decode pass.
> word: tensor parallel: each matrix is cut over the GPUs, whose partial results are summed twice a layer.
> word: perplexity: e to the mean of −ln(probability of the true token): between how many tokens the model hesitates.

**Further reading.** Pope and others, *Efficiently Scaling Transformer Inference* (arXiv 2211.05102) · Williams, Waterman and Patterson, *Roofline* (CACM
2009) · Ainslie and others, *GQA* (arXiv 2305.13245) · Liu and others, *KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache* (arXiv 2402.02750) · Kwon and others, *Efficient Memory
Management for Large Language Model Serving with PagedAttention* (SOSP 2023) · Agrawal and others, *Vidur* (MLSys 2024), where the published times come from.

**The limit that the next day removes.** Your batch was there: so many people, all at once, all alike. In truth requests come when they come, some short and
some long, and somebody has to hold them until a pass is worth its weights. Tomorrow you build that door.
"""
