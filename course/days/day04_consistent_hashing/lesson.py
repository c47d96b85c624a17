# %% [markdown]
"""
## 1 Brief

*"I have a cache in front of a database: two dozen servers, and clients that must find the right one without asking
anybody. Servers come and go. Where does a key live?"*

| what | number |
| --- | --- |
| cache servers | 24, later 240 |
| reads that the cache answers | 95% |
| reads that the database can serve | 8% of all |
| busiest server, as a multiple of its fair share | at most 1.4× |

A client needs a rule that turns a key into a server, the same rule on every client. The shortest is
`hash(key) % 24`: it spreads keys well and needs no memory. Then one server joins, and the rule becomes
`hash(key) % 25`. The remainders by 24 and by 25 agree for one key in twenty-five; each of the other twenty-four finds
another server, where it has never been. Such a read is *cold*: it misses the cache and goes to the database, which was
bought to serve eight reads in a hundred. The change was meant to add capacity. For the next minutes it takes away the
whole cache.

What is the least that has to move? The new server must end with one key in twenty-five, and those must come from
somewhere. So one in twenty-five is the floor, and a good rule moves that and nothing else: every key that does not go
to the newcomer stays.

**A rule that reaches the floor.** Bend the numbers from 0 to 99 into a *ring*, so that 0 follows 99. Three servers stand
on it: A at 10, B at 40, C at 75. A key stands where its own hash says, and belongs to the first server at or after it,
clockwise. The key at 20 goes to B, the key at 41 to C, and the key at 80 to A, around the end. So A owns the *arc* from
76 to 10, which is 35 of 100 numbers, B owns 30 and C 35. Now D joins at 60. It takes 41 to 60 from C, twenty numbers, and
nobody else notices. When D dies, those twenty fall to its successor C, and again nobody else notices. The real ring has
2⁶⁴ numbers; the hash that places keys also places the servers, by their names. That is *consistent hashing*.

![A ring with three servers at two points each; a key belongs to the next point clockwise. When D joins, two arcs move to D and every other key stays.](ring.svg)

Two things are still wrong with it.

**Balance.** Random points cut a ring into very unequal arcs; you are about to guess how unequal. The cure is to give each
server many points, say a hundred, at the hashes of `A#0`, `A#1` and so on. Its share is then a sum of many small arcs, and
luck averages out. Such points are called *virtual nodes*. The *excess*, which is how far the busiest server lies above
its fair share, falls with the square root of their number: half the excess takes four times the points. Points also give
*weights*: a server of double size gets twice as many. And they cost memory. A point is a position of eight bytes and a
server's index of four, and every client keeps all of them: 24 servers at 100 points make 28 KiB, which is nothing, and 240
servers make ten times that, which is something on a phone.

**Popularity.** Points divide keys, not requests, and one key has one position. If that key is a celebrity (a *hot key*), its
server is overloaded whatever the number of points. The cure is a *bounded load*: no server takes more than, say, a
quarter over its fair share, and a request that finds its server full walks on, clockwise, to the first with room. Vimeo
built this into HAProxy with a factor of {facts.BOUNDED_LOAD_FACTOR}, and reported that the bandwidth of its shared cache
fell almost {facts.BOUNDED_LOAD_SAVING}; HAProxy's manual suggests {facts.HAPROXY_BALANCE_LOW} to
{facts.HAPROXY_BALANCE_HIGH}. One thing to notice: who knows that a server is full? HAProxy does, because it is one proxy
through which all requests pass, and it counts those that are being served right now. A thousand clients that place keys by
themselves do not know. Ask for it before you promise a bound.

**And if a server dies?** Its keys have a new owner at once, by the same rule, without a word being said. But the new owner
has none of their values. If a copy of each key is kept by a second server, the reads can stay warm. *Which* second server?
The rule can be chosen freely, every client must be able to work it out alone, and one of the choices is worth nothing. You
will make it in exercise 4, and section 6 will charge for it.

What does all this cost? At {facts.MACHINE_HOUR_USD} a machine, 24 cache servers are some $170,000 a year, and a second
copy of everything is that much again, or half of the cache.

*A weak answer sounds like this: "We use consistent hashing, so the load is balanced and only few keys move." Which
share moves, to whom, and how unbalanced is the busiest server?*
"""

# %% [setup]
from course.notebook import predict, reveal, start

start("day04")

# %% [markdown]
"""
## 2 Predict

Put 24 equal servers on a ring, one random point each. A fair share is 1/24 of the ring. How many times its fair share
does the *busiest* server own, on average over many such rings? Write a number; it is locked when you run the cell.
"""

# %% [predict]
guess = 1.5  # times the fair share: 1 is perfectly even
prediction = predict("day04", "busiest of 24 servers, one point each", guess, between=(1, 24), unit="×")

# %% [markdown]
"""
## 3 Run

The finished ring at work. The first cell adds a 25th server by three rules and counts what moved. `jump` is jump
consistent hash, which needs no table at all; its price is that servers can only be added or removed at the end of the
list, so a server in the middle cannot die.
"""

# %% [demo]
from course.systems.cluster.ring import HashRing as Finished
from course.systems.cluster.ring import moved_share as finished_share
from course.days.day04_consistent_hashing.pictures import KEYS, by_jump, by_modulo

ring = Finished(vnodes=100)
for i in range(24):
    ring.add(f"cache-{i}")
before = {key: ring.lookup(key) for key in KEYS}
ring.add("cache-24")
after = {key: ring.lookup(key) for key in KEYS}
print(f"modulo  moved {finished_share(by_modulo(24), by_modulo(25)):6.1%}")
print(f"jump    moved {finished_share(by_jump(24), by_jump(25)):6.1%}")
print(f"ring    moved {finished_share(before, after):6.1%}   (on average 1/25)")

# %% [demo]
from course.days.day04_consistent_hashing.pictures import busiest_of, spread

reveal(
    prediction, busiest_of(24, vnodes=1), unit="×", plot=spread(24, counts=(1, 2, 4, 8, 16, 32, 64, 128, 256))
)

# %% [markdown]
"""
The longest of *n* random arcs is on average the sum 1 + 1/2 + … + 1/n times the fair one: it *grows* with the number of
servers. Virtual nodes beat that, slowly: compare 16 points with 64, and 64 with 256. Each value is a mean over forty
rings; one ring of your own has its own luck, and the interview plays on one ring, as a real fleet does.

Points do a second thing, which is easily forgotten. Let the busiest server die, and see who takes over.
"""

# %% [demo]
from course.days.day04_consistent_hashing.pictures import heirs

for vnodes in (1, 10, 100):
    count, largest = heirs(24, vnodes)
    print(f"{vnodes:>4} points: {count:4.1f} servers take over; the one that takes most gets {largest:.0%}")

# %% [markdown]
"""
With one point the whole load of the dead falls on one neighbour, which then dies too. With a hundred nearly everybody takes
a little. A ring without virtual nodes does not only balance badly, it fails in a row.
"""

# %% [markdown]
"""
## 4 Implement

### Exercise 1 · What moved? (8 minutes, 2 points, about 6 lines)

Before you build a ring, build the instrument that judges it. Counting keys misleads: a cache does not serve keys,
it serves *requests*, and they are skewed. `moved_share` weighs each key by its load.

> hint: Run over `before`. Two sums are enough: all load, and the load of the keys whose owner is another one.
> hint: `after.get(key)` is `None` for a key that was lost, and `None` is not its old owner. `load.get(key, 0.0)` does the same for a key without requests.
"""

# %% [exercise]
from course.systems.cluster.ring import moved_share  # implement

# %% [check] points=2
from course.days.day04_consistent_hashing.checks import check_moved

check_moved(moved_share)

# %% [markdown]
"""
### Exercise 2 · The ring (25 minutes, 5 points, about 12 lines)

The class comes with its storage, `remove` and `place`. You write how a server joins and how a key finds its owner. Two
things make it a ring and not a list: the points stay sorted, and after the last comes the first. Look-ups happen
millions of times a second, joins once a week: pay at the join.

> hint: `add`: check first, change afterwards. Build the new `(position, node)` pairs, put them in, sort once.
> hint: `lookup`: points are sorted pairs, so bisect them with a pair: the key's position and `""`, which sorts before every name. The index may be one past the end.
"""

# %% [exercise]
from course.systems.cluster.ring import HashRing  # implement: add, lookup

# %% [check] points=5
from course.days.day04_consistent_hashing.checks import check_ring

check_ring(HashRing)

# %% [markdown]
"""
### Exercise 3 · Bounded loads (20 minutes, 3 points, about 12 lines)

Now requests, not keys: the same key may come a thousand times. Each server has a bound; a request that finds its server
full goes on clockwise. The function places a whole batch on *your* ring.

> hint: Work out each node's room first. Rounded up, the rooms together hold at least all requests, so the walk always ends. Rounded down, they may not.
> hint: The walk is an index into `ring.points` that grows while the node there has no room, taken modulo the number of points.
"""

# %% [exercise]
from course.systems.cluster.bounded_loads import bounded_owners  # implement

# %% [check] points=3
from course.days.day04_consistent_hashing.checks import check_bounded

check_bounded(HashRing, bounded_owners)

# %% [markdown]
"""
### Exercise 4 · Who else keeps it? (10 minutes, 2 points, about 9 lines)

A key is kept by several servers, so that one may die. The owner is one of them. Choose the others: the docstring says what
any choice must keep, and two good-looking ones keep it. The check accepts both. Before you write, ask for each: when the
owner dies, where do the clients look?

> hint: You need *different* servers, and one server stands at many points. Collect until there are enough, and never more than there are servers.
> hint: Whatever you choose must depend on the key and the ring alone. Python's `hash` is salted anew in each process, and two clients would disagree.
"""

# %% [exercise]
from course.systems.cluster.holders import holders  # implement

# %% [check] points=2
from course.days.day04_consistent_hashing.checks import check_holders

check_holders(HashRing, holders)

# %% [markdown]
"""
## 5 Break

Your ring makes three promises, on 24 servers with 100 points each, without a bound and with one copy:

| promise | limit |
| --- | --- |
| few keys move | at most a tenth of all keys change their owner |
| the even load | the busiest server is at most 1.4× its fair share |
| the database | reads that reach it, over what it can serve: at most 1.0× |

Choose *one* fault and say which promise it breaks first; the guess is locked when you run the cell. The next cell runs the
fault on your own code. A server that dies is the busiest; one that joins is empty. Then try the others.
"""

# %% [predict]
guess = "the database"  # one of "few keys move", "the even load", "the database", "none"
fault = "a server dies"  # or "a server joins", "sizes are mixed", "a celebrity key", "ten times the servers"
promises = ("few keys move", "the even load", "the database", "none")
expected = predict("day04", f"{fault}: which promise breaks", guess, choices=promises)

# %% [demo]
from course.days.day04_consistent_hashing.faults import under

under(fault, expected, HashRing, bounded_owners, holders)

# %% [markdown]
"""
<details><summary>Every fault, explained (open it when you have tried them)</summary>

- *A server dies.* Its share moves and no other key, so the first promise holds. But each of its reads is cold now, and the
  database was bought for the usual misses and little more. The load of the others stays even: the dead server had many
  heirs.
- *A server joins.* The same arithmetic. One key in twenty-five moves to a server that is empty, so as many reads are cold as
  when one dies. Adding capacity is an incident too, if you do it at peak; warm the newcomer first.
- *Sizes are mixed.* Nothing breaks: points follow size, so every server takes its share by size. A hundred points are enough
  for that. With few points the small servers, which have half of them, would have the worst luck.
- *A celebrity key.* One key has one owner. No number of points helps, and the load is uneven at once; the database does not
  notice, since a hot key is a hit.
- *Ten times the servers.* The luck of each server stays as it was, but the busiest of 240 is a rarer draw than the busiest of
  24, and it crosses the limit. The table has grown tenfold meanwhile, which no promise here speaks of.

</details>
"""

# %% [markdown]
"""
## 6 Escalate

Eight minutes come first, without a knob: what you would ask, three numbers, interface and data, the path of a request.
Then the interviewer has six constraints. Each is measured on your ring, one fleet with its own luck. You have four
controls: points a server, who finds the server of a key, the bound, and the number of servers that hold each key. Before
each run you predict the number that the interviewer names; without a prediction nothing runs. A round that you passed
must still pass when the next constraint comes, unless the interviewer gives something back.
"""

# %% [interview] points=2
from course.days.day04_consistent_hashing.interview import SCENARIO
from course.notebook import interview

interview(SCENARIO, HashRing, bounded_owners, holders)

# %% [markdown]
"""
## 7 Explain

Answer as you would speak: three short paragraphs, about two minutes. Use numbers that you measured above.
"""

# %% [spoken] [markdown] points=3
"""
**"One of your largest cache servers dies at peak. Talk me through the next sixty seconds, and what you would have done
a month earlier."**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* The dead server's share of the requests moves, no other key does, and every one of those
   reads is cold: from round 3 or the table of section 5, the database goes from under its limit to about one
   and a half times what it can serve.
2. *Trade-off, with a number.* A second copy on the next server clockwise, exactly where the keys will be looked for,
   brings the database back under 1.0 at the price of double cache memory; or fewer, smaller servers, or a database with
   headroom for one death, priced.
3. *Residual risk, with a mechanism.* What if two die, or the copy is stale, or the survivors run hot? Names the component
   that sheds load: its input (database queue or miss rate), its threshold, what is logged, and the share of good requests
   that it refuses wrongly, to be measured. Says what is not known (correlated deaths, for one).

**A strong answer.** "Only the dead server's keys move; a double-size machine among 24 mixed ones had about 8% of the
requests. All of those were hits and are misses now, so database reads go from 5% to more than 12% of traffic, and I
bought 8%. With one copy it is over by half and more within
seconds. So each key lives on two servers, the second being the successor,
because that is where clients look next; I measured that the database stays where it was. It costs me the same memory
again. What is left: two neighbours dying together, and a copy that missed an invalidation. A limiter in front of the
database admits 8% of the request rate and refuses the rest for a minute; I would log each refusal, and measure in a
drill how many of them the database could have served."

**A weak answer.** "Consistent hashing makes sure that only few keys move, so the other servers take over." It is weak
because the few keys are all cold, nobody counted them, and the database is not mentioned.
"""

# %% [spoken] [markdown] points=3
"""
**"One key now takes six requests in a hundred. A colleague proposes to double the virtual nodes. What do you say, and
what do you propose?"**

---rubric---
**Rubric** (one point each)

1. *Diagnosis, with a number.* One key has one position, so points cannot split it: the busiest server measured about the
   same with more points (round 5 with no bound: above 2.3 times its share, at 60 points and at 200).
2. *Trade-off, with a number.* A bound holds the busiest at the factor chosen and pushes requests on: about one in thirty
   was handed on, most of them for other keys, and each lands cold. A tighter bound costs more database reads.
   Alternatives priced the same way: copy the hot key to several servers, or a small cache in the client.
3. *Residual risk, with a mechanism.* The bound needs the load of each server: says how clients know it and how stale it
   may be. If copies of a personal or withdrawn item spread with the overflow, a deletion must reach them: the component
   that invalidates, its deadline, its log, and its rate of needless invalidations.

**A strong answer.** "Doubling the points halves the variance of the arcs and does nothing to one key: its server stayed
above 2.3 times its share, whatever I set. I would bound each server at one and a half times its share. About 3% of
requests then walk on, and most are neighbours' keys that were pushed out, so database reads rose from 1.51 to 1.63 of
what it serves with one copy, and a bound of 1.25 would take them to 1.72. If that is too much I copy this one key
everywhere, since I can name it. What remains is that the bound acts on a load report; if reports are ten seconds old, a
spike shorter than that is invisible, and I do not know our spikes."

**A weak answer.** "More virtual nodes spread the load better." True of keys, false of one key.
"""

# %% [markdown]
"""
## 8 Recap

- A ring moves only the newcomer's share; modulo moves nearly everything.
- One point a server: the busiest owns the harmonic number times its share, and that grows with the fleet.
- *v* points a server: the excess falls as 1/√v, and the client's table grows as v.
- Weight is points. Popularity is not: bound the load and pay in cold reads.
- A node's death costs its own share, all of it cold; a copy on the next other server is where keys will be looked for.

**Flash question.** You run 24 servers with 100 points each and go to 2,400 servers. What happens to the excess of the
busiest server, and to the table?

<details><summary>Answer</summary>The excess nearly doubles, from about 0.20 to about 0.35. The luck of one server is set by
its own points and stays as it was; but the busiest of 2,400 is a rarer draw than the busiest of 24. (The rule of thumb
√(2 ln n) / √points says 0.25 and 0.39: it is a bound for large n, and too high for both.) The table grows a hundredfold.
That is why large fleets take fewer points and a bound, or jump hash where servers are numbered and never vanish from the
middle.</details>

### Words

> word: consistent hashing: a rule from keys to servers under which a change of one server moves only its own share of the keys.
> word: virtual node: one of the many points at which a server stands on the ring. A server's share is the sum of their arcs.
> word: arc: the part of the ring between a point and the one before it; its keys belong to the point.
> word: excess: how far the busiest server is above its fair share: 0.2 means a fifth too much.
> word: hot key: one key with a large part of all requests. Points cannot split it.
> word: bounded load: no server takes more than a fixed factor of its fair share; a request that finds it full walks on.
> word: cold: a read that finds nothing where it lands, and goes to the database.
> word: weight: how many times a normal server's share a server takes; it has as many times the points.

**Further reading.** Karger and others, *Consistent Hashing and Random Trees* (STOC 1997), which had several points a
server already · Stoica and others, *Chord* (SIGCOMM 2001), section 6.2, on virtual nodes · DeCandia and others, *Dynamo*
(SOSP 2007), section 4.2 · Mirrokni, Thorup and Zadimoghaddam, *Consistent Hashing with Bounded Loads* (arXiv 1608.01350)
· Lamping and Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm* (arXiv 1406.2294).

**The limit that the next day removes.** The second copy saved your database, and nobody asked whether the two copies
agree. Tomorrow they will not.
"""
