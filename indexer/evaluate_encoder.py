"""How good encoders are, side by side in one run: translations found, intents, complaints, speed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.corpus.rankers import likeness_of
from indexer.corpus.retrieval_scores import score_retrieval, test_pool
from indexer.encoder_speed import measured
from indexer.training.scoring import Score, read_labelled, score_intents, score_translations
from knowledge.errors import EncoderUnavailable

DEFAULT_NAMES = ("static", "contextual", "minilm", "bm25")
_NO_ENCODERS = ("bm25", "chance", "closer", "contextual-closer")
_SPEED_TEXTS = 3_000


def evaluate_encoder(
    names: Sequence[str], translations: Path | None, intents: Path | None, complaints: bool
) -> dict[str, list[Score]]:
    """Every figure of every name: an encoder's setting, or ``minilm``, ``bm25``, ``chance``.

    Without names the default ones, as far as they are installed.

    ``translations`` holds <language>.tsv.gz (English, tab, other); ``intents`` train.tsv.gz and
    test.tsv.gz (text, tab, intent); ``complaints`` asks the open corpus's test split.
    """
    pool = test_pool() if complaints else None
    found: dict[str, list[Score]] = {}
    for name in names or DEFAULT_NAMES:
        try:
            likeness = likeness_of(name)
        except EncoderUnavailable:
            if names:
                raise
            continue
        scores: list[Score] = []
        if translations:
            scores += score_translations(likeness, translations)
        if intents:
            scores += score_intents(likeness, intents, intents.name)
        if pool:
            for row in score_retrieval(name, likeness, pool, test_pool("train")):
                part = f"{row.issues} issues, {row.pairs}"
                scores += [Score("recall at 1", part, row.recall_at_1), Score("recall at 5", part, row.recall_at_5)]
        found[name] = [*scores, *_speed_scores(name, intents)]
    return found


def _speed_scores(name: str, intents: Path | None) -> list[Score]:
    if name in _NO_ENCODERS or intents is None:
        return []
    speed = measured(_setting(name), read_labelled(intents / "test.tsv.gz").texts[:_SPEED_TEXTS])
    return [
        Score("texts a second", "one core", speed.texts_per_s),
        Score("seconds to the first vector", "fresh process", speed.load_s),
        Score("memory, MiB", "fresh process", speed.memory_mib),
    ]


def _setting(name: str) -> str:
    from indexer.training.teacher import installed_teacher

    return str(installed_teacher()) if name == "minilm" else name


def printed(found: dict[str, list[Score]]) -> Iterator[str]:
    """A Markdown table: a row for each figure, a column for each name, a dash where it was not asked for."""
    titles = [Path(name).name or name for name in found]
    yield f"| figure | {' | '.join(titles)} |"
    yield "|---|" + "--:|" * len(titles)
    values = {(name, score.what, score.part): score.value for name, scores in found.items() for score in scores}
    for what, part in dict.fromkeys((score.what, score.part) for scores in found.values() for score in scores):
        cells = [values.get((name, what, part)) for name in found]
        shown = ["–" if cell is None else f"{cell:,.3f}" if cell < 10 else f"{cell:,.0f}" for cell in cells]
        yield f"| {what}, {part} | {' | '.join(shown)} |"
