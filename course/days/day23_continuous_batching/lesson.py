# %% [markdown]
"""
## 1 Brief

*"You have one A100 and a chat model of seven billion parameters. Requests come when they come, prompts have any length,
and nobody knows how long an answer will be. Who computes what, in which pass over the model?"*

| what | number |
| --- | --- |
| requests a second | 2, later 6 |
| memory beside the weights | 27 slots of {facts.LLAMA2_CONTEXT_TOKENS} |
| first token, p99 | within 1,000 ms |
| time per output token, p99 | at most 50 ms |
| longest pause in an answer, p99 | at most 50 ms, later 35 ms |

A user feels three durations. The wait for the first token, standing in line included, is *TTFT*, time to first token. The mean
time of each token after it is *TPOT*, time per output token. A single wait between two tokens is *ITL*, inter-token
latency; the longest of them is the pause that a reader sees. A limit on the *p99* holds for 99 in 100.

A model writes one token at a time, and each token takes a pass over all of its weights. Work it out. The weights are
{facts.LLAMA2_7B_WEIGHT_GB}, two bytes a parameter, and an A100 reads {facts.A100_HBM_GBPS}: 6.6 ms to read them once,
whoever is in the pass. One token's arithmetic is two operations a parameter, as many as the weights have bytes, and the
A100 does {facts.A100_TFLOPS}: 0.04 ms. A pass of one token waits for memory and hardly computes; it is *memory-bound*. Only at some 150 tokens would both take equally long, and beyond that
the pass is *compute-bound* and grows with its tokens. A flat part, a knee, a slope: that is the *roofline*. Real passes
also pay overheads, so measure them. Below the knee sixty sequences cost little more than one, apart from what each has
stored of its own. The question is who shares a pass with whom.

**What each has stored.** Attention looks back at every earlier token, at a key and a value of 4,096 numbers in each of 32
layers. Computing them anew would be waste, so they are kept: the *KV cache*. A token takes 2 × 32 × 4,096 numbers of two
bytes: {facts.LLAMA2_7B_KV_BYTES}, or 0.5 MB. An answer that may grow to 4,096 tokens takes 2.1 GB. Of 80 GiB, which are 85.9 GB, a server takes
{facts.GPU_MEMORY_USABLE} for everything, 77.3; the weights take 13.5. The activations, a pass's intermediate results, take 82 kB a token at
the widest place of a layer, so 5.4 for the largest pass, of sixteen whole prompts. What is left is 58.4 GB, and that is
27 *slots*.

**How many are held?** If two requests a second come and each stays 3.5 seconds, then seven are inside. That is *Little's
law*: number inside = rate × time inside. It holds for a line too: if four leave it a second and four are in it, whoever
comes now waits a second.

The old way collects eight requests and runs them together until the last is done. Two things go wrong. Take three answers of
1, 2 and 6 tokens: the batch lasts 6 passes, so 18 places were paid for and 9 tokens came, half. For eight answers of
exponential length the ratio of longest to mean is 1 + 1/2 + … + 1/8, which is 2.72. And whoever arrives now waits for
the end of a batch that has nothing to do with them.

In 2022 Orca decided again at every pass (an *iteration*, in the papers and in your code). An answer that is done leaves.
The first in line takes its place at once, while the others go on. Nothing in the model objects, because each sequence has
its own slot, reserved whole for the longest answer that could come. The paper reports {facts.ORCA_THROUGHPUT_GAIN} the
throughput at equal latency. You will see what that is measured against.

Then somebody pastes a document of 3,600 tokens. A prompt is computed all at once, since its tokens are all known, and that *prefill*
takes as long as some twenty passes of single tokens, the *decodes*. Everyone who shares the pass waits for it. Their text
freezes, and the mean does not tell: a pause of a quarter second among two hundred tokens adds about a millisecond to
each. Cut the prompt instead. Give every pass a budget of tokens: first all decodes, then as much prompt as fits. The
newcomer's first token comes a little later, and each piece reads again what earlier pieces left in the cache. Nobody
freezes.

![Two rows of passes on one time line. Above, one long pass computes a whole prompt and no reader gets a token meanwhile. Below, the prompt is cut into ten passes and every reader gets a token in each.](passes.svg)

How do you tell that a schedule is good? Tokens a second is not a promise to anyone. Count *goodput*: requests a second
for which every promise was kept, TTFT, TPOT, the longest pause. Of four answers in two seconds let one be late and
another freeze: four were delivered, two were good, and the goodput is 1 a second.

*A weak answer sounds like this: "We use continuous batching, so the GPU is always full." Full of what, and who is
waiting for it?*
"""

# %% [setup]
import numpy as np

from course.notebook import predict, reveal, start

start("day23")

# %% [markdown]
"""
## 2 Predict

Three conversations a second arrive at the A100, with lengths like those of a public trace. An answer is good when its
first token comes within 1,000 ms, its tokens take at most 50 ms each on average, and no pause is above 200 ms, four times what the brief allows: a mild beginning. Under
continuous batching with whole prompts the server keeps up: it delivers every token. How many of the three answers a
second are *good*? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 2.5  # good answers a second, of 3
prediction = predict("day23", "good answers a second, of 3, whole prompts", guess, between=(0, 3), unit="/s")

# %% [markdown]
"""
## 3 Run

Eight requests in line, three slots, three schedulers. Follow request 5, the one with the long prompt, and whoever shares
a pass with it.
"""

# %% [demo]
from course.days.day23_continuous_batching.pictures import slot_chart
from course.systems.serving.chunked import ChunkedScheduler as FinishedChunked
from course.systems.serving.continuous import ContinuousScheduler as FinishedContinuous
from course.systems.serving.static_batching import StaticScheduler

slot_chart(
    {
        "static": StaticScheduler(slots=3, slot_tokens=64),
        "continuous": FinishedContinuous(slots=3, slot_tokens=64),
        "chunked, 6 tokens a pass": FinishedChunked(slots=3, slot_tokens=64, token_budget=6),
    }
)

# %% [markdown]
"""
What does a pass cost? Below are the published times of Llama-2-7B, and those of a small model on one CPU thread, from a
stored file. If you have installed the `llm` extra, write `measure=True`: your own processor is measured, in a process of
its own, in about 20 seconds.
"""

# %% [demo]
from course.days.day23_continuous_batching.pictures import pass_cost

pass_cost(measure=False)

# %% [markdown]
"""
The flat part is room that a small batch leaves unused. Two things want it: more sequences, and *speculative decoding*, in
which a small model guesses γ tokens and one pass of the large one checks them all. If each guess is right with
probability α, a pass yields (1 − α^(γ+1)) / (1 − α) tokens. See what is left of that when the room is taken.
"""

# %% [demo]
from course.systems.serving.speculative import expected_tokens, speedup_in_batch
from course.systems.serving.step_time import published_step_time

step = published_step_time("a100", "7b")
print(f"α 0.7, γ 4: {expected_tokens(0.7, 4):.2f} tokens a pass; a guess costs 0.05 of a pass")
for batch in (1, 8, 32, 128):
    short, long = (speedup_in_batch(step, batch, context, 0.7, 4, 0.05) for context in (0, 1200))
    print(f"  {batch:>3} sequences: {short:.2f}× faster, {long:.2f}× with 1,200 tokens of context each")

# %% [markdown]
"""
Now the A100 with its 27 slots: first with everybody in line at once, then at three a second.
"""

# %% [demo]
from course.days.day23_continuous_batching.pictures import SCHEDULERS
from course.systems.serving.goodput import Slo
from course.systems.serving.simulation import simulate
from course.systems.serving.summary import summarise
from datasets.requests import trace_like

promise = Slo(ttft_ms=1000, tpot_ms=50, gap_ms=200)  # chosen: the brief's, but for a mild pause
for count, rate in ((80, None), (160, 3.0)):
    requests = trace_like(count, rate, np.random.default_rng(3))
    print("everybody in line at once" if rate is None else f"\n{rate:g} requests a second")
    for name, make in SCHEDULERS.items():
        s = summarise(simulate(make(), requests, step), promise)
        print(f"  {name:<11}{s.mean_batch:5.1f} answers a pass {s.output_tokens_per_s:4.0f} tokens/s", end="")
        print(f"   pace p99 {s.tpot_p99_ms:2.0f} ms   longest pause {s.gap_max_ms:3.0f} ms", end="")
        print(f"   first token p99 {s.ttft_p99_ms / 1000:5.1f} s")

# %% [demo]
from course.days.day23_continuous_batching.pictures import good_answers, rates_of

_, measured = rates_of("continuous", 3.0, promise, step)
reveal(prediction, measured, plot=good_answers(promise, rates=(1, 2, 3, 4, 6)))

# %% [markdown]
"""
At three a second, continuous and chunked deliver the same tokens, and both keep the pace far within its limit. Only the
longest pause tells them apart, and with it most of the good answers. To the right the best curve falls as well: the
server is full, the line grows, and tokens come too late to be good. Keep that for the interview.

How large is the budget of a pass? It has two ends: look at the first token at one, at the pause at the other.
"""

# %% [demo]
for budget in (128, 384, 2048):
    s = summarise(simulate(FinishedChunked(27, 4096, token_budget=budget), requests, step), promise)
    print(
        f"{budget:>5} tokens a pass   first token p99 {s.ttft_p99_ms / 1000:.1f} s   pace p99 {s.tpot_p99_ms:2.0f} ms",
        end="",
    )
    print(f"   longest pause {s.gap_max_ms:3.0f} ms   good {s.attainment:4.0%}")

# %% [markdown]
"""
Do the ratios agree with what was published? The next cell compares, and a ratio belongs to its baseline. The first two
lines are the mean of the longest of eight answers over the mean answer; they agree up to chance and the draining of the last batch.
The papers' headlines have baselines of their own. Anyscale's {facts.ANYSCALE_CONTINUOUS_GAIN} is over *naive* static
batches; the same article gives static batches on optimised kernels {facts.ANYSCALE_OPTIMISED_STATIC_GAIN}, and ours run
the same kernels in both, so the figure to compare with, and the one in the table, is the quotient. Orca's {facts.ORCA_THROUGHPUT_GAIN} has no column
here: its baseline has other kernels, pads every answer and holds it back until the whole batch is done. Look instead how
our factor moves with the bound on latency, and how far it is above the one at saturation: what static batches cost you
under a light load is the wait for a batch to end. A factor without its bound says nothing. The last line is the one to
quote: a model of 7B on one A100 on both sides, and only the schedule differs. Each capacity is bracketed to 3%.
"""

# %% [demo]
from course.days.day23_continuous_batching.published import compare

compare()

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Goodput (10 minutes, 3 points, about 10 lines)

Before you schedule anything, build the number that judges it. Three promises, and an answer is good only if all of them
hold for *it*: the shares of each promise do not tell you, because the same unlucky requests break several.

> hint: One array of booleans for each promise, and one for "it came at all"; then `&`. A comparison with NaN is False.
> hint: Do not divide, and 0 / 0 never comes up: hold `last - first` against the limit times the number of gaps. Then ask what that says of an answer of one token whose two times differ.
"""

# %% [exercise]
from course.systems.serving.goodput import slo_goodput  # implement

# %% [check] points=3
from course.days.day23_continuous_batching.checks import check_goodput

check_goodput(slo_goodput)

# %% [markdown]
"""
### Exercise 2 · Decide at every pass (12 minutes, 4 points, about 10 lines)

The slots, the line, and what a sequence can do are given: `Sequence(request, slot)` has `prompt_left`, `done` and
`advance(tokens)`. You write one step: who enters, what everybody computes, who leaves.

> hint: Enter, compute, leave: mind the order of the three. Two loops over the slots. The first fills the free ones from the left end of the line; the second lets each sequence compute, and clears its slot if it is done.
> hint: The number of tokens is `prompt_left` for a newcomer and 1 for the rest. For the rest `prompt_left` is 0, and `0 or 1` is 1.
"""

# %% [exercise]
from course.systems.serving.continuous import ContinuousScheduler  # implement: step

# %% [check] points=4
from course.days.day23_continuous_batching.checks import check_continuous

check_continuous(ContinuousScheduler)

# %% [markdown]
"""
### Exercise 3 · A budget for every pass (22 minutes, 5 points, about 15 lines)

Now no pass computes more than its budget. Decodes are served first and are never held back; prompts get what is left, and
whoever spends must subtract. Two prompts may want the same tokens, one that is half done and one that waits. Who gets
them is yours to decide; be ready to say why.

> hint: Sort out who holds a slot before anything computes: those that decode, and those whose prompt is not whole. The number of decodes tells you what is left.
> hint: Decide how many tokens each prompt gets, of those inside and of those in line for a free slot, until the budget is spent or nobody wants any. Clear the slots of those that are done after everybody has computed.
"""

# %% [exercise]
from course.systems.serving.chunked import ChunkedScheduler  # implement: step

# %% [check] points=5
from course.days.day23_continuous_batching.checks import check_chunked

check_chunked(ChunkedScheduler)

# %% [markdown]
"""
## 5 Break

Your chunked scheduler keeps three promises at two requests a second, with 384 tokens a pass and a line without end. From here on the
pause is held to the brief, 50 ms in place of the mild 200 of section 3:

| promise | limit |
| --- | --- |
| the first token | TTFT, p99: at most 1,000 ms |
| the pace | TPOT, p99: at most 50 ms |
| the pause | the longest in an answer, p99: at most 50 ms |

Choose *one* fault and say which promise it breaks; the guess is locked when you run the cell. Then try the others: at best,
two of the five break nothing.
"""

# %% [predict]
guess = "the pace"  # one of "the first token", "the pace", "the pause", "none"
fault = "three times the traffic"  # or "every second prompt is a document", "the GPU is slowed by heat",
# "answers three times as long", "half of the slots"
promises = ("the first token", "the pace", "the pause", "none")
expected = predict("day23", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day23_continuous_batching.faults import under

under(fault, expected, ContinuousScheduler, ChunkedScheduler, slo_goodput)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Three times the traffic.* The first token breaks, by seconds. Pace and pause hold: slots and budget bound what shares a
  pass, so all that is too much stands in line.
- *Every second prompt is a document.* This one asks about your decision in exercise 3. If a prompt that was begun goes on
  before another begins, nothing breaks: a document takes ten passes of the budget and not one long pass; its own first
  token is later, and still within a second. If all who want tokens share them, it looks fair, and the first token breaks,
  half as late again. Two prompts that take turns are both done when the second would have been, and whoever comes
  meanwhile makes both later. A half prompt is of use to nobody, and it holds a slot.
- *The GPU is slowed by heat.* The pause breaks. A full budget took just over 30 ms and takes 1.6 times that. A budget is
  counted in tokens, and a promise in milliseconds: who changes the GPU must set the budget anew.
- *Answers three times as long.* The first token. By Little's law three times the stay is three times the slots that are held, and
  there are only 27; then people wait for a slot while pace and pause look well.
- *Half of the slots.* Nothing breaks: at two a second about seven are held, and thirteen are left.

</details>
"""

# %% [markdown]
"""
A line with a bound is a safety component. Its input is the number of requests that wait, its threshold the places, and
each refusal is a line in a log. It also refuses requests that it need not have refused. The next cell counts them: refused,
although an endless line would have kept every promise to them. Its mix has documents, as the interview will. The sample is
140 requests at each rate from an empty server, so those in front find no line: read shares of it as rough, and a count of
a few as chance.
"""

# %% [demo]
from course.days.day23_continuous_batching.faults import refusals

refusals(ContinuousScheduler, ChunkedScheduler)

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has five constraints. Each is measured on your schedulers and counted by your goodput. You have three
controls: the budget of a pass, the places in the waiting line, and who goes first in it. Before each run you predict the
number that the interviewer names; without a prediction nothing runs. A round that you passed must still pass when the
next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day23_continuous_batching.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, ContinuousScheduler, ChunkedScheduler, slo_goodput)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Your dashboard shows 600 tokens a second and a mean time per token well inside the promise. Users say that the text
freezes. What is happening, and what do you change?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* A pass that holds a whole prompt stalls everyone in it; the mean over an answer hides it.
   From section 3 at three a second: the same tokens a second, pace p99 36 against 30 ms, longest pause 321 against 38 ms,
   good answers 1.0 against 3.0 a second.
2. *Trade-off, with a number.* A budget for each pass. Small budgets delay the first token and in the end starve
   prefill; large ones bring the pause back. Names both ends with what they measured: at three a second 2.0 s to the first
   token at 128 tokens, a pause of 148 ms at 2,048, against 0.5 s and 38 ms at 384.
3. *Residual risk, with a mechanism.* What the budget does not mend: the pass grows with what is cached, other models and
   GPUs have another curve. Names the monitor: its input (each gap between two tokens), its threshold, the line that it
   logs (who shared the pass, how many prompt tokens), and how often it would alarm for nothing.

**A strong answer.** "The dashboard averages. With whole prompts I measured 595 tokens a second and a p99 pace of 36
milliseconds, and yet only one answer in three was good: some pass held a long prompt, and everybody in that pass got
nothing for up to 321 milliseconds. I would cut prompts to a budget of 384 tokens a pass: the same 600 tokens a
second, the longest pause 38 milliseconds, every answer good. A smaller budget costs the newcomer's first token: at
128 tokens a pass its p99 was 2.0 seconds and one answer in five was no longer good; at 2,048 the pause was back at 148
milliseconds. I would alarm on the p99 of the longest pause in each answer, at 50
milliseconds, and log the pass. What I do not know is our real mix of prompts; the budget depends on it, so I would
replay a day of ours before I fix it."

**A weak answer.** "Scale out, the GPU is overloaded." It is weak because the server keeps up: it delivers every token,
and a second one would freeze just as often.
"""

# %% [spoken] [markdown] points=3
"""
**"Traffic triples tonight and you get no more GPUs. Whom do you refuse, when, and how do you know that you refused the
right ones?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Overload shows in the line, not in the pass: at six a second the p99 of the first token
   went to seconds while pace and pause held. An endless line serves nearly all too late: 2.4 good answers a second,
   against 4.3 with four places.
2. *Trade-off, with a number.* Little's law for the bound: places are the rate of service times the wait that is worth
   it, here about four a second times one second. A shorter line refuses people who would have been served well (17 of
   20 at one place and 3.5 a second), a longer one makes everybody late.
3. *Residual risk, with a mechanism.* The admission component: input (waiting line, class), threshold, log line (id, class,
   length of the line, time to retry), false refusals measured by replay. Batch work first, people last; a person can
   still wait for a slot that batch work holds. Says what is not known, for one whether refused clients retry at once.

**A strong answer.** "The GPU is full at about four a second, so at six a third must wait or go. With an endless line I
measured 2.4 good answers a second of six: the pace was fine, and the first token took seconds for nearly everyone. By
Little's law a line that costs one second of waiting at four a second has four places; with four I got 4.3 good answers,
and refused 27 of 140. I refuse batch work first: the line drops the last that a person outranks, and no person was
turned away. The refusal comes at once, with a time to retry, and it is logged with the length of the line. Were they the
right ones? I replayed the same traffic with an endless line: of the 27 none would have been served well. Two places
give 4.4, but at three and a half a second 7 of their 9 refusals are wrong, and with one place 17 of 20; so I take four.
What remains is a person who waits for a slot that a long batch answer holds. And if refused clients retry at once, six
a second becomes more, which I have not measured."

**A weak answer.** "Add a queue so that no request is lost." Every request is then served, and hardly anyone on time.
"""

# %% [markdown]
"""
## 8 Recap

- Decide at every pass: a free slot is filled at once. Static batches pay the longest answer for each mean one.
- A pass is flat in its tokens, then linear. Below the knee a sequence is nearly free, a speculative guess too.
- A whole prompt stalls everyone in its pass. Budget each pass: decodes, then the prompt that was begun, then newcomers.
- Judge by goodput, promise by promise for the same request; a mean hides a freeze.
- Overload lives in the line. Bound it by Little's law, and count whom it refuses wrongly.

**Flash question.** With α = 0.7 and four guesses a verifying pass yields 2.77 tokens. Why may speculation still slow down
a server with 128 short conversations in a pass?

<details><summary>Answer</summary>The pass now computes 128 × 5 = 640 tokens, far right of the knee, so it takes several
times as long, and 2.23 of every 5 tokens are thrown away. With long contexts the pass mostly reads the cache, once for
all five tokens of a sequence, and speculation still pays.</details>

### Words

> word: TTFT: time to first token: from a request's arrival to its first token, the wait in line included.
> word: TPOT: time per output token: the mean over the tokens after the first.
> word: ITL: inter-token latency: one wait between two tokens. The longest is the pause that a reader sees.
> word: KV cache: the keys and values of earlier tokens, kept so that attention need not compute them again; 0.5 MB a token here.
> word: prefill: the computing of a prompt, all its tokens at once or in chunks; it ends with the first output token.
> word: decode: a pass of a sequence that computes one token and yields the next.
> word: memory-bound: slower to read than to compute. A pass of few tokens waits for the weights to be read.
> word: roofline: time against work: flat while memory is the limit, then rising with the arithmetic.
> word: Little's law: number inside = rate × time inside; of slots that are held, or of places in a line.
> word: goodput: requests a second for which every promise was kept.

**Further reading.** Yu and others, *Orca* (OSDI 2022) · Agrawal and others, *Taming Throughput-Latency Tradeoff in LLM
Inference with Sarathi-Serve* (OSDI 2024) · Zhong and others, *DistServe* (OSDI 2024), on goodput · Leviathan, Kalman and
Matias, *Fast Inference from Transformers via Speculative Decoding* (arXiv 2211.17192) · Agrawal and others, *Vidur*
(MLSys 2024), where the step times come from.

**The limit that the next day removes.** Your A100 has 27 slots, because each reserves the longest answer that could come.
At three a second about eleven of them were held, and most of their memory was never written. Tomorrow memory is handed
out in small blocks, as it is needed.
"""
