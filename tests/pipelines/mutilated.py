"""Files as they should not be: each mutilated in one way, by chance."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.pipelines.bureau import HEADER

MONTHS = ("05", "06")
ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp437", "mac_roman", "cp037")
CODES = ("Grundgehalt Büro", "Überstunden", "Prämie", "AG-Anteil")


@dataclass(frozen=True)
class Delivery:
    """What comes after a good register of June: its name and bytes."""

    name: str
    body: bytes
    sha256_is_of: bytes | None = None  # what the file beside it is the hash of


def lines_of(month: str, chance: random.Random, count: int = 12) -> list[list[str]]:
    """Lines of a register, by field."""
    days = [f"01.{month}.2026", f"30.{month}.2026", f"26.{month}.2026"]
    return [
        [
            f"R{month}",
            str(number),
            "DE1",
            f"{chance.randrange(10):04}",
            chance.choice("LA"),
            chance.choice(CODES),
            "",
            _written(Decimal(chance.randrange(-50_000, 500_000)) / 100),
            *days,
        ]
        for number in range(1, count + 1)
    ]


def _written(amount: Decimal) -> str:
    told = f"{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))
    return told + ("-" if amount < 0 else "")


def amount_of(line: list[str]) -> Decimal:
    told = line[7].replace(".", "").replace(",", ".")
    return -Decimal(told[:-1]) if told.endswith("-") else Decimal(told)


def body_of(lines: list[list[str]], header: str = HEADER) -> bytes:
    """The register with its trailer."""
    total = sum(map(amount_of, lines))
    rows = [header, *map(";".join, lines), f"T;{len(lines)};{_written(total)}", ""]
    return "\r\n".join(rows).encode("cp1252")


def corrected(chance: random.Random) -> list[list[str]]:
    """A good register that corrects the one before."""
    return lines_of("06", chance, 13)


Mutilation = Callable[[random.Random, bytes], Delivery]
NEXT = "register_2026-06_2.csv"


def cut(chance: random.Random, before: bytes) -> Delivery:
    body = body_of(corrected(chance))
    return Delivery(NEXT, body[: chance.randrange(len(body) - 12)])


def re_encoded(chance: random.Random, before: bytes) -> Delivery:
    text = body_of(corrected(chance)).decode("cp1252")
    text = text.replace("AG-Anteil", "Prämie")  # in no encoding the same
    encoding = chance.choice(ENCODINGS)
    return Delivery(NEXT, text.encode(encoding, errors="replace"))


def columns_moved(chance: random.Random, before: bytes) -> Delivery:
    lines, names = corrected(chance), HEADER.split(";")
    order = list(range(len(names)))
    while order == sorted(order):
        chance.shuffle(order)
    moved = [[line[place] for place in order] for line in lines]
    header = ";".join(names[place] for place in order)
    rows = [header, *map(";".join, moved)]
    trailer = body_of(lines).decode("cp1252").splitlines()[-1]
    return Delivery(NEXT, "\r\n".join([*rows, trailer, ""]).encode("cp1252"))


def a_field_more_or_less(chance: random.Random, before: bytes) -> Delivery:
    lines = corrected(chance)
    line = chance.choice(lines)
    told = body_of(lines).decode("cp1252")
    place = chance.randrange(len(line))
    fewer = chance.random() < 0.5
    wrong = line[:place] + line[place + 1 :] if fewer else [*line[:place], "", *line]
    return Delivery(
        NEXT, told.replace(";".join(line), ";".join(wrong)).encode("cp1252")
    )


def total_off(chance: random.Random, before: bytes) -> Delivery:
    lines = corrected(chance)
    whole = body_of(lines)
    line = chance.choice(lines)
    old = line[7]
    while line[7] == old:
        line[7] = _written(amount_of(line) + Decimal(chance.randrange(-99, 99)) / 100)
    trailer = whole.splitlines()[-1]
    return Delivery(
        NEXT, b"\r\n".join([*body_of(lines).splitlines()[:-1], trailer, b""])
    )


def line_lost_or_doubled(chance: random.Random, before: bytes) -> Delivery:
    rows = body_of(corrected(chance)).splitlines()
    place = chance.randrange(1, len(rows) - 1)
    rows[place : place + 1] = [rows[place]] * chance.choice([0, 2])
    return Delivery(NEXT, b"\r\n".join([*rows, b""]))


def word_unknown(chance: random.Random, before: bytes) -> Delivery:
    lines = corrected(chance)
    line = chance.choice(lines)
    place, words = chance.choice(
        [
            (1, ["", "x", "1.5", "-"]),
            (3, ["", "7", "DE07"]),
            (4, ["", "l", "X"]),
            (7, ["", "TBD", "12.34", "1,2,3", "1.234.56"]),
            (8, ["", "2026-06-01", "31.06.2026", "06/01/2026"]),
        ]
    )
    told = body_of(lines).decode("cp1252")
    wrong = [*line[:place], chance.choice(words), *line[place + 1 :]]
    return Delivery(
        NEXT, told.replace(";".join(line), ";".join(wrong)).encode("cp1252")
    )


def delivered_twice(chance: random.Random, before: bytes) -> Delivery:
    name = chance.choice(["register_2026-06_1.csv", NEXT, "register_2026-05_7.csv"])
    return Delivery(name, before)


def out_of_order(chance: random.Random, before: bytes) -> Delivery:
    return Delivery("register_2026-06_0.csv", body_of(corrected(chance)))


def foreign(chance: random.Random, before: bytes) -> Delivery:
    name = chance.choice(["Register_2026-06_2.csv", "register_2026-06.csv", "x.csv"])
    return Delivery(name, body_of(corrected(chance)))


def empty(chance: random.Random, before: bytes) -> Delivery:
    whole = body_of(corrected(chance)).splitlines()
    return Delivery(NEXT, chance.choice([b"", b"\r\n", whole[0], body_of([])]))


def bytes_changed(chance: random.Random, before: bytes) -> Delivery:
    """Wherever it is: a file beside it tells the hash."""
    body = body_of(corrected(chance))
    changed = bytearray(body)
    place = chance.randrange(len(body))
    changed[place] ^= chance.randrange(1, 256)
    return Delivery("hashed_2026-06_2.csv", bytes(changed), body)


MUTILATIONS: tuple[Mutilation, ...] = (
    cut,
    re_encoded,
    columns_moved,
    a_field_more_or_less,
    total_off,
    line_lost_or_doubled,
    word_unknown,
    delivered_twice,
    out_of_order,
    foreign,
    empty,
    bytes_changed,
)
