"""Which records something happens to that happens to few of them."""

from dlt_pipelines.sandbox.firm.streams import number


class Striking:
    """Strikes each kind once in a block of ``1 ÷ rate`` records.

    The place in a block is drawn from the seed, so the number of strikes hardly depends
    on luck. ``of`` names the stream; a kind's own place depends on no other kind.
    """

    def __init__(self, of: str, seed: int, rates: dict[str, float], enabled: bool):
        self._of = of
        self._seed = seed
        self._enabled = enabled
        self._blocks = {kind: round(1 / rate) for kind, rate in rates.items()}
        self._seen = dict.fromkeys(rates, 0)
        self._waiting = dict.fromkeys(rates, 0)
        self._next = {kind: self._place(kind, 0) for kind in rates}

    def strikes(self, kind: str, eligible: bool = True) -> bool:
        """Count a record and say whether it is struck.

        A strike on a record it cannot happen to waits for the next that it can.
        """
        if not self._enabled:
            return False
        seen = self._seen[kind]
        self._seen[kind] = seen + 1
        if seen == self._next[kind]:
            self._waiting[kind] += 1
            self._next[kind] = self._place(kind, seen // self._blocks[kind] + 1)
        if not (eligible and self._waiting[kind]):
            return False
        self._waiting[kind] -= 1
        return True

    def _place(self, kind: str, block: int) -> int:
        """Return the count of the record a kind strikes in a block of records."""
        size = self._blocks[kind]
        return block * size + number(self._seed, self._of, kind, block) % size
