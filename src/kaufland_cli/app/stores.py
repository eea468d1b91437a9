"""Opens the store of this call, notes damage, and checks whose orders it holds.

See docs/decisions/0008-sqlite-layout.md.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ClientKeyChanged, KauflandError, StoreDamaged

if TYPE_CHECKING:
    from kaufland_cli.store.store import Store

Row = TypeVar("Row")


@contextmanager
def open_store(context: Context, *, writing: bool = False, creating: bool = True) -> Iterator["Store"]:
    """Open the store of this profile and API host.

    If there is none yet, reading gets an empty one, and so does writing without `creating`. Raises `StoreDamaged` for
    writing; a damaged store can be read, and the command ends with that error after its output.
    """
    try:
        with _opened_for_writing(context, creating=creating) if writing else glance(context) as store:
            _warn_of_imports(context, store)
            yield store
    except StoreDamaged as error:
        context.state.damage = error
        raise
    finally:
        note_damage(context)


@contextmanager
def glance(context: Context) -> Iterator["Store"]:
    """Open the store read-only, without a note of damage or any warning."""
    from kaufland_cli.store.store import Store

    with Store.open_for_reading(context.loaded.store_file, context.clock.now()) as store:
        yield store


@contextmanager
def _opened_for_writing(context: Context, *, creating: bool) -> Iterator["Store"]:
    from kaufland_cli.store.checking import check_if_due
    from kaufland_cli.store.store import Store

    path, now = context.loaded.store_file, context.clock.now()
    check_if_due(path, now, context.clock.monotonic)
    with Store.open(path, now) if creating or path.exists() else Store.open_for_reading(path, now) as store:
        yield store


def note_damage(context: Context, path: Path | None = None) -> None:
    """If the store is known to be damaged, let this command end with `StoreDamaged` after its output."""
    from kaufland_cli.store.record import known_damage

    context.state.damage = context.state.damage or known_damage(path or context.loaded.store_file)


def _warn_of_imports(context: Context, store: "Store") -> None:
    """At a terminal, warn once that imports are old or fail; an error here must not stop the command."""
    wanted, context.state.warns_of_imports = context.state.warns_of_imports, False
    if not wanted or not context.streams.stderr.isatty() or context.as_json:
        return
    from kaufland_cli.app.import_health import bad_news

    with suppress(KauflandError):
        if (found := bad_news(context, store)) is not None:
            context.output.warning(found)


def owner_of(store: "Store") -> str | None:
    """Return the client key of the stored orders; None while there is nothing that could be mixed up."""
    if store.sync.state().watermark is None and not store.queries.counts().orders:
        return None
    return store.sync.client_key()


def claim_store(context: Context, store: "Store", *, accept: bool) -> None:
    """Claim the store for the client key of the settings; if that has changed, ask. Raises `ClientKeyChanged`."""
    from kaufland_cli.settings import masked

    known, own = owner_of(store), context.settings.api.client_key
    if known == own:
        return
    if known is not None and not accept:
        message = (
            f"The orders stored so far came with the client key {masked(known)}; the settings now name "
            f"{masked(own)}. If both belong to the same seller account, you can keep using the store; orders of "
            "two accounts must not be mixed."
        )
        hint = Hint(
            "Same account: ",
            command("import-orders", "--accept-client-key"),
            ". Another account: ",
            command("--profile", "NAME", "setup"),
        )
        if not context.has_terminal:
            raise ClientKeyChanged(message, hint=hint)
        context.output.warning(message)
        if not context.questions(hint).yes_no("Is it the same seller account?", default=False):
            raise ClientKeyChanged("The store was not changed.", hint=hint)
    store.sync.set_client_key(own)


@contextmanager
def closed_after(rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
    """Yield rows that are closed before the store is, even if they are not read to the end."""
    try:
        yield rows
    finally:
        if isinstance(rows, Generator):
            rows.close()
