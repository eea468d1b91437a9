"""The settings in force: an option takes precedence over the environment, the file and the default, in this order.

`sources` reads the values and `validation` checks them; `app.context` passes the result to the whole program.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SettingsError, SettingsProblem
from kaufland_cli.settings.config_file import ConfigFile, read_config_file, unreadable
from kaufland_cli.settings.keys import all_keys, nearest_key, sections
from kaufland_cli.settings.locations import Locations, find_locations, with_home
from kaufland_cli.settings.model import Settings, cautions
from kaufland_cli.settings.sources import (
    Origin,
    RawValue,
    from_environment,
    from_file,
    from_options,
    looks_like_secret,
)
from kaufland_cli.settings.validation import ValidationReport, validate

_OPTIONS: Final = command("setup", "--help")
_HINT: Final = Hint("Correct what is named above, then: ", command("config", "list"))


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force, the origin of each value, and warnings for the seller."""

    settings: Settings
    origins: Mapping[str, Origin]
    locations: Locations
    warnings: tuple[str, ...]
    """Values that are allowed but questionable."""
    ignored_variables: tuple[str, ...]
    """Variables that look like settings and are none."""
    secret_file: Path
    sales_orders_folder: Path
    """Where target = file writes sales orders."""
    item_mapping_file: Path | None
    prometheus_file: Path | None

    @property
    def store_file(self) -> Path:
        """The database for the API host in use."""
        return self.locations.store_file(self.settings.api.host)


def load_settings(
    environ: Mapping[str, str],
    *,
    config_file: Path | None = None,
    profile: str | None = None,
    options: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Return the settings in force; a missing file is an empty one.

    `options` maps dotted keys to values of the command line; None is an option that was not used. Raises
    SettingsError with every problem at once, or if there is no place for the settings.
    """
    locations = find_locations(environ, config_file=config_file, profile=profile)
    report = validate_all(read_settings_file(locations.config_file), environ, options or {})
    if report.problems:
        raise settings_error(report.problems)
    return _loaded(report, locations, environ)


def load_readable(
    environ: Mapping[str, str], *, config_file: Path | None = None, profile: str | None = None
) -> LoadedSettings:
    """Return the settings as far as they can be read, so that a person can be notified of the problems.

    An invalid value is replaced by its default. Raises SettingsError if there is no place for the settings.
    """
    locations = find_locations(environ, config_file=config_file, profile=profile)
    try:
        file = read_config_file(locations.config_file)
    except SettingsError:
        file = ConfigFile(locations.config_file, "", {}, {})
    return _loaded(validate_all(file, environ, {}), locations, environ)


def _loaded(report: ValidationReport, locations: Locations, environ: Mapping[str, str]) -> LoadedSettings:
    settings, values = report.settings, report.values
    origins = {key: values[key].origin if key in values else Origin("default") for key in all_keys(settings)}
    warnings = [f"{key}: {sentence}{_at(values.get(key))}" for key, sentence in cautions(settings)]

    def path(text: str) -> Path:
        return locations.config_file.parent / with_home(Path(text), environ)

    sales, secret_file, metrics = settings.sales_orders, settings.secret.file, settings.monitoring.prometheus_file
    return LoadedSettings(
        settings,
        origins,
        locations,
        tuple(warnings),
        report.warnings,
        secret_file=path(secret_file) if secret_file else locations.secret_file,
        sales_orders_folder=_sales_orders_folder(settings, path, locations.sales_orders_folder(settings.api.host)),
        item_mapping_file=path(sales.item_mapping_file) if sales.item_mapping_file else None,
        prometheus_file=path(metrics) if metrics else None,
    )


def _sales_orders_folder(settings: Settings, path: Callable[[str], Path], next_to_store: Path) -> Path:
    """Return the folder for sales orders as files; test orders get subfolders, apart from real ones."""
    if not settings.sales_orders.folder:
        return next_to_store
    folder = path(settings.sales_orders.folder)
    return folder if settings.api.environment == "production" else folder / settings.api.host


def load_values(
    environ: Mapping[str, str],
    *,
    config_file: Path | None = None,
    profile: str | None = None,
    options: Mapping[str, object],
) -> Settings:
    """Return the values while some may still be missing; an invalid one is replaced by its default."""
    locations = find_locations(environ, config_file=config_file, profile=profile)
    return validate_all(read_settings_file(locations.config_file), environ, options).settings


def read_settings_file(path: Path) -> ConfigFile:
    """Read the file as `read_config_file` does. Raises SettingsError too if it is a file of another program."""
    file = read_config_file(path)
    meant = [name for name in file.data if looks_like_secret(name) or nearest_key(name)]
    if 2 * len(meant) < len(file.data) and sections().keys().isdisjoint(file.data):
        another = Hint("Name a file of your own: ", command("--config", "FILE", "config", "list"))
        raise unreadable(path, "is a file of another program: nothing in it is a setting of kaufland", another)
    return file


def validate_all(file: ConfigFile, environ: Mapping[str, str], options: Mapping[str, object]) -> ValidationReport:
    """Return the settings from all sources with all their problems."""
    return validate(chain(from_file(file), from_environment(environ), from_options(options)))


def settings_error(problems: Iterable[SettingsProblem]) -> SettingsError:
    """Return the error that lists every problem, in the order of lines in the file."""
    ordered = sorted(problems, key=_by_place)
    typed = all(problem.place.startswith("--") for problem in ordered)
    hint = next((problem.hint for problem in ordered if problem.hint), _OPTIONS if typed else _HINT)
    many = f"are {len(ordered)} problems" if len(ordered) > 1 else "is a problem"
    return SettingsError(f"There {many} in the settings:", problems=ordered, hint=hint)


def _by_place(problem: SettingsProblem) -> tuple[str, int]:
    name, _, line = problem.place.rpartition(":")
    return (name, int(line)) if line.isdecimal() else (problem.place, 0)


def _at(raw: RawValue | None) -> str:
    return f" ({raw.origin.place})" if raw else ""
