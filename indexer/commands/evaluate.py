"""Measuring: how well the parts work, as tables that anyone can print again."""

import click
import msgspec

from indexer.commands.session import opened


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
@click.option("--ranker", "rankers", multiple=True, help="chance, bm25, minilm, or an encoder; several are allowed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def corpus(rankers: tuple[str, ...], as_json: bool) -> None:
    """Score retrieval, triage and the draft check on the corpus's test split.

    Without --ranker: the shipped encoder beside BM25, an English-only model if it is installed, and chance.
    """
    from indexer.evaluate_corpus import evaluate_corpus, printed

    report = evaluate_corpus(rankers)
    click.echo(msgspec.json.encode(report).decode() if as_json else "\n".join(printed(report)))
