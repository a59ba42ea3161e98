"""Salesforce as the sandbox firm has it: a login host, an instance, and SOQL on it."""

import base64
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Customer, Firm, Opportunity, Person
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.salesforce.sandbox import soql

# Constants of the sandbox, secrets of nobody.
CLIENT_ID = "sandbox-salesforce-connected-app"
CLIENT_SECRET = "sandbox-salesforce-secret"

API = "/services/data/v61.0"
PAGE_SIZES = range(200, 2001)  # that a client may hint at
# Unverified: how long and how many locators a user keeps; a few are enough here.
LOCATORS_KEPT = 20
DAILY_CALLS = 100_000 + 115 * 1_000  # Enterprise Edition, a licence each

STAGES = {  # forecast category, closed, won
    "Prospecting": ("Pipeline", False, False),
    "Proposal": ("Best Case", False, False),
    "Negotiation": ("Commit", False, False),
    "Closed Won": ("Closed", True, True),
    "Closed Lost": ("Omitted", True, False),
}
STAMPS = {
    "CreatedDate": "datetime",
    "LastModifiedDate": "datetime",
    "SystemModstamp": "datetime",
}
STRING, NUMBER, FLAG, DAY = "string", "number", "boolean", "date"
PERCENT = "percent"  # 8.5 is 8.5 per cent
FIELDS: dict[str, dict[str, str]] = {
    "Account": {
        **dict.fromkeys(
            ("Id", "MasterRecordId", "Name", "AccountNumber", "Type", "Industry"),
            STRING,
        ),
        **dict.fromkeys(
            ("ParentId", "OwnerId", "BillingCountry", "CurrencyIsoCode"), STRING
        ),
        "IsDeleted": FLAG,
        **STAMPS,
    },
    "Opportunity": {
        **dict.fromkeys(
            ("Id", "Name", "AccountId", "OwnerId", "StageName", "CurrencyIsoCode"),
            STRING,
        ),
        "ForecastCategoryName": STRING,
        "Probability": PERCENT,
        "Amount": NUMBER,
        **dict.fromkeys(("IsClosed", "IsWon", "IsDeleted"), FLAG),
        "CloseDate": DAY,
        **dict.fromkeys(
            ("Contract_Type__c", "Project_Code__c", "Legal_Entity__c", "Practice__c"),
            STRING,
        ),
        **dict.fromkeys(("Type", "Amends__c", "Treatment__c", "Obligation__c"), STRING),
        "Effective_Date__c": DAY,
        **dict.fromkeys(("Cap_Amount__c", "Fee_Ceiling__c"), NUMBER),
        "Fee_Rate__c": PERCENT,
        **dict.fromkeys(("Service_Start__c", "Service_End__c"), DAY),
        **STAMPS,
    },
    "OpportunityLineItem": {
        **dict.fromkeys(("Id", "OpportunityId", "ProductCode", "Name"), STRING),
        **dict.fromkeys(("Quantity", "ListPrice", "UnitPrice", "TotalPrice"), NUMBER),
        **dict.fromkeys(("Obligation__c", "Contract_Type__c"), STRING),
        "Included_Hours__c": NUMBER,
        **dict.fromkeys(("Service_Start__c", "Service_End__c"), DAY),
        "IsDeleted": FLAG,
        **STAMPS,
    },
    "User": {
        **dict.fromkeys(
            ("Id", "Username", "Name", "Email", "EmployeeNumber", "Title"), STRING
        ),
        "IsActive": FLAG,
        **STAMPS,
    },
}


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which a client reaches this sandbox."""
    return {
        "base_url": f"{base_url}/login",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


def routes(host: Host) -> list[Route]:
    """The organisation's login host and instance, on different paths."""
    return Organisation(host).routes()


class Organisation:
    """One Salesforce organisation: its sessions, results in progress and calls made.

    ``daily_calls`` is what it may make in a day of the sandbox's clock.
    """

    def __init__(self, host: Host, daily_calls: int = DAILY_CALLS) -> None:
        """Show ``host``'s firm; nobody is logged in."""
        self.host = host
        self.daily_calls = daily_calls
        self.calls: Counter[date] = Counter()
        self.sessions: set[str] = set()
        self.locators: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def routes(self) -> list[Route]:
        """The endpoints, relative to the vendor's mount."""
        data = f"/instance{API}"
        return [
            Route("/login/services/oauth2/token", self.log_in, methods=["POST"]),
            Route("/instance/services/data/", self.versions),
            Route(f"{data}/limits", self.metered(self.limits)),
            Route(f"{data}/query", self.metered(self.query)),
            Route(f"{data}/queryAll", self.metered(self.query_all)),
            Route(f"{data}/query/{{locator}}", self.metered(self.more)),
            Route(f"{data}/sobjects/{{name}}/describe", self.metered(self.describe)),
            Route("/instance/{path:path}", self.metered(self.missing)),
        ]

    async def log_in(self, request: Request) -> Response:
        """The token endpoint: client credentials, by Basic or as form fields."""
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused_login("unsupported_grant_type", "grant type not supported")
        given = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if given[0] != CLIENT_ID:
            return _refused_login("invalid_client_id", "client identifier invalid")
        if given[1] != CLIENT_SECRET:
            return _refused_login("invalid_client", "invalid client credentials")
        token = f"00D000000000062EAA!{secrets.token_urlsafe(48)}"
        self.sessions.add(token)
        mount = f"{request.url.scheme}://{request.url.netloc}{_mount(request)}"
        return _json(
            {
                "access_token": token,
                "instance_url": f"{mount}/instance",
                "id": f"{mount}/login/id/00D000000000062EAA/005000000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(self.host.now().timestamp() * 1000)),
                "signature": secrets.token_urlsafe(32),
                "scope": "api",
            }
        )

    def metered(
        self, endpoint: Callable[[Request], Response]
    ) -> Callable[[Request], Response]:
        """An endpoint behind a session and the organisation's daily calls."""

        def guarded(request: Request) -> Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in self.sessions:
                response = _error(
                    401, "INVALID_SESSION_ID", "Session expired or invalid"
                )
            elif self.used >= self.daily_calls:
                message = "TotalRequests Limit exceeded."
                response = _error(403, "REQUEST_LIMIT_EXCEEDED", message)
            else:
                self.calls[self.host.now().date()] += 1
                response = endpoint(request)
            used = f"api-usage={self.used}/{self.daily_calls}"
            response.headers["Sforce-Limit-Info"] = used
            return response

        return guarded

    @property
    def used(self) -> int:
        """Calls made on the clock's day."""
        return self.calls[self.host.now().date()]

    def versions(self, request: Request) -> Response:
        """The version list, which needs no session."""
        return _json([{"label": "Summer '24", "url": API, "version": "61.0"}])

    def limits(self, request: Request) -> Response:
        """What the organisation has left of its day."""
        left = self.daily_calls - self.used
        return _json({"DailyApiRequests": {"Max": self.daily_calls, "Remaining": left}})

    def query(self, request: Request) -> Response:
        """SOQL without the recycle bin."""
        return self._first_page(request, deleted=False)

    def query_all(self, request: Request) -> Response:
        """SOQL with the recycle bin."""
        return self._first_page(request, deleted=True)

    def more(self, request: Request) -> Response:
        """The rest of a result, from the row that its locator names."""
        locator, _, start = request.path_params["locator"].partition("-")
        if locator not in self.locators or not start.isdigit():
            return _error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(request, locator, int(start))

    def describe(self, request: Request) -> Response:
        """The fields of an object that the user may see."""
        name = request.path_params["name"]
        if name not in FIELDS:
            return self.missing(request)
        fields = [{"name": field, "type": of} for field, of in FIELDS[name].items()]
        return _json({"name": name, "fields": fields})

    def missing(self, request: Request) -> Response:
        """Any other resource of the instance."""
        message = "The requested resource does not exist"
        return _error(404, "NOT_FOUND", message)

    def _first_page(self, request: Request, deleted: bool) -> Response:
        try:
            query = soql.parse(request.query_params.get("q", ""))
            rows = self._found(query, deleted)
        except soql.SoqlError as refused:
            return _error(400, refused.code, refused.message)
        locator = f"01g{secrets.token_hex(6)}AAA"
        self.locators[locator] = rows
        while len(self.locators) > LOCATORS_KEPT:
            self.locators.popitem(last=False)
        return self._page(request, locator, 0)

    def _found(self, query: soql.Query, deleted: bool) -> list[dict[str, Any]]:
        names = {name.lower(): name for name in FIELDS}
        entity = names.get(query.entity.lower())
        if entity is None:
            message = f"sObject type '{query.entity}' is not supported."
            raise soql.SoqlError("INVALID_TYPE", message)
        rows = self.host.cached(("salesforce", entity), RECORDS[entity])
        if not deleted:
            rows = [row for row in rows if not row.get("IsDeleted")]
        url = f"{API}/sobjects/{entity}"
        return [
            {"attributes": {"type": entity, "url": f"{url}/{row.get('Id', '')}"}, **row}
            for row in soql.answer(query, rows, FIELDS[entity])
        ]

    def _page(self, request: Request, locator: str, start: int) -> Response:
        """A page of another size than was asked for: the hint is only a hint."""
        hint = request.headers.get("Sforce-Query-Options", "").partition("batchSize=")
        asked = int(hint[2]) if hint[2].isdigit() else PAGE_SIZES[-1]
        asked = min(max(asked, PAGE_SIZES[0]), PAGE_SIZES[-1])
        rows = self.locators[locator]
        end = start + (asked * 5 // 8 if start else asked // 16)
        page: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows)}
        if not page["done"]:
            page["nextRecordsUrl"] = f"{API}/query/{locator}-{end}"
        return _json({**page, "records": rows[start:end]})


def _accounts(firm: Firm) -> list[dict[str, Any]]:
    ids = {c.number: c.salesforce_id for c in firm.customers.values()}
    rows = []
    for customer in firm.customers.values():
        parent = ids.get(customer.parent) if customer.parent else None
        rows.append(_account(customer, parent, firm))
    return _with_twice(rows, firm, {"customers", "accounts"}, ids)


def _account(customer: Customer, parent: str | None, firm: Firm) -> dict[str, Any]:
    return {
        "Id": customer.salesforce_id,
        "MasterRecordId": None,
        "Name": customer.name,
        "AccountNumber": customer.number,
        "Type": "Customer",
        "Industry": None,
        "ParentId": parent,
        "OwnerId": _owner(customer.owner, firm),
        "BillingCountry": customer.country,
        "CurrencyIsoCode": customer.currency,
        "IsDeleted": False,
        **_stamps(customer.created_at, customer.updated_at),
    }


def _opportunities(firm: Firm) -> list[dict[str, Any]]:
    rows = []
    for number, deal in enumerate(firm.opportunities.values()):
        rows.append(_opportunity(deal, firm))
        if number % MISTAKEN_EVERY == 0:
            rows.append(_mistaken_copy(rows[-1], number, firm))
    return _with_twice(rows, firm, {"opportunities"}, {})


# One deal in so many was cloned by mistake; the copy is noticed and deleted later.
MISTAKEN_EVERY = 6
NOTICED_AFTER = timedelta(days=11)


def _mistaken_copy(row: dict[str, Any], number: int, firm: Firm) -> dict[str, Any]:
    cloned = row["CreatedDate"] + timedelta(minutes=2)
    noticed = cloned + NOTICED_AFTER
    deleted = noticed <= firm.clock
    none = [name for name in row if name.endswith("__c")]
    return {
        **row,
        **dict.fromkeys(none),
        "Id": record_id("006", 9_000_000 + number),
        "Name": f"{row['Name']} (copy)",
        "StageName": "Prospecting",
        "ForecastCategoryName": "Pipeline",
        "Probability": 10,
        "CloseDate": (cloned + timedelta(days=90)).date(),
        "IsClosed": False,
        "IsWon": False,
        "Amount": None,
        "IsDeleted": deleted,
        **_stamps(cloned, noticed if deleted else cloned),
    }


def _opportunity(deal: Opportunity, firm: Firm) -> dict[str, Any]:
    category, closed, won = STAGES[deal.stage]
    customer = firm.customers.get(deal.customer)
    return {
        "Id": deal.salesforce_id,
        "Name": deal.name,
        "AccountId": customer.salesforce_id if customer else None,
        "OwnerId": _owner(deal.owner, firm),
        "StageName": deal.stage,
        "ForecastCategoryName": category,
        "Probability": deal.probability,
        "IsClosed": closed,
        "IsWon": won,
        "IsDeleted": False,
        "CloseDate": deal.close_date,
        "Amount": deal.amount,
        "CurrencyIsoCode": deal.currency,
        "Type": "Amendment" if deal.amends else "New Business",
        "Amends__c": deal.amends,
        "Effective_Date__c": deal.effective_date,
        "Treatment__c": deal.treatment,
        "Obligation__c": None,
        "Contract_Type__c": deal.contract_type,
        "Project_Code__c": deal.project_code,
        "Legal_Entity__c": deal.entity,
        "Practice__c": deal.practice,
        "Cap_Amount__c": deal.cap_amount,
        "Fee_Rate__c": None if deal.fee_rate is None else deal.fee_rate * 100,
        "Fee_Ceiling__c": deal.fee_ceiling,
        "Service_Start__c": deal.service_start,
        "Service_End__c": deal.service_end,
        **_stamps(deal.created_at, deal.updated_at),
    }


def _opportunity_lines(firm: Firm) -> list[dict[str, Any]]:
    return [
        {
            "Id": line.salesforce_id,
            "OpportunityId": deal.salesforce_id,
            "ProductCode": line.contract_type.upper(),
            "Name": f"{deal.name} {line.name}",
            "Quantity": 1,
            "ListPrice": line.list_price,
            "UnitPrice": line.total_price,
            "TotalPrice": line.total_price,
            "Obligation__c": line.obligation,
            "Contract_Type__c": line.contract_type,
            "Included_Hours__c": line.included_hours,
            "Service_Start__c": line.service_start,
            "Service_End__c": line.service_end,
            "IsDeleted": False,
            **_stamps(line.created_at, line.updated_at),
        }
        for deal in firm.opportunities.values()
        for line in deal.lines
    ]


def _users(firm: Firm) -> list[dict[str, Any]]:
    staff = [p for p in firm.people.values() if p.in_hr and not p.is_contractor]
    return [_user(person, firm) for person in staff]


def _user(person: Person, firm: Firm) -> dict[str, Any]:
    created = min(person.created_at, firm.clock)
    modified = max(person.updated_at, created)
    # The account is closed at the end of the last day.
    closed = datetime.combine(person.left, time(23, 59), UTC) if person.left else None
    active = closed is None or closed > firm.clock
    current = [a for a in person.assignments if a.effective_date <= firm.clock.date()]
    title = max(current, key=lambda a: (a.effective_date, a.entered_at), default=None)
    if title:  # HR's change reaches Salesforce on the day it takes effect
        modified = max(modified, datetime.combine(title.effective_date, time(), UTC))
    if closed and not active:
        modified = max(modified, closed)
    return {
        "Id": user_id(person.number),
        "Username": person.email,
        "Name": f"{person.first_name} {person.last_name}",
        "Email": person.email,
        "EmployeeNumber": person.number,
        "Title": title.title if title else None,
        "IsActive": active,
        **_stamps(created, modified),
    }


RECORDS: dict[str, Callable[[Firm], list[dict[str, Any]]]] = {
    "Account": _accounts,
    "Opportunity": _opportunities,
    "OpportunityLineItem": _opportunity_lines,
    "User": _users,
}


def _owner(number: str, firm: Firm) -> str | None:
    return user_id(number) if number in firm.people else None


def _stamps(created: datetime, modified: datetime) -> dict[str, datetime]:
    return {
        "CreatedDate": created,
        "LastModifiedDate": modified,
        "SystemModstamp": modified,
    }


def _with_twice(
    rows: list[dict[str, Any]], firm: Firm, kinds: Iterable[str], ids: dict[str, str]
) -> list[dict[str, Any]]:
    """The rows, some of them twice, as when rows shift between pages."""
    named = {name for kind in kinds for name in firm.served_twice.get(kind, ())}
    twice = named | {ids[name] for name in named if name in ids}
    return [*rows, *(row for row in rows if row["Id"] in twice)]


def user_id(employee_number: str) -> str:
    """The 18-character id of an employee's user."""
    digits = "".join(c for c in employee_number if c.isdigit())
    return record_id("005", int(digits or 0))


def record_id(prefix: str, number: int) -> str:
    """An 18-character id: 15 characters and the suffix that makes case not matter."""
    short = f"{prefix}Hs{number:010d}"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    blocks = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        alphabet[sum(c.isupper() << i for i, c in enumerate(block))] for block in blocks
    )


def _mount(request: Request) -> str:
    return request.scope.get("root_path", "")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, secret = base64.b64decode(coded).decode().partition(":")
    return name, secret


def _refused_login(error: str, description: str) -> Response:
    body = {"error": error, "error_description": description}
    return _json(body, status=400)


def _error(status: int, code: str, message: str) -> Response:
    return _json([{"message": message, "errorCode": code}], status=status)


def _json(body: Any, status: int = 200) -> Response:
    content = orjson.dumps(body, _value, orjson.OPT_PASSTHROUGH_DATETIME)
    return Response(content, status, media_type="application/json;charset=UTF-8")


def _value(value: Any) -> Any:
    """Decimals as exact JSON numbers, datetimes with milliseconds and ``+0000``."""
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
