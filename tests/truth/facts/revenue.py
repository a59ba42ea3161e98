"""The truth's revenue: what each obligation earned on each day, method by method.

Methods measured by month earn the change of their cumulative revenue; it is spread over
the month's days by their cost and each day is translated at its own rate. Contract
amounts are cents of the contract currency.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import lcm

from dlt_pipelines.sandbox.firm import calendars
from dlt_pipelines.sandbox.firm.costing import cents, half_up, scaled, spread
from tests.truth.facts.books import Books
from tests.truth.facts.contracts import Obligation
from tests.truth.facts.plans import UNIT
from tests.truth.periods import add_months, month_of

_MONTHS = 2 * lcm(*range(1, 32))  # half months and days of any month are whole in it


@dataclass
class Earned:
    """An obligation's revenue by day, discounts left out."""

    contract: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    functional: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    beside: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def of_price(self) -> dict[date, int]:
        """Contract amounts by day without what was charged beside the price."""
        return {day: part - self.beside[day] for day, part in self.contract.items()}


@dataclass(frozen=True)
class Position:
    """Where an obligation stands at a month's end; amounts in functional cents."""

    day: date  # the month's last, or the as-of date
    cost: int
    measured_cost: int
    minutes: int
    scheduled: int  # ten-thousandths of minutes
    etc_labour: int
    etc_commitments: int
    etc_expenses: int
    etc_passed: int
    planned_minutes: int
    unrated: int  # ten-thousandths of minutes
    planned: int
    planned_to_date: int
    ordered: int
    budget: int

    @property
    def etc(self) -> int:
        """Estimate to complete."""
        return self.etc_labour + self.etc_commitments + self.etc_expenses


def earned(books: Books, obligation: Obligation, months: list[date]) -> Earned:
    """Return what an obligation earned, by its method."""
    code = obligation.project.code
    found = Earned()
    if obligation.method == "none":
        return found
    if obligation.method not in ("time_and_materials_capped", "cost_plus"):
        for day, facts in books.daily[code, obligation.code].items():
            if facts["contract recharged"]:
                found.beside[day] += facts["contract recharged"]
                if obligation.method != "time_and_materials":  # whose value has it
                    found.contract[day] += facts["contract recharged"]
                    found.functional[day] += facts["recharged"]
    if obligation.method in DATED:
        measure = DATED[obligation.method]
        for day, facts in books.daily[code, obligation.code].items():
            if facts[f"contract {measure}"]:
                found.contract[day] += facts[f"contract {measure}"]
                found.functional[day] += facts[measure]
        return found
    if obligation.method == "milestone":
        _milestones(books, obligation, found)
        return found
    before = 0
    to_date = MONTHLY[obligation.method](books, obligation, months)
    for month in months:
        _spread_month(books, obligation, month, to_date[month] - before, found)
        before = to_date[month]
    return found


DATED = {"time_and_materials": "value"}


def _milestones(books: Books, obligation: Obligation, found: Earned) -> None:
    """Earn what is accepted, up to the price of the day; a change of it comes first."""
    code, currency = obligation.project.code, obligation.project.currency
    events = [
        (change.effective, 0, change.number, 0, currency)
        for change in obligation.modifications
        if change.effective <= books.as_of
    ]
    for milestone in books.firm.milestones.values():
        own = books.contracts.of_task(milestone.project, milestone.task)
        if (milestone.project, own) == (code, obligation.code):
            amount = cents(milestone.amount)
            events += [
                (
                    day,
                    1,
                    milestone.id,
                    amount if stands else -amount,
                    milestone.currency,
                )
                for day, stands in milestone.acceptances
            ]
    accepted = before = 0
    for day, _, _, amount, stated in sorted(events):
        accepted += amount
        earned_now = min(accepted, obligation.price_on(day))
        part, before = earned_now - before, earned_now
        if part:
            found.contract[day] += part
            found.functional[day] += books.to_functional(code, part, stated, day)


def _spread_month(
    books: Books, obligation: Obligation, month: date, amount: int, found: Earned
) -> None:
    """Spread a month's revenue over its days by cost; without cost on its last day."""
    if not amount:
        return
    code, currency = obligation.project.code, obligation.project.currency
    weights = [
        (books.cost_on(facts), day.isoformat())
        for day, facts in books.daily[code, obligation.code].items()
        if month_of(day) == month and books.cost_on(facts) > 0
    ]
    parts = spread(amount, weights) if weights else {}
    if not parts:
        parts = {books.measured_to(month).isoformat(): amount}
    for text, part in parts.items():
        day = date.fromisoformat(text)
        found.contract[day] += part
        found.functional[day] += books.to_functional(code, part, currency, day)


def position(books: Books, obligation: Obligation, month: date) -> Position:
    """Return where an obligation stands at a month's end.

    ETC = planned cost of the work still to come, overdue or later + open orders for
    goods + expenses planned and not spent while service lasts.
    """
    code, day = obligation.project.code, books.measured_to(month)
    so_far: dict[str, int] = defaultdict(int)
    for when, facts in books.daily[code, obligation.code].items():
        if month_of(when) <= month:
            for measure, amount in facts.items():
                so_far[measure] += amount
            so_far["cost"] += books.cost_on(facts)
    known = books.planning.parts(code, day)
    plans = [part for part in known if part.obligation == obligation.code]
    left = [
        rest
        for rest in books.to_come(code, month)
        if rest.part.obligation == obligation.code
    ]
    ordered = opened = passed = budget = unspent = 0
    if obligation.is_first:
        ordered, opened, passed = goods_on(books, code, day)
        budget = books.planned_expenses(code, day)
        end = obligation.end_on(day) if obligation.end else None
        if end is not None and day < end:
            unspent = max(budget - so_far["expenses"], 0)
    return Position(
        day=day,
        cost=so_far["cost"],
        measured_cost=so_far["cost"]
        - so_far["pass through"]
        - so_far["recharged cost"],
        minutes=so_far["minutes"],
        scheduled=sum(rest.minutes for rest in left),
        etc_labour=sum(rest.cost for rest in left),
        etc_commitments=opened,
        etc_expenses=unspent,
        etc_passed=passed,
        planned_minutes=sum(part.minutes for part in plans),
        unrated=sum(rest.minutes for rest in left if not rest.part.is_rated),
        planned=sum(part.cost for part in plans),
        planned_to_date=sum(
            part.cost for part in plans if part.month <= month and not part.is_after
        ),
        ordered=ordered,
        budget=budget,
    )


def goods_on(books: Books, code: str, day: date) -> tuple[int, int, int]:
    """Return (ordered, open, open and passed through) of a project's goods."""
    ordered = opened = passed = 0
    for order in books.firm.purchase_orders.values():
        placed = order.created_at.date()
        if order.project != code or order.person is not None or placed > day:
            continue
        amount = cents(order.amount)
        amount = books.to_functional(code, amount, order.currency, placed)
        ordered += amount
        closed = books.closed_on(order)
        if closed is not None and closed <= day:
            continue
        consumed = sum(part for when, part in books.goods[order.id] if when <= day)
        left = max(amount - consumed, 0)
        opened += left
        passed += left if order.is_pass_through else 0
    return ordered, opened, passed


# Progress: (done, total) at a month's end


def cost_to_cost(books: Books, obligation: Obligation, month: date) -> tuple[int, int]:
    """Cost to date of the estimate at completion, without what is passed through."""
    at = position(books, obligation, month)
    return at.measured_cost, at.measured_cost + at.etc - at.etc_passed


def effort(books: Books, obligation: Obligation, month: date) -> tuple[int, int]:
    """Approved of approved and remaining minutes; sold hours lapse with the service."""
    at = position(books, obligation, month)
    if obligation.included_minutes is None:
        return at.minutes * UNIT, at.minutes * UNIT + at.scheduled
    if at.day >= obligation.end_on(at.day):
        return max(at.minutes, 1), max(at.minutes, 1)
    return at.minutes, max(obligation.included_minutes, at.minutes)


def straight_line(books: Books, obligation: Obligation, month: date) -> tuple[int, int]:
    """Service months elapsed of all, both ends included."""
    day = books.measured_to(month)
    start, end = obligation.start, obligation.end_on(day)
    done, total = served(start, end, day), served(start, end, end)
    return int(done * _MONTHS), int(total * _MONTHS)


def served(start: date, end: date, day: date) -> Fraction:
    """Return the months of a service that are over at the end of a day.

    Months of the calendar; one that is served in part is half a month, and of one that
    is not over its days of service that are count.
    """
    over, first = Fraction(0), start
    while first <= min(day, end):
        last_of_month = calendars.month_end(first)
        last = min(end, last_of_month)
        is_whole = first.day == 1 and last == last_of_month
        part = Fraction(1) if is_whole else Fraction(1, 2)
        if day < last:
            part *= Fraction((day - first).days + 1, (last - first).days + 1)
        over, first = over + part, last_of_month + calendars.DAY
    return over


def completed(books: Books, obligation: Obligation, month: date) -> tuple[int, int]:
    """Nothing until the customer has accepted, then all.

    Where nothing is to be accepted but what bills hang on, that is.
    """
    day, code = books.measured_to(month), obligation.project.code
    billed = {m.task for m in books.firm.milestones.values()}
    tasks = [
        task
        for task in books.firm.tasks.values()
        if task.project == code
        and task.kind == "milestone"
        and books.contracts.of_task(code, task.id) == obligation.code
    ]
    tasks = [task for task in tasks if task.id not in billed] or tasks
    done = [_is_complete(task.changes, day) for task in tasks]
    return int(bool(done) and all(done)), 1


def _is_complete(changes: list, day: date) -> bool:
    past = [state for state, when in changes if when.date() <= day]
    return bool(past) and past[-1] == "completed"


PROGRESSES = {
    "cost_to_cost": cost_to_cost,
    "effort": effort,
    "straight_line": straight_line,
    "completed_contract": completed,
}


def over_time(
    books: Books, obligation: Obligation, months: list[date]
) -> dict[date, int]:
    """Return progress × price to date, in contract cents.

    min(price, base + round2((price − base) × done since ÷ left then)), where materials
    are no part of the price and earn their cost; a prospective modification makes what
    was earned on the eve of its day the base. Without an estimate, what it cost up to
    the price.
    """
    measure = PROGRESSES[obligation.method]
    progress = {month: measure(books, obligation, month) for month in months}
    found: dict[date, int] = {}
    earned_by: dict[date, int] = {}  # without what is passed on
    price_before: dict[date, int] = {}
    base = base_done = 0
    segment = None
    for month in months:
        day, before = books.measured_to(month), add_months(month, -1)
        bought, passed = materials(books, obligation, month)
        done, total = progress[month]
        for begins in obligation.segments(segment, day):
            eve = begins - calendars.DAY
            came = progress.get(before, (0, total))
            was_done, was_total, base_after = _on_eve(books, obligation, eve, came)
            if before in earned_by and lacks_estimate(books, obligation, before):
                base = earned_by[before]
            else:
                price = obligation.price_on(eve)
                if before in price_before:
                    signed = obligation.price_on(books.measured_to(before))
                    price += price_before[before] - signed
                base = _to_date(price, base, base_done, was_done, was_total)
            base_done, segment = base_after, begins
        price = price_before[month] = obligation.price_on(day) - passed
        if lacks_estimate(books, obligation, month):
            cost = _contract_cost(books, obligation, month)
            found[month] = min(price + passed, cost)
            earned_by[month] = found[month] - bought
            continue
        earned_by[month] = _to_date(price, base, base_done, done, total)
        found[month] = earned_by[month] + bought
    return found


def _to_date(price: int, base: int, base_done: int, done: int, total: int) -> int:
    """What is earned of a price: the base, and of the rest the part done since."""
    if total > base_done:
        since = min(max(done - base_done, 0), total - base_done)
        return min(price, base + half_up((price - base) * since, total - base_done))
    return min(price, price if base_done > 0 else base)


def _on_eve(
    books: Books, obligation: Obligation, eve: date, came: tuple[int, int]
) -> tuple[int, int, int]:
    """(done, total) on the eve of a change, and what of the changed work was done then.

    ``came``: the month before. Its estimate is the eve's, to which the month's own work
    is added; of a service time itself is the measure.
    """
    if obligation.method == "straight_line":
        start, end = obligation.start, obligation.end_on(eve)
        changed = obligation.end_on(eve + calendars.DAY)
        ends = ((end, eve), (end, end), (changed, eve))
        done, total, after = (int(served(start, e, d) * _MONTHS) for e, d in ends)
        return done, total, after
    done, total = came
    for when, facts in books.daily[obligation.project.code, obligation.code].items():
        if month_of(when) == month_of(eve + calendars.DAY) and when <= eve:
            if obligation.method == "cost_to_cost":
                passed_on = facts["pass through"] + facts["recharged cost"]
                done += books.cost_on(facts) - passed_on
            elif obligation.method == "effort":
                is_sold = obligation.included_minutes is not None
                done += facts["minutes"] * (1 if is_sold else UNIT)
    return done, max(total, done), done


def lacks_estimate(books: Books, obligation: Obligation, month: date) -> bool:
    """Whether nobody knows how much of an obligation's work is done."""
    at = position(books, obligation, month)
    if obligation.method == "cost_to_cost":
        nothing_else = not at.ordered and not at.budget
        unplanned = not at.planned_minutes and (bool(at.minutes) or nothing_else)
        return bool(at.unrated) or unplanned
    hours_alone = obligation.method == "effort" and obligation.included_minutes is None
    return hours_alone and not at.planned_minutes


def _contract_cost(books: Books, obligation: Obligation, month: date) -> int:
    """Return the cost to date in contract cents, each day's at its rate."""
    code, contract = obligation.project.code, obligation.project.currency
    own = books.currency(code)
    return sum(
        books.fx.convert(
            books.cost_on(facts) - facts["recharged cost"], own, contract, day
        )
        for day, facts in books.daily[code, obligation.code].items()
        if month_of(day) <= month
    )


def materials(books: Books, obligation: Obligation, month: date) -> tuple[int, int]:
    """Return what was bought for the customer within a price by a month's end, and all.

    It earns what it costs (ASC 606-10-55-21), in contract cents; progress by other
    measures than cost knows no materials.
    """
    if obligation.method != "cost_to_cost":
        return 0, 0
    code, contract = obligation.project.code, obligation.project.currency
    own, bought = books.currency(code), 0
    for day, facts in books.daily[code, obligation.code].items():
        if month_of(day) <= month:
            bought += books.fx.convert(facts["pass through"], own, contract, day)
    at = position(books, obligation, month)
    return bought, bought + books.fx.convert(at.etc_passed, own, contract, at.day)


def capped(books: Books, obligation: Obligation, months: list[date]) -> dict[date, int]:
    """min(value of time and recharges to date, cap in force)."""
    code, total, found = obligation.project.code, 0, {}
    values = books.daily[code, obligation.code]
    for month in months:
        total += sum(
            facts["contract value"]
            for day, facts in values.items()
            if month_of(day) == month
        )
        found[month] = min(total, obligation.cap_on(books.measured_to(month)))
    return found


def cost_plus(
    books: Books, obligation: Obligation, months: list[date]
) -> dict[date, int]:
    """min(round2(allowable cost × (1 + fee rate)), allowable cost + fee ceiling)."""
    project, terms = obligation.project, obligation.terms
    fee, cost, found = 10**6 + scaled(terms.fee_rate, 10**6), 0, {}
    own = books.currency(project.code)
    for month in months:
        for day, facts in books.daily[project.code, obligation.code].items():
            if month_of(day) == month:
                allowed = books.cost_on(facts) - facts["disallowed"]
                cost += books.fx.convert(allowed, own, project.currency, day)
        found[month] = half_up(cost * fee, 10**6)
        if terms.fee_ceiling is not None:
            found[month] = min(found[month], cost + cents(terms.fee_ceiling))
    return found


MONTHLY: dict[str, Callable[[Books, Obligation, list[date]], dict[date, int]]] = {
    **dict.fromkeys(PROGRESSES, over_time),
    "time_and_materials_capped": capped,
    "cost_plus": cost_plus,
}


def loss_provisions(
    books: Books, obligation: Obligation, months: list[date], revenue: Earned
) -> dict[date, int]:
    """Return the provision at each month's end, in functional cents.

    Loss = cost to date + ETC − revenue to date − revenue to come; of a loss, what ETC
    exceeds the revenue to come by is still to be made.
    """
    if obligation.method in ("none", "time_and_materials", "cost_plus"):
        return dict.fromkeys(months, 0)
    code, found = obligation.project.code, {}
    let_off = {
        day: facts["let off"]
        for day, facts in books.daily[code, obligation.code].items()
    }
    for month in months:
        at = position(books, obligation, month)
        is_capped = obligation.method == "time_and_materials_capped"
        ceiling = (obligation.cap_on if is_capped else obligation.price_on)(at.day)
        in_contract = _until(revenue.of_price, month)
        recognised = _until(revenue.functional, month) - _until(let_off, month)
        to_come = books.to_functional(
            code, ceiling - in_contract, obligation.project.currency, at.day
        )
        loss = at.cost + at.etc - recognised - to_come
        found[month] = max(at.etc - to_come, 0) if loss > 0 else 0
    return found


def _until(amounts: dict[date, int], month: date) -> int:
    return sum(part for day, part in amounts.items() if month_of(day) <= month)
