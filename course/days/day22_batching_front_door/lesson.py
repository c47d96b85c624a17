# %% [markdown]
"""
## 1 Brief

*"TODO the interviewer's opening sentence, as a person would say it."*

| what | number |
| --- | --- |
| requests | 200 |
| room left empty | at most 12% |

TODO 300 to 900 words: what the topic is, from first principles, each new idea with a worked example of small numbers
before its general rule. Every number in the table must be a limit, a load or a knob in interview.py, or a fact from
course/facts.py.

![TODO what the picture shows, in a sentence](diagram.svg)

*A weak answer sounds like this: "TODO."*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day22")

# %% [markdown]
"""
## 2 Predict

TODO one number that the day is about, to be guessed before anything runs. Sizes from 1 to 10 arrive; a batch has room
for 20. Which share of the room stays empty?
"""

# %% [predict]
guess = 0.2  # a share between 0 and 1
prediction = predict("day22", "share of room left empty", guess, between=(0, 1))

# %% [markdown]
"""
## 3 Run

TODO what the finished implementation does in the next cell, and what to look at.
"""

# %% [demo]
import random

from course.systems.serving.day22_example import batches as finished_batches
from course.systems.serving.day22_example import waste as finished_waste

rng = random.Random(22)
sizes = [rng.randint(1, 10) for _ in range(200)]
reveal(prediction, finished_waste(finished_batches(sizes, 20), 20))

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · Batches (10 minutes, 6 points, about 8 lines)

TODO what it is and why it matters, in at most 120 words. The docstring is the statement.

> hint: TODO the gentlest push.
> hint: TODO the one that nearly says it.
"""

# %% [exercise]
from course.systems.serving.day22_example import batches  # implement

# %% [check] points=6
from course.days.day22_batching_front_door.checks import check_batches

check_batches(batches)

# %% [markdown]
"""
### Exercise 2 · Waste (10 minutes, 6 points, about 7 lines)

TODO what it is and why.

> hint: TODO the gentlest push.
> hint: TODO the one that nearly says it.
"""

# %% [exercise]
from course.systems.serving.day22_example import waste  # implement

# %% [check] points=6
from course.days.day22_batching_front_door.checks import check_waste

check_waste(waste)

# %% [markdown]
"""
## 5 Break

TODO a choice of faults, to be made before anything fails, under the learner's own code, and what to look at.

| promise | limit |
| --- | --- |
| room left empty | at most 12% |
"""

# %% [predict]
guess = "kept"  # one of "kept", "broken"
limit = 10  # or: 20, 40. TODO faults that break a promise
expected = predict("day22", f"room for {limit}", guess, choices=("kept", "broken"))

# %% [demo]
share = finished_waste(finished_batches(sizes, limit), limit)
print(f"room for {limit}: {share:.0%} stays empty. You expected: {expected.value}")

# %% [markdown]
"""
<details><summary>What happened, fault by fault</summary>TODO each fault in two sentences, with its number.</details>
"""

# %% [markdown]
"""
## 6 Escalate

TODO what the interviewer will press, and on which controls.
"""

# %% [interview] points=2
from course.days.day22_batching_front_door.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"TODO a question that needs a number measured above."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* TODO
2. *Trade-off, with a number.* TODO
3. *Residual risk, with a mechanism.* TODO a component, its threshold, its log line, its false-positive rate.

**A strong answer.** TODO

**A weak answer.** TODO, and why it is weak.
"""

# %% [spoken] [markdown] points=3
"""
**"TODO a second question."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* TODO
2. *Trade-off, with a number.* TODO
3. *Residual risk, with a mechanism.* TODO

**A strong answer.** TODO

**A weak answer.** TODO, and why it is weak.
"""

# %% [markdown]
"""
## 8 Recap

- TODO five lines to remember, then the day's words with folded answers.

**Flash question.** TODO

<details><summary>Answer</summary>TODO</details>

**Further reading.** TODO names of papers and books.

**The limit that the next day removes.** TODO
"""
