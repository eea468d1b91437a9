"""What an unattended store needs beside orders: the sixth migration's statements."""

# unknown_since: from when on Kaufland has said that it does not know the order. put_aside: 'gone' or 'dismissed'.
GONE_PIECES: tuple[str, ...] = (
    "ALTER TABLE unreadable_units ADD COLUMN unknown_since TEXT",
    "ALTER TABLE unreadable_units ADD COLUMN put_aside TEXT",
    "ALTER TABLE unreadable_units ADD COLUMN put_aside_at TEXT",
)
