"""How long to wait before trying again.

Source: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
"""


def full_jitter(retry: int, base_s: float, cap_s: float, u: float) -> float:
    """Seconds before retry number ``retry`` (0 is the first): the share ``u``, drawn from [0, 1), of a backoff that doubles
    from ``base_s`` and is never above ``cap_s``. So that those who failed together do not come back together."""
    return u * min(cap_s, base_s * 2.0**retry)
