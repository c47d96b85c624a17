"""Figures that the course takes from the world: hardware, prices, published results.

The only place where such a constant may stand. Each has its value, unit, source and the date of the source
(or of the reading). Prose quotes one as ``{facts.NAME}``; code reads ``facts.NAME.value``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One figure: a number in a unit, and who says so."""

    value: float
    unit: str
    source: str
    date: str

    def __str__(self) -> str:
        number = f"{self.value:,.10g}"
        return f"{number}{self.unit}" if self.unit in {"%", "×", ""} else f"{number} {self.unit}"


# ── Day 1 · estimation ──────────────────────────────────────────────────────────────────────────────────
_SENTENCES = "measured for this course: of exact search's ten nearest, docstring sentences as vectors, faiss"
HNSW_RECALL = Fact(
    0.98,
    "",
    "measured for this course: hnswlib, 1 million vectors of 96 numbers, ef 80, recall@10",
    "2026-11",
)
INT8_RECALL = Fact(0.99, "", f"{_SENTENCES} SQ8: .989 at 64 numbers a vector, .993 at 256", "2026-11")
INT4_RECALL = Fact(0.88, "", f"{_SENTENCES} SQ4: .847 at 64 numbers a vector, .918 at 256", "2026-11")
PQ64_RECALL = Fact(
    0.75,
    "",
    "NeurIPS'21 billion-scale challenge, track 1: best recall@10 at 10,000 queries a second in 64 GB: .715 to .794 by data set",
    "2021-12",
)
MEMORY_GB_HOUR_USD = Fact(
    0.004,
    "$/GB/h",
    "AWS on-demand list prices, eu-north-1, both with 16 vCPU: r5.4xlarge (128 GB) 1.072, less m5.4xlarge (64 GB) 0.816, by 64",
    "2019-06",
)
CROSS_ENCODER_CORE_S = Fact(
    0.35,
    "core-s",
    "measured for this course: ms-marco-MiniLM-L-12-v2, int8, 20 passages of 300 characters at 57 a second on one core",
    "2026-11",
)

# ── Day 2 · queues and load ─────────────────────────────────────────────────────────────────────────────
_AZURE = "Azure LLM inference trace of November 2023 (Patel et al., Splitwise, ISCA 2024), see datasets/azure"
TRACE_CODE_CV = Fact(13.2, "", f"coefficient of variation of gaps: {_AZURE}_code_quantiles.md", "2023-11")
TRACE_CONVERSATION_CV = Fact(
    1.09, "", f"coefficient of variation of gaps: {_AZURE}_conv_quantiles.md", "2023-11"
)

# ── Day 4 · consistent hashing ──────────────────────────────────────────────────────────────────────────
BOUNDED_LOAD_FACTOR = Fact(
    1.25,
    "×",
    "Rodland, Improving load balancing with a new consistent-hashing algorithm (Vimeo engineering)",
    "2016-12",
)
BOUNDED_LOAD_SAVING = Fact(
    8,
    "×",
    "Mirrokni and Zadimoghaddam, Consistent hashing with bounded loads (Google research blog)",
    "2017-04-03",
)
HAPROXY_BALANCE_LOW = Fact(125, "%", "HAProxy configuration manual, hash-balance-factor", "2024")
HAPROXY_BALANCE_HIGH = Fact(200, "%", "HAProxy configuration manual, hash-balance-factor", "2024")

# ── Day 7 · tail latency ────────────────────────────────────────────────────────────────────────────────
_TAIL = (
    "1,000 values of a BigTable table read from 100 servers: Dean and Barroso, The Tail at Scale, CACM 56(2)"
)
BIGTABLE_P999_MS = Fact(1800, "ms", f"99.9th percentile without a second copy; {_TAIL}", "2013-02")
BIGTABLE_HEDGED_P999_MS = Fact(74, "ms", f"99.9th percentile, a second copy after 10 ms; {_TAIL}", "2013-02")
BIGTABLE_EXTRA = Fact(2, "%", f"requests more, with a second copy after 10 ms; {_TAIL}", "2013-02")
GRPC_HEDGE_COPIES = Fact(
    5,
    "copies",
    "gRPC guide, Request Hedging: maxAttempts, more is taken for this; outstanding copies are cancelled",
    "2026-11",
)

# ── Day 8 · overload ────────────────────────────────────────────────────────────────────────────────────
_SRE_THROTTLE = (
    "Beyer et al., Site Reliability Engineering, ch. 21 (Handling Overload), client-side throttling"
)
SRE_THROTTLE_K = Fact(2, "", f"{_SRE_THROTTLE}: the multiplier K that they generally prefer", "2016")
SRE_THROTTLE_WINDOW = Fact(2, "min", f"{_SRE_THROTTLE}: history of requests and accepts", "2016")
GRADIENT_TOLERANCE = Fact(
    1.5, "×", "Netflix, concurrency-limits (GitHub), Gradient2Limit: rttTolerance's default", "2019-05"
)

# ── Day 9 · failure handling ────────────────────────────────────────────────────────────────────────────
METASTABLE_FAILURES = Fact(
    22,
    "",
    "Huang et al., Metastable Failures in the Wild (OSDI 2022), abstract: public reports of 11 organizations",
    "2022-07",
)

# ── Day 11 · inverted index ─────────────────────────────────────────────────────────────────────────────
RCV1_VB_BYTES_PER_POSTING = Fact(
    1.16,
    "B",
    "Manning, Raghavan, Schütze, Introduction to Information Retrieval, section 5.3: 100 million postings of Reuters-RCV1, ids "
    "alone, take 116 MB in variable bytes",
    "2008",
)
INDEX_PREFIXES_DEFAULT = Fact(
    5,
    "letters",
    "Elasticsearch reference, index_prefixes: beginnings of 2 to 5 letters by default",
    "2026-11",
)
MEMORY_READ = Fact(17.6, "GB/s", "measured for this course: one core reading memory, x86 server", "2026-11")

# ── Day 14 · real-time updates ──────────────────────────────────────────────────────────────────────────
INDEX_BUILD_RATE = Fact(
    95_000, "documents/s", "measured for this course: tantivy, texts of 324 bytes, two threads", "2026-11"
)
MERGE_DEAD_ALLOWED = Fact(
    20,
    "%",
    "OpenSearch and Elasticsearch, MergePolicyConfig: index.merge.policy.deletes_pct_allowed, default (older releases: 33)",
    "2026-11",
)
MERGE_SEGMENT_CAP = Fact(
    5,
    "GB",
    "Lucene, TieredMergePolicy: maxMergedSegmentBytes, default; above half of it nothing is merged",
    "2026-11",
)

# ── Day 16 · embeddings ─────────────────────────────────────────────────────────────────────────────────
EMBEDDED_PER_S = Fact(
    134,
    "documents/s",
    "measured for this course: all-MiniLM-L6-v2 in bfloat16, docstrings of some 160 tokens, two cores",
    "2026-11",
)

# ── Day 20 · LLM reranking ──────────────────────────────────────────────────────────────────────────────
LLM_7B_READ_MS = Fact(
    0.064,
    "ms",
    "a token of a prompt of 1,536 to 3,072, Llama-2-7B on one A100: Vidur's profiling tables, see datasets/llm_step_time.md",
    "2024-05",
)
LLM_7B_WRITE_MS = Fact(
    9.7,
    "ms",
    "one token of an answer, Llama-2-7B on one A100, in a pass with 64 of them: Vidur's profiling tables, see datasets/llm_step_time.md",
    "2024-05",
)
LLM_NODE_INPUT_TOKENS_S = Fact(
    73_700,
    "tokens/s",
    "DeepSeek-V3/R1 Inference System Overview: input of an average node of eight H800, tokens from the cache included",
    "2025-03",
)

# ── Day 21 · anatomy of inference ───────────────────────────────────────────────────────────────────────
H100_TFLOPS = Fact(989, "TFLOP/s", "NVIDIA H100 SXM data sheet: peak dense BF16/FP16", "2023-03")
REACHED_BANDWIDTH = Fact(
    0.73,
    "",
    "fitted for this course to Vidur's Llama-2-70B rows of the H100, 1 to 8 GPUs: share of the peak bandwidth",
    "2026-11",
)
REACHED_FLOPS = Fact(
    0.61,
    "",
    "fitted for this course to Vidur's Llama-2-70B rows of the H100, 1 to 8 GPUs: share of the peak arithmetic",
    "2026-11",
)
ALL_REDUCE_HOP_US = Fact(12, "µs", "assumed: a small sum over the GPUs of one machine", "2026-11")
ALL_REDUCE_GBPS = Fact(
    300, "GB/s", "assumed: two thirds of NVLink's 450 GB/s in one direction between H100s", "2026-11"
)
H100_HOUR_USD = Fact(
    2.5, "$/h", "low end of on-demand list prices of an H100 SXM, early 2026: 2.49 to 3.99", "2026-04"
)

# ── Day 23 · continuous batching ────────────────────────────────────────────────────────────────────────
_VIDUR = "Vidur's profiling tables (Agrawal et al., MLSys 2024; microsoft/vidur, MIT)"
KV_READ_US_PER_TOKEN = Fact(
    0.33,
    "µs",
    f"attention's read of one cached token, Llama-2-7B on one A100; estimate beside {_VIDUR}",
    "2026-11",
)
ITERATION_OVERHEAD_MS = Fact(
    2.0, "ms", f"scheduler and launch time per iteration; estimate beside {_VIDUR}", "2026-11"
)
A100_HBM_GBPS = Fact(2039, "GB/s", "NVIDIA A100 80GB SXM data sheet: peak memory bandwidth", "2021-06")
H100_HBM_GBPS = Fact(3350, "GB/s", "NVIDIA H100 SXM data sheet: peak memory bandwidth", "2023-03")
A100_TFLOPS = Fact(312, "TFLOP/s", "NVIDIA A100 data sheet: peak dense BF16/FP16", "2021-06")
GPU_MEMORY_BYTES = Fact(
    80 * 2**30,
    "B",
    "NVIDIA A100 80GB and H100 80GB data sheets: 80 GB of memory, counted as 80 GiB",
    "2023-03",
)
GPU_MEMORY_USABLE = Fact(
    0.9, "", "vLLM's default gpu_memory_utilization, for weights, activations and cache together", "2023-09"
)
LLAMA2_7B_KV_BYTES = Fact(
    2 * 32 * 32 * 128 * 2,
    "B",
    "2 (K, V) × 32 layers × 32 heads × 128 × 2 bytes: Llama 2 7B's configuration",
    "2023-07",
)
LLAMA2_70B_KV_BYTES = Fact(
    2 * 80 * 8 * 128 * 2,
    "B",
    "2 (K, V) × 80 layers × 8 KV heads × 128 × 2 bytes: Llama 2 70B's configuration",
    "2023-07",
)
LLAMA2_7B_WEIGHT_BYTES = Fact(13.48e9, "B", "6.74 billion parameters × 2 bytes: Llama 2 7B", "2023-07")
LLAMA2_7B_WEIGHT_GB = Fact(
    LLAMA2_7B_WEIGHT_BYTES.value / 1e9, "GB", LLAMA2_7B_WEIGHT_BYTES.source, LLAMA2_7B_WEIGHT_BYTES.date
)
LLAMA2_70B_WEIGHT_BYTES = Fact(137.95e9, "B", "68.98 billion parameters × 2 bytes: Llama 2 70B", "2023-07")
LLAMA2_CONTEXT_TOKENS = Fact(4096, "tokens", "Llama 2 (Touvron et al. 2023), table 1", "2023-07")
ORCA_THROUGHPUT_GAIN = Fact(
    36.9,
    "×",
    "Orca against FasterTransformer (request-level batches), GPT-3 175B, at equal latency: OSDI 2022, abstract",
    "2022-07",
)
ANYSCALE_CONTINUOUS_GAIN = Fact(
    8,
    "×",
    "continuous batching against naive static batching, OPT-13B: Anyscale, 'How continuous batching enables 23x'",
    "2023-06",
)
ANYSCALE_OPTIMISED_STATIC_GAIN = Fact(
    4,
    "×",
    "static batching with FasterTransformer against naive static batching, OPT-13B: the same Anyscale article",
    "2023-06",
)
SARATHI_CAPACITY_GAIN = Fact(
    2.6,
    "×",
    "Sarathi-Serve's capacity within latency limits against vLLM, Mistral-7B on one A100: OSDI 2024, abstract",
    "2024-07",
)

# ── Day 24 · paged attention ────────────────────────────────────────────────────────────────────────────
_PAGED = "Kwon et al., Efficient Memory Management for LLM Serving with PagedAttention (SOSP 2023, arXiv 2309.06180)"
PAGED_BEFORE_LOW = Fact(
    20.4, "%", f"{_PAGED}: least share of cache memory that held tokens in earlier systems", "2023-09"
)
PAGED_BEFORE_HIGH = Fact(38.2, "%", f"{_PAGED}: most, in the same comparison", "2023-09")
PAGED_KERNEL_LOW = Fact(
    20, "%", f"{_PAGED}, section 7: attention's kernel is slower by at least this", "2023-09"
)
PAGED_KERNEL_HIGH = Fact(26, "%", f"{_PAGED}, section 7: and by at most this", "2023-09")
PCIE4_X16_GBPS = Fact(
    31.5,
    "GB/s",
    "PCI Express 4.0: 16 GT/s a lane × 16 lanes × 128/130 ÷ 8 bits, one direction, at best",
    "2017-10",
)

# ── Day 33 · Constitutional AI ──────────────────────────────────────────────────────────────────────────
CAI_PRINCIPLES = Fact(
    16, "principles", "Bai et al., Constitutional AI, arXiv 2212.08073, §3.1 and §4.1", "2022-12"
)
CAI_REVISIONS = Fact(
    4, "revisions a prompt", "Bai et al., Constitutional AI, arXiv 2212.08073, §3.2", "2022-12"
)
CAI_RED_TEAM_PROMPTS = Fact(
    182_831, "prompts", "Bai et al., Constitutional AI, arXiv 2212.08073, §3.2", "2022-12"
)
CAI_HELPFUL_PROMPTS = Fact(
    135_296, "prompts", "Bai et al., Constitutional AI, arXiv 2212.08073, §3.2", "2022-12"
)
CAI_COT_CLAMP_LOW = Fact(40, "%", "Bai et al., Constitutional AI, arXiv 2212.08073, §4.1", "2022-12")
CAI_COT_CLAMP_HIGH = Fact(60, "%", "Bai et al., Constitutional AI, arXiv 2212.08073, §4.1", "2022-12")
RLAIF_AI_LABEL = Fact(
    0.06,
    "US dollars",
    "Lee et al., RLAIF vs. RLHF, arXiv 2309.00267, appendix L: one AI preference by GPT-4's prices, both orders",
    "2023-09",
)
RLAIF_HUMAN_LABEL = Fact(
    0.67,
    "US dollars",
    "Lee et al., RLAIF vs. RLHF, arXiv 2309.00267, appendix L: one human preference",
    "2023-09",
)
RLHF_LABELLER_AGREEMENT = Fact(72.6, "%", "Ouyang et al., InstructGPT, arXiv 2203.02155", "2022-03")
RLHF_REWARD_MODEL_ACCURACY = Fact(69.6, "%", "Ouyang et al., InstructGPT, arXiv 2203.02155", "2022-03")


# ── Day 39 · the Anthropic rounds ───────────────────────────────────────────────────────────────────────
_ROUND_SOURCE = "candidates' reports as collected on spacecomplexity.ai, 'Anthropic Onsite Interview' and 'Anthropic Software Engineer Interview'; they vary by role"
ROUND_RECRUITER_MINUTES = Fact(30, "min", f"{_ROUND_SOURCE}; recruiter screen", "2026-05")
ROUND_ASSESSMENT_MINUTES = Fact(90, "min", f"{_ROUND_SOURCE}; online assessment in four levels", "2026-05")
ROUND_MANAGER_MINUTES = Fact(45, "min", f"{_ROUND_SOURCE}; hiring manager, 45 to 60", "2026-05")
ROUND_PHONE_MINUTES = Fact(50, "min", f"{_ROUND_SOURCE}; technical phone screen, 45 to 50", "2026-05")
ROUND_CODING_MINUTES = Fact(60, "min", f"{_ROUND_SOURCE}; onsite coding, 60 to 75", "2026-05")
ROUND_DESIGN_MINUTES = Fact(55, "min", f"{_ROUND_SOURCE}; system design, 50 to 55", "2026-05")
ROUND_DEEP_DIVE_MINUTES = Fact(45, "min", f"{_ROUND_SOURCE}; project deep dive, 45 to 60", "2026-05")
ROUND_VALUES_MINUTES = Fact(45, "min", f"{_ROUND_SOURCE}; values and mission, 45 to 60", "2026-05")
SPEECH_WORDS_PER_MIN = Fact(
    150,
    "words/min",
    "average rate of speech in the United States: Speak 2 Impress, 'Guide to Speaking Rates'",
    "2026-11",
)
STREAM_GUARD_CHUNK_TOKENS = Fact(
    200, "tokens", "NVIDIA NeMo Guardrails 0.25, output rail streaming: chunk_size's default", "2026-11"
)
CLASSIFIER_OVER_REFUSAL = Fact(
    0.38,
    "%",
    "Constitutional Classifiers: rise in refusals of production traffic, percentage points: arXiv 2501.18837",
    "2025-01",
)
CLASSIFIER_JAILBREAK_BEFORE = Fact(
    86, "%", "Constitutional Classifiers: jailbreak success without them: arXiv 2501.18837", "2025-01"
)
CLASSIFIER_JAILBREAK_AFTER = Fact(
    4.4, "%", "Constitutional Classifiers: jailbreak success with them: arXiv 2501.18837", "2025-01"
)
CLASSIFIER_NEXT_REFUSALS = Fact(
    0.05, "%", "Constitutional Classifiers++: refusals of production traffic: arXiv 2601.04603", "2026-01"
)
CLASSIFIER_NEXT_COMPUTE = Fact(
    1,
    "%",
    "Anthropic, Next-generation Constitutional Classifiers: additional compute, about",
    "2026-01",
)

# ── Capacity and cost ───────────────────────────────────────────────────────────────────────────────────
SECONDS_PER_HOUR = Fact(3600, "s", "definition", "1960")
HOURS_PER_MONTH = Fact(730, "h", "8,760 hours of a year, divided by 12 months", "1960")
HNSW_LINK_BYTES = Fact(4, "B", "faiss and hnswlib: a neighbour is a 32-bit id", "2024")
IVF_ID_BYTES = Fact(8, "B", "faiss IndexIVF: a 64-bit id beside each code", "2024")
MACHINE_CORES = Fact(
    16, "cores", "the course's standard machine: 16 virtual cores, 64 GB, as DiskANN's", "2019"
)
MACHINE_HOUR_USD = Fact(
    0.8, "$/h", "order of magnitude of on-demand list prices for 16 vCPU and 64 GB in large clouds", "2025"
)
HNSW_COST_EXPONENT = Fact(
    0.23,
    "",
    "measured for this course: hnswlib, ef 80, 96 dimensions, 100,000 to 1 million vectors",
    "2026-11",
)
HNSW_QUERIES_1M = Fact(
    5814,
    "queries/s",
    "measured for this course: hnswlib, ef 80, 96 dimensions, 1 million vectors, one core",
    "2026-11",
)
HNSW_BUILD_1M = Fact(
    232,
    "core-s",
    "measured for this course: hnswlib, 96 dimensions, 1 million vectors, 116 s on two threads",
    "2026-11",
)
PQ_CODE_NS = Fact(
    8,
    "ns",
    "measured for this course: faiss IndexIVFPQ, 300,000 codes of 16 bytes in 512 cells, one core, with its share of the tables",
    "2026-11",
)
SSD_READS = Fact(
    400_000,
    "reads/s",
    "random reads of 4 KB with a deep queue: 418,053 at best in KitGuru's test of an NVMe disk of 2 TB (Aorus 7000s)",
    "2026-11",
)
NEW_QUERIES_SHARE = Fact(
    15, "%", "Google, How Search works: searches of a day that were never seen before", "2022"
)
CLASSIFIER_EXTRA_COMPUTE = Fact(
    23.7, "%", "Sharma et al., Constitutional Classifiers, arXiv 2501.18837", "2025-01"
)

# ── The interviewer's optional voice ────────────────────────────────────────────────────────────────────
VOICE_MODEL = "claude-haiku-5-5"
"""The model that the two prices are of."""
_VOICE_SOURCE = "Claude Haiku 5.5, overview: pricing (platform.claude.com/docs/en/models/haiku-5-5/overview)"
VOICE_INPUT_PRICE = Fact(0.10, "$/MTok", f"{_VOICE_SOURCE}; input, prompts up to 100,000 tokens", "2026-10")
VOICE_OUTPUT_PRICE = Fact(0.50, "$/MTok", f"{_VOICE_SOURCE}; output, prompts up to 100,000 tokens", "2026-10")

# ── The mock round on search ────────────────────────────────────────────────────────────────────────────
CODES_CORE_MS_AT_1B = Fact(
    3.2,
    "core-ms",
    "NeurIPS'21 billion-scale challenge, track 1: 10,000 queries a second on 32 vCPU, 64-byte codes",
    "2021-12",
)
WORDS_OR_CORE_MS = Fact(
    2.0, "core-ms", "measured for this course: ranked OR, for each million documents", "2025"
)
WORDS_AND_CORE_MS = Fact(0.46, "core-ms", "measured for this course: AND, for each million documents", "2025")
QUERY_GUARD_CORE_MS = Fact(
    0.5, "core-ms", "measured for this course: a linear model, 1,930 texts a second", "2025"
)
PAGE_GUARD_CORE_MS = Fact(10, "core-ms", "assumed: a page of ten passages, each twice a query", "2025")
STORE_USD_GB_MONTH = Fact(0.023, "$/GB/month", "list price of object storage in large clouds", "2025")
