"""`kaufland demo`: the whole product in a minute, without an account."""

from typing import Annotated

import typer

from kaufland_cli.cli.options import context_of


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    call: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep the simulator running to try setup and commands.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the simulator; 0: any free one.")] = 0,
) -> None:
    """Show everything in a minute; no account needed.

    Starts a local simulator of Kaufland's API with a month of invented orders and walks the real commands through it,
    in a folder of its own that is deleted at the end. Your settings and orders are not touched. On a terminal it waits
    before each command; in a pipe it is shorter and does not wait.

    Example: kaufland demo

    To try things yourself: kaufland demo --serve
    """
    from kaufland_cli.app import demo as use_cases

    context = context_of(call)
    if serve:
        use_cases.serve(context, port)
        return
    raise typer.Exit(use_cases.show_tour(context, port, context.color))
