# %% [markdown]
"""
## 1 Brief

*"Ten thousand shards, each with one owner. All together, owners die twenty times a day and pause forty thousand times. Two
owners at once cost us data; no owner costs us twelve seconds at most. Who owns a shard, and who decides?"*

| what | number |
| --- | --- |
| a shard without an owner, after a death | at most 12 s, later 26, at last 8 |
| messages of the service that decides | at most 7,000 a second, later 22,000 |
| leases a day that a living owner loses | at most 100, later 1,500 |
| minutes a year in which nobody can decide | at most 5 |
| a decision; one in a hundred may be slower | within 25 ms |

An owner holds a *lease*: until a certain time the shard is its own. It renews while it lives. If it dies, the lease runs out, and
somebody else gets one. Use up the numbers: a lease of 10 s is renewed when a third of it is over, each 3⅓ s. Ten thousand shards
are 3,000 renewals a second. Each is told to two more machines, which keep a copy: 6,000 messages. Half the lease, twice the messages.

**A check that was true.** A lease runs until second 10. Its owner looks at 9.9, and it holds. Then the process stops for three seconds: a
garbage collection, a moved virtual machine. At 12.9 it goes on with the next line, which is the write. Between 10 and 12.9 another owner has
written. No line of code was wrong.

![The first owner has a lease until second 10 and token 33. It checks at 9.9, is stopped, and writes at 12.9. Meanwhile the second owner got token 34 and has written. The store takes 34 and refuses 33.](pause.svg)

**Two numbers.** Each grant carries a number that is one higher: a *fencing token*. The first owner has 33, the second 34. The store has seen 34;
a write with 33 is refused, now and for ever. A second write with 34 passes. The store needs no clock, and need not know who lives.

**Who grants?** One machine could, until it dies. So there are three or five, and a *majority* (a *quorum*) of them has to agree. Two majorities
share a member, so two of them cannot decide against each other. With three nodes, each away two thousandths of the time, two are away
together 3 × 0.002² of it: 6.3 minutes a year. Of five, three would have to be away, 10 × 0.002³ of it: two and a half seconds.

**A log that is the same everywhere.** The nodes keep a *log* of what they decided: each grant is an *entry*, and entries stand in the same order on
each node. One of them is the *leader*; it appends entries and sends them to its *followers*. When it falls silent another one becomes *candidate*, raises the *term* (a number that only grows), and asks for
votes. A majority of votes makes a leader. Each node has one vote a term.

**Whom to vote for.** Five logs, by the terms of their entries: 1 1 2 · 1 1 · 1 1 3 · 1 · 1 1 2. Who may win term 4? Look at the last
entry first: the third log ends in 3, nobody's is newer, and it can get all five votes. Of two that end in the same term the longer one is ahead: 1 1 2 can get
four, all but that of the third. 1 1 can get two, its own and that of 1: too few. So a node that lacks what a majority has finds no majority.

**When is it certain?** An entry is *committed* when no later leader can be without it. Until then nobody is told. That a majority holds
it sounds like enough: any later leader needs a majority's votes, and one of those voters has the entry. This is where you predict.

Split votes happen: two candidates, two votes each of four. They wait a random time and ask in the next term. And *split brain*, two who think that they lead, is
what terms are for: the older one hears a higher term, and stops.

*A weak answer sounds like this: "We use a distributed lock with a timeout." What does an owner do that was stopped between its check and its write?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day10")

# %% [markdown]
"""
## 2 Predict

Three nodes. A vote goes to logs that are at least as up to date. An entry counts as committed as soon as two of the three have
it. A program tries *every* order of events, with any nodes out of reach. An election with all its votes is one event; so is an entry that a
leader appends, and so is a leader's log sent to one follower. After how many events, at least, is an entry
lost that had been called committed? Write a number, or 0 for never; it is locked when you run the cell.
"""

# %% [predict]
guess = 0  # events in the shortest such schedule; 0 if there is none
prediction = predict("day10", "events until a committed entry is lost", guess, between=(0, 30), unit="events")

# %% [markdown]
"""
## 3 Run

Every schedule, shortest first. It takes a few seconds, since there are some forty thousand states to see.
"""

# %% [demo]
from course.days.day10_leases_and_consensus.pictures import logs, none_at_all, shortest

reveal(prediction, len(shortest().schedule), unit="events", plot=logs())

# %% [demo]
for number, event in enumerate(shortest().schedule, start=1):
    print(number, event)
print(
    "with the finished rules:",
    none_at_all().broke or "nothing is lost in",
    f"{none_at_all().states:,} states",
)

# %% [markdown]
"""
Read it slowly. In event 6 the leader of term 4 brings an old entry, of term 2, to a second node. Two of three have it. But node 1
holds an entry of term 3, which is newer, so node 1 can still win, by its own vote and that of node 0. It does, and its log lacks the entry.
The paper tells it with five servers, as figure 8; three will do. By chance you would hardly meet it: of schedules of fourteen random events about one in 1,400 shows it.

Now the pause, with two real processes and one SQLite file. One is stopped by a signal between its check and its write.
"""

# %% [demo]
from course.days.day10_leases_and_consensus.paused import story

print("a store that asks nobody", *story(fenced=False), sep="\n")
print("a store that compares tokens", *story(fenced=True), sep="\n")

# %% [markdown]
"""
The other defence is a *margin*: by its own clock an owner stops so much before its lease ends, and by its own clock the service waits so much
longer before it grants again. It helps where two clocks disagree.
"""

# %% [demo]
from course.days.day10_leases_and_consensus.pictures import margins

margins()

# %% [markdown]
"""
Beyond two and a half seconds the clocks are paid for: that is the jump, and the drift of one lease. What is left are pauses: five or six writes a day,
and no margin gets rid of them.

What a majority costs, by the number of nodes:
"""

# %% [demo]
from course.systems.cluster.ownership import MINUTES_A_YEAR, grant_ms, without_majority

for nodes in (3, 4, 5, 7):
    away = without_majority(nodes, 0.002, 0.0) * MINUTES_A_YEAR
    print(
        f"{nodes} nodes  {away:7.3f} minutes a year without a majority   a grant within {grant_ms(nodes):4.1f} ms"
    )

# %% [markdown]
"""
Five grant faster than three. The leader needs two more votes of four: one comes from its own region, and the other from the faster of *two* nodes in the next. Of
three nodes one is there, and its slow moments count. Four are worse than three, since any two that are away end them, and they cost a machine.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · A fence (10 minutes, 3 points, about 5 lines)

The store's side. It is asked before each write.

> hint: `self.highest.get(resource, 0)` is the highest so far; tokens begin at 1.
> hint: Look first, then keep. `type(token) is not int` is also true of True.
"""

# %% [exercise]
from course.systems.cluster.fence import Fence  # implement: accept

# %% [check] points=3
from course.days.day10_leases_and_consensus.checks import check_fence

check_fence(Fence)

# %% [markdown]
"""
### Exercise 2 · A vote (20 minutes, 5 points, about 9 lines)

A function of what a voter has on disk and what it is asked. What it returns must be on disk before the answer leaves: a vote that is forgotten
makes two leaders within three events.

> hint: Three cases by term: older, newer, the same. Only a newer one changes `term`, and it frees the vote.
> hint: Tuples compare from left to right: `(last term, length)` of the one against that of the other.
"""

# %% [exercise]
from course.systems.cluster.election import grant_vote  # implement

# %% [check] points=5
from course.days.day10_leases_and_consensus.checks import check_vote

check_vote(grant_vote)

# %% [markdown]
"""
### Exercise 3 · What is committed (20 minutes, 4 points, about 5 lines)

The leader's side. `match` says how much of its log each follower shares. One sentence of the docstring leaves you a choice; section 3 has shown you what
hangs on it, and it has a price as well: what must happen before an old entry can be called committed?

> hint: Put the leader's own length among the others, sort, and take the one that more than half have.
> hint: The terms of a log never fall, from first to last.
"""

# %% [exercise]
from course.systems.cluster.commit import commit_index  # implement

# %% [check] points=4
from course.days.day10_leases_and_consensus.checks import check_commit

check_commit(commit_index)

# %% [markdown]
"""
## 5 Break

Leases of 20 s, a margin of half a second, three nodes in three regions, and your own code. These are the promises:
"""

# %% [demo]
from course.days.day10_leases_and_consensus.faults import PROMISES, under
from course.notebook.breaking import promised

promised(PROMISES)

# %% [markdown]
"""
And these are the faults:

| fault | what happens |
| --- | --- |
| clocks drift apart by 2% | 0.4 s in a lease |
| owners pause for seconds | four tenths on the median, with a long tail |
| clocks drift apart by 5% | a whole second in a lease |
| a clock jumps by two seconds | for ten leases a day |
| a region is away for four hours a year | with all nodes in it |
| regions are three times as far | every round trip |
| an old leader comes back | all schedules of three nodes, with your two rules |

Choose *one* and say which promise it breaks; the guess is locked when you run the cell. Then try the others. The last column shows the same for a
store that has no fence.
"""

# %% [predict]
guess = "one writer at a time"  # one of "one writer at a time", "an owner again",
# "a majority is there", "a grant is quick", "what is committed stays", "none"
fault = "owners pause for seconds"  # or "clocks drift apart by 2%", "clocks drift apart by 5%",
# "a clock jumps by two seconds", "a region is away for four hours a year",
# "regions are three times as far", "an old leader comes back"
promises = (*(promise.name for promise in PROMISES), "none")
expected = predict("day10", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
under(fault, expected, Fence, grant_vote, commit_index)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *Clocks drift apart by 2%.* Nothing breaks: 0.4 s of a lease are less than the margin.
- *Owners pause for seconds.* Nothing breaks with your fence. Without it some seven writes a day come from owners that were replaced while they were stopped.
- *Clocks drift apart by 5%.* Nothing breaks with your fence. Without it the margin is half a second too small: ten writes for each owner that dies, twenty times a day.
- *A clock jumps by two seconds.* Nothing breaks with your fence; without it a thousand writes a day.
- *A region is away for four hours a year.* Nothing breaks, just: ten minutes were promised, and nearly all of them are used.
- *Regions are three times as far.* A grant is not quick any more: the second vote of three comes from another region, whatever you do.
- *An old leader comes back.* If you count every entry that a majority has, a committed entry is lost after seven events. If you let entries of earlier terms wait
  until one of your own term is shared, none is; the price is that a new leader has to append something, a *no-op entry*, before it can say what is committed.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on the ten thousand shards, with *your* fence at the store.
You have three controls: the lease, the margin, and the nodes of the lock service. Before each run you predict the number that the
interviewer names; without a prediction nothing runs. A round that you passed must still pass when the next constraint comes, unless the
interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day10_leases_and_consensus.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, Fence, grant_vote, commit_index)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"A colleague says: we check the lease before each write, so we do not need tokens."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The check is true when it is made, and the write comes later: 6.7 wrong writes a day by pauses alone at a lease of 20 s, two hundred more
   where clocks drift by 5%. Tells the story of the stopped process, in its order.
2. *Trade-off, with a number.* A margin of 2.5 s pays for clocks, lengthens every gap by 2.5 s, and a jump of three seconds still passes. A
   token costs eight bytes and a comparison, and let the lease go down from 22 s to 7.
3. *Residual risk, with a mechanism.* Stores that cannot compare need a proxy before them, which then must survive its own restart; refusals are
   logged by owner, with an alarm at a hundred an hour, and its false alarms are owners that only paused. Who looks at it, and what is drained?

**A strong answer.** "Your check was true, and then the process was stopped. I ran it: two processes, one stopped by a signal between its check and its
write, and the late write went in. With leases of 20 s and pauses as we have them it is seven writes a day; if the clocks drift by 5% it is two hundred. A wider margin helps
against clocks: 2.5 s bought all of that, and it lengthens every gap by 2.5 s. It does nothing against pauses. A token does: each grant
counts up, the store keeps the highest that it has taken, and refuses what is lower. Then I do not trust any clock, so the lease could go from 22 s to 7, and
of 35,855 wrong writes a day none was taken. What is left are stores that cannot compare a number. There I put a proxy
in front, and ask what it knows after its own restart. And I do not know yet how many refusals are harmless, so I count them for a month before I set the alarm."

**A weak answer.** "We use a lock with a time-out of ten seconds." What stops the one whose time is out?
"""

# %% [spoken] [markdown] points=3
"""
**"It was on two of three nodes, and it is gone. How can that be?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* An entry of an earlier term: seven events, told in order. The node that won had a newer last entry, and got its votes by the rule.
   A majority has it is not the same as no later leader can lack it.
2. *Trade-off, with a number.* Only entries of the leader's own term are counted, and earlier ones with them. The price is a no-op entry after each election, one grant,
   19 to 27 ms at the 99th percentile, during which old entries wait.
3. *Residual risk, with a mechanism.* Disks that have not written what they acknowledged: a vote that is forgotten makes two leaders after three events. A check at the start, a
   node that doubts its disk must not vote; logs are compared by hash in the background, with an alarm.

**A strong answer.** "It was of an earlier term. Node 0 leads in term 2 and appends; node 1 is elected in term 3 and appends something else; node 0 comes back in
term 4 and copies its old entry to node 2. Now two of three have it, and we called it committed. But node 1 ends in term 3, which is newer than 2, so
node 0 votes for it, and it leads without the entry. Seven events; a program that tries all schedules finds it, and random tests hardly do. The rule is to count only
entries of one's own term; what stands before them is committed with them. So a new leader appends a no-op, one grant, 19 ms with five
nodes, and until then it does not say what is committed. What remains is the disk: if a node forgets its vote, there are two leaders after
three events. A node that cannot trust its disk has to come back as a new member."

**A weak answer.** "Raft guarantees that." Which rule, and of which entries?
"""

# %% [markdown]
"""
## 8 Recap

- A lease says until when. It cannot say that its owner is still running.
- A fencing token lets the store decide by comparing two numbers, without a clock.
- Two majorities share a member; one vote a term, for a log that is at least as up to date.
- On a majority is not yet committed: an entry of an earlier term waits for one of the leader's own.
- A margin pays for clocks with seconds of every gap; it does not pay for pauses.

**Flash question.** A minority of two, of five nodes, is cut off, and the old leader is one of them. What may it do, and what may it not?

<details><summary>Answer</summary>It may append to its own log and answer what needs no agreement. It commits nothing, since it hears from two of five, so it may acknowledge no write; and it must not serve a read as the
latest (a <i>linearizable read</i>), unless it has asked a majority or holds a lease that no newer leader can overlap. When it hears a higher term it steps down, and what it had appended may be
overwritten.</details>

### Words

> word: lease: ownership until a certain time; it is renewed, or it runs out.
> word: fencing token: a number that grows with each grant; a store refuses lower ones than it has taken.
> word: majority: more than half of the nodes (a quorum); any two of them share a node.
> word: term: a number that grows with each election; it says which of two leaders is the newer one.
> word: leader: the node that appends entries and sends them to its followers.
> word: candidate: a node that asks for votes in a new term.
> word: committed: on so many nodes, by such a rule, that no later leader can be without it.
> word: split vote: nobody got a majority; the next term decides, after a random wait.
> word: split brain: two nodes that both think they lead.
> word: no-op entry: what a new leader appends so that it can say what is committed.

**Further reading.** Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (USENIX ATC 2014), sections 5 and 8 · Gray and Cheriton, *Leases* (SOSP 1989) ·
Burrows, *The Chubby Lock Service* (OSDI 2006) · Kleppmann, *How to Do Distributed Locking* (2016) · Howard and Mortier, *Paxos vs Raft* (2020). How members join and leave a cluster that is running, by
*joint consensus*, is in chapter 4 of Ongaro's thesis (2014).

**The limit that the next day removes.** A key can be found, kept and owned. Nobody has yet asked for what is *in* the values. The mock round on its own page, a global rate limiter, comes first: `course mock 2`.
"""
