"""Settings that a call names, by a profile or a path, have to exist: a mistyped name would pass for an empty shop."""

from collections.abc import Mapping
from pathlib import Path

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.errors import SettingsError
from kaufland_cli.settings.load import LoadedSettings
from kaufland_cli.settings.locations import DEFAULT_PROFILE, find_profiles


def require_named_settings(loaded: LoadedSettings, environ: Mapping[str, str], *, config_file: Path | None) -> None:
    """Raise `SettingsError` if a path or profile was named for which there are no settings.

    A profile counts as known if it has a file, if the environment or the options give its client key, or if it has
    data. A path has to lead to a file.
    """
    file, name = loaded.locations.config_file, loaded.locations.profile
    if file.exists():
        return
    if config_file is not None:
        siblings = {path.name: path for path in file.parent.glob("*.toml")} if file.parent.is_dir() else {}
        near = str(siblings.get(nearest(file.name, siblings), ""))
        meant = command("--config", near, "config", "list") if near else None
        setup = command("--config", str(file), "setup")
        raise _missing(f"There is no settings file {file}.", near, meant, setup)
    given = loaded.origins["api.client_key"].source in {"environment", "option"}
    profiles = find_profiles(environ)
    if name == DEFAULT_PROFILE or given or name in {one.name for one in profiles}:
        return
    others = [one.name for one in profiles if one.has_settings]
    near = nearest(name, others)
    message = f"There are no settings for the profile {name}: {file} does not exist."
    if others and not near:
        message += f" There are settings for {', '.join(others)}."
    meant = command("--profile", near, "config", "list") if near else None
    raise _missing(message, near, meant, command("--profile", name, "setup"))


def _missing(message: str, near: str, meant: Hint | None, setup: Hint) -> SettingsError:
    hint = Hint(meant, ", or set it up: ", setup) if meant is not None else Hint("To set it up: ", setup)
    return SettingsError(f"{message}{did_you_mean(near)}", hint=hint)
