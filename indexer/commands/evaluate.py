"""Measuring: how well the parts work, as tables that anyone can print again."""

from pathlib import Path
from typing import Literal

import click
import msgspec

from indexer.commands.session import opened

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure quality and print tables."""


@evaluate.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def retrieval(as_json: bool) -> None:
    """Does a past complaint find others about the same issue, in other languages?

    Every known complaint with an issue is asked once; itself and its own language are left out.
    """
    from indexer.evaluate import evaluate_retrieval

    with opened() as knowledge:
        scores = evaluate_retrieval(knowledge)
    if as_json:
        click.echo(msgspec.json.encode(scores).decode())
        return
    click.echo(f"{'language':10} {'asked':>6} {'recall@1':>9} {'recall@5':>9} {'MRR':>6}")
    for row in scores:
        click.echo(f"{row.language:10} {row.asked:6} {row.recall_at_1:9.2f} {row.recall_at_5:9.2f} {row.mrr:6.2f}")


@evaluate.command()
@click.argument("tags", nargs=-1)
def catalogues(tags: tuple[str, ...]) -> None:
    """Are the catalogues of TAGS (or all) complete, and do they pass their own proofs?"""
    import sys

    from indexer.catalogues import main

    sys.exit(main(["check", *tags]))


@evaluate.command()
@click.option(
    "--ranker",
    "rankers",
    multiple=True,
    help="closer, contextual-closer, chance, bm25, minilm, or an encoder; several.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def corpus(rankers: tuple[str, ...], as_json: bool) -> None:
    """Score retrieval, triage and the draft check on the corpus's test split.

    Without --ranker: the shipped encoders with and without the closer look, beside BM25, an English-only model
    if it is installed, and chance.
    """
    from indexer.evaluate_corpus import evaluate_corpus, printed

    report = evaluate_corpus(rankers)
    click.echo(msgspec.json.encode(report).decode() if as_json else "\n".join(printed(report)))


@evaluate.command()
@click.argument("names", nargs=-1)
@click.option("--translations", type=_FOLDER, help="Folder of <language>.tsv.gz: English, tab, the other language.")
@click.option("--intents", type=_FOLDER, help="Folder with train.tsv.gz and test.tsv.gz: text, tab, intent.")
@click.option("--complaints/--no-complaints", default=True, help="Ask the open corpus's test split.")
def encoder(names: tuple[str, ...], translations: Path | None, intents: Path | None, complaints: bool) -> None:
    """How good and how quick are the encoders NAMES, side by side?

    A name is what AMENDS_ENCODER takes, or closer and contextual-closer (a shipped one and the closer look), minilm,
    bm25, chance. Speed is measured on the intents' queries.
    """
    from indexer.evaluate_encoder import evaluate_encoder, printed

    for line in printed(evaluate_encoder(names, translations, intents, complaints)):
        click.echo(line)


@evaluate.command()
@click.option(
    "--sentences",
    required=True,
    type=_FOLDER,
    help="Folder of <language>.txt.gz, a sentence a line.",
)
@click.option("--translations", type=_FOLDER, help="Folder of <language>.tsv.gz: English, tab, the other language.")
@click.option("--labelled", multiple=True, type=(str, _FILE), help="A case's NAME and a file of tag, tab, text.")
@click.option("--rows", default=100, show_default=True, help="Sentences per language.")
@click.option(
    "--part",
    type=click.Choice(["test", "dev", "fit", "all"]),
    default="test",
    show_default=True,
    help="Which rows by position: the last two sevenths, those before, the first half, or all.",
)
@click.option("--complaints", default=0, help="Ask so many complaints a language of the open corpus, too.")
@click.option("--against", default="", help="Libraries to ask as well, with commas; 'all' for those installed.")
@click.option("--diagram", type=click.Path(path_type=Path), help="Write the reliability diagram here, as PNG.")
def language(
    sentences: Path,
    translations: Path | None,
    labelled: tuple[tuple[str, Path], ...],
    rows: int,
    part: Literal["test", "dev", "fit", "all"],
    complaints: int,
    against: str,
    diagram: Path | None,
) -> None:
    """How surely is the language told, by case and by language, and how often would a message go astray?"""
    from indexer.detection.report import Order, report

    order = Order(
        sentences=sentences, rows=rows, translations=translations, labelled=labelled, part=part,
        complaints=complaints, against=against, diagram=diagram,
    )  # fmt: skip
    for line in report(order):
        click.echo(line)
