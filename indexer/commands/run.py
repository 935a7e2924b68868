"""Running: the server, a worker of its own, and the demo."""

import signal
import threading
from pathlib import Path

import click

from indexer.commands.session import configuration


@click.command()
def serve() -> None:
    """Serve the webhooks, the agents' pages and the API, and work on deliveries."""
    from plugin.server import serve as serve_forever

    serve_forever(configuration())


@click.command()
def worker() -> None:
    """Work on deliveries in a process of its own, without serving pages."""
    from plugin.server import work

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Working. Stop with Ctrl-C.", err=True)
    work(configuration(), stop)


@click.command()
@click.option(
    "--deliver",
    metavar="LANGUAGE",
    help="Send a signed sample complaint to the running demo: sl, nb, fil, zh-Hans, ar …",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("amends-data"),
    show_default=True,
    help="Where the demo keeps everything.",
)
def demo(deliver: str | None, data: Path) -> None:
    """Start with embedded defaults, sample knowledge and three sample agents.

    Without an amends.toml, the demo makes one in its data folder. Run it again at any time: nothing is lost.
    """
    from plugin.demo import deliver_sample, run_demo

    if deliver:
        click.echo(deliver_sample(data, deliver))
        return
    run_demo(data, click.echo)
