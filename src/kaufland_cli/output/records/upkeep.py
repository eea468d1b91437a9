"""JSON records of copies of the store, and of erased buyers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaufland_cli.app.backup import Backup
    from kaufland_cli.upkeep.erase_orders import Erased
    from kaufland_cli.upkeep.restore import Restored


def backup_record(copy: "Backup") -> dict[str, Any]:
    """Return a copy of the store."""
    return {"file": str(copy.file), "bytes": copy.bytes, "store": str(copy.store)}


def restore_record(restored: "Restored") -> dict[str, Any]:
    """Return the result of a restore."""
    kept = restored.kept_as
    return {
        "store": str(restored.store),
        "kept_as": None if kept is None else str(kept),
        "erased_again": restored.erased_again,
    }


def erased_record(erased: "Erased") -> dict[str, Any]:
    """Return the result of an erasure."""
    return {
        "orders": list(erased.id_orders),
        "erased_at": erased.at,
        "log_entries": erased.log_entries,
        "files": [str(path) for path in erased.files],
        "backups": [str(path) for path in erased.backups],
        "other_orders": erased.other_orders,
        "sales_orders_elsewhere": erased.elsewhere,
        "complete": not erased.problems,
    }
