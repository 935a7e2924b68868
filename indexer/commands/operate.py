"""Operating: how things stand, what is misconfigured, and deliveries that were given up."""

import sys

import click
import msgspec

from indexer.commands.session import configuration


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Show what is known, indexed, waiting and given up."""
    from plugin.server import open_services

    found = open_services(configuration())
    knowledge = found.knowledge
    facts = {
        "database": knowledge.settings.database.split("@")[-1],
        "encoder": knowledge.encoder.fingerprint,
        "solved_complaints": sum(knowledge.store.count().values()),
        "samples": knowledge.store.count_samples(),
        "indexed": len(knowledge.index),
        "languages": dict(knowledge.store.count()),
        "agents": len(knowledge.agents()),
        "desks": {desk.name: desk.platform for desk in found.settings.desks},
        "deliveries": dict(found.inbox.counts()),
    }
    knowledge.close()
    if as_json:
        click.echo(msgspec.json.encode(facts).decode())
        return
    for name, value in facts.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name.replace('_', ' '):18} {shown}")


@click.command()
def doctor() -> None:
    """Find what is misconfigured and say what mends it. Exit status 1 if anything is."""
    from plugin.doctor import examine

    worst = 0
    for finding in examine(configuration()):
        click.echo(f"{finding.verdict:5} {finding.subject}: {finding.detail}")
        worst = max(worst, finding.is_problem)
    sys.exit(int(worst))


@click.group()
def deliveries() -> None:
    """See and replay deliveries that were given up (dead letters)."""


@deliveries.command("list")
def list_dead() -> None:
    """List dead letters, newest first."""
    from plugin.server import open_services

    found = open_services(configuration())
    letters = found.inbox.dead_letters()
    if not letters:
        click.echo("There are no dead letters.")
    for letter in letters:
        click.echo(
            f"{letter.id}  {letter.received_at:%Y-%m-%d %H:%M}  {letter.desk}  {letter.delivery_key}  {letter.error}"
        )
    found.knowledge.close()


@deliveries.command()
@click.argument("number", type=int, required=False)
def replay(number: int | None) -> None:
    """Try dead letter NUMBER again, or all of them."""
    from plugin.server import open_services

    found = open_services(configuration())
    count = found.inbox.replay(number)
    found.knowledge.close()
    click.echo(f"{count} delivered again to the worker.")
    if not count:
        sys.exit(1)
