"""The open corpus of multilingual complaints: its records and how to load them.

Data: ``taxonomy/<sector>.jsonl``, ``complaints/<tag>.jsonl``, ``other/<tag>.jsonl``, ``drafts/<tag>.jsonl`` and
``sentences/<tag>.jsonl``, ``resolutions.jsonl`` and ``reviews.jsonl`` beside this file; ``DATA_CARD.md`` says how
they were made. Licence of the data: CC BY 4.0.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

FOLDER = Path(__file__).parent

Split = Literal["train", "dev", "test"]


class Span(msgspec.Struct, frozen=True):
    """A half-open span of characters of a text, by kind."""

    kind: str
    start: int
    end: int


class CorpusComplaint(msgspec.Struct, frozen=True):
    """One complaint. ``urgency`` has a level and, when high, its ground; ``personal`` is what one masks."""

    id: str
    language: str
    issue: str
    split: Split
    text: str
    emotion: str
    mindset: str
    remedy: str
    urgency: str
    ground: str | None
    personal: tuple[Span, ...]
    features: tuple[str, ...]


class OtherMessage(msgspec.Struct, frozen=True):
    """A message that is no complaint."""

    id: str
    language: str
    kind: str
    split: Split
    text: str
    personal: tuple[Span, ...]


class Draft(msgspec.Struct, frozen=True):
    """An agent's draft answer with what one must never say marked; no findings in a good one."""

    id: str
    language: str
    split: Split
    text: str
    findings: tuple[Span, ...]


class CorpusResolution(msgspec.Struct, frozen=True):
    """What was done about an issue, and what came of it; ``texts`` by language, English always."""

    id: str
    issue: str
    rank: Literal["good", "second", "failed"]
    title: str
    steps: tuple[str, ...]
    cost_eur: float
    outcome: Literal["held", "reopened"]
    satisfaction: int
    texts: dict[str, str]


class Translated(msgspec.Struct, frozen=True):
    """A sentence with its English; ``issue`` is the code of what it complains about, if it complains."""

    language: str
    english: str
    text: str
    issue: str | None = None


class ReadTexts(msgspec.Struct, frozen=True):
    """How many texts of each kind a second reader read."""

    complaints: int
    drafts: int
    other: int
    resolutions: int


class Review(msgspec.Struct, frozen=True):
    """A second reading of one language, by a reader who had not written it: what was read, mended and found."""

    language: str
    read: ReadTexts
    mended: int
    labels_mended: int
    findings: str


class Neighbour(msgspec.Struct, frozen=True):
    """An issue that is easily taken for another, and what tells them apart."""

    code: str
    difference: str


class Question(msgspec.Struct, frozen=True):
    """A clarifying question and the causes it tells apart."""

    ask: str
    separates: str


class Issue(msgspec.Struct, frozen=True):
    """One thing customers complain about."""

    code: str
    sector: str
    name: str
    definition: str
    neighbours: tuple[Neighbour, ...]
    causes: tuple[str, ...]
    questions: tuple[Question, ...]
    department: str


Record = TypeVar("Record", CorpusComplaint, OtherMessage, Draft, CorpusResolution, Review, Translated, Issue)


def issues() -> Iterator[Issue]:
    """The taxonomy, sector by sector."""
    for path in sorted((FOLDER / "taxonomy").glob("*.jsonl")):
        yield from _read(path, Issue)


def languages() -> tuple[str, ...]:
    """Languages that have complaints, sorted."""
    return tuple(sorted(path.stem for path in (FOLDER / "complaints").glob("*.jsonl")))


def complaints(language: str) -> Iterator[CorpusComplaint]:
    """The complaints of one language, in the taxonomy's order."""
    yield from _read(FOLDER / "complaints" / f"{language}.jsonl", CorpusComplaint)


def others(language: str) -> Iterator[OtherMessage]:
    """What is no complaint, in one language."""
    yield from _read(FOLDER / "other" / f"{language}.jsonl", OtherMessage)


def drafts(language: str) -> Iterator[Draft]:
    """Agents' drafts in one language."""
    yield from _read(FOLDER / "drafts" / f"{language}.jsonl", Draft)


def resolutions() -> Iterator[CorpusResolution]:
    """All resolutions."""
    yield from _read(FOLDER / "resolutions.jsonl", CorpusResolution)


def sentences() -> Iterator[Translated]:
    """English sentences written once more in other languages: everyday ones, what service says, complaints."""
    for path in sorted((FOLDER / "sentences").glob("*.jsonl")):
        yield from _read(path, Translated)


def reviews() -> Iterator[Review]:
    """The second readings, by language."""
    yield from _read(FOLDER / "reviews.jsonl", Review)


def _read(path: Path, kind: type[Record]) -> Iterator[Record]:
    if not path.is_file():
        return
    decoder = msgspec.json.Decoder(kind)
    for line in path.read_bytes().splitlines():
        yield decoder.decode(line)
