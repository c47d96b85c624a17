"""A fair queue: whoever was served least is next (the virtual token counter)."""

from course.systems.serving.tenant_lines import INPUT_PRICE, OUTPUT_PRICE, TenantLines


class FairQueue(TenantLines):
    """Share one GPU among tenants by the tokens that each was served.

    Inherited: `self.lines[tenant]`, a deque of entries with `.request`, its id, `.tokens`, and
    `.number`, its place among all that were ever pushed; empty or missing where nothing of the
    tenant waits. `self.running[tenant]`, how many of its requests run, 0 where none does. The
    dicts `self.counters` and `self.weights`, where a tenant may be missing: a counter begins at
    0, a weight is 1. `self.join`, with the arguments of `push`, puts a request at the end of its
    tenant's line. `self.take(tenant)` takes the oldest out, which runs from then on, and returns
    its entry. `finish` is called by others when a request has ended. Source: Sheng et al.,
    "Fairness in Serving Large Language Models" (OSDI 2024), the virtual token counter.
    """

    def push(self, tenant: str, request: int, tokens: int) -> None:
        """Put a request of so many input tokens in its tenant's line.

        A tenant of which nothing waits and nothing runs has been away, and time away is no
        credit. Its counter is raised to the least counter among the *others* that are inside; it
        is never lowered, and it stays where nobody else is inside. Are those inside the tenants
        of which something waits, or those of which something waits or runs? You decide. A tenant
        that does neither is not inside. The counter of a tenant that was not away stays.
        Complexity: O(tenants).
        """
        if not self.lines.get(tenant) and not self.running[tenant]:
            inside = [name for name in self.counters if self.lines.get(name) or self.running[name]]
            least = min((self.counters[name] for name in inside if name != tenant), default=0.0)
            self.counters[tenant] = max(self.counters.get(tenant, 0.0), least)
        self.join(tenant, request, tokens)

    def pop(self) -> tuple[str, int] | None:
        """Take out the request that is next: (tenant, request), or None if nothing waits.

        It is the oldest of the tenant with the lowest counter, of those of which something waits;
        of equal counters the tenant whose oldest request was pushed first. Its input tokens are
        counted at once, at `INPUT_PRICE` a token, divided by the tenant's weight. Complexity:
        O(tenants), however many requests wait.
        """
        waiting = [name for name, line in self.lines.items() if line]
        if not waiting:
            return None
        tenant = min(waiting, key=lambda name: (self.counters[name], self.lines[name][0].number))
        entry = self.take(tenant)
        self.counters[tenant] += INPUT_PRICE * entry.tokens / self.weights.get(tenant, 1.0)
        return tenant, entry.request

    def charge(self, tenant: str, tokens: int) -> None:
        """Count so many output tokens of a running request, as they come, at `OUTPUT_PRICE` a
        token, divided by the tenant's weight. Complexity: O(1)."""
        self.counters[tenant] += OUTPUT_PRICE * tokens / self.weights.get(tenant, 1.0)
