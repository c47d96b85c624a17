"""Capacity and cost: how many machines, how many bytes, how many dollars. Figures come from :mod:`course.facts`."""

import math

from course import facts
from course.systems.simulate.queues import offered_load, servers_for


def machines(rate: float, service_s: float, *, wait_s: float, cores: int, headroom: float = 0.0) -> int:
    """Machines for ``rate`` requests a second of ``service_s`` core-seconds each, so that the 99th percentile of the
    wait for a core is at most ``wait_s`` (M/M/c over each machine's cores, rate split evenly) and a share ``headroom``
    stays free. Raises ``ValueError`` where ``headroom`` is not in [0, 1) or a machine has no core, and as
    :func:`~course.systems.simulate.queues.servers_for` does."""
    if not 0 <= headroom < 1:
        raise ValueError(f"headroom {headroom} is not in [0, 1)")
    if cores < 1:
        raise ValueError(f"{cores} cores a machine; at least 1 is needed")
    usable = cores * (1 - headroom)
    number = max(1, math.ceil(offered_load(rate, service_s) / usable))
    while True:
        mine = rate / number
        if mine * service_s < usable and servers_for(mine, service_s, wait_s) <= cores:
            return number
        number += max(1, number // 200)


def index_bytes(documents: float, dimensions: int, *, kind: str, links: int = 16) -> float:
    """Bytes of a vector index: ``float32``, ``int8`` (with HNSW links of 2·``links`` neighbours) or ``pq64`` (64-byte
    codes, inverted lists)."""
    vector = {"float32": 4.0 * dimensions, "int8": 1.0 * dimensions, "pq64": 64.0}
    if kind not in vector:
        raise ValueError(f"no index kind {kind!r}; one of {', '.join(vector)}")
    extra = facts.IVF_ID_BYTES.value if kind == "pq64" else facts.HNSW_LINK_BYTES.value * 2 * links
    return documents * (vector[kind] + extra)


def machine_hours_usd(number: float) -> float:
    """Dollars an hour for ``number`` machines of the course's standard kind."""
    return number * facts.MACHINE_HOUR_USD.value


def cores_month_usd(cores: float) -> float:
    """Dollars a month for ``cores`` cores of the course's standard machine."""
    return machine_hours_usd(cores / facts.MACHINE_CORES.value) * facts.HOURS_PER_MONTH.value


def usd_per_million(number: float, rate: float) -> float:
    """Dollars for a million requests when ``number`` machines serve ``rate`` a second."""
    return machine_hours_usd(number) / (rate * facts.SECONDS_PER_HOUR.value) * 1e6
