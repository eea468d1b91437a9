"""The plain script that the import is measured against: page by page, no validation, the raw JSON kept.

    python plain_import.py BASE_URL CLIENT_KEY SECRET_KEY SINCE STORE KEY

KEY is the declaration of the table's key: `INTEGER PRIMARY KEY` keeps rows in the order of their ids, which costs more
to write than `PRIMARY KEY`, which keeps them in order of arrival with an index.

It signs each request, asks for the next hundred units, and upserts them in one transaction a page, into a file with the
same durability as the store's. It prints the seconds, those of the processor, the pages and the units.
"""

import hashlib
import hmac
import json
import sqlite3
import sys
import time
from urllib.parse import quote

import httpx

PAGE = 100
UPSERT = "INSERT INTO order_units VALUES (?, ?) ON CONFLICT (id_order_unit) DO UPDATE SET raw = excluded.raw"


def signed(url: str, client_key: str, secret_key: str) -> dict[str, str]:
    """Return the headers for a GET."""
    timestamp = str(int(time.time()))
    text = f"GET\n{url}\n\n{timestamp}".encode()
    signature = hmac.new(secret_key.encode(), text, hashlib.sha256).hexdigest()
    keys = {"Shop-Client-Key": client_key, "Shop-Timestamp": timestamp, "Shop-Signature": signature}
    return {"Accept": "application/json", **keys}


def main() -> None:
    """Read all pages, one after another."""
    base_url, client_key, secret_key, since, store, key = sys.argv[1:]
    database = sqlite3.connect(store, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"CREATE TABLE order_units (id_order_unit {key}, raw TEXT NOT NULL)")
    pages, offset = 0, 0
    with httpx.Client() as client:
        began, cpu = time.perf_counter(), time.process_time()  # as on the other side, with file and client at hand
        while True:
            query = f"ts_updated_from_iso={quote(since, safe='')}&sort=ts_updated%3Adesc&limit={PAGE}&offset={offset}"
            url = f"{base_url}/order-units?{query}"
            rows = json.loads(client.get(url, headers=signed(url, client_key, secret_key)).raise_for_status().content)
            units = rows["data"]
            if not units:
                break
            database.execute("BEGIN IMMEDIATE")
            database.executemany(UPSERT, [(unit["id_order_unit"], json.dumps(unit)) for unit in units])
            database.execute("COMMIT")
            pages, offset = pages + 1, offset + len(units)
        cpu = time.process_time() - cpu
    print(json.dumps({"seconds": time.perf_counter() - began, "cpu": cpu, "pages": pages, "units": offset}))
    database.close()


if __name__ == "__main__":
    main()
