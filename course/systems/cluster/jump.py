"""Jump consistent hash: no memory at all, but buckets can be added and removed at the end only.

Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (arXiv 1406.2294), figure 1.
"""

_MASK = (1 << 64) - 1


def jump_hash(key: int, buckets: int) -> int:
    """The bucket of a 64-bit ``key`` among ``buckets``, in [0, buckets).

    Going from n to n+1 buckets moves 1/(n+1) of the keys, all of them into the new bucket. Raises ``ValueError``
    where there is no bucket. Complexity: O(log buckets) expected steps, no memory.
    """
    if buckets < 1:
        raise ValueError(f"{buckets} buckets; at least 1 is needed")
    key &= _MASK
    bucket, following = -1, 0
    while following < buckets:
        bucket = following
        key = (key * 2862933555777941757 + 1) & _MASK
        following = int((bucket + 1) * (float(1 << 31) / float((key >> 33) + 1)))
    return bucket
