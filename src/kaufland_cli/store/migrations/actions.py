"""Migration 20: the ledger of what the program asked Kaufland to do. See docs/decisions/0027."""

STATEMENTS: tuple[str, ...] = (
    """
CREATE TABLE actions (
  action_no INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id_order TEXT NOT NULL,
  id_order_unit, -- NULL for what concerns the whole order
  state TEXT NOT NULL,
  once TEXT NOT NULL, -- what must not happen twice
  details TEXT NOT NULL, -- JSON
  body BLOB, -- the exact body of the request; emptied once nothing has to be sent any more
  source TEXT NOT NULL,
  planned_at TEXT NOT NULL,
  sent_at TEXT,
  ended_at TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  status_code INTEGER,
  text TEXT
)""",
    # What changes so rarely that it is asked for once a day, such as the names of carriers.
    "CREATE TABLE api_lists (name TEXT PRIMARY KEY, read_at TEXT NOT NULL, content TEXT NOT NULL)",
    "CREATE UNIQUE INDEX actions_once ON actions (once) WHERE state <> 'refused'",
    "CREATE INDEX actions_by_order ON actions (id_order)",
    # What was sent or cancelled here is no longer to be shipped, also before the next import.
    (
        "CREATE INDEX actions_handled ON actions (ended_at, id_order_unit)"
        " WHERE state = 'done' AND kind IN ('ship', 'cancel')"
    ),
    "CREATE INDEX actions_unfinished ON actions (state) WHERE state IN ('planned', 'sending', 'in_doubt')",
    (
        "CREATE VIEW v_actions AS SELECT action_no, kind, id_order, id_order_unit, state,"
        " json_extract(details, '$.carrier') AS carrier,"
        " json_extract(details, '$.tracking_numbers') AS tracking_numbers,"
        " json_extract(details, '$.reason') AS reason,"
        " json_extract(details, '$.amount') AS amount,"
        " json_extract(details, '$.currency') AS currency,"
        " json_extract(details, '$.file_name') AS file_name,"
        " source, planned_at, sent_at, ended_at, attempts, status_code, text FROM actions"
    ),
)
