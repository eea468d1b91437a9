"""The packages keep to their layers: who may import whom, who may print, read the clock or contain SQL."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import kaufland_cli

HOUSE = Path(kaufland_cli.__file__).parent
PROJECT = Path(__file__).parent.parent
ROOT = "kaufland_cli"

# From the top down. A package imports from the rows below its own, and from those next to it without a circle.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"__main__"}),
    frozenset({"cli"}),
    frozenset({"output"}),
    frozenset({"app"}),
    frozenset({"doctor", "monitoring", "order_actions", "order_import", "sales_orders", "scheduling", "upkeep"}),
    frozenset({"business_central", "secrets", "seller_api", "settings", "simulator", "store"}),
    frozenset({"http"}),
    frozenset({"__init__", "clock", "domain", "errors", "files", "programs", "time_limit"}),
)
FLOOR = {name: floor for floor, layer in enumerate(reversed(LAYERS)) for name in layer}
# What the store may read of these packages: never a connection, and of the Seller API nothing.
STORE_MAY_READ = {
    "seller_api": set(),
    "http": {"personal_data", "redaction", "request_record"},
}


def files(room: str = "") -> Iterator[Path]:
    """Yield the source files of one package, or all."""
    place = HOUSE / room if room else HOUSE
    yield from [place] if place.is_file() else sorted(place.rglob("*.py"))


def room_of(path: Path) -> str:
    """Return the package of a file; a file next to the packages is one by itself."""
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    """Return the dotted name of a file, without that of the program."""
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a file imports, wherever in it."""
    return tuple(_imported_by(ast.walk(parsed(path))))


def imported_at_once(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a file imports when it is imported itself."""
    return tuple(_imported_by(parsed(path).body))


def _imported_by(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"imports are written in full, not like {ast.unparse(node)}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> Iterator[list[str]]:
    """Yield the imports from this program, without its name, in parts."""
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == ROOT and len(parts) > 1:
            yield parts[1:]


def test_imports_point_downwards() -> None:
    """A package imports from lower layers, or from its own."""
    wrong = [
        f"{path.relative_to(HOUSE)} imports {'.'.join(parts)}"
        for path in files()
        for parts in own_imports(path)
        if parts[0] != "__version__" and FLOOR[parts[0]] > FLOOR[room_of(path)]
    ]
    assert wrong == []


def test_packages_have_no_import_cycle() -> None:
    """Of packages in one layer none reaches itself again through the others."""
    arrows = {name: set[str]() for name in FLOOR}
    for path in files():
        arrows[room_of(path)] |= {parts[0] for parts in own_imports(path)} & arrows.keys() - {room_of(path)}
    assert circles(arrows) == []


def test_modules_have_no_import_cycle() -> None:
    """No module reaches itself through its imports, those inside functions included."""
    modules = {module_of(path): path for path in files()}
    arrows: dict[str, set[str]] = {}
    for module, path in modules.items():
        found = (".".join(parts) for parts in own_imports(path))
        named = {name if name in modules else name.rpartition(".")[0] for name in found}
        arrows[module] = named & modules.keys() - {module}
    assert circles(arrows) == []


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of names that reach one another; what nothing points to, or points to nothing, is in none."""
    left = {name: set(found) for name, found in arrows.items()}
    while True:
        aimed_at = set[str]().union(*left.values())
        ends = {name for name, found in left.items() if not found or name not in aimed_at}
        if not ends:
            break
        left = {name: found - ends for name, found in left.items() if name not in ends}
    return [sorted(left)] if left else []


def test_store_knows_values_of_the_api_and_no_connection() -> None:
    """Reading the store needs no HTTP."""
    for room, readable in STORE_MAY_READ.items():
        used = {parts[1] for path in files("store") for parts in own_imports(path) if parts[0] == room}
        assert used <= readable
        heavy = [str(path) for name in used for path in files(f"{room}/{name}.py") if "httpx" in set(imported(path))]
        assert heavy == []


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("httpx", {"http"}),
        ("httpcore", {"http"}),
        ("msgspec", {"seller_api"}),
        ("sqlite3", {"store"}),
        ("keyring", {"secrets"}),
        ("smtplib", {"monitoring"}),
        ("pydantic", {"settings"}),
        ("tomlkit", {"settings"}),
        ("tomli_w", {"settings"}),
        ("rich", {"output/screens"}),
        ("python_calamine", {"order_actions"}),
        ("xlsxwriter", {"output/records"}),
        ("typer", {"cli"}),
        ("filelock", {"order_import"}),
        ("http.server", {"simulator"}),
    ],
)
def test_each_library_has_one_place(library: str, rooms: set[str]) -> None:
    """A library can be replaced in one place."""
    users = [path for path in files() for name in imported(path) if f"{name}.".startswith(f"{library}.")]
    assert users
    places = [HOUSE / room for room in rooms]
    assert [path for path in users if not any(path.is_relative_to(place) for place in places)] == []


@pytest.mark.parametrize("library", ["httpcore", "httpx"])
def test_http_library_is_named_in_one_file(library: str) -> None:
    """A fork with the same interface is one changed line (docs/decisions/0001-httpx.md)."""
    users = {module_of(path) for path in files() for name in imported(path) if f"{name}.".startswith(f"{library}.")}
    assert users == {"http.library"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "extras"),
    [("src", ("xlsx",)), ("tests", ("dev",)), ("tools", ("dev", "docs")), ("benchmarks", ("dev",))],
)
def test_imported_packages_are_declared(folder: str, extras: Sequence[str]) -> None:
    """No import lives on what another package happens to bring along; a tool may also use what builds the package."""
    described = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    project = described["project"]
    requirements = project["dependencies"] + [
        one for extra in extras for one in project["optional-dependencies"][extra]
    ]
    if folder == "tools":
        requirements += described["build-system"]["requires"]
    declared = {_distribution(requirement) for requirement in requirements} | {"kaufland-cli"}
    brought_by = _packages_by_module()
    wrong = {
        f"{path.relative_to(PROJECT)} imports {library}"
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for library in {name.partition(".")[0] for name in imported(path)} & brought_by.keys()
        if not {_distribution(name) for name in brought_by[library]} & declared
    }
    assert wrong == set()


_packages_by_module = cache(packages_distributions)


def _distribution(requirement: str) -> str:
    """Return the name of a requirement as package indexes compare it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_use_cases_know_no_terminal() -> None:
    """`app/` speaks through `app.person`; which screen or record that becomes is decided in `cli/` and `output/`."""
    wrong = [
        f"{path.relative_to(HOUSE)} imports {name}"
        for path in files("app")
        for name in imported(path)
        if name.startswith((f"{ROOT}.output", f"{ROOT}.cli", "rich", "typer"))
    ]
    assert wrong == []


def test_only_output_prints() -> None:
    """Nothing but `output` writes to the screen; the help text is the command line library's."""
    pattern = re.compile(r"(?<![\w.])print\(|sys\.std(out|err)\.write|traceback\.print")
    found = {room_of(path) for path in files() if pattern.search(path.read_text(encoding="utf-8"))}
    assert found <= {"output", "cli"}
    in_cli = {path.name for path in files("cli") if pattern.search(path.read_text(encoding="utf-8"))}
    assert in_cli <= {"failures.py"}, "only the error funnel, for --debug"


@pytest.mark.parametrize(
    "room",
    [
        "business_central",
        "doctor",
        "monitoring",
        "order_actions",
        "order_import",
        "output",
        "secrets",
        "seller_api",
        "sales_orders",
        "scheduling",
        "settings",
        "store",
        "upkeep",
        "http",
    ],
)
def test_core_is_handed_time_environment_and_arguments(room: str) -> None:
    """The core never asks the clock, the environment or the command line by itself."""
    pattern = re.compile(
        r"datetime\.now\(|datetime\.utcnow|date\.today|time\.(time|monotonic|sleep)\(|os\.environ|os\.getenv|sys\.argv"
    )
    wrong = [path.relative_to(HOUSE).as_posix() for path in files(room) if pattern.search(path.read_text("utf-8"))]
    assert wrong == []


def test_sql_is_spoken_in_the_store_only() -> None:
    """All SQL is in the store's package."""
    pattern = re.compile(r"\b(SELECT .+ FROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b")
    found = {room_of(path) for path in files() if pattern.search(path.read_text(encoding="utf-8"))}
    assert found == {"store"}


# Where a file is opened, written or moved by other means than those of `files`, and why.
OPENED_ELSEWHERE = {
    "app/demo.py",  # a folder of its own, made and removed
    "cli/main.py",  # the null device in place of a closed stream
    "order_import/lock.py",  # the lock file, whose fitness is looked at before
    "scheduling/windows_tasks.py",  # a file in a folder of its own, made and removed
    "store/backup.py",  # SQLite opens it; copies that were checked get their names
    "store/connection.py",  # SQLite opens it, after `database.py` looked at its fitness
    "store/soundness.py",  # in memory, to see which tables a version has
}


def test_files_are_opened_and_written_in_one_package() -> None:
    """What other users may have planted is dealt with once, in the package `files`."""
    pattern = re.compile(
        r"(?<![\w.])(?<!def )open\(|\.open\((\"|mode)|\b(write|read)_(text|bytes)\("
        r"|os\.(open|replace|rename|link|symlink|mkfifo)\(|tempfile|sqlite3\.connect\(|FileLock\(|(?<!os)\.touch\("
        r"|\b(file|path|temporary|unfinished|copy|target)\.(replace|rename)\((?!\")"
    )
    found = {
        path.relative_to(HOUSE).as_posix()
        for path in files()
        if room_of(path) not in {"files", "simulator"} and pattern.search(path.read_text(encoding="utf-8"))
    }
    assert found == OPENED_ELSEWHERE


# What one module next door uses, in a file of its own all the same, and why.
OWN_FILES = {
    "app.setup.sales_orders": "the questions about sales orders, asked on request",
    "order_actions.fresh_units": "how units are read again with few requests",
    "order_actions.tracking": "what is known of tracking numbers, carrier by carrier",
    "order_import.continuity": "a proof, read and tested by itself (docs/decisions/0005-completeness.md)",
    "order_import.older_units": "a step of the import with a proof of its own",
    "order_import.pickup_points": "a step of the import with rules of its own",
    "order_import.retry_failed_units": "a step of the import with rules of its own",
    "sales_orders.addresses": "one topic, and the largest of its package",
    "sales_orders.items": "one topic (docs/decisions/0018-sku-before-ean.md)",
    "simulator.actions": "the endpoints that write",
    "simulator.answers": "the endpoints",
    "simulator.bodies": "the shape of a request, whatever it does",
    "simulator.server": "the sockets",
    "simulator.signature": "verified independently of the client's signer",
}
# One of a kind a file, behind one module that knows them all.
ONE_OF_A_KIND = {
    "cli.app": "cli",
    "scheduling.schedulers": "scheduling",
    "secrets.sources": "secrets",
    "store.migrations.schema": "store.migrations",
}


def test_modules_with_one_user_next_door_have_a_reason() -> None:
    """What only one module of the same package uses belongs into it, unless it is loaded late or listed above."""
    users, loading_at_once = users_of_modules(late=True), users_of_modules(late=False)
    alone = set()
    for path in files():
        module = module_of(path)
        room = module.rpartition(".")[0]
        found = users[module]
        if path.name == "__init__.py" or len(found) != 1 or found != loading_at_once[module]:
            continue
        (user,) = found
        if user.rpartition(".")[0] == room and ONE_OF_A_KIND.get(user) != room:
            alone.add(module)
    assert alone == OWN_FILES.keys()


def users_of_modules(*, late: bool) -> dict[str, set[str]]:
    """Return the modules that import each module; with `late`, also inside functions and for types only."""
    users: dict[str, set[str]] = {module_of(path): set() for path in files()}
    for path in files():
        for name in imported(path) if late else imported_at_once(path):
            target = name.removeprefix(f"{ROOT}.")
            target = target if target in users else target.rpartition(".")[0]
            if target in users.keys() - {module_of(path)}:
                users[target].add(module_of(path))
    return users


def test_class_names_are_unique() -> None:
    """One name has one meaning: no two public classes are called the same."""
    places: dict[str, list[str]] = {}
    for path in files():
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module_of(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_files_stay_small() -> None:
    """A file holds one idea."""
    long = [path.name for path in files() if len(path.read_text(encoding="utf-8").splitlines()) > 600]
    assert long == []


def test_json_records_are_made_in_output() -> None:
    """A use case returns values and names no JSON field; a command writes the record that `output/records` makes."""
    wrong = [
        f"{path.relative_to(HOUSE)}:{node.lineno}"
        for room in ("app", "cli")
        for path in files(room)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "document"
        if room == "app" or not (isinstance(node.args[0], ast.Call) and _name(node.args[0].func).endswith("_record"))
    ]
    assert wrong == []


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
