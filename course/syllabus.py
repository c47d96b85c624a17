"""The 40 days: the one table that everything reads. Standard library only."""

from dataclasses import dataclass

WEEKS = (
    "Numbers, partitions, copies",
    "Keeping it up",
    "Lexical search, and shipping it",
    "Vector search and ranking",
    "LLM inference",
    "Products around a model",
    "Training data as a safety system",
    "Traceable, contained, and the capstone",
)
DAYS_A_WEEK = 5


class NoSuchDay(LookupError):
    """What was asked for names no day of the course."""


@dataclass(frozen=True)
class Day:
    """One day: ``field`` is the library package it studies, ``difficulty`` runs from 1 to 5, ``builds_on`` holds the
    numbers of earlier days, ``outcomes`` completes "at the end you can …" three times."""

    number: int
    slug: str
    title: str
    field: str
    difficulty: int
    builds_on: tuple[int, ...]
    outcomes: tuple[str, str, str]

    @property
    def id(self) -> str:
        """``day04``: the assignment's name, and the folder that a learner works in."""
        return f"day{self.number:02d}"

    @property
    def package(self) -> str:
        """``day04_consistent_hashing``: the day's room under ``course/days``."""
        return f"{self.id}_{self.slug}"

    @property
    def notebook(self) -> str:
        """``day04/consistent_hashing.ipynb``, under ``notebooks``, ``solutions`` and ``work`` alike."""
        return f"{self.id}/{self.slug}.ipynb"

    @property
    def week(self) -> int:
        """1 to 8."""
        return (self.number - 1) // DAYS_A_WEEK + 1

    @property
    def week_title(self) -> str:
        return WEEKS[self.week - 1]


DAYS = (
    # ── Week 1 · Numbers, partitions, copies ────────────────────────────────────────────────────────────
    Day(1, "estimation", "Estimation", "simulate", 1, (), (
        "pace a 55-minute design round from clarifying questions to rollout",
        "size storage, bandwidth, memory and money from first principles",
        "name the resource that saturates first, and the load at which it does",
    )),
    Day(2, "queues_and_load", "Queues and load", "simulate", 2, (1,), (
        "say why waiting explodes near full utilisation, and where the knee is",
        "compute waiting times by Lindley's recursion and by Erlang's formula",
        "choose the number of servers that keeps p99 within its budget",
    )),
    Day(3, "partitioning", "Partitioning", "cluster", 2, (1,), (
        "choose between hash and range partitions for a workload",
        "split a range while it serves",
        "find hot keys in a stream in fixed memory, and salt them",
    )),
    Day(4, "consistent_hashing", "Consistent hashing", "cluster", 2, (3,), (
        "place keys so that a machine that joins or leaves moves only its share",
        "balance a ring with virtual nodes and bounded loads",
        "say what goes cold when a machine dies at peak, and what that costs the database",
    )),
    Day(5, "replication_and_quorums", "Replication and quorums", "cluster", 3, (2, 4), (
        "choose N, R and W for a stated staleness and availability",
        "detect conflicting writes with vector clocks and mend stale replicas on read",
        "say which guarantee hinted handoff gives up",
    )),
    # ── Week 2 · Keeping it up ──────────────────────────────────────────────────────────────────────────
    Day(6, "caching", "Caching", "cluster", 2, (1, 4), (
        "predict a hit rate from the shape of the traffic",
        "keep a scan from pushing out what is popular",
        "stop a stampede on an expired entry",
    )),
    Day(7, "tail_latency", "Tail latency", "simulate", 3, (2,), (
        "compute the tail of a fan-out from the tail of one server",
        "cut it by hedging within a budget of extra load",
        "divide a deadline among the calls that share it",
    )),
    Day(8, "overload", "Overload", "cluster", 3, (2,), (
        "admit by token bucket and shed by priority",
        "find a server's concurrency limit from its latency alone",
        "keep one tenant from starving the others",
    )),
    Day(9, "failure_handling", "Failure handling", "cluster", 3, (7, 8), (
        "bound retries so that a slow dependency stays merely slow",
        "open, probe and close a circuit breaker",
        "show a metastable failure and the change that cures it",
    )),
    Day(10, "leases_and_consensus", "Leases and consensus", "cluster", 5, (5, 9), (
        "fence off a paused process whose lease has run out",
        "decide votes and commits as Raft does",
        "say what a minority partition may and may not do",
    )),
    # ── Week 3 · Lexical search ─────────────────────────────────────────────────────────────────────────
    Day(11, "inverted_index", "Inverted index", "search", 2, (1,), (
        "build postings and compress them by gaps and varints",
        "intersect lists in time that the rarest term sets",
        "match phrases by positions, and state the price in bytes",
    )),
    Day(12, "bm25_top_k", "BM25 and top k", "search", 4, (11,), (
        "score with BM25 and say what each parameter changes",
        "keep the best k without sorting everything",
        "skip documents that cannot enter the top k, with the same answers",
    )),
    Day(13, "scatter_gather", "Scatter and gather", "search", 3, (5, 7, 12), (
        "merge the top k of many shards exactly, ties included",
        "answer within a deadline when a shard is slow or dead",
        "choose between document and term partitioning",
    )),
    Day(14, "real_time_updates", "Real-time updates", "search", 4, (11, 13), (
        "make a write searchable within a second without locking readers",
        "delete by tombstone and merge segments without a storm",
        "search a snapshot while the index changes under it",
    )),
    Day(15, "artifact_distribution", "Artifact distribution", "cluster", 3, (2, 4), (
        "bring half a terabyte to a thousand machines in little more than the time of one",
        "name bytes by their hash, so that nothing unverified is passed on or switched on",
        "release by stages, and price what a bad version costs before somebody notices",
    )),
    # ── Week 4 · Vector search and ranking ──────────────────────────────────────────────────────────────
    Day(16, "embeddings", "Embeddings", "search", 2, (1,), (
        "search vectors exactly, in blocks that fit the cache",
        "store embeddings by content so that nothing is embedded twice",
        "migrate to a new model without downtime",
    )),
    Day(17, "ivf_and_pq", "IVF and product quantisation", "search", 4, (16,), (
        "trade recall for vectors scanned with coarse cells",
        "compress a vector to a few bytes and search it compressed",
        "fit a billion vectors into a stated memory budget",
    )),
    Day(18, "hnsw", "HNSW", "search", 4, (16,), (
        "search a navigable graph and say what ef buys",
        "choose neighbours so that the graph stays connected",
        "state the price of deletes and of adversarial inserts",
    )),
    Day(19, "hybrid_retrieval", "Hybrid retrieval", "search", 3, (12, 18), (
        "fuse lexical and vector results by rank and by score",
        "filter by permission without losing recall",
        "say when a second retriever makes answers worse",
    )),
    Day(20, "llm_reranking", "LLM reranking", "search", 3, (12, 19), (
        "spend a reranking budget where it changes the order",
        "rank a list in windows, and measure position bias",
        "record each decision so that it can be explained later",
    )),
    # ── Week 5 · LLM inference ──────────────────────────────────────────────────────────────────────────
    Day(21, "anatomy_of_inference", "Anatomy of inference", "serving", 3, (1,), (
        "separate prefill from decode, and say which limit binds each",
        "compute the KV cache's bytes for a model and a context",
        "predict step time from a roofline",
    )),
    Day(22, "batching_front_door", "The batching front door", "serving", 4, (2, 8, 21), (
        "batch by tokens under a maximum wait",
        "carry a result from an asynchronous batch back to its caller, exactly once",
        "share a GPU fairly among tenants",
    )),
    Day(23, "continuous_batching", "Continuous batching", "serving", 4, (22,), (
        "schedule at each iteration rather than at each batch",
        "chunk a long prefill so that decodes keep their pace",
        "measure goodput under a latency objective, not throughput alone",
    )),
    Day(24, "paged_attention", "Paged attention", "serving", 4, (23,), (
        "allocate KV memory in blocks, and share them copy on write",
        "reuse a common prefix without leaking it between tenants",
        "choose whom to preempt when memory runs out",
    )),
    Day(25, "routing_and_autoscaling", "Routing and autoscaling", "serving", 4, (4, 8, 23), (
        "balance load with two random choices",
        "route to the replica that holds the prefix, without overloading it",
        "scale on a signal that leads demand, given the cold start",
    )),
    # ── Week 6 · Products around a model ────────────────────────────────────────────────────────────────
    Day(26, "prompt_playground", "A prompt playground", "product", 3, (8, 22), (
        "stream tokens to many readers, of whom some are slow",
        "resume a broken stream where it stopped",
        "free what a cancelled request held",
    )),
    Day(27, "evaluation_first", "Evaluation first", "product", 3, (12,), (
        "write success criteria before anything is built",
        "measure how far judges agree beyond chance",
        "look at a running experiment every day without fooling yourself",
    )),
    Day(28, "context_boundary", "The context boundary", "product", 4, (19, 26), (
        "plan what enters a model's context, from where, with whose permission",
        "measure how a conversation decays, and prune it",
        "run an agent that survives a crash within its step and spend budget",
    )),
    Day(29, "smallest_capable_model", "The smallest capable model", "product", 3, (27,), (
        "route each request to the smallest model that can do it",
        "withhold a claim that no source supports",
        "fall back in steps, and ask a person before what cannot be undone",
    )),
    Day(30, "rollout_and_rollback", "Rollout and rollback", "product", 4, (9, 27), (
        "say how many samples show that a rare harm is rare enough",
        "alert on the rate at which an error budget burns",
        "decide ship, hold or roll back by rules written beforehand",
    )),
    # ── Week 7 · Training data as a safety system ───────────────────────────────────────────────────────
    Day(31, "preference_pipeline", "A preference pipeline", "alignment", 4, (27,), (
        "gate examples by safety category, and count what is wrongly blocked",
        "infer rater quality and true labels together",
        "train a reward model from comparisons",
    )),
    Day(32, "dataset_versions_and_lineage", "Dataset versions and lineage", "lineage", 3, (31,), (
        "name a dataset by what is in it",
        "trace a column back to its sources",
        "find every checkpoint that a deleted record reached",
    )),
    Day(33, "constitutional_ai", "Constitutional AI", "alignment", 5, (31,), (
        "critique and revise by principle, and keep the triple linked",
        "turn principles into preference labels",
        "take a clipped policy step that stays near its reference",
    )),
    Day(34, "constitution_versions", "Constitution versions", "alignment", 3, (32, 33), (
        "say which labels a changed principle makes stale",
        "plan relabelling that removes the most risk within a budget",
        "find principles with too few examples to be trusted",
    )),
    Day(35, "ai_feedback_quality", "AI feedback quality", "alignment", 4, (31, 34), (
        "plan an audit that finds a stated error rate",
        "test a judge for position, length and self-preference bias",
        "invalidate and regenerate only the labels that a bias touched",
    )),
    # ── Week 8 · Traceable, contained, and the capstone ─────────────────────────────────────────────────
    Day(36, "probes_and_bisection", "Probes and bisection", "lineage", 5, (32, 34), (
        "tell drift between checkpoints from noise in the probes",
        "bisect from a behaviour to the examples that caused it, counting retrainings",
        "say what such a bisection does not prove",
    )),
    Day(37, "audit_and_intervention", "Audit and intervention", "safety", 4, (20, 30), (
        "keep a log in which an insider's edit shows",
        "prove that today's log extends yesterday's",
        "pause training on a signal, and resume exactly",
    )),
    Day(38, "defence_in_depth", "Defence in depth", "safety", 4, (19, 30), (
        "set thresholds for layered filters from costs and base rates",
        "catch data extraction that is spread over queries and accounts",
        "count the people whom a filter refuses wrongly",
    )),
    Day(39, "the_anthropic_rounds", "The Anthropic rounds", "safety", 4, (8, 38), (
        "write a response filter from its contract, then under each new constraint",
        "keep its cache right while rules change under load",
        "tell a project and a hard decision with structure and numbers",
    )),
    Day(40, "search_at_scale", "Search at scale", "search", 5, (6, 13, 14, 20, 25, 38), (
        "plan search over a billion documents at a million queries a second",
        "say what breaks first under each constraint, before you are told",
        "degrade by choice, with safety at every layer",
    )),
)  # fmt: skip


def find(key: int | str) -> Day:
    """The day named by its number (``4``, ``"4"``), id (``"day04"``) or slug (``"consistent_hashing"``).

    Raises :class:`NoSuchDay`.
    """
    wanted = str(key).strip().lower()
    for day in DAYS:
        if wanted in (
            str(day.number),
            f"{day.number:02d}",
            day.id,
            f"day{day.number}",
            day.slug,
            day.package,
        ):
            return day
    import difflib

    near = difflib.get_close_matches(wanted, [day.slug for day in DAYS], n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise NoSuchDay(
        f"no day {key!r}: give a number from 1 to {len(DAYS)}, an id such as day04, or a slug such as "
        f"consistent_hashing{meant}"
    )
