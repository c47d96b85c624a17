# %% [markdown]
"""
## 1 Brief

*"Your service answers 1,000 requests a second; 600 come. A request is worth something for one second. Saying no costs a
tenth of saying yes. Monday at nine, ten times as many come, and somebody's script is among them."*

| what | number |
| --- | --- |
| people's requests a second | 600, in bursts 2.2 times, on Monday 10 times as many |
| a script that never steps back | 2,000 a second |
| those who come again after a no | 0.5 of them, half a second later |
| people's wait, but for the slowest hundredth | at most 350 ms, later 60 |
| answers that are errors, on a day when something behind the service is broken | 20% |

Use up the numbers first. There are 20 workers, and a request takes 20 ms on average: 50 a second each, 1,000 in all. On
Monday 6,000 come in a second. Whatever you do, 5,000 of them get no answer. You decide which, and what that costs. The
other way is to buy six times the machines, for ten seconds a week.

**A no is work.** Somebody reads the request, knows it, and writes a refusal: a tenth of an answer. 5,000 of them are 500
answers' worth, half of all that you can do. If half of those refused come back half a second later, there are more to
refuse, and less is left. So ask of each no *where* it is said. In the client's own library it costs the service nothing.
At the edge, where nothing but the tenant's name is read, it costs 0.02 of an answer, and at the queue 0.1. (A *tenant* is a
customer with one id.) Deciding who comes in at all is *admission control*. Giving up some of the work that did come in, so
that the rest is done in time, is *load shedding*.

**A queue is time.** If 400 requests wait and 1,000 a second are done, the last of them waits 400 ms. (Number = rate × time
is *Little's law*.) A queue of 2,000 is two seconds, and every answer that comes out of it is for somebody who has gone.
*Throughput* counts answers; *goodput* counts those that came in time. An overloaded service often has the first and not
the second. So each request carries its *deadline*, the time from which on it is worth nothing, and its *criticality*, the
class that says who goes first. A queue that is full and says so, to callers who then slow down, gives *backpressure*.

**So much on average, and so much at once.** A *token bucket* holds at most 3 tokens, say, and 2 come back each second. A
request takes one or is refused. At 0 s three requests come: yes, yes, yes, and the bucket is empty. At 0.2 s there are 0.4
tokens: no. At 0.5 s there is exactly 1: yes. Over any stretch of t seconds it lets in at most 3 + 2t. One bucket for each
tenant is a *quota*. Let the largest honest tenant send a quarter of all: 150 a second, and 330 in the second of a burst. A
bucket that holds 170, and gains 170 in that second, lets them through. The script gets 170 a second of its 2,000.

![Four doors on the way of a request: the client's throttle, where a no costs nothing, the edge with a bucket for each tenant, where it costs 0.02 of an answer, the queue with room and deadlines, where it costs 0.1, and twenty workers. Below, the tokens of a bucket of burst 3 and rate 2 over a second: three requests at 0 are let in, one at 0.2 is refused, one at 0.5 is let in.](doors.svg)

**Clients that refuse themselves.** A client counts what it wanted to send and what was accepted, over the last minutes. Take
100 requests and K = 2. If 60 were accepted, 100 − 2 × 60 is below 0, and everything goes out. If 40 were accepted,
(100 − 2 × 40) / 101 is a fifth, and a fifth stays at home. That is *client-side throttling*: refuse a share
max(0, (requests − K × accepts) / (requests + 1)) yourself. Google's book on site reliability uses K =
{facts.SRE_THROTTLE_K} over {facts.SRE_THROTTLE_WINDOW}. In an overload the service then hears K times what it can answer:
twice as much with K = 2, and 1.1 times as much with K = 1.1.

**How many at once?** Suppose that nobody told you of the 20 workers. The answers do: with up to 20 requests inside they take
20 ms, with 40 inside they take 40. So a *concurrency limit*, how many may be inside at once, can be found from times alone. It
grows a little while answers are as fast as ever, and shrinks when they are not.

*A weak answer sounds like this: "We put a rate limiter in front, and autoscale." Who is refused, by whom, what does it
cost, and does the script notice?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day08")

# %% [markdown]
"""
## 2 Predict

For some minutes 1,100 requests a second have come to your 20 workers, who can do 1,000. Each takes 20 ms on average; short
ones are common, long ones rare. Everybody leaves after one second. Workers take the requests in the order in which they
came. Before one is started, its deadline is checked; if it has passed, the request is thrown away. What share of all
requests is answered in time? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 91  # % of all requests; 1,000 of 1,100 would be 91
prediction = predict("day08", "answered in time at 110%", guess, between=(0, 100), unit="%")

# %% [markdown]
"""
## 3 Run

The finished queue, forty seconds of requests, and an exact formula for the same queue.
"""

# %% [demo]
from course.days.day08_overload.pictures import answered, shares

reveal(prediction, answered(1.1), unit="%", plot=shares())

# %% [markdown]
"""
Take one worker who needs 100 ms for each request, patience of 300 ms, and a request every 90 ms. Each waits 10 ms longer than
the one before. The thirtieth has waited 290 ms when its turn comes. It has 10 ms left, so it has not expired; it is
started, and ends 90 ms too late. The next one has expired and is thrown away. The one after that came 90 ms later, so it
has 90 ms left, and needs 100: too late as well. From here on nobody has more than 90. The worker is always busy, and
nobody is answered in time again. Throwing away the expired keeps a queue just so long that its head has hardly any time left.

Now our twenty workers. Each second 100 too many come. What the head of the queue has left is random then; by the exact
formula of the picture its mean is 1/100 s, one over the surplus: 10 ms. A request takes 20 ms on average. Both times, what
is left and what the work takes, are exponential, and then the chance that the work is the shorter one is 10 / (10 + 20).
So a third of those that are started are in time. Where all work is equal it is far less, as the last row of the next table
says. Here is what other ways to keep the queue do:
"""

# %% [demo]
from course.days.day08_overload.pictures import lines

lines()

# %% [markdown]
"""
*If so much is left* means: started only if that much time is left before the deadline. The 95th percentile of a request's
time is 60 ms. *The newest first*, LIFO (last in, first out), is unfair on purpose: somebody must wait in vain, and it lets
that be those who have waited long already. A queue with room for 100 refuses as many, at once, and tells them. With classes
you can choose who pays: of those who matter more nearly all are answered, and what is too much comes out of the others.

Second surprise: a throttle takes an error for a refusal. Here is a client before an *idle* server that fails a share of
what it gets, for no reason of load. After a thousand seconds it lets out:
"""

# %% [demo]
from course.days.day08_overload.pictures import throttles

throttles()

# %% [markdown]
"""
Follow it with K = 1.1 and 20% of errors. Of 100 requests 80 are accepted, so (100 − 88) / 101 of the next stay at home,
12%. Of the 88 that go out 70 are accepted, so 100 − 77: now 23% stay at home. Fewer go out, so fewer are accepted, so fewer
go out. With f for the share of errors this begins where K(1 − f) is below 1, that is, above f = 1 − 1/K, and it never
ends, however idle the server is. A small K hears little of an overload, and takes few errors for one.

Third, the limit that is found from times alone. Nobody tells it of the 20 workers:
"""

# %% [demo]
from course.days.day08_overload.pictures import limits

limits()

# %% [markdown]
"""
In an overload it settles at 1.5 times the 20 workers and its own root more: 30 + √36 is 36. So 16 wait beside the 20 who are
served, and an answer takes up to 36 ms. The workers are busy, and answers stay fast. Keep the last row in mind for section 5.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A bucket (10 minutes, 3 points, about 7 lines)

The quota of a tenant. It is asked at times that it does not choose, perhaps not for a whole night, and it may not look at
every second in between. Two numbers are kept, and that is all: how many tokens there were, and when.

> hint: Do it for the Brief's five requests. Before you answer at 0.5 s, how many tokens were there at 0.2 s, after the refusal?
> hint: First judge the cost; then bring tokens and time up to now, whatever the answer will be; then answer.
> hint: A clock that steps back: which of the two times is later, and how many seconds have passed? Never less than 0.
"""

# %% [exercise]
from course.systems.cluster.token_bucket import TokenBucket  # implement: take

# %% [check] points=3
from course.days.day08_overload.checks import check_bucket

check_bucket(TokenBucket)

# %% [markdown]
"""
### Exercise 2 · Who is next? (20 minutes, 5 points, about 8 lines)

A worker is free. Requests are dicts of `id`, `arrived_s`, `deadline_s` and `priority`, 0 for what matters most. You say who is started and who is
thrown away. When is a request no longer worth starting? The docstring allows two rules, and the check accepts both: its
deadline has passed, or it is not expected to be answered by then. One of them will cost you in section 5. Before you choose,
say what each of the two throws away that the other would not, and what would become of it.

> hint: One loop is enough: each request is either thrown away, or compared with the best so far.
> hint: Tuples compare part by part: the class first, then the arrival. Of two equal tuples neither is less.
> hint: "Not worth starting" comes first. Nobody can be started, however important, whose time is up.
"""

# %% [exercise]
from course.systems.cluster.shed import next_request  # implement

# %% [check] points=5
from course.days.day08_overload.checks import check_next

check_next(next_request)

# %% [markdown]
"""
### Exercise 3 · How many at once? (20 minutes, 4 points, about 10 lines)

Every tenth of a second the service tells you how long answers took, on average, and how many requests were inside at most.
You set the limit. `TOLERANCE` is given: {facts.GRADIENT_TOLERANCE}, as in Netflix's library; answers may take so many times
the smallest time ever before you step back. The rule is in the docstring. Before you write, work out one step: a limit of
16, unloaded 20 ms, now 40 ms. Then ask what happens after an idle hour in which the limit only grew.

> hint: 16 × 1.5 × 20 / 40 is 12, and the square root of 16 is 4. So that one stays at 16: it has found its place.
> hint: Three cases: a drop; a time that is none; everything else. Only the third looks at the smallest time.
> hint: Compute what you want first, then say whether a growth is allowed, and bring it within the bounds last.
"""

# %% [exercise]
from course.systems.cluster.adaptive import AdaptiveConcurrency  # implement: observe

# %% [check] points=4
from course.days.day08_overload.checks import check_limit

check_limit(AdaptiveConcurrency)

# %% [markdown]
"""
## 5 Break

Now all of it together, with your own code: quotas that *your* bucket keeps (17% of what the workers can do, for each
tenant), a queue of 400 ms, and clients that throttle with K = 1.1. Two smaller runs stand beside that: a queue in which *your*
`next_request` says who is next, and a service behind *your* limit, to which a fifth too much comes. These are the promises:
"""

# %% [demo]
from course.days.day08_overload.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults. Without one, people come in bursts of 2.2 times their mean.

| fault | what happens |
| --- | --- |
| 5% of answers are errors | for no reason of load; half of those without an answer come back |
| 20% of answers are errors | the same |
| ten times as many, half come back | for ten seconds of thirty; the other half gives up |
| ten times as many, all come back | the same, and nobody gives up |
| a script asks 2,000 times a second | one tenant who does not throttle itself |
| a tenth more than can be done | to your line, for some minutes, as in section 2 |
| everything takes three times as long | for good; as many come as before, so two thirds must be refused |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others. One of them
asks about your decision in exercise 2.
"""

# %% [predict]
guess = "people are answered"  # or "the wait", "nobody is refused for nothing",
# "no work for those who left", "the workers are used", "none"
fault = "a script asks 2,000 times a second"  # or one of these:
# "5% of answers are errors", "20% of answers are errors", "ten times as many, half come back",
# "ten times as many, all come back", "a tenth more than can be done", "everything takes three times as long"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day08", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, TokenBucket, next_request, AdaptiveConcurrency)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *5% of answers are errors.* Nothing breaks: it is below 1 − 1/1.1, 9.1%, and whoever got an error comes back.
- *20% of answers are errors.* The service is idle, and there are two refusals at home for three requests of people. The throttle shuts
  itself off, as in section 3. Those refusals cost the service nothing and the people everything.
- *Ten times as many, half come back.* People's answers break, as they must. Still, the workers give nine tenths of what they
  can; without a throttle it would be about a seventh, and the rest would go into saying no. Two promises break that need
  not: the wait, since the queue is as long as it may be; and for a hundred requests there are 13 refusals for nothing, after
  the spike, by throttles that still remember it.
- *All come back.* As many are answered, and needless refusals double: what comes back keeps the memory alive.
- *A script.* The quota holds it, and hardly anybody pays. The wait breaks: in a burst people's 1,320 a second and the
  script's 170 are more than can be done, so the queue fills. See the two columns beside it: without the quota, clients that throttle are
  *worse* off than clients that do not. They step back, the script does not, and it takes their place. Politeness helps only
  among the polite.
- *A tenth more.* If you throw away what cannot be met, nearly all work is for somebody who still waits. If you
  throw away only what has expired, two thirds of it is for people who have left.
- *Three times as long.* Your limit falls to about 4, and 16 workers idle. It compares with the smallest time *ever*, and
  that time will not come back. If it looked at the last five seconds alone, it would recover. But in a long overload it
  would then take the queue for the normal time, and grow. Libraries forget slowly, or let the limit fall now and then, on
  purpose, and measure again.

</details>

**Whom does a quota stop?** It is a safety mechanism like any other: it has an input, a threshold, a log line for each refusal,
and it errs. Its threshold must be above what the largest honest tenant needs, and nobody knows that number exactly. Here
the script asks 2,000 times a second, and the quota takes different sizes.
"""

# %% [demo]
from course.days.day08_overload.pictures import quotas

quotas()

# %% [markdown]
"""
Read it from both ends. Too tight, and everybody whom it stops wrongly is one customer, in his bursts; he will call. Too
wide, and each step lets the script take more of what people need. So log of each refusal the tenant, what it asked and
what it had, and look at tenants that are stopped *and* pay.
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on thirty seconds of the service, with quotas that *your* bucket
keeps. You have three controls: how much work may wait, what share of the whole one tenant may take, and the clients' K.
Before each run you predict the number that the interviewer names; without a prediction nothing runs. A round that you
passed must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day08_overload.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, TokenBucket, next_request)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"You are at 110% of capacity and a third of the answers are in time. Nobody changed anything. Explain."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* In order, with the expired thrown away, the head of the queue has used up its second: 31.6%
   in time, and 59.8% are answered too late. Says why it is not 91%: what is left at the start is 10 ms on average, and a request takes 20.
2. *Trade-off, with a number.* Start only what can be met, by the 95th percentile: 88.6%, and it throws away some that
   would have made it. Or a short queue: 91.4%, but it refuses in bursts that a longer one would have carried; or the newest first, 91.8%, and unfair.
3. *Residual risk, with a mechanism.* The percentile is last week's. Names how it is renewed, and a check on what is thrown
   away: start one in a thousand of those all the same, count how many are in time, with a threshold for an alarm.
   Or: a limit that compares with the smallest time ever, and falls to 4 of 20 workers when the service slows for good.

**A strong answer.** "The queue is in order, and it throws away what has expired. So its head is always a request that has
nearly expired: at a tenth too much it has 10 ms left on average, and needs 20. I measured it: 31.6% in time where one would say 91, and
59.8% answered too late. The workers are busy all the time, with answers for people who have left. I would throw away what
cannot be met any more, by the 95th percentile, 60 ms. That gives 88.6%. A queue with room for 100 gives 91.4% and tells
people at once, but refuses bursts that I could have carried. What is left is the 60 ms: they are measured, and they get
old. I renew them each minute, and start one in a thousand of the hopeless ones anyway. If more than five in a hundred of
those are in time, the estimate is too careful, and that is an alarm."

**A weak answer.** "We need ten per cent more machines." Perhaps, and why is it a third and not nine tenths?
"""

# %% [spoken] [markdown] points=3
"""
**"A customer's script takes the service down; your clients behave. Whom do you refuse?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* Throttles among polite clients alone make it worse: 65% of people were answered without a
   throttle, 27% with one, since they step back and the script does not (section 5).
2. *Trade-off, with a number.* A quota a tenant, at the edge. At 17% of the capacity 98% are answered; at 12% the largest honest
   tenant loses 29.5% of his requests, at 30% the script takes so much that 90% are answered. Or: a refusal there is 0.02 of
   an answer, so it protects up to some rate.
3. *Residual risk, with a mechanism.* One customer with ten keys has ten quotas. Detection by what keys share (payment,
   address), a threshold, a log line for each refusal (tenant, asked, had), the honest accounts that share one, counted, and somebody who can raise a quota.

**A strong answer.** "The script, and at the edge, by its name. My clients' throttle does not help here. It harms: without
it 65% of people were answered, with it 27%. They step back and the script moves up. So each tenant has a bucket, 17% of
the capacity with a second's burst, and 98% are answered. Why 17? The largest honest customer sends 330 in the second of a burst,
and the bucket holds 170 and gains 170. At 12% he would lose 30% of his requests, and he did nothing wrong. At 30% the
script gets more, and 90% are answered. Each refusal is logged with what was asked and what was there, and a quota can be
raised for one customer within a minute. A no at the edge is a fiftieth of an answer: at 20,000 a second that is 400
answers a second, and then it must be said in the network. What I have not solved is one customer with ten keys. I would
count keys by payment account, look above three, and ask how many families share a card before I block one."

**A weak answer.** "We rate-limit by IP address." Behind one address is an office, and behind one script are a hundred.
"""

# %% [markdown]
"""
## 8 Recap

- A no is work. Say it early: in the client for nothing, at the edge for a fiftieth, at the queue for a tenth.
- A queue is time: number = rate × time. Longer than the patience, it serves only those who have left.
- Throwing away the expired is not enough: the head of the line has almost expired. Ask whether it can still be met.
- Throttles protect polite clients from each other; against the impolite a quota does, above the largest honest tenant.
- A limit is found from times alone; ask what it compares them with, and whether it forgets.

**Flash question.** Clients throttle with K = 1.3. The service is idle, and a broken database makes a quarter of its answers
errors. What do people see after some minutes, and which number would you change?

<details><summary>Answer</summary>Hardly anybody is let out. 1 − 1/1.3 is 23.1%, and 25% is above it, so the throttle shuts itself
off though nothing is overloaded. K above 1/(1 − 0.25) = 1.33 opens it again, 2 with room to spare. Better still: count
only refusals for load against the accepts, and not errors.</details>

### Words

> word: admission control: deciding who comes in at all, before any work is done.
> word: load shedding: giving up some of the work that came in, so that the rest is done in time.
> word: goodput: answers that came in time; throughput counts all of them.
> word: criticality: the class of a request that says who goes first, and who is given up first.
> word: backpressure: a full queue says no, so that callers slow down.
> word: token bucket: at most `burst` at once and `rate` a second on average; its twin with one timestamp is GCRA, the generic cell rate algorithm.
> word: quota: the most that one tenant may take, whoever else is there.
> word: client-side throttling: a client that is refused much refuses itself first, at no cost to the service.
> word: concurrency limit: how many requests may be inside at once; found from times, it needs no load test.
> word: LIFO: last in, first out: in an overload the newest are those who can still be answered.

**Further reading.** Beyer and others, *Site Reliability Engineering* (2016), chapters 21 and 22 · Welsh and Culler, *Adaptive
Overload Control for Busy Internet Servers* (USITS 2003) · Nichols and Jacobson, *Controlling Queue Delay* (ACM Queue 2012) ·
Maurer, *Fail at Scale* (ACM Queue 2015) · Zhou and others, *Overload Control for Scaling WeChat Microservices* (SoCC 2018).

**The limit that the next day removes.** Half of those refused came back, and you took that as given. Who retries, how
often, and when a retry alone keeps a service down, is tomorrow's question.
"""
