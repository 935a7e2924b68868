"""Tuning the encoder on one's own solved complaints, and publishing what came of it."""

import json
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.commands.session import opened
from knowledge.errors import EncoderUnavailable

if TYPE_CHECKING:
    from indexer.training.desk import DeskTexts, Finding, Tuned
    from knowledge.configuration import KnowledgeSettings

_FOLDER = "encoders"  # below the data folder
_UNFINISHED = "unfinished"


@click.command()
@click.option("--steps", default=300, show_default=True, help="Updates; a few a second.")
@click.option("--seed", default=1, show_default=True)
@click.option("--samples", is_flag=True, help="Learn from the sample complaints, too.")
@click.option("--publish/--keep", default=None, help="Publish what is better, or keep it aside; asked otherwise.")
def train(steps: int, seed: int, samples: bool, publish: bool | None) -> None:
    """Tune the encoder on your own solved complaints.

    Complaints with one issue (or, where none is given, one resolution) are taught to find each other. A
    fifth is kept back: the encoder is asked with it before and after, and only what is better is offered
    for publishing.
    """
    if find_spec("torch") is None:
        raise EncoderUnavailable("Training needs torch. Run: pip install 'amends[sentence-transformers]'")
    from indexer.training.desk import desk_texts, tune_for_desk
    from knowledge.ports import Filters

    with opened() as knowledge:
        base = _base(knowledge.settings.encoder)
        solved = knowledge.store.get(knowledge.store.ids(Filters())).values()
        desk = desk_texts(each for each in solved if samples or not each.is_sample)
        settings = knowledge.settings
        folder = settings.data / _FOLDER
    _announce(desk)
    aside = folder / _UNFINISHED
    with click.progressbar(length=steps, label="Tuning", file=sys.stderr) as bar:
        tuned = tune_for_desk(desk, base, aside, steps, seed, bar.update)
    _show(tuned)
    place = _put_in_place(aside, folder)
    if not tuned.is_better:
        click.echo(f"Not better: nothing is published. The tuned encoder is in {place}.")
        sys.exit(1)
    if publish is None:
        publish = sys.stdin.isatty() and click.confirm("Embed everything anew with it, so that it can be used?")
    if publish:
        click.echo(f"{_reindexed(settings, place)} complaints indexed with the tuned encoder.")
    _say_how_to_use(place, publish)


def _base(setting: str) -> Path:
    """The folder of the configured encoder. Raises EncoderUnavailable when it is no static one."""
    from knowledge.encoders import SHIPPED_FOLDER, STATIC
    from knowledge.static_encoder import is_static_encoder

    folder = SHIPPED_FOLDER if setting == STATIC else Path(setting)
    if not is_static_encoder(folder):
        raise EncoderUnavailable(
            f"AMENDS_ENCODER: {setting!r} cannot be tuned here, only static encoders can. Set it to 'static'."
        )
    return folder


def _announce(desk: "DeskTexts") -> None:
    click.echo(
        f"Learning from {len(desk.learned.texts)} complaints in {len(set(desk.learned.languages))} languages "
        f"about {len(set(desk.learned.labels))} things; {len(desk.asked.texts)} kept back to ask with."
    )


def _show(tuned: "Tuned") -> None:
    click.echo(f"{'':34} {'asked':>6} {'recall@1':>9} {'recall@5':>9} {'MRR':>6}")
    rows: list[tuple[str, Finding]] = [
        ("your complaints, before", tuned.desk_before),
        ("your complaints, after", tuned.desk_after),
        ("the open corpus, before", tuned.corpus_before),
        ("the open corpus, after", tuned.corpus_after),
    ]
    for name, row in rows:
        click.echo(f"{name:34} {row.asked:6} {row.recall_at_1:9.3f} {row.recall_at_5:9.3f} {row.mrr:6.3f}")


def _put_in_place(aside: Path, folder: Path) -> Path:
    """A folder named after what is in it: none is ever written over while somebody reads it."""
    import shutil

    from knowledge.static_encoder import StaticEncoder

    place = folder / StaticEncoder(aside).fingerprint
    if place.exists():
        shutil.rmtree(aside)
    else:
        aside.replace(place)
    return place.absolute()


def _reindexed(settings: "KnowledgeSettings", place: Path) -> int:
    """Embed everything with the encoder in ``place`` and publish an index; what is served now goes on."""
    from indexer.build import rebuild
    from knowledge.assembly import Knowledge

    knowledge = Knowledge(replace(settings, encoder=str(place)))
    try:
        with click.progressbar(length=sum(knowledge.store.count().values()), label="Embedding", file=sys.stderr) as bar:
            return rebuild(knowledge, bar.update)
    finally:
        knowledge.close()


def _say_how_to_use(place: Path, published: bool) -> None:
    first = "AMENDS_ENCODER to that folder" if os.environ.get("AMENDS_ENCODER") else "in amends.toml"
    then = "restart Amends" if published else "run amends reindex and restart Amends"
    click.echo(f"To use it, set {first} and {then}:")
    # JSON's quoting of a string is TOML's.
    click.echo(f"  encoder = {json.dumps(str(place), ensure_ascii=False)}")
