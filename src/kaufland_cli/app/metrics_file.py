"""The metrics that `kaufland status --prometheus FILE` writes: the status record in the form of one channel."""

from pathlib import Path

from kaufland_cli.app.context import Context
from kaufland_cli.app.import_health import remembered
from kaufland_cli.app.notify import sources_of
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage


def write_prometheus_file(context: Context, file: Path) -> None:
    """Write the state of the imports for Prometheus' textfile collector, even if the store cannot be read.

    Raises `WrongUsage` for a name that the collector does not read.
    """
    from kaufland_cli.monitoring.channels.prometheus import write_metrics

    if file.suffix != ".prom":
        raise WrongUsage(
            f"The textfile collector reads files whose names end in .prom, not {file.name!r}.",
            hint=Hint("Example: --prometheus kaufland.prom"),
        )
    write_metrics(sources_of(context, context.loaded), file, remembered(context))
