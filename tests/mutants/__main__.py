"""`make mutants`: rules changed one at a time, and which of them no unit test notices.

Exits 1 where too few are killed, or where what is said to be equivalent is no mutant
any more.
"""

import csv
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from tests.mutants.planting import Mutant
from tests.mutants.trying import Outcome, Verdict, all_mutants, sample, try_all

COUNT = 500
SEED = 20_260_131
ENOUGH = 0.95
EQUIVALENT = Path(__file__).with_name("equivalent.csv")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--count", default=COUNT, show_default=True, help="How many to plant.")
@click.option("--seed", default=SEED, help="Of the draw.")
@click.option("--only", multiple=True, help="A file's name: all of its mutants.")
def main(count: int, seed: int, only: tuple[str, ...]) -> None:
    """Draw mutants, plant each by itself, and tell which ones no unit test notices."""
    began = time.monotonic()
    known, every = _equivalent(), all_mutants()
    stale = sorted(known - {mutant.name for mutant in every})
    drawn = [mutant for mutant in every if mutant.name not in known]
    if only:
        drawn = [mutant for mutant in drawn if Path(mutant.file).stem in only]
    else:
        drawn = sample(drawn, count, seed)
    outcome = try_all(drawn)
    for line in told(drawn, outcome):
        click.echo(line)
    killed = len(outcome.named(Verdict.KILLED))
    counted = killed + len(outcome.named(Verdict.SURVIVED))
    share = killed / max(counted, 1)
    click.echo(
        f"{killed} of {counted} mutants killed ({share:.1%}) in"
        f" {time.monotonic() - began:.0f} s; {len(known)} are known to be equivalent,"
        f" {len(outcome.named(Verdict.STILLBORN))} others could not be built, and"
        f" {len(outcome.named(Verdict.UNTRIED))} change no model with unit tests."
    )
    if stale:
        click.echo(f"{EQUIVALENT.name} names no mutants of today: {', '.join(stale)}")
    sys.exit(int(bool(stale) or share < ENOUGH))


def told(planted: Sequence[Mutant], outcome: Outcome) -> list[str]:
    """The survivors: where, and what was written instead; how many of each kind."""
    alive = outcome.named(Verdict.SURVIVED)
    left = sorted(
        (m for m in planted if m.name in alive), key=lambda m: (m.file, m.line)
    )
    lines = [
        f"{m.name} {m.file}:{m.line} ({m.change.kind})\n  - {m.before}\n  + {m.after}"
        for m in left
    ]
    kinds = Counter(m.change.kind for m in left)
    return [*lines, *(f"{kind}: {n} survived" for kind, n in kinds.most_common())]


def _equivalent() -> set[str]:
    with EQUIVALENT.open(newline="") as file:
        return {row["mutant"] for row in csv.DictReader(file)}


if __name__ == "__main__":
    main()
