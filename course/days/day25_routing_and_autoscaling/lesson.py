# %% [markdown]
"""
## 1 Brief

*"Six GPUs, a model of seven billion parameters, and 32 applications. Twenty-four requests a second by day, two at night, seven
times the night's at nine o'clock. A new replica needs ninety seconds. Who goes where, and how many do you run?"*

| what | number |
| --- | --- |
| replicas by day | 6 |
| applications | 32 |
| requests a second by day | 24 |
| at night, and at nine o'clock | 2, then 7 times as many |
| tokens with which each application begins all its prompts | 2,000 |
| from the order of a replica to its first answer | 90 s |

A *replica* is one copy of the model on a GPU of its own, with a cache of its own. It works as on day 23. A prompt has 2,222
tokens on average. Reading it takes 147 ms, and meanwhile the answers that are under way wait. Then each pass gives every answer one token, and takes 16 ms. A replica keeps the
keys and values of the 8 *beginnings* that it used last: 2,000 tokens of half a megabyte are a gigabyte each. If a prompt's beginning is among
them, its other 222 tokens are read in 19 ms. That is a *hit*.

Use up the numbers. An answer has 193 tokens on average, so it takes 193 × 16 ms = 3.1 s, and longer where reading holds it up. By Little's law (requests in a
system are their rate times their stay) at least 24 × 3.1 = 74 requests are *in flight*: begun or in line, and not finished. That is 12 a replica. Each gets 4 requests a second, and reading them takes 4 × 147 ms: 59% of its time. With hits it
is 4 × 19 ms, 8%. And money: six GPUs for 24 requests a second are 0.25 *GPU-seconds* a request. At two a second the same six are 3.

**Who gets a request?** Answers have 4 to 1,000 tokens, so equal counts are no equal loads. Look at loads. At how many of them? Three replicas
have 5, 0 and 5 in flight, and the router heard so a moment ago. Ten requests come before it hears again. *Least loaded of all* sends
all ten to the second. *Two choices* draws two replicas at random for each request, and takes the less loaded one. The second replica is among the
two in two cases of three, so it gets about seven.

**Or the one that knows the prompt.** *Prefix affinity* sends the same beginning to the same replica. 32 applications over six replicas are
about five each, and a replica keeps eight: everything fits. Spread at random, each replica sees all 32 and keeps eight, and a quarter of all prompts hit if the applications are alike busy.

How does a router know where a beginning is, without a table that all routers share? *Rendezvous hashing*, from day 4: hash each replica's name together with the key, and sort, the highest first. For
application A that gives r2, r0, r1; for C it gives r1, r0, r2. All routers compute the same. If r2 dies, A goes to r0, and C does not move.

**Until it is full.** A popular beginning would fill its replica. *Bounded loads*: nobody takes more than some *bound* times the mean. Let r2 have five in
flight, the others three, and a request of A come. With it 12 are in flight, four a replica. With a bound of 1.25 a replica may have 5. A sixth for r2 is too much, and it
goes to r0. There A's beginning is read once, and then it is cached there too.

![A router has a request of application A. Its first choice r2 has five in flight and is full at a bound of 1.25 times the mean of four, so the request goes to the second choice r0, which has three.](overflow.svg)

**How many replicas?** An *autoscaler* hears from each replica every ten seconds, and says how many there should be. A replica reports two things: the
share of time in which it computed anything, its *utilisation*; and its requests in flight. Each can be made into a number of replicas. Three replicas have 13, 14 and 13
in flight, and 16 each are planned: 40 / 16 = 2.5, so three are needed. Three compute 60%, 65% and 70% of the time, and 70% is planned: 1.95 / 0.7 = 2.8, so three again.

**And until they are there?** Ninety seconds are the *cold start*. Assume 40 for a machine, 15 for its image, 11 for {facts.LLAMA2_7B_WEIGHT_GB} of weights over 10 gigabits a
second (day 15), 20 to load and compile them, 4 to warm up. At nine, 14 requests a second come, and 14 × 90 = 1,260 come before it does. Until then only those
serve that run already. *Spare* replicas are those beyond the demand. They are paid for every night.

*A weak answer sounds like this: "We autoscale." On which number, and who serves the next ninety seconds?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day25")

# %% [markdown]
"""
## 2 Predict

Twenty servers, each with a line, each busy 90% of the time. Requests come at random, their work is exponential, and its mean is one *service time*. Whoever sends a request to *any*
server, without a look, has a mean time in the system of 10 service times: 1 / (1 − 0.9). You send each to the *least loaded of all*. But servers report their loads
only every 8 service times, all at once; until then you see the last report. What is your mean time in the system, in service times? The number is locked when you run the cell.
"""

# %% [predict]
guess = 4  # mean service times
prediction = predict(
    "day25", "mean time in system, least loaded of all by old reports", guess, between=(1, 60)
)

# %% [markdown]
"""
## 3 Run

The same twenty servers, for reports of any age, and two ways to choose.
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.pictures import AGES, herd, time_of

reveal(prediction, time_of("least loaded of all", AGES[-1]), plot=herd)

# %% [markdown]
"""
Fresh news makes the least loaded of all the best choice there is. With a report every
half service time, looking at two is as good. With rarer reports everybody runs to the server that *was* empty; that is a *herd*. At 8 service times it is worse than not to look at all. Two choices
cannot herd: however empty a server was, only one request in ten draws it.
For many servers and fresh news two choices come near an exact formula (Mitzenmacher, 2001): a mean time of 2.61 at 90% busy, where one choice gives 10. Most of what there is to gain comes with the second look.

Now replicas, which have caches. Six of them, 24 requests a second, fresh loads. Look at the last line.
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.pictures import routes

routes()

# %% [markdown]
"""
With nothing in common the routes are alike. With 2,000 tokens in common, going where the beginning is cached halves the time to the first token, although its
fullest replica is fuller. Then one application takes 40% of all requests. The cache works as well as before, and the first token takes more than eleven seconds: one replica has over four times the mean. The share of hits does not show it, nor does the mean load.

A bound is what the finished function has for that. Application A's order among three replicas, and who gets its request at which loads:
"""

# %% [demo]
from course.systems.serving.router import prefix_affinity as finished_affinity

for first, others in ((3, 3), (4, 3), (5, 3), (5, 5), (20, 4)):
    loads = {"r0": others, "r1": others, "r2": first}
    told = [f"{bound:g}: {finished_affinity('A', loads, bound)}" for bound in (float("inf"), 2, 1.25)]
    print(f"loads {loads}   by bound   {'   '.join(told)}")

# %% [markdown]
"""
<details><summary>A third way to spread work: one kind of replica reads, another one writes</summary>

Reading a prompt without its beginning stalls all answers of its replica for 147 ms. Some fleets split the two (*disaggregation*: DistServe and Splitwise, both 2024).
Replicas for prompts read, and send the keys and values to replicas for decodes. Our prompt has 2,222 × 0.5 MB = 1.2 GB of them: 47 ms over a link of 25 GB/s, if it
can be had alone. No answer is stalled then. The price is two fleets with two demands, that link, and one more thing that may be the wrong size at nine.

</details>

Now the finished autoscaler. Its demand comes from samples in which time and requests in flight say the same. Two replicas run; then load comes, and
goes. Up is at once, and what is starting is not ordered again. Down is by one, and only after three calm windows: a replica that goes takes its cache along, and
coming back takes ninety seconds.
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.pictures import windows

windows()

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Two choices (8 minutes, 3 points, about 6 lines)

Loads come in, a place comes out. All chance is from `rng`, so that a test can play it again. Reading a load may be a message to another machine: read two, and no more.

> hint: `rng.sample` draws without replacement. From what do you draw, loads or places?
> hint: An idle fleet has equal loads everywhere. Who wins then, and is it always the same one?
"""

# %% [exercise]
from course.systems.serving.router import two_choices  # implement

# %% [check] points=3
from course.days.day25_routing_and_autoscaling.checks import check_two

check_two(two_choices)

# %% [markdown]
"""
### Exercise 2 · To the beginning, until it is full (15 minutes, 4 points, about 8 lines)

The router asks you for each request. You know the key of its beginning, every replica's requests in flight, and the bound. Nothing is remembered between calls: the order comes from
hashes alone. Given are `position(label)`, a hash that is the same in every process, and `FLOOR`, which is 4. A fleet that is nearly idle has a mean of almost nothing, so a few requests are always allowed.

> hint: Three parts: the errors; the order; the first in it that may take one more, or else somebody.
> hint: `sorted` takes a key function, and a key may be a pair. The highest first and the smaller name first: how can one pair say both?
> hint: This request is in flight too, wherever it goes. So it is in the mean.
"""

# %% [exercise]
from course.systems.serving.router import prefix_affinity  # implement

# %% [check] points=4
from course.days.day25_routing_and_autoscaling.checks import check_affinity

check_affinity(prefix_affinity)

# %% [markdown]
"""
### Exercise 3 · How many there should be (20 minutes, 5 points, about 9 lines)

Every ten seconds the fleet asks. You get a `Sample` of each replica that answers, with `busy_share`, `waiting` and `in_flight`, and the number of those that are starting. One thing is
yours to decide: the number that the demand is computed from. Both have a target. The check accepts either, for in its samples both say the same. In a fleet they do not, and sections 5 and 6 run on yours. Be ready
to say why.

> hint: First the numbers: how many exist, what the demand is, what is wanted. Then two cases: as many or more; fewer.
> hint: Round up once, at the end of the sum. What does Python's `//` do with a negative number, or `math` offer?
> hint: `self.quiet` counts the row. Which windows set it back?
"""

# %% [exercise]
from course.systems.serving.autoscaler import Autoscaler  # implement: desired

# %% [check] points=5
from course.days.day25_routing_and_autoscaling.checks import check_scaler

check_scaler(Autoscaler)

# %% [markdown]
"""
## 5 Break

Your own three objects now serve a day, a night, and nine o'clock. By day six replicas are fixed, with 24 requests a second of 32 applications. At night two a second come, of the 24 applications that are awake. One of them sends 30%. Your autoscaler
takes the fleet down. At nine the rate is seven times the night's, for two minutes. The bound is 1.25, two replicas are spare, 16 requests in flight and 70% of the time are planned. These are the promises:
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| one application takes 40% of the traffic | by day; the others share the rest |
| 64 applications in the place of 32 | by day, at the same 24 requests a second |
| loads at the router are five seconds old | always |
| one prompt in six begins with a date | nobody has sent that beginning before |
| a replica takes three minutes to start | and not 90 seconds |
| nine o'clock is ten times the night | and not seven times |

Choose *one* and say which promise it breaks, or which one most if you expect several. The guess is locked when you run the
cell. Then try the others. The last two columns show the same fleet with other routes.
"""

# %% [predict]
guess = "soon by day"  # one of "soon by day", "read once", "cheap at night", "soon at nine", "none"
fault = "one application takes 40% of the traffic"  # or "64 applications in the place of 32",
# "loads at the router are five seconds old", "one prompt in six begins with a date",
# "a replica takes three minutes to start", "nine o'clock is ten times the night"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day25", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, two_choices, prefix_affinity, Autoscaler)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

If "cheap at night" was broken before any fault, read on below: that is what exercise 3 left to you.

- *One application takes 40% of the traffic.* Nothing breaks: 170 ms, and 84% hits. Its requests overflow to a second and a third replica, which then know its beginning. Without a bound
  the first token takes 11.6 s, at 95% hits.
- *64 applications in the place of 32.* Two promises of the day break. Nearly eleven beginnings fall to a replica that keeps eight, so they push each other out: 46% hits, 300 ms. No route mends that; fewer
  tokens in common, or more memory, or more replicas would.
- *Loads at the router are five seconds old.* The bound is held against old loads. By day the first token takes 241 ms, and at nine 3.5 s: a hot application's requests all overflow to the same replica until the
  next report. Two choices take some 600 ms by day.
- *One prompt in six begins with a date.* Everybody pays for it. The dates push other beginnings out, and each takes 147 ms in which the others wait: 56% hits where 80% were, and 289 ms. At
  nine, when each replica is full, it is 2.6 s. So three promises break. What changes belongs *behind* what is shared.
- *A replica takes three minutes to start.* Nothing breaks. The spare ones serve nine o'clock. What is ordered then comes when the surge is nearly over, or after it.
- *Nine o'clock is ten times the night.* Two spare replicas are not enough, and 16 s is what the line grows to until others are there. How many are enough is a matter of the largest step, not of the mean.

</details>

**Who put a date in front?** Say that one application of the 32 does so since its last deploy, in every third prompt, and all wait for it. Let a *guard* look at the last 20
requests of each application: in how many had nobody sent their beginning before? The others are honest, and yet 8% of their prompts begin with something of their own. Four
minutes of the day's traffic, and four thresholds:
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.faults import guard

guard()

# %% [markdown]
"""
Twenty requests of one application come in half a minute. At 20% nearly half of the honest ones are flagged as well; at 50% it takes four minutes to find the one. At 40% it is found
as soon as it can be, and nobody is flagged for nothing. What is flagged is not refused: its requests go to one replica, where they push out only their own, and its owner gets a line with
the share and the last deploy. A wrong flag costs that application hits, and nobody an answer.

**On which number?** One replica that has all beginnings, at each rate:
"""

# %% [demo]
from course.days.day25_routing_and_autoscaling.faults import costs, signals

signals()

# %% [markdown]
"""
The share of time counts the time in which *some* pass runs, and one answer is enough for a pass. At one request a second, an eighth of the rate at which its line begins to grow, the replica
"is used" for 90% of the time. From two to six a second the share rises by one point. It cannot rise further, while requests in flight rise fivefold. Google's guide to autoscaling LLM inference on
GKE (read in November 2026) says so too: it recommends the requests that wait or run, since how long a GPU was active does not tell how much work it did.

What does it cost to go by the one or the other? The bound is 1.25, and the autoscaler is the finished one:
"""

# %% [demo]
costs()

# %% [markdown]
"""
By time, the night costs twice as much, for first tokens that are hardly sooner. Without spare replicas both are late at nine, for different reasons. Who goes by time never hears how large the surge is: two replicas that are
wholly busy ask for 2 / 0.7, so for a third one, whatever stands in line. Who goes by requests in flight asks for all of them at once, and waits ninety seconds for them. With two
spare replicas the first token takes 181 ms. By time it takes 166, because a fleet that was too large all night is a spare one too, a dear one.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request. Then the interviewer has six constraints, played
with *your* functions and on *your* autoscaler's number. You have three controls: who gets a request; how many in flight a replica is planned for; and how many replicas are spare. In the
first three rounds the fleet is six replicas, and only the first control matters. Limits of the first token change from round to round, and are said. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day25_routing_and_autoscaling.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, two_choices, prefix_affinity, Autoscaler)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"Utilisation is 99%, and the first token is fine. Finance asks why we cannot scale down, and operations why we do not scale up."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* It is 99% at two requests a second and 100% at six: some pass always runs. In flight it is 5 or 27 a replica, and from eight a second on a line grows.
2. *Trade-off, with a number.* Going by requests in flight, with two spare, costs 1.74 GPU-seconds a request at night, where going by time costs 3.82. Without spare ones it is 1.32, and at nine the first token
   takes 23 s where it took 181 ms.
3. *Residual risk, with a mechanism.* Long answers look like demand: in flight rises though nobody more came. Monitor in flight over what is planned, alarm at 1.5 for two windows, log each decision with its samples, and count orders
   that were called off as false alarms. Says what happens to surges larger than the spare.

**A strong answer.** "Ninety-nine per cent says that something runs. I measured it: 90 at one request a second, 99 at two, 100 at six, so it cannot tell finance from operations. Requests in flight can: five at two a second, 27 at six, and at eight
a line grows. So I divide those by sixteen and round up. That takes the night from 3.82 GPU-seconds a request to 1.74, two spare replicas among them. I keep the two, although 1.32 would do without. A cold start is ninety seconds, and at nine that was 23 seconds
to the first token instead of 181 milliseconds. What is left is a surge above the spare: at ten times the night it was 16 seconds again, and then I would rather refuse. And a change that makes answers longer looks like demand, so I log samples with each order, and count orders that were called
off."

**A weak answer.** "We set the target to 70%." Of what? It is never below that.
"""

# %% [spoken] [markdown] points=3
"""
**"We turned on prefix affinity. The cache hits in 95% of cases, and some users wait for ten seconds."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* One application has 40% of the traffic and one replica: 11.6 s at 95% hits, and the fullest replica has 4.3 times the mean. Neither hits nor the mean load show it.
2. *Trade-off, with a number.* A bound of 1.25 gives 170 ms at 84% hits; 1.1 gives 217, since more prompts overflow and are read again. Two choices need no bound and give 249 ms at 54%.
3. *Residual risk, with a mechanism.* What changes beginnings: a date in one prompt of six took hits from 80% to 56% for everybody. A guard on first-seen beginnings of each application: above 40% of its last 20 it is moved to a
   replica of its own, and logged. That named the one after 20 requests and none of 31 others; at 20% it was 14 of them. Or: bounds are held against loads that may be old.

**A strong answer.** "Look at the fullest replica over the mean: it is 4.3. One application has 40% of the requests, and affinity gives it one replica of six. Hits cannot show that, they are 95% before and after. I bound a replica's load at 1.25 times the mean. Then the
rest overflows to the second in that application's order, which reads the beginning once. I measured 170 milliseconds instead of 11.6 seconds, and hits fall to 84%. Tighter is not better: at 1.1 it is 217, because prompts are read
again. What I would watch is the fullest over the mean, and hits by application. If somebody puts a date in front, hits fall to 56% for all, not only for them. So a guard counts beginnings that nobody has sent before, by application, and moves who has more than
40% of them in twenty requests to a replica of its own, with a line to its owner. At 20% that would have hit 14 honest ones of 31."

**A weak answer.** "We add replicas." The full one keeps its key.
"""

# %% [markdown]
"""
## 8 Recap

- Two choices read two loads, and need no fresh news. The least loaded of all needs them, or everybody runs to the one that was empty.
- A prompt belongs where its beginning is cached: 19 ms of reading in the place of 147. Rendezvous hashing needs no table.
- Affinity needs a bound. With one hot application it is 170 ms with a bound of 1.25, and 11.6 s without, at more hits.
- Utilisation says that something runs. Requests in flight say how much. Up at once, down by one, and what starts exists.
- Spare replicas serve a surge during a cold start; the autoscaler serves what comes after.

**Flash question.** Twelve replicas have 228 requests in flight, planned for 16 each; two are starting, and two are to be spare. How many more do you order? And if r5 has 24 of them, may it take one more, with a bound of 1.25?

<details><summary>Answer</summary>228 / 16 = 14.25, so 15 are needed, and 17 with the spare ones. 14 exist: order 3. With this request the mean is 229 / 12 = 19.1, and 1.25 times that is 23.9. r5 would have 25: no.</details>

### Words

> word: in flight: begun or in line, and not finished.
> word: two choices: two replicas are drawn at random, and the less loaded one gets the request.
> word: herd: all follow the same old news to the same place.
> word: prefix affinity: the same beginning goes to the same replica, where it is cached.
> word: rendezvous hashing: each key has an order among the replicas, by hashes of name and key; one that goes moves only its own keys.
> word: bounded loads: nobody takes more than a bound times the mean; the rest overflows to the next in the order.
> word: utilisation: the share of time in which anything runs (duty cycle).
> word: cold start: the time from the order of a replica to its first answer.
> word: spare: replicas beyond the demand.
> word: disaggregation: replicas that read prompts, and others that decode.

**Further reading.** Mitzenmacher, *The Power of Two Choices in Randomized Load Balancing* (IEEE TPDS 12(10), 2001) and *How Useful Is Old Information?* (IEEE TPDS 11(1), 2000) · Mirrokni, Thorup and Zadimoghaddam,
*Consistent Hashing with Bounded Loads* (arXiv 1608.01350) · Srivatsa and others, *Preble* (ICLR 2025) · Zhong and others, *DistServe* (OSDI 2024) · Patel and others, *Splitwise* (ISCA 2024) · Google, *Best
practices for autoscaling LLM inference workloads with GPUs on GKE*.

**The limit that the next day removes.** An answer was done when its last token was computed, as if every reader took it at once. Tomorrow somebody reads slowly, and somebody else loses the connection in the middle.
"""
