"""What a scheduled import will see: its user, the settings and the store it finds, and what only this shell has."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.secret import secret_source
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import (
    KauflandError,
    SecretMissing,
    SecretSourceFailed,
    SettingsError,
    WrongUsage,
)
from kaufland_cli.files import read_file
from kaufland_cli.programs import find_program, this_program, zipapp
from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan
from kaufland_cli.scheduling.runner import SystemRunner

if TYPE_CHECKING:
    from kaufland_cli.settings import LoadedSettings, Locations


@dataclass(frozen=True, slots=True)
class Owner:
    """The user who runs the imports."""

    name: str
    uid: int
    gid: int
    home: Path

    @property
    def calls(self) -> bool:
        """Whether it is the user who typed the command."""
        return sys.platform == "win32" or self.uid == os.getuid()


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled import, with what it finds without the variables of this shell."""

    owner: Owner
    target: JobTarget
    loaded: "LoadedSettings"
    command: tuple[str, ...]
    """The words that start this installation, with what makes it a scheduled import."""
    environment: tuple[tuple[str, str], ...]
    unseen: tuple[tuple[str, str], ...]
    """Variables of this shell that it does not see and that would change its settings, each with its key."""

    def at(self, *, system: bool) -> JobTarget:
        """Return the target in the user's own scheduler, or in the machine's."""
        return replace(self.target, system=system)


def host_of(context: Context, owner: Owner) -> Host:
    """Return this machine, for entries of that user."""
    environ = dict(context.environ)
    bus = f"/run/user/{owner.uid}"
    if "XDG_RUNTIME_DIR" not in environ and Path(bus).is_dir():  # not set after su, or in a job
        environ["XDG_RUNTIME_DIR"] = bus
    become: tuple[str, ...] = ()
    if not owner.calls:
        become = ("sudo", "-u", owner.name) if sys.platform == "darwin" else ("runuser", "-u", owner.name, "--")
        become += ("env", f"HOME={owner.home}", f"XDG_RUNTIME_DIR={bus}")
    return Host(sys.platform, owner.uid, environ, SystemRunner(environ), become)


def owner_of_entry(context: Context, run_as: str | None) -> Owner:
    """Return who runs the imports: the user named, otherwise who called sudo, otherwise the caller.

    After a setup with sudo, the settings are in root's home, where other commands with sudo find them; then root runs
    the imports. Raises `WrongUsage`.
    """
    environ = context.environ
    if sys.platform == "win32":
        if run_as:
            raise WrongUsage("--run-as is not for Windows.", hint=Hint("Run the command as that user."))
        name = "\\".join(filter(None, (environ.get("USERDOMAIN"), environ.get("USERNAME"))))
        return Owner(name, 0, 0, Path.home())
    import pwd

    uid = os.getuid()
    wanted = run_as or (environ.get("SUDO_USER") if uid == 0 else None)
    try:
        found = pwd.getpwnam(wanted) if wanted else pwd.getpwuid(uid)
        if not run_as and _only_this_user_has_settings(context, Path(found.pw_dir)):
            found = pwd.getpwuid(uid)
    except KeyError:
        if wanted:
            raise WrongUsage(
                f"There is no user {wanted!r} on this machine.", hint=Hint("Example: --run-as www-data")
            ) from None
        return Owner(str(uid), uid, os.getgid(), Path(environ.get("HOME") or "/"))
    return Owner(found.pw_name, found.pw_uid, found.pw_gid, Path(found.pw_dir))


def _only_this_user_has_settings(context: Context, home: Path) -> bool:
    """Return whether this call finds settings, and there are none in that home."""
    from kaufland_cli.settings import find_locations

    if context.options.config_file or context.environ.get("KAUFLAND_CONFIG"):
        return False
    host = find_locations(context.environ, profile=context.options.profile)
    there = find_locations({"HOME": str(home)}, profile=host.profile)
    return host.config_file.exists() and not there.config_file.exists()


def job_of(
    context: Context, *, all_profiles: bool = False, run_as: str | None = None, with_faults: bool = False
) -> Job:
    """Work out what a scheduled import sees. Raises `SettingsError`, unless `with_faults` accepts faulty settings."""
    from kaufland_cli.settings import find_locations, load_readable, load_settings

    owner = owner_of_entry(context, run_as)
    environ = dict(context.environ)
    if not owner.calls:
        environ = {name: value for name, value in environ.items() if not name.startswith("XDG_")}
        environ["HOME"] = str(owner.home)
    wanted = find_locations(environ, config_file=context.options.config_file, profile=context.options.profile)
    own = _environment_of_job(context.environ, owner)
    found = find_locations(own, profile=wanted.profile)
    uses_default = wanted.profile == find_locations(own).profile
    words = _program()
    environment: dict[str, str] = {}
    same_file = wanted.config_file == found.config_file
    if all_profiles:
        if context.options.config_file and not same_file:
            raise WrongUsage("--config names the settings of one profile.", hint=command("schedule", "install"))
        usual = find_locations({**environ, "KAUFLAND_PROFILE": ""}).config_file
        if usual != find_locations(own).config_file:
            environment["KAUFLAND_CONFIG"] = str(usual)
    else:
        words += [] if same_file else ["--config", str(wanted.config_file)]
        words += [] if uses_default else ["--profile", wanted.profile]
    if wanted.data_folder != found.data_folder:
        environment["KAUFLAND_DATA_DIR"] = str(wanted.data_folder)
    load = load_readable if with_faults else load_settings
    loaded = load({**own, **environment}, config_file=None if same_file else wanted.config_file, profile=wanted.profile)
    words += ["import-orders", "--scheduled", *(["--all-profiles"] if all_profiles else [])]
    if any(not text.isprintable() for text in (*words, *environment.values())):
        raise WrongUsage("A path with line breaks or other control characters cannot be used in a scheduler.")
    target = JobTarget(
        wanted.profile, owner.name, owner.uid, owner.home, all_profiles=all_profiles, uses_default=uses_default
    )
    unseen = () if with_faults else _unseen(context, loaded)
    return Job(owner, target, loaded, tuple(words), tuple(environment.items()), unseen)


def plan_of(job: Job, *, system: bool, every_minutes: int | None = None) -> SchedulePlan:
    """Return the plan of the entry."""
    every = imported_by(job)
    credentials = [one for loaded in every for one in _credentials(loaded)]
    inside = job.loaded.locations.data_folder
    written = [path for loaded in every for path in _written(loaded) if not path.is_relative_to(inside)]
    if zipapp():
        written.append(job.owner.home / ".shiv")  # where the single file unpacks its modules
    return SchedulePlan(
        job.at(system=system),
        every_minutes or job.loaded.settings.order_import.interval_minutes,
        job.command,
        job.environment,
        written=tuple(dict.fromkeys([inside, *written])),
        read=tuple(path for loaded in every for path in (loaded.locations.config_file, loaded.secret_file)),
        credentials=tuple(credentials),
        runs_other_programs=any(loaded.settings.secret.store == "command" for loaded in every),
        machine=_machine_id(),
    )


def _written(loaded: "LoadedSettings") -> list[Path]:
    """Return the folders that an import writes to, apart from that of the stores."""
    folders = [loaded.sales_orders_folder] if loaded.settings.sales_orders.target == "file" else []
    return folders + ([loaded.prometheus_file.parent] if loaded.prometheus_file else [])


def smallest_interval(job: Job) -> int:
    """Return the smallest interval of the profiles with auto import on. Raises `SettingsError` if there are none."""
    found = [loaded.settings.order_import.interval_minutes for loaded in imported_by(job)]
    if not found:
        raise SettingsError(
            "No profile imports automatically: auto import is off in all of them. Nothing was installed.",
            hint=command("--profile", "NAME", "config", "set", "order_import.auto_import_orders", "true"),
        )
    return min(found)


def imported_by(job: Job) -> "list[LoadedSettings]":
    """Return the settings of each profile that the entry imports: its own, or all with auto import on."""
    from kaufland_cli.settings import load_settings

    if not job.target.all_profiles:
        return [job.loaded]
    own = {**_environment_of_job({}, job.owner), **dict(job.environment)}
    found = []
    for profile in profile_names(job.loaded.locations):
        with suppress(KauflandError):  # its own run reports what is wrong
            loaded = load_settings(own, profile=profile)
            if loaded.settings.order_import.auto_import_orders:
                found.append(loaded)
    return found


def profile_names(locations: "Locations") -> list[str]:
    """Return the profiles with settings in the same folder."""
    from kaufland_cli.settings.locations import DEFAULT_PROFILE

    file = locations.config_file
    top = file.parent if locations.profile == DEFAULT_PROFILE else file.parent.parent.parent
    return [DEFAULT_PROFILE, *sorted(path.parent.name for path in top.glob(f"profiles/*/{file.name}"))]


def check_secret(context: Context, job: Job) -> None:
    """Raise a `SettingsError` if there are no keys, or only this shell has the secret key."""
    from kaufland_cli.secrets import SecretKind, credential_file

    loaded, variable = job.loaded, SecretKind.SELLER.variable
    if not (loaded.settings.api.client_key or context.settings.api.client_key):
        raise SettingsError("No client key is set (api.client_key), so a scheduled import would do nothing.")
    store = loaded.settings.secret.store
    instead = command("setup", "--secret-store", "file")
    if store == "env":
        raise SecretSourceFailed(
            f"The secret key is only in the variable {variable} (secret.store = env), which a scheduled import does "
            "not see.",
            hint=instead,
        )
    if store == "systemd":
        file = credential_file(loaded.secret_file)
        if not file.exists():
            raise SecretMissing(f"There is no encrypted secret key at {file}.")
    elif context.environ.get(variable):
        try:
            secret_source(context, loaded=loaded).fetch()
        except SettingsError as error:
            raise SecretMissing(
                f"The secret key is only in the variable {variable} of this shell, which a scheduled import does not "
                f"see. The configured place ({store}) has none: {error.message}",
                hint=instead if store == "command" else command("secret", "set"),
            ) from None
    elif job.owner.calls and store != "command":
        with suppress(SecretSourceFailed):  # the test run will tell
            secret_source(context, loaded=loaded, may_ask=False).fetch()


def _credentials(loaded: "LoadedSettings") -> list[tuple[str, Path]]:
    from kaufland_cli.secrets import SecretKind, credential_file

    if loaded.settings.secret.store != "systemd":
        return []
    files = {kind: credential_file(loaded.secret_file, kind) for kind in SecretKind}
    return [(kind.credential, file) for kind, file in files.items() if kind is SecretKind.SELLER or file.exists()]


def _unseen(context: Context, loaded: "LoadedSettings") -> tuple[tuple[str, str], ...]:
    from kaufland_cli.settings import value_of

    given = {key: origin.place for key, origin in context.loaded.origins.items() if origin.source == "environment"}
    return tuple(
        (variable, key)
        for key, variable in given.items()
        if key not in loaded.origins or value_of(context.settings, key) != value_of(loaded.settings, key)
    )


def _environment_of_job(environ: Mapping[str, str], owner: Owner) -> dict[str, str]:
    """Return what every scheduler sets: the home folder, and nothing that a person has set."""
    if sys.platform == "win32":
        return {"USERPROFILE": environ.get("USERPROFILE", str(owner.home))}
    return {"HOME": str(owner.home)}


def _machine_id() -> str:
    try:
        return read_file(Path("/etc/machine-id"), 1024, follow_link=True).decode("ascii", errors="replace").strip()
    except OSError:
        return ""


def _program() -> list[str]:
    """Return the command that starts this installation from any folder."""
    python = Path(sys.executable)
    if sys.platform == "win32":
        windowless = python.with_name("pythonw.exe")  # so that no window opens at every import
        return [str(windowless if windowless.exists() else python), *this_program()[1:]]
    installed = "" if zipapp() else find_program("kaufland", {"PATH": str(python.parent.absolute())})
    return [installed] if installed else this_program()
