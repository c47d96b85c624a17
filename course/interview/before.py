"""Before the knobs: clarify, estimate, interface and data, path. Eight minutes, then locked, then compared.

The third field is text, a line each: typed calls, and facts with who owns them, under which key, and where they are used ::

    lookup(key: str) -> server: str
    ring table: client, key server
    load of a server: router, key server, used at router

The fourth is text too, edges from node to node; ``×n`` marks a node that has copies, a comma alternatives ::

    client -> router ×3 -> cache ×24 -> database

What is checked is no taste: every fact is stored somewhere on the path and has a key, what is used at a node is owned
there or one edge away, and a node without copies or another in its place is single.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MINUTES = 8
"""Minutes for the four fields."""
NODES, NAME = 40, 48
"""Most nodes of a path that is drawn, and most characters of a node's name."""


@dataclass(frozen=True)
class Estimate:
    """One number to estimate, right within a factor ``within`` of the model's ``answer``.

    What it takes is ``given`` in a sentence, or is the answer to the clarifying questions ``asks``. ``how`` is the
    arithmetic, shown afterwards: ``24 × 60 × 12 B``.
    """

    name: str
    unit: str
    answer: float
    within: float = 2.0
    given: str = ""
    asks: tuple[str, ...] = ()
    how: str = ""

    def right(self, value: float) -> bool:
        return self.answer / self.within <= value <= self.answer * self.within


@dataclass(frozen=True)
class Before:
    """The reference's part: three ``estimates``, and the third and fourth field as the reference would write them. The
    questions that the first is compared with are the scenario's own, :attr:`Scenario.clarify`."""

    estimates: tuple[Estimate, ...]
    data: str
    path: str


@dataclass(frozen=True)
class Plan:
    """What a player wrote: the four fields as text and numbers, the ``seconds`` it took, and the state: ``""`` while it
    is open, ``"locked"``, or ``"skipped"``. ``since`` is when the clock was started, in seconds of the epoch."""

    clarify: str = ""
    estimates: Mapping[str, float] = field(default_factory=dict)
    data: str = ""
    path: str = ""
    state: str = ""
    seconds: float = 0.0
    since: float | None = None

    @property
    def done(self) -> bool:
        """Whether the knobs are free."""
        return self.state in (LOCKED, SKIPPED)


LOCKED, SKIPPED = "locked", "skipped"
NO_PLAN = Plan()


# ── the path ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Path:
    """Nodes in the order in which they were first named, each with whether it has copies, and edges between them."""

    nodes: Mapping[str, bool]
    edges: tuple[tuple[str, str], ...]

    def named(self, text: str) -> str | None:
        """The node that ``text`` names: case, copies and a plural do not matter."""
        wanted = _same(text)
        return next((node for node in self.nodes if _same(node) == wanted), None)

    @property
    def sources(self) -> list[str]:
        """The first node, and those that nothing leads to: whom the system is for, and what feeds it."""
        entered = {end for _, end in self.edges}
        return [node for at, node in enumerate(self.nodes) if at == 0 or node not in entered]

    @property
    def single(self) -> list[str]:
        """Nodes without copies and without another between the same ones: their loss cuts the path."""
        return [
            node
            for node, copies in self.nodes.items()
            if not copies and node not in self.sources and self._alone(node)
        ]

    def _alone(self, node: str) -> bool:
        """Whether no other node stands between the same ones: what is written between commas may stand in for another."""

        def around(place: str) -> tuple[set[str], set[str]]:
            return {start for start, end in self.edges if end == place}, {
                end for start, end in self.edges if start == place
            }

        return not any(other != node and around(other) == around(node) for other in self.nodes)

    def meets(self, one: str, other: str) -> bool:
        """Whether an edge joins two nodes, in either direction."""
        return one == other or (one, other) in self.edges or (other, one) in self.edges


_ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_COPIES = re.compile(r"\s*(?:×|\s[x*])\s*(?:\d[\d,]*|[a-zA-Z])\s*$")


def read_path(text: str) -> Path:
    """The path that ``text`` says; what is no edge is passed over, as are nodes beyond :data:`NODES`."""
    names: dict[str, str] = {}
    copies: dict[str, bool] = {}
    edges: dict[tuple[str, str], None] = {}
    for chain in re.split(r"[\n;]+", text):
        before: list[str] = []
        for step in _ARROW.split(chain.strip()) if chain.strip() else []:
            now = []
            for part in _alternatives(step):
                plain = _COPIES.sub("", part).strip()[:NAME]
                if not plain or (_same(plain) not in names and len(names) >= NODES):
                    continue
                node = names.setdefault(_same(plain), plain)
                copies[node] = copies.get(node, False) or bool(_COPIES.search(part))
                now.append(node)
            edges |= {(start, end): None for start in before for end in now if start != end}
            before = now or before
    return Path(copies, tuple(edges))


def _alternatives(step: str) -> list[str]:
    """The parts of a step between commas that stand in no brackets."""
    return [part.strip() for part in re.split(r",(?![^()]*\))", step)]


def _same(name: str) -> str:
    """A name without what makes no difference."""
    plain = re.sub(r"\s*\(.*\)", "", _COPIES.sub("", name)).lower().split()
    return " ".join(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in plain
    )


# ── interface and data ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Call:
    """One call of the interface as it was written, and what its types lack ("" where nothing)."""

    text: str
    lacks: str


@dataclass(frozen=True)
class Fact:
    """One kind of state: who owns it, its key, and the nodes where it is used."""

    name: str
    owner: str = ""
    key: str = ""
    used_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Data:
    calls: tuple[Call, ...]
    facts: tuple[Fact, ...]


_CALL = re.compile(r"^[\w.]+\s*\((?P<given>.*)\)\s*(?:->\s*(?P<result>\S.*))?$")


def read_data(text: str) -> Data:
    """The calls and facts that ``text`` says, a line each."""
    calls, facts = [], []
    for line in filter(None, (line.strip(" -*\t") for line in text.splitlines())):
        found = _CALL.match(line)
        if found:
            given = [part for part in re.split(r",(?![^\[(]*[\])])", found["given"]) if part.strip()]
            untyped = [part.strip() for part in given if ":" not in part]
            lacks = (
                f"a type for {', '.join(untyped)}" if untyped else "" if found["result"] else "a result: -> …"
            )
            calls.append(Call(line, lacks))
        else:
            facts.append(_fact(line))
    return Data(tuple(calls), tuple(facts))


def _fact(line: str) -> Fact:
    name, _, rest = line.partition(":")
    owner = key = ""
    used: list[str] = []
    using = False
    for part in filter(None, (part.strip() for part in rest.split(","))):
        if found := re.match(r"(?:used|known) (?:at|by|in) (.+)", part, re.IGNORECASE):
            used, using = [*used, found[1]], True
        elif found := re.match(r"(?:key|by|keyed by)(?: (.+)|$)", part, re.IGNORECASE):
            key, using = found[1] or part, False
        elif using:
            used.append(part)
        else:
            owner = owner or re.sub(r"^owner ", "", part, flags=re.IGNORECASE)
    return Fact(name.strip(), owner, key, tuple(used))


# ── what is checked ─────────────────────────────────────────────────────────────────────────────────────────


def remarks(data: Data, path: Path) -> list[str]:
    """What does not fit together, a sentence each; empty where all of it does."""
    return list(_remarks(data, path))


def _remarks(data: Data, path: Path) -> Iterator[str]:
    if not path.edges:
        yield "The path has no edge: write it as client -> router -> cache."
    if not data.calls:
        yield "No typed call: write one as lookup(key: str) -> server: str."
    for call in data.calls:
        if call.lacks:
            yield f"“{call.text}” lacks {call.lacks}."
    if not data.facts:
        yield "No fact has an owner: write one as ring table: client, key server."
    for fact in data.facts:
        if not fact.owner:
            yield f"“{fact.name}” has no owner: who stores it?"
            continue
        owner = path.named(fact.owner)
        if owner is None:
            yield f"“{fact.name}” is stored at “{fact.owner}”, which is not on your path."
        if not fact.key:
            yield f"“{fact.name}” has no key: by what is it found?"
        for place in fact.used_at:
            node = path.named(place)
            if node is None:
                yield f"“{fact.name}” is used at “{place}”, which is not on your path."
            elif owner is not None and not path.meets(owner, node):
                yield f"“{fact.name}” is used at “{node}” and known at “{owner}”: no edge brings it there."


# ── comparing ───────────────────────────────────────────────────────────────────────────────────────────────


def covered(text: str, questions: Sequence[tuple[str, str]]) -> list[str]:
    """For each of ``questions`` (each with its answer) the sentence of ``text`` that comes nearest to it, "" where none
    does: a word that no other question has counts 2, one of the answer or of several questions 1, and 2 are enough."""
    sentences = [part.strip() for part in re.split(r"(?<=[?.!;])\s+|\n+", text) if part.strip()]
    own = [_content(question) for question, _ in questions]
    said = [_content(answer) for _, answer in questions]
    found = []
    for place, (words, answer) in enumerate(zip(own, said, strict=True)):
        others = set[str]().union(*(each for number, each in enumerate(own) if number != place))
        best, most = "", 1
        for sentence in sentences:
            heard = _content(sentence)
            score = (
                2 * len(heard & (words - others))
                + len(heard & words & others)
                + len(heard & answer - words - others)
            )
            if score > most:
                best, most = sentence, score
        found.append(best)
    return found


_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """about also and any are can could does for from has have how into its long many may more much need one only our
        same should some such than that the their them then there they this what when where which while who will with
        would you your""",
    )
)


def _content(text: str) -> set[str]:
    """The stems of the words that carry meaning."""
    return {word[:5] for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in _EMPTY}


@dataclass(frozen=True)
class Guess:
    """One estimate beside the model's: ``value`` is None where none was given."""

    estimate: Estimate
    value: float | None

    @property
    def right(self) -> bool:
        return self.value is not None and self.estimate.right(self.value)

    @property
    def factor(self) -> float | None:
        """By what factor it missed, at least 1; None where no ratio exists."""
        if self.value is None or self.value <= 0 or self.estimate.answer <= 0:
            return None
        return math.exp(abs(math.log(self.value / self.estimate.answer)))


@dataclass(frozen=True)
class Compared:
    """A plan beside the reference's. ``asked`` holds for each of the scenario's questions the player's nearest sentence.

    ``without`` are what the reference's third and fourth field have and the player's lack.
    """

    asked: tuple[tuple[str, str, str], ...]
    guesses: tuple[Guess, ...]
    remarks: tuple[str, ...]
    single: tuple[str, ...]
    its_single: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def right(self) -> int:
        return sum(guess.right for guess in self.guesses)


def compare(plan: Plan, before: Before, questions: Sequence[tuple[str, str]]) -> Compared:
    """The plan beside the reference's four fields, and what each of it misses."""
    data, path = read_data(plan.data), read_path(plan.path)
    its_data, its_path = read_data(before.data), read_path(before.path)
    near = covered(plan.clarify, questions)
    said = _content(plan.data) | _content(plan.path)
    without = [f"“{fact.name}”" for fact in its_data.facts if not _content(fact.name) & said]
    without += [f"the node “{node}”" for node in its_path.nodes if not _content(node) & said]
    return Compared(
        tuple((question, answer, line) for (question, answer), line in zip(questions, near, strict=True)),
        tuple(Guess(each, plan.estimates.get(each.name)) for each in before.estimates),
        tuple(remarks(data, path)),
        tuple(path.single),
        tuple(its_path.single),
        tuple(dict.fromkeys(without)),
    )


# ── the gate ────────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN = frozenset({1, 2, 8, 10, 12, 24, 30, 60, 100, 365, 1000, 1024, 3600, 86_400, 1e6, 1e9, 1e12})
"""Numbers that nobody need give: units of time, of bytes, and powers of ten."""
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def problems(
    before: Before, opening: str, questions: Sequence[tuple[str, str]], known: Sequence[float]
) -> list[str]:
    """What is the matter with the reference's part, a sentence each with its mend. ``known`` are numbers that a player
    is shown elsewhere: loads and limits of the first round."""
    return list(_problems(before, opening, questions, known))


def _problems(
    before: Before, opening: str, questions: Sequence[tuple[str, str]], known: Sequence[float]
) -> Iterator[str]:
    if len(before.estimates) != 3:
        yield f"{len(before.estimates)} estimates before the knobs. Mend: ask for three numbers"
    if len(questions) < 3:
        yield f"{len(questions)} clarifying questions. Mend: answer at least three in the scenario's clarify"
    asked = dict(questions)
    for each in before.estimates:
        name = f"the estimate {each.name!r}"
        if not (each.unit and 0 < each.answer < math.inf and each.within > 1):
            yield f"{name} lacks a unit, a finite answer above 0, or a tolerance above 1. Mend: state them"
        for question in each.asks:
            if question not in asked:
                yield f"{name} needs the question {question!r}, which the scenario does not answer. Mend: add it to clarify"
        said = " ".join([opening, each.given, *(asked.get(question, "") for question in each.asks)])
        if not each.how:
            yield f"{name} does not say how it is reached. Mend: write the arithmetic into how"
        for value in _numbers(each.how.partition("=")[0]):
            if value not in (*_PLAIN, *known, *_numbers(said)):
                yield f"{name} takes {value:g}, which is neither given nor can be asked. Mend: say it in given, or name the question in asks"
    for remark in remarks(read_data(before.data), read_path(before.path)):
        yield f"the reference's own fields do not fit together: {remark} Mend: write them so that they do"


def _numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in _NUMBER.findall(text)]
