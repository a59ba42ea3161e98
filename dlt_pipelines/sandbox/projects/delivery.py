"""Projects as they are delivered: set-up, tasks, milestones, staffing, completion."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.accounting import billing, purchasing
from dlt_pipelines.sandbox.firm.calendars import (
    DAY,
    add_months,
    month_end,
    month_of,
    months_between,
    on_weekday,
    working_days,
)
from dlt_pipelines.sandbox.firm.costing import money, spread
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Milestone,
    Opportunity,
    Person,
    Project,
    Task,
    TimeEntry,
)
from dlt_pipelines.sandbox.firm.names import INTERNAL_PROJECTS, TASKS
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_COUNTRY,
    ENTITY_CURRENCY,
    FIXED_CONTRACTS,
    LEADING_ROLES,
)
from dlt_pipelines.sandbox.firm.world import ProjectPlan, World, touch
from dlt_pipelines.sandbox.projects import amendments

FIRST_CODE = 1001  # the firm's own projects come first, whatever was sold before
CROSS_ENTITY_SHARE = 0.10
REPLAN_DAY = 24


def next_code(world: World) -> str:
    """Return the next code of a project for a customer."""
    first = FIRST_CODE + len(_internal_projects(world)) * world.scale
    return f"P{world.count('project', first)}"


def _internal_projects(world: World) -> list[tuple[str, str]]:
    """The entity and name of each project that the firm has for itself."""
    return [own for own in INTERNAL_PROJECTS if own[0] in world.firm.entities]


def found(world: World) -> None:
    """Set up the internal projects."""
    for _ in range(world.scale):
        for entity, name in _internal_projects(world):
            _internal_project(world, entity, name)


def deliver(world: World) -> None:
    """Replan the months to come and react to people who leave."""
    if world.today.day == REPLAN_DAY:
        for code in list(world.plans):
            project = world.firm.projects[code]
            if project.status == "In Progress":
                _replan(world, project)


def _internal_project(world: World, entity: str, name: str) -> None:
    """Create a non-billable project of the firm itself."""
    code = f"P{world.count('internal project', FIRST_CODE)}"
    draw = world.fixed("internal", code)
    start = world.firm.start
    leaders = [
        person
        for person in world.firm.people.values()
        if _is_staff(person)
        and person.assignments[0].entity == entity
        and person.assignments[0].role in LEADING_ROLES
    ]
    project = _project(world, code, name, start, start.replace(year=start.year + 4))
    project.entity, project.currency = entity, ENTITY_CURRENCY[entity]
    manager = draw.choice(leaders)
    project.manager = manager.number
    project.practice = manager.assignments[0].practice
    project.erp_department = project.practice
    project.netsuite_id = _job_id(code)
    project.status = "In Progress"
    world.internal[entity].append(code)
    world.plans[code] = ProjectPlan(48, 0, 0, 1)
    for title in ("Preparation", "Delivery"):
        plan_task(world, project, title, project.start, project.end, is_billable=False)


def _project(world: World, code: str, name: str, start: date, end: date) -> Project:
    """Create and register an internal project's record, to be completed."""
    now = world.moment("project", code)
    project = Project(
        code=code,
        name=name,
        customer="C0000",
        entity="US10",
        practice="PR-1",
        contract_type="non_billable",
        currency="USD",
        price=Decimal(0),
        cap_amount=None,
        fee_rate=None,
        fee_ceiling=None,
        start=start,
        end=end,
        status="Not Started",
        is_archived=False,
        manager="",
        opportunity=None,
        kantata_id=str(38_500_000 + int(code[1:])),
        netsuite_id=None,
        erp_department=None,
        created_at=now,
        updated_at=now,
    )
    world.firm.projects[code] = project
    return project


def _job_id(code: str) -> int:
    return 100_000 + int(code[1:])


def _is_staff(person: Person) -> bool:
    return not person.is_contractor and person.in_hr and person.left is None


def set_up(
    world: World,
    code: str,
    days: tuple[date, date],
    opportunity: Opportunity,
    plan: ProjectPlan,
) -> None:
    """Create a won deal's project, staff it and schedule its life."""
    start, end = days
    project = _project(world, code, opportunity.name, start, end)
    project.customer = opportunity.customer
    project.entity = opportunity.entity
    project.practice = opportunity.practice
    project.contract_type = opportunity.contract_type
    project.currency = opportunity.currency
    project.price = opportunity.amount
    project.cap_amount = opportunity.cap_amount
    project.fee_rate = opportunity.fee_rate
    project.fee_ceiling = opportunity.fee_ceiling
    project.manager = opportunity.owner
    project.opportunity = opportunity.salesforce_id
    world.plans[code] = plan
    _budget(world, project)
    _plan_tasks(world, project)
    if world.situations.strikes("not_planned", project.contract_type == "fixed_fee"):
        plan.is_untold = True
        world.situations.record("not_planned", project=code)
    if world.faults.strikes("plan_not_kept"):
        world.faults.plant("plan_not_kept", {"project": code})
        plan.is_kept = False
    staff(world, project, plan.fte, months_between(start, end))
    purchasing.plan_goods(world, project)
    amendments.plan(world, project)
    world.at(start, _start, project)
    world.at(end + 4 * DAY, _complete, project)
    _set_up_in_erp(world, project)
    billing.schedule(world, project)


def _set_up_in_erp(world: World, project: Project) -> None:
    """Schedule the job's creation in the ERP; faults leave it out, or half made."""
    draw = world.fixed("job", project.code)
    records = {"project": project.code}
    if world.faults.strikes("project_not_in_erp"):
        world.faults.plant("project_not_in_erp", records, "C06", (project.code,))
        return
    world.after(draw.randrange(1, 4), _create_job, project)


def _create_job(world: World, project: Project) -> None:
    project.netsuite_id = _job_id(project.code)
    project.erp_department = project.practice
    if world.faults.strikes("missing_cost_centre_job"):
        project.erp_department = None
        records = {"project": project.code}
        world.faults.plant(
            "missing_cost_centre_job", records, "C06", (project.code,), "on a job"
        )
    touch(project, world.moment("job", project.code))


def _budget(world: World, project: Project) -> None:
    """Let two projects of three plan their expenses."""
    draw = world.fixed("expense budget", project.code)
    if draw.random() < 0.66:
        share = Decimal(str(round(draw.uniform(0.01, 0.035), 4)))
        project.expense_budget = (project.price * share / 100).quantize(
            Decimal(1)
        ) * 100


def _plan_tasks(world: World, project: Project) -> None:
    """Create the project's tasks, and its milestones where it is paid by them.

    A deal of several obligations has its tasks by obligation; what is done for a
    fixed fee ends with a task that the customer accepts.
    """
    plan = world.plans[project.code]
    fixed = project.contract_type in FIXED_CONTRACTS
    assert project.opportunity is not None  # only internal projects have none
    lines = world.firm.opportunities[project.opportunity].lines
    phases: list[tuple[str | None, date, date]] = [
        (line.obligation, line.service_start, line.service_end) for line in lines
    ]
    for place, (obligation, first, last) in enumerate(
        phases if len(phases) > 1 else [(None, project.start, project.end)]
    ):
        for title in TASKS if place == 0 else ("Support",):
            task = plan_task(world, project, title, first, last)
            task.is_fixed_fee = fixed
            task.obligation = obligation
            plan.tasks.append(task)
    if project.contract_type == "fixed_fee":
        due = phases[0][2] if len(phases) > 1 else project.end
        plan.acceptance = plan_task(
            world, project, "Acceptance", project.start, due, "milestone"
        )
        plan.acceptance.is_fixed_fee = True
        plan.acceptance.obligation = phases[0][0] if len(phases) > 1 else None
        if len(phases) > 1:
            world.at(on_weekday(due + 12 * DAY), accept_delivery, project)
    draw = world.fixed("tasks", project.code)
    if draw.random() < 0.15:  # planned and dropped before anybody worked on it
        spare = plan_task(world, project, "Workshops", project.start, project.end)
        world.after(draw.randrange(5, 30), _delete_task, spare)
    if project.contract_type == "milestone":
        _plan_milestones(world, project, draw)


def plan_task(
    world: World,
    project: Project,
    title: str,
    start: date,
    due: date,
    kind: str = "task",
    is_billable: bool = True,
) -> Task:
    """Create and register a task."""
    number = world.count("task", 910_000_001)
    now = world.moment("task", number)
    task = Task(
        id=str(number),
        project=project.code,
        title=title,
        kind=kind,
        state="not started",
        is_billable=is_billable,
        is_fixed_fee=False,
        start=start,
        due=due,
        completed_at=None,
        deleted_at=None,
        created_at=now,
        updated_at=now,
    )
    world.firm.tasks[task.id] = task
    return task


def _delete_task(world: World, task: Task) -> None:
    task.deleted_at = world.moment("delete task", task.id)
    touch(task, task.deleted_at)


def _plan_milestones(world: World, project: Project, draw: random.Random) -> None:
    """Divide the price among three to five milestones along the project."""
    count = min(5, max(3, world.plans[project.code].months - 1))
    weights = [(draw.randrange(15, 35), str(place)) for place in range(count)]
    parts = spread(int(project.price), weights)
    span = (project.end - project.start).days
    for place in range(count):
        due = on_weekday(project.start + timedelta(days=span * (place + 1) // count))
        title = f"Milestone {place + 1}"
        task = plan_task(world, project, title, project.start, due, "milestone")
        task.is_fixed_fee = True
        slip = timedelta(days=draw.randrange(-6, 22))
        add_milestone(world, project, task, money(parts[str(place)] * 100), due + slip)


def add_milestone(
    world: World, project: Project, task: Task, amount: Decimal, accepted: date
) -> None:
    """Make a task worth an amount once the customer accepts it."""
    number = world.count("milestone", 66_001)
    milestone = Milestone(
        id=str(number),
        project=project.code,
        task=task.id,
        title=task.title,
        due=task.due,
        amount=amount,
        currency=project.currency,
        accepted_on=None,
        invoice=None,
        created_at=task.created_at,
        updated_at=task.created_at,
    )
    world.firm.milestones[milestone.id] = milestone
    world.at(on_weekday(accepted), _accept, milestone, task)


def move_task(task: Task, state: str, when: datetime) -> None:
    """Let a task change its state; every change is remembered."""
    task.state = state
    task.completed_at = when if state == "completed" else None
    task.changes.append((state, when))
    touch(task, when)


def _accept(world: World, milestone: Milestone, task: Task) -> None:
    """Let the customer accept a milestone: its task is completed, it can be billed.

    One in twelve is taken back some weeks later, and accepted again after repair.
    """
    now = world.moment("accept", milestone.id)
    move_task(task, "completed", now)
    milestone.accepted_on = now.date()
    milestone.acceptances.append((now.date(), True))
    touch(milestone, now)
    if len(milestone.acceptances) > 1:
        billing.count_grace(world, milestone)
        return
    billing.bill_milestone(world, milestone)
    draw = world.fixed("take back", milestone.id)
    if draw.random() < 1 / 12:
        world.after(draw.randrange(14, 40), _take_back, milestone, task)


def _take_back(world: World, milestone: Milestone, task: Task) -> None:
    """Let the customer take an acceptance back: what it earned is earned no more."""
    now = world.moment("take back", milestone.id)
    move_task(task, "started", now)
    milestone.accepted_on = None
    milestone.acceptances.append((now.date(), False))
    touch(milestone, now)
    billing.count_grace(world, milestone)
    days = world.fixed("repair", milestone.id).randrange(8, 30)
    world.at(on_weekday(world.today + timedelta(days=days)), _accept, milestone, task)


def accept_delivery(world: World, project: Project) -> None:
    """Let the customer accept what a fixed fee was agreed for."""
    task = world.plans[project.code].acceptance
    if task is not None and task.state != "completed":
        move_task(task, "completed", world.moment("acceptance", project.code))


def _start(world: World, project: Project) -> None:
    project.status = "In Progress"
    now = world.moment("start", project.code)
    touch(project, now)
    for task in world.plans[project.code].tasks:
        move_task(task, "started", now)


def _complete(world: World, project: Project) -> None:
    """Finish the project, or run a month over when it needs much more effort."""
    plan = world.plans[project.code]
    if world.today < project.end + 4 * DAY:  # an amendment has moved the end since
        world.at(project.end + 4 * DAY, _complete, project)
        return
    if plan.effort > 1.3 and plan.months < 90:
        plan.months = 99  # once
        first = project.end + DAY
        project.end = month_end(month_of(first))
        touch(project, world.moment("extend", project.code))
        staff(world, project, plan.fte * 0.6, [month_of(first)])
        world.at(project.end + 4 * DAY, _complete, project)
        return
    now = world.moment("complete", project.code)
    project.status = "Completed"
    touch(project, now)
    for task in plan.tasks:
        move_task(task, "completed", now)
    slip = world.fixed("acceptance", project.code).randrange(2, 21)
    world.at(on_weekday(world.today + timedelta(days=slip)), accept_delivery, project)
    days = world.fixed("archive", project.code).randrange(60, 150)
    world.after(days, _archive, project)


def _archive(world: World, project: Project) -> None:
    project.is_archived = True
    touch(project, world.moment("archive", project.code))


def staff(world: World, project: Project, fte: float, months: list[date]) -> None:
    """Find people with time to spare until ``fte`` is covered in every month."""
    draw = world.draw("staff", project.code)
    covered = 0.0
    ranked = _candidates(world, project, months, draw)
    for person in ranked:
        if covered >= fte * 0.75 and _is_away(world, project, person):
            continue
        free = 1.0 - max(world.load[person.number, month] for month in months)
        share = round(min(free, draw.uniform(0.3, 0.75), fte - covered + 0.1), 2)
        if share < 0.15:
            continue
        allocate(world, project, person, share, months)
        covered += share
        if covered >= fte - 0.1:
            return
    if covered < fte / 2:  # nobody has time: the best suited work overtime
        for person in ranked[:3]:
            if person.number not in world.plans[project.code].team:
                allocate(world, project, person, round(fte / 5, 2), months)


def _candidates(
    world: World, project: Project, months: list[date], draw: random.Random
) -> list[Person]:
    """Return the people who could join, the best suited and least busy first.

    Most people of other entities are asked last, when nobody nearer has time.
    """
    ranked = []
    for person in world.firm.people.values():
        gone = person.left is not None and person.left < month_end(months[0])
        if gone or not person.in_psa or person.hired > max(project.start, months[0]):
            continue
        assignment = world.assignment(person)
        busy = sum(world.load[person.number, month] for month in months[:3])
        score = busy / len(months[:3]) - 0.35 * draw.random()
        score -= 0.35 * (assignment.practice == project.practice)
        score -= 0.15 * (assignment.entity == project.entity)
        away = _is_away(world, project, person)
        score += 5 * (away and draw.random() > CROSS_ENTITY_SHARE)
        score += 0.25 * person.is_contractor
        ranked.append((score, person.number, person))
    ranked.sort()
    return [person for _, _, person in ranked]


def _is_away(world: World, project: Project, person: Person) -> bool:
    return world.assignment(person).entity != project.entity


def allocate(
    world: World, project: Project, person: Person, share: float, months: list[date]
) -> None:
    """Plan a person's share of time on a project, month by month."""
    plan = world.plans[project.code]
    plan.team[person.number] = share
    if person.is_contractor:
        purchasing.order(world, project, person, share, len(months))
    over_months = world.situations.strikes("planned_over_months", len(months) > 1)
    whole: Allocation | None = None
    for month in months:
        start, end = max(month, project.start), min(month_end(month), project.end)
        if person.left is not None and person.left < end:
            end = person.left
        if start > end:
            continue
        minutes = round(share * capacity(world, person, start, end) / 15) * 15
        world.load[person.number, month] += share
        if world.situations.strikes("plan_not_worked"):
            world.idle.add((person.number, project.code, month))
            found = f"{person.number} {month:%Y-%m}"
            world.situations.record("plan_not_worked", project=project.code, plan=found)
        if whole is not None:
            whole.end, whole.minutes = end, whole.minutes + minutes
            world.staffed[person.number, month].append(whole)
            continue
        number = world.count("allocation", 52_000_001)
        now = world.moment("allocation", number)
        allocation = Allocation(
            str(number), project.code, person.number, start, end, minutes, now, now
        )
        if not plan.is_untold:
            world.firm.allocations[allocation.id] = allocation
        world.staffed[person.number, month].append(allocation)
        if over_months:
            whole = allocation
            world.situations.record(
                "planned_over_months", project=project.code, allocation=allocation.id
            )


def capacity(world: World, person: Person, start: date, end: date) -> int:
    """Return the minutes a person can work from ``start`` to ``end``."""
    assignment = world.assignment(person)
    days = working_days(ENTITY_COUNTRY[assignment.entity], start, end)
    return int(assignment.weekly_hours * 12 * days)


def _replan(world: World, project: Project) -> None:
    """Re-estimate future months, and replace the people who have given notice."""
    plan = world.plans[project.code]
    draw = world.draw("replan", project.code)
    month = add_months(month_of(world.today), 1)
    months = [later for later in months_between(month, project.end) if plan.team]
    for number, share in list(plan.team.items()):
        person = world.firm.people[number]
        if months and person.left is not None and person.left < project.end:
            del plan.team[number]
            _release(world, project, number, person.left)
            staff(world, project, share, months)
    if months and draw.random() < 0.25:
        factor = draw.uniform(0.9, 1.25)
        for number in plan.team:
            _revise(world, project, number, months, factor)


def _release(world: World, project: Project, number: str, last: date) -> None:
    """Take what is planned after a person's last day off the plan."""
    for month in months_between(last, project.end):
        for allocation in world.staffed[number, month]:
            if allocation.project == project.code and allocation.start > last:
                allocation.minutes = 0
                touch(allocation, world.moment("release", allocation.id))


def keep_plans(world: World) -> None:
    """Let managers move what was planned and not worked once its month is over.

    Time that is sent back and not submitted again is not worked.
    """
    month = add_months(month_of(world.today + 2 * DAY), -1)  # over on its last day
    planned: dict[tuple[str, str], list[Allocation]] = defaultdict(list)
    for allocation in world.firm.allocations.values():
        whose = (allocation.project, allocation.person)
        is_of_month = month_of(allocation.start) == month == month_of(allocation.end)
        if is_of_month and world.plans[allocation.project].is_kept:
            planned[whose].append(allocation)
    for (code, number), allocations in planned.items():
        left = sum(
            entry.minutes
            for entry in world.worked[code, month]
            if entry.person == number and _is_submitted(world, entry)
        )
        for allocation in allocations:
            left -= _keep_plan(world, allocation, max(left, 0))


def _keep_plan(world: World, allocation: Allocation, worked: int) -> int:
    """Plan no more than was worked, and what is left for the month after.

    What the project or the person has no month for is not planned any more. Returns the
    minutes that stay.
    """
    moved = world.moved.get(allocation.id)
    planned = allocation.minutes + (moved.minutes if moved else 0)
    kept = min(planned, worked)
    if kept == allocation.minutes:
        return kept
    project = world.firm.projects[allocation.project]
    person = world.firm.people[allocation.person]
    start = add_months(month_of(allocation.start), 1)
    end = min(month_end(start), project.end, person.left or project.end)
    now = world.moment("keep plan", allocation.id)
    if moved is None:
        number = str(world.count("allocation", 52_000_001))
        days = (start, max(start, end))
        moved = Allocation(number, project.code, person.number, *days, 0, now, now)
        world.moved[allocation.id] = world.firm.allocations[number] = moved
    moved.minutes = 0 if end < start else planned - kept
    allocation.minutes = kept
    touch(moved, now)
    touch(allocation, now)
    return kept


def _is_submitted(world: World, entry: TimeEntry) -> bool:
    sheet = world.firm.timesheets.get(entry.timesheet or "")
    is_there = sheet is not None and sheet.status in ("pending", "approved")
    return is_there and entry.deleted_at is None


def _revise(
    world: World, project: Project, number: str, months: list[date], factor: float
) -> None:
    revised: set[str] = set()
    for month in months:
        for allocation in world.staffed[number, month]:
            if allocation.project == project.code and allocation.id not in revised:
                revised.add(allocation.id)
                allocation.minutes = round(allocation.minutes * factor / 15) * 15
                touch(allocation, world.moment("revise", allocation.id))
