"""A Business Central on loopback HTTP that remembers what it was reported and misbehaves on demand.

Its tokens, filters, lengths, VAT and messages are as far as they are known those of the real one; nothing of it was
compared with a real one.
"""

import base64
import contextlib
import copy
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kaufland_cli.business_central.connection import Connection
from kaufland_cli.clock import Clock
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.sales_orders.business_central_target import BusinessCentral, open_business_central
from kaufland_cli.secrets import SecretKey
from support.business_central_books import Books, Refused, Row
from support.business_central_filters import matches

COMPANY = "CRONUS DE"
TENANT = "contoso.example"
CLIENT_ID = "0d1a2b3c-app"
CLIENT_SECRET = "Uw8~invented-client-secret.0123456789abcd"
USER_NAME = "KAUFLAND"
COMPANY_ID = str(uuid.UUID(int=4711))
API = "/api/v2.0"
SETS = {
    "customers": "customers",
    "items": "items",
    "itemVariants": "variants",
    "accounts": "accounts",
    "currencies": "currencies",
    "currencyExchangeRates": "rates",
    "countriesRegions": "countries",
    "unitsOfMeasure": "measures",
    "salesOrders": "orders",
    "salesInvoices": "invoices",
    "salesShipments": "shipments",
}
# What the company knows and the API does not show.
HIDDEN = {
    *("regime", "vat", "name2", "privacyBlocked", "salesUnitOfMeasureCode", "units", "salesBlocked"),
    *("allowInvoiceDisc", "sellToContact", "shipToPhone", "shipToName2"),
}
LINES = {"salesOrderLines", "salesInvoiceLines", "salesShipmentLines"}
DEADLOCK = "The request was deadlocked by another one. Please retry the activity."
# What each kind of fault answers, and whether the work is done before.
ANSWERS: dict[str, tuple[bool, int, str, str]] = {
    "429": (False, 429, "Application_TooManyRequests", "Too many requests reached. Actual (101). Maximum (100)."),
    "503": (False, 503, "Internal_TenantUnavailable", "The server is busy."),
    "500_before": (False, 500, "Internal_ServerError", "An unexpected error occurred."),
    "500_after": (True, 500, "Internal_ServerError", "An unexpected error occurred."),
    "401": (False, 401, "Authentication_InvalidCredentials", "The server has rejected the client credentials."),
    "403": (False, 403, "Authorization_PermissionDenied", "You do not have the permission Insert on Sales Header."),
    "dialog": (False, 400, "Application_DialogException", "Salesperson code must have a value."),
    "deadlock_before": (False, 409, "Internal_ServerError", DEADLOCK),
    "deadlock_after": (True, 400, "Application_DialogException", DEADLOCK),
    "same_key": (False, 409, "Internal_EntityWithSameKeyExists", "The Sales Header already exists."),
    "changed": (False, 409, "Request_EntityChanged", "Another user has already changed the record."),
    "404": (False, 404, "BadRequest_NotFound", "No HTTP resource was found."),
    "no_company": (False, 404, "Internal_CompanyNotFound", "Cannot find the company."),
}
CUT_OFF = {"hang_up_before": False, "hang_up_after": True, "time_out_before": False, "time_out_after": True}


@dataclass
class Failure:
    """A fault that waits for its request."""

    kind: str
    times: int
    path: str
    method: str
    retry_after: str
    message: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    """Without address and company, for example `salesOrders`."""
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    url: str = ""
    """Path and query below `/api/v2.0`, exactly as they came."""


@dataclass
class BusinessCentralFake:
    """The server; `with business_central_fake() as fake`."""

    books: Books = field(default_factory=Books)
    asked: list[Asked] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Given out and still good."""
    token_seconds: int = 3600
    page_size: int = 20_000
    company: str = COMPANY
    others: tuple[str, ...] = ("My Company",)
    """The names of further companies."""
    masks: bool = False
    """Whether `* | &` and the like in a filter's text mean what they mean in Business Central's own filters."""
    without: set[str] = field(default_factory=set)
    """Lists that this version does not have."""
    before: Callable[[Asked], None] | None = None
    """Called with each request before anything is done."""
    after: Callable[[Asked], None] | None = None
    """Called with each request after it was done and before it is answered."""
    port: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    _failures: list[Failure] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _opened: ExitStack = field(default_factory=ExitStack)

    @property
    def base_url(self) -> str:
        """What `business_central.base_url` is set to."""
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def login_url(self) -> str:
        """What `business_central.login_url` is set to."""
        return f"http://127.0.0.1:{self.port}/login"

    @property
    def orders(self) -> list[Row]:
        """The orders there are, with their lines."""
        with self._lock:
            return copy.deepcopy(self.books.orders)

    def add_customer(
        self,
        number: str,
        regime: str = "de",
        blocked: str = "_x0020_",
        currency: str = "",
        *,
        phone: str = "",
        name2: str = "",
        privacy_blocked: bool = False,
    ) -> None:
        """Add a customer; its regime decides the VAT."""
        row = {"id": str(uuid.uuid4()), "number": number, "displayName": f"Kaufland {regime.upper()}", "regime": regime}
        row |= {"phoneNumber": phone, "name2": name2, "currencyCode": currency, "country": "DE", "blocked": blocked}
        self.books.customers.append({**row, "privacyBlocked": privacy_blocked})

    def add_item(
        self,
        number: str,
        gtin: str = "",
        vat: str = "standard",
        *,
        blocked: bool = False,
        sales_blocked: bool = False,
        allow_invoice_disc: bool = True,
        unit: str = "STK",
        sales_unit: str = "",
        units: Sequence[str] = (),
    ) -> None:
        """Add an item: its base unit, the one that new sales lines get where it has one, and further ones."""
        row: Row = {
            "id": str(uuid.uuid4()),
            "number": number,
            "displayName": f"Item {number}",
            "gtin": gtin,
            "vat": vat,
        }
        row |= {"baseUnitOfMeasureCode": unit, "salesUnitOfMeasureCode": sales_unit, "units": list(units)}
        row |= {"blocked": blocked, "salesBlocked": sales_blocked, "allowInvoiceDisc": allow_invoice_disc}
        self.books.items.append(row)

    def add_variant(self, number: str, code: str) -> str:
        """Add a variant of an item; return its id."""
        row = {"id": str(uuid.uuid4()), "itemNumber": number, "code": code}
        self.books.variants.append(row)
        return row["id"]

    def add_account(
        self,
        number: str,
        vat: str = "standard",
        *,
        direct_posting: bool = True,
        blocked: bool = False,
        account_type: str = "Posting",
        name: str = "",
    ) -> None:
        """Add an account."""
        row = {"id": str(uuid.uuid4()), "number": number, "displayName": name or f"Account {number}", "vat": vat}
        self.books.accounts.append(
            row | {"directPosting": direct_posting, "blocked": blocked, "accountType": account_type}
        )

    def add_currency(self, code: str, rate_since: str | None = "2026-11-01") -> None:
        """Add a currency, with an exchange rate from a day on."""
        self.books.currencies.append({"id": str(uuid.uuid4()), "code": code, "displayName": code})
        if rate_since is not None:
            self.books.rates.append({"id": str(uuid.uuid4()), "currencyCode": code, "startingDate": rate_since})

    def add_measure(self, code: str) -> None:
        """Add the code of a unit of measure."""
        self.books.measures.append({"id": str(uuid.uuid4()), "code": code, "displayName": f"Unit {code}"})

    def add_country(self, code: str) -> None:
        """Add a country code."""
        self.books.countries.append({"id": str(uuid.uuid4()), "code": code, "displayName": f"Country {code}"})

    def fail(
        self, kind: str, times: int = 1, *, path: str = "", method: str = "", retry_after: str = "", message: str = ""
    ) -> None:
        """Let the next requests whose path contains `path` fail; see `ANSWERS` and `CUT_OFF` for the kinds.

        Also `page` (a web page in place of an answer) and `expired` (every token given out so far is no good).
        """
        assert kind in {*ANSWERS, *CUT_OFF, "page", "expired"}, kind
        with self._lock:
            self._failures.append(Failure(kind, times, path, method, retry_after, message))

    def forget_failures(self) -> None:
        """Answer as usual from now on."""
        with self._lock:
            self._failures.clear()

    def asked_for(self, path: str, method: str = "GET") -> list[Asked]:
        """Return the requests for a path."""
        return [asked for asked in self.asked if asked.path.startswith(path) and asked.method == method]

    def settings(self) -> dict[str, str]:
        """Return the settings of `[business_central]` that lead here; the secret is `CLIENT_SECRET`."""
        return {
            "base_url": self.base_url,
            "login_url": self.login_url,
            "tenant": TENANT,
            "company": self.company,
            "authentication": "oauth",
            "client_id": CLIENT_ID,
        }

    def connection(self, **changes: Any) -> Connection:
        """Return the values that lead here."""
        made = Connection(
            company=self.company,
            authentication="oauth",
            secret=SecretKey(CLIENT_SECRET),
            base_url=self.base_url,
            tenant=TENANT,
            client_id=CLIENT_ID,
            login_url=self.login_url,
            timeout_seconds=5.0,
            user_agent="test/1",
        )
        return replace(made, **changes)

    def open(self, clock: Clock, log: RequestLog | None = None, **changes: Any) -> BusinessCentral:
        """Open it as a target; it is closed with the fake."""
        opening = open_business_central(self.connection(**changes), clock=clock, random=lambda: 0.5, log=log)
        return self._opened.enter_context(opening)

    # --- what the server does ----------------------------------------------------------------------------------------

    def failure(self, asked: Asked) -> Failure | None:
        """Take the first fault that is meant for this request."""
        with self._lock:
            for failure in self._failures:
                if failure.times > 0 and failure.path in asked.path and failure.method in {"", asked.method}:
                    failure.times -= 1
                    if failure.kind == "expired":
                        self.tokens.clear()
                        return None
                    return failure
            return None

    def token(self, body: bytes) -> tuple[int, Row]:
        """Give out a token."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("client_id") != CLIENT_ID:
            text = "AADSTS700016: Application with identifier 'x' was not found in the directory."
            return 400, {"error": "unauthorized_client", "error_description": text}
        if form.get("client_secret") != CLIENT_SECRET:
            return 401, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret provided.",
            }
        assert form["grant_type"] == "client_credentials"
        assert form["scope"] == "https://api.businesscentral.dynamics.com/.default"
        with self._lock:
            self.tokens.append(f"token-{uuid.uuid4()}")
            return 200, {"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": self.tokens[-1]}

    def answer(self, asked: Asked) -> tuple[int, Row]:
        """Do what is asked and return status and body."""
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        basic = base64.b64encode(f"{USER_NAME}:{CLIENT_SECRET}".encode()).decode()
        if not ((kind == "Bearer" and given in self.tokens) or (kind == "Basic" and given == basic)):
            raise Refused(ANSWERS["401"][3], ANSWERS["401"][2], 401)
        with self._lock:
            if asked.path == "companies":
                rows = [{"id": COMPANY_ID, "name": self.company, "displayName": "CRONUS Deutschland"}]
                for number, name in enumerate(self.others, 4712):
                    rows.append({"id": str(uuid.UUID(int=number)), "name": name, "displayName": ""})
                return 200, self._list(rows, asked)
            if asked.path == "generalLedgerSetup":
                return 200, {"value": [{"id": str(uuid.uuid4()), "localCurrencyCode": self.books.local_currency}]}
            entity, _, key = asked.path.partition("(")
            if entity not in SETS or entity in self.without:
                raise Refused("No HTTP resource was found.", "BadRequest_NotFound", 404)
            rows = getattr(self.books, SETS[entity])
            if asked.method == "POST":
                return 201, _shown(self.books.create(json.loads(asked.body, parse_float=Decimal)), expand=False)
            if not key:
                return 200, self._list(rows, asked)
            found = next((row for row in rows if row["id"] == key.rstrip(")")), None)
            if found is None:
                raise Refused("The Sales Order does not exist.", "Internal_RecordNotFound", 404)
            if asked.method == "PATCH":
                self._check_etag(found, asked.headers.get("if-match"))
                self.books.change(found, json.loads(asked.body, parse_float=Decimal))
            return 200, _shown(found, expand="$expand" in asked.query)

    def _check_etag(self, row: Row, etag: str | None) -> None:
        if etag is None:
            raise Refused("If-Match is missing.", "BadRequest_InvalidToken")
        if etag not in {"*", row["@odata.etag"]}:
            raise Refused("Another user has already changed the record.", "Request_EntityChanged", 409)

    def _list(self, rows: list[Row], asked: Asked) -> Row:
        conditions = asked.query.get("$filter", "")
        found = [row for row in rows if not conditions or matches(row, conditions, masks=self.masks)]
        order = asked.query.get("$orderby", "")
        if order:
            found.sort(key=lambda row: row[order.split()[0]], reverse=order.endswith(" desc"))
        found = found[: int(asked.query.get("$top", len(found)))]
        skipped = int(asked.query.get("$skip", 0))
        page = found[skipped : skipped + self.page_size]
        names = asked.query.get("$select", "").split(",") if "$select" in asked.query else None
        expand = "$expand" in asked.query
        shown = [_shown(row, expand=expand, names=names) for row in page]
        answer: Row = {"value": shown}
        if skipped + self.page_size < len(found):
            rest = "&".join(f"{name}={value}" for name, value in asked.query.items() if name != "$skip")
            below = "" if asked.path == "companies" else f"companies({COMPANY_ID})/"
            link = f"{self.base_url}/{below}{asked.path}?{rest}&$skip={skipped + self.page_size}"
            answer["@odata.nextLink"] = link.replace(" ", "%20")
        return answer


def _shown(row: Row, *, expand: bool, names: list[str] | None = None) -> Row:
    hidden = HIDDEN | (set() if expand else LINES)
    kept = set(row) if names is None else {*names, "@odata.etag", *LINES}
    return {name: value for name, value in row.items() if name in kept and name not in hidden}


class Handler(BaseHTTPRequestHandler):
    """Reads one request, lets it go wrong where that is wanted, and answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    fake: BusinessCentralFake

    def do_GET(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path.startswith("/login/"):
            self._login(path, body)
            return
        asked = Asked(
            method=self.command,
            path=path.removeprefix(f"{API}/").removeprefix(f"companies({COMPANY_ID})/"),
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            url=self.path.removeprefix(API),
        )
        self.fake.asked.append(asked)
        if self.fake.before is not None:
            self.fake.before(asked)
        failure = self.fake.failure(asked)
        done, status, code, message = ANSWERS.get(failure.kind if failure else "", (True, 0, "", ""))
        if failure is not None and failure.kind in CUT_OFF:
            done = CUT_OFF[failure.kind]
        try:
            found = self.fake.answer(asked) if done else (status, {})
        except Refused as error:
            found = error.status, _error(error.code, str(error))
        if self.fake.after is not None:
            self.fake.after(asked)
        if failure is None:
            self._send(*found)
        elif failure.kind in CUT_OFF:
            if failure.kind.startswith("time_out"):
                self._wait_for_the_client()
            self.close_connection = True
        elif failure.kind == "page":
            self._send_bytes(200, b"<html>Sign in</html>", "text/html", "")
        else:
            self._send(status, _error(code, failure.message or message), failure.retry_after)

    do_POST = do_PATCH = do_GET  # noqa: N815 - the names that the library asks for

    def _login(self, path: str, body: bytes) -> None:
        asked = Asked(self.command, "login", {}, {}, b"")
        self.fake.asked.append(asked)
        failure = self.fake.failure(asked)
        if failure is not None:
            _, status, code, message = ANSWERS[failure.kind]
            self._send(status, {"error": code, "error_description": message}, failure.retry_after)
        elif path != f"/login/{TENANT}/oauth2/v2.0/token":
            self._send(400, {"error": "invalid_request", "error_description": "AADSTS90002: Tenant not found."})
        else:
            self._send(*self.fake.token(body))

    def _wait_for_the_client(self) -> None:
        """Say nothing until the client hangs up."""
        self.connection.settimeout(0.05)
        end = time.monotonic() + 30
        while not self.fake.stopping.is_set() and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    return

    def _send(self, status: int, body: Row, retry_after: str = "") -> None:
        self._send_bytes(status, json.dumps(body).encode(), "application/json", retry_after)

    def _send_bytes(self, status: int, body: bytes, kind: str, retry_after: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _error(code: str, message: str) -> Row:
    return {"error": {"code": code, "message": f"{message}  CorrelationId:  {uuid.uuid4()}."}}


@contextmanager
def business_central_fake() -> Iterator[BusinessCentralFake]:
    """Run an empty company with a German customer D00010, account 8400 and the usual countries and currencies."""
    fake = BusinessCentralFake()
    for code in ("DE", "AT", "CZ", "SK", "PL", "FR", "IT"):
        fake.add_country(code)
    for code in ("CZK", "PLN"):
        fake.add_currency(code)
    fake.add_customer("D00010")
    fake.add_account("8400")
    handler = type("BoundHandler", (Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    fake.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with fake._opened:
            yield fake
    finally:
        fake.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
