"""Curating: bringing solved complaints in, rebuilding the index, removing the samples."""

import sys
from pathlib import Path

import click

from indexer.commands.session import opened


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="import", show_default=True, help="Where these come from; kept with each row.")
@click.option("--dry-run", is_flag=True, help="Only say what would be rejected.")
def import_file(file: Path, source: str, dry_run: bool) -> None:
    """Import solved complaints from FILE (.jsonl or .csv).

    \b
    Fields: id, complaint, resolution, and optionally language, outcome (held, reopened, unknown),
    satisfaction (1-5), issue, resolution_en, resolved_on (ISO date). Personal data is masked before it
    is stored. A row with a known id replaces the old one. Every rejected row is named with line, field
    and reason; the others are imported.
    """
    from indexer.curation import curate
    from indexer.sources import read_rows

    with opened() as knowledge:
        curated = curate(read_rows(file), knowledge.detector, source)
        for rejected in curated.rejected:
            click.echo(f"{file}:{rejected.line}: {rejected.field}: {rejected.reason}", err=True)
        if not dry_run:
            with click.progressbar(length=len(curated.accepted), label="Importing", file=sys.stderr) as bar:
                for start in range(0, len(curated.accepted), 500):
                    chunk = curated.accepted[start : start + 500]
                    knowledge.store.save(chunk)
                    bar.update(len(chunk))
            knowledge.index.refresh()
    verb = "would be imported" if dry_run else "imported"
    click.echo(f"{len(curated.accepted)} {verb}, {len(curated.rejected)} rejected.")
    sys.exit(1 if curated.rejected else 0)


@click.command()
def reindex() -> None:
    """Embed everything anew with the configured encoder and publish a new index.

    Service goes on with the old index until the new one is whole.
    """
    from indexer.build import rebuild

    with opened() as knowledge:
        total = sum(knowledge.store.count().values())
        with click.progressbar(length=total, label="Embedding", file=sys.stderr) as bar:
            size = rebuild(knowledge, bar.update)
    click.echo(f"{size} complaints indexed and published.")


@click.group()
def samples() -> None:
    """The sample knowledge that comes with Amends."""


@samples.command()
def remove() -> None:
    """Remove all sample complaints; your own stay."""
    with opened() as knowledge:
        count = knowledge.store.remove_samples()
        knowledge.index.refresh()
    click.echo(f"{count} sample complaints removed.")


@samples.command()
def load() -> None:
    """Load the sample complaints (again)."""
    from knowledge.sample_knowledge import load_samples

    with opened() as knowledge:
        count = load_samples(knowledge.store)
        knowledge.index.refresh()
    click.echo(f"{count} sample complaints loaded.")
