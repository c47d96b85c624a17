"""An idempotency key: a request that is sent again has its effect once.

Source: Helland, "Idempotence Is Not a Medical Condition" (ACM Queue 10(4), 2012).
"""

from collections.abc import Callable
from typing import Any

from course.systems.cluster.errors import InDoubt, InProgress, KeyReused, NotDone
from course.systems.cluster.key_store import KeyStore


def idempotent(store: KeyStore, key: str, fingerprint: str, effect: Callable[[], Any]) -> Any:
    """Have ``effect()`` under ``key``: it takes place at most once, and whoever sends the same request again gets the result
    of that once. The result may be anything, also None.

    Errors, in this order: ``KeyReused(key)`` where the key stands for a request of another ``fingerprint``, whatever came of
    that; ``InDoubt(key)`` where it is not known whether the effect took place; ``InProgress(key)`` where it is under
    way. What ``effect`` raises is raised: ``NotDone`` says that it certainly did not take place, anything else says nothing
    about it. After ``NotDone`` the same request may be sent again, or its key stays in doubt: both keep the promise.
    However this call ends, a key that it began is in progress no longer. It asks ``store.begin`` once, and that is how two
    callers at the same moment are told apart.
    """
    entry = store.begin(key, fingerprint)
    if entry is not None:
        if entry["fingerprint"] != fingerprint:
            raise KeyReused(key)
        if entry["state"] == "in doubt":
            raise InDoubt(key)
        if entry["state"] == "in progress":
            raise InProgress(key)
        return entry["result"]
    try:
        result = effect()
    except NotDone:
        store.drop(key)
        raise
    except BaseException:
        store.doubt(key)
        raise
    store.finish(key, result)
    return result
