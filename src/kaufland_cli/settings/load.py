"""The settings in force: option before environment before file before default."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kaufland_cli.errors import SettingsError, SettingsProblem
from kaufland_cli.settings.check import check
from kaufland_cli.settings.config_file import ConfigFile, read_config_file
from kaufland_cli.settings.dependencies import cautions
from kaufland_cli.settings.keys import CODE, setting_keys
from kaufland_cli.settings.locations import Locations, find_locations, with_home
from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.sources import (
    NO_MAIL_PASSWORD_HERE,
    NO_OTHER_SECRET_HERE,
    NO_SECRET_HERE,
    Given,
    Origin,
    from_environment,
    from_file,
    from_options,
    storefronts_in,
)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force, where each value comes from, and what a seller should hear about them."""

    settings: Settings
    origins: Mapping[str, Origin]
    locations: Locations
    warnings: tuple[str, ...]
    secret_file: Path
    sales_orders_folder: Path
    """Where sales orders become files."""
    item_mapping_file: Path | None
    prometheus_file: Path | None

    @property
    def store_file(self) -> Path:
        """The store of the API host in use."""
        return self.locations.store_file(self.settings.api.host)


def load_settings(
    environ: Mapping[str, str],
    *,
    config_file: Path | None = None,
    profile: str | None = None,
    options: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Return the settings in force; a missing file is an empty one.

    `options` are dotted keys with the values of the command line; None is an option that was not used. Raises
    SettingsError with every fault at once, or where there is no place for the settings.
    """
    locations = find_locations(environ, config_file=config_file, profile=profile)
    settings, origins, warnings = combine(read_config_file(locations.config_file), environ, options or {})
    return _placed(settings, origins, locations, warnings, environ)


def load_what_can_be_read(
    environ: Mapping[str, str], *, config_file: Path | None = None, profile: str | None = None
) -> LoadedSettings:
    """Return the settings as far as they can be read, so that somebody can be told of what cannot.

    What is at fault has its default. Raises SettingsError where there is no place for the settings.
    """
    locations = find_locations(environ, config_file=config_file, profile=profile)
    try:
        file = read_config_file(locations.config_file)
    except SettingsError:
        file = ConfigFile(locations.config_file, "", {}, {})
    return _placed(judge(file, environ, {}).settings, {}, locations, (), environ)


def _placed(
    settings: Settings,
    origins: Mapping[str, Origin],
    locations: Locations,
    warnings: Iterable[str],
    environ: Mapping[str, str],
) -> LoadedSettings:
    def path(text: str) -> Path:
        return locations.config_file.parent / with_home(Path(text), environ)

    sales, secret_file, metrics = settings.sales_orders, settings.secret.file, settings.monitoring.prometheus_file
    return LoadedSettings(
        settings,
        origins,
        locations,
        tuple(warnings),
        secret_file=path(secret_file) if secret_file else locations.secret_file,
        sales_orders_folder=_sales_orders_folder(settings, path, locations.sales_orders_folder(settings.api.host)),
        item_mapping_file=path(sales.item_mapping_file) if sales.item_mapping_file else None,
        prometheus_file=path(metrics) if metrics else None,
    )


def _sales_orders_folder(settings: Settings, path: Callable[[str], Path], beside_the_store: Path) -> Path:
    """Return where sales orders become files; real orders share the folder that is named with no others."""
    if not settings.sales_orders.folder:
        return beside_the_store
    folder = path(settings.sales_orders.folder)
    return folder if settings.api.environment == "production" else folder / settings.api.host


def load_values(
    environ: Mapping[str, str],
    *,
    config_file: Path | None = None,
    profile: str | None = None,
    options: Mapping[str, object],
) -> Settings:
    """Return the values while some may still be missing: nothing is judged, what is at fault has its default."""
    locations = find_locations(environ, config_file=config_file, profile=profile)
    return judge(read_config_file(locations.config_file), environ, options).settings


def combine(
    file: ConfigFile, environ: Mapping[str, str], options: Mapping[str, object]
) -> tuple[Settings, dict[str, Origin], list[str]]:
    """Return the settings, the origin of each, and the warnings. Raises SettingsError with every fault."""
    judged = judge(file, environ, options)
    if judged.problems:
        raise settings_error(judged.problems)
    settings, given = judged.settings, judged.given
    origins = {key: given[key].origin if key in given else Origin("default") for key in all_keys(settings)}
    warnings = list(judged.warnings)
    warnings += [f"{caution.key}: {caution.sentence}{_at(given.get(caution.key))}" for caution in cautions(settings)]
    return settings, origins, warnings


@dataclass(frozen=True, slots=True)
class Judged:
    """What all sources together give, right or not; `left_open` are the faults that only other faults hide."""

    settings: Settings
    given: Mapping[str, Given]
    problems: tuple[SettingsProblem, ...]
    left_open: tuple[SettingsProblem, ...]
    warnings: tuple[str, ...]


def judge(file: ConfigFile, environ: Mapping[str, str], options: Mapping[str, object]) -> Judged:
    """Return the values of all sources and everything that is wrong with them."""
    sources = [from_file(file), from_environment(environ), from_options(options)]
    given = {key: one for source in sources for key, one in source.given.items()}
    storefronts = dict.fromkeys([code for source in sources for code in source.storefronts] + [*storefronts_in(given)])
    problems = [problem for source in sources for problem in source.problems]
    settings, more, left_open = check(given, storefronts, [problem.key for problem in problems])
    warnings = tuple(warning for source in sources for warning in source.warnings)
    return Judged(settings, given, (*problems, *more), tuple(left_open), warnings)


def all_keys(settings: Settings) -> list[str]:
    """Return every key that these settings have a value for, each storefront's among them."""
    keys: list[str] = []
    for known in setting_keys():
        keys += [known.key.replace(CODE, code) for code in settings.storefronts] if CODE in known.key else [known.key]
    return keys


def settings_error(problems: Iterable[SettingsProblem]) -> SettingsError:
    """Return the error that names every fault, those of the file in the order of its lines."""
    ordered = sorted(problems, key=_by_place)
    many = f"are {len(ordered)} faults" if len(ordered) > 1 else "is one fault"
    hint = "Correct what is named above, then: kaufland config list"
    if any(problem.problem == NO_SECRET_HERE for problem in ordered):
        hint = "kaufland secret set"
    elif any(problem.problem == NO_OTHER_SECRET_HERE for problem in ordered):
        hint = "kaufland secret set --business-central"
    elif any(problem.problem == NO_MAIL_PASSWORD_HERE for problem in ordered):
        hint = "kaufland secret set --mail"
    return SettingsError(f"There {many} in the settings:", problems=ordered, hint=hint)


def _by_place(problem: SettingsProblem) -> tuple[str, int]:
    name, _, line = problem.place.rpartition(":")
    return (name, int(line)) if line.isdecimal() else (problem.place, 0)


def _at(one: Given | None) -> str:
    return f" ({one.origin.place})" if one else ""
