"""One company of Business Central, found by its name or id, and requests below its address.

The name comes from `business_central.company`; requests go through `client`.
"""

import threading
from collections.abc import Mapping

from kaufland_cli.business_central.client import BusinessCentralClient, Json, Query, key
from kaufland_cli.business_central.filters import about
from kaufland_cli.domain.bc_code import bc_code, same_code
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.text import normalize, search_form
from kaufland_cli.errors import SettingsError, TargetUnavailable


class Company:
    """The API of one company; the first request looks up its id. Raises what `BusinessCentralClient` raises."""

    def __init__(self, client: BusinessCentralClient, wanted: str) -> None:
        self.client = client
        self._wanted = wanted
        self._id = ""
        self._lock = threading.Lock()
        self.display_name = ""

    @property
    def id(self) -> str:
        """The company's id; raises SettingsError if there is no such company or more than one."""
        with self._lock:
            if not self._id:
                found = self._find()
                self._id, self.display_name = str(found.get("id")), str(found.get("displayName") or found.get("name"))
            return self._id

    def get(self, path: str, query: Query = ()) -> Json:
        """Return one object of the company."""
        found = self.client.get(self._below(path), query)
        if found is None:  # never without `optional`
            raise TargetUnavailable(f"Business Central has nothing at {path}.")
        return found

    def rows(self, path: str, query: Query = ()) -> list[Json]:
        """Return all rows of a list of the company."""
        return self.client.rows(self._below(path), query) or []

    def rows_with(self, path: str, codes: Mapping[str, str], select: str, *, expand: str = "") -> list[Json]:
        """Return exactly the rows whose fields have these codes; none if a code is empty.

        Rows are compared here as well: Business Central may ignore a filter, and one on part of a code finds more.
        """
        if not all(map(bc_code, codes.values())):
            return []
        conditions = [condition for name, code in codes.items() if (condition := about(name, code))]
        query = [("$filter", " and ".join(conditions))] if conditions else []
        query.append(("$select", select))
        rows = self.rows(path, [*query, ("$expand", expand)] if expand else query)
        return [row for row in rows if all(same_code(row.get(name), code) for name, code in codes.items())]

    def rows_if_any(self, path: str, query: Query = ()) -> list[Json] | None:
        """Return the rows of a list that not every version has; None if this one lacks it."""
        return self.client.rows(self._below(path), query, optional=True)

    def write(self, method: str, path: str, body: bytes, *, etag: str = "") -> Json:
        """Write to the company, once: never retried."""
        return self.client.write(method, self._below(path), body, etag=etag)

    def _below(self, path: str) -> str:
        return f"/companies{key(self.id)}/{path}"

    def _find(self) -> Json:
        companies = self.client.rows("/companies", [("$select", "id,name,displayName")]) or []
        for name in ("id", "name", "displayName"):
            found = _called(companies, name, self._wanted)
            if len(found) == 1:
                return found[0]
            if found:
                raise SettingsError(
                    f"{len(found)} companies in Business Central are called {self._wanted!r}; use the id instead.",
                    hint=command("config", "set", "business_central.company", "NAME"),
                )
        names = ", ".join(sorted(repr(str(row.get("name"))) for row in companies)) or "none that these credentials see"
        raise SettingsError(
            f"Business Central has no company {self._wanted!r}; there is: {names}.",
            hint=command("config", "set", "business_central.company", "NAME"),
        )


def _called(companies: list[Json], name: str, wanted: str) -> list[Json]:
    """Return the companies with this name, ignoring case; if some match exactly, only those."""
    found = [row for row in companies if search_form(row.get(name)) == search_form(wanted)]
    exactly = [row for row in found if normalize(row.get(name)) == normalize(wanted)]
    return exactly or found
