"""From authored texts to the corpus's files: labels from the plan, spans from the marks, splits by hash.

``python -m indexer.corpus.build [TAG …]``: all languages that were written completely, or the named ones.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from indexer.corpus.authored import Authored, AuthoringError, read_authored
from indexer.corpus.check_authored import FOLDER as AUTHORED
from indexer.corpus.plan import FOLDER, Planned, issues, plan
from indexer.corpus.splits import split_of, unseen_issues
from knowledge.corpus import CorpusComplaint, CorpusResolution, Draft, OtherMessage, Review, Span, reviews

_TABLE_BEGINS, _TABLE_ENDS = "<!-- readings -->", "<!-- /readings -->"


def build(tag: str) -> int:
    """Write the files of one language; gives the number of complaints."""
    unseen = unseen_issues(issues())
    folder = AUTHORED / tag
    planned = {p.key: p for p in plan(tag)}
    written = {a.key: a for path in sorted((folder / "complaints").glob("*.txt")) for a in read_authored(path)}
    if missing := planned.keys() - written.keys():
        raise AuthoringError(f"{len(missing)} texts are not written yet")
    complaints = [_complaint(tag, planned[key], written[key], unseen) for key in planned]
    _write(FOLDER / "complaints" / f"{tag}.jsonl", complaints)
    _write(FOLDER / "other" / f"{tag}.jsonl", list(_others(tag, folder / "other.txt")))
    _write(FOLDER / "drafts" / f"{tag}.jsonl", list(_drafts(tag, folder / "drafts.txt")))
    return len(complaints)


def build_resolutions(tags: Iterable[str]) -> int:
    """Write all resolutions, with what the named languages' authors wrote of them."""
    local: dict[str, dict[str, str]] = {}
    for tag in tags:
        path = AUTHORED / tag / "resolutions.txt"
        for text in read_authored(path) if path.is_file() else ():
            local.setdefault(text.key, {})[tag] = text.text
    known = {r.id: r.texts for r in _known_resolutions()}
    rows = [
        _resolution(issue["code"], row, {**known.get(row["id"], {}), **local.get(row["id"], {})})
        for path in sorted((FOLDER / "taxonomy").glob("*.jsonl"))
        for issue in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        for row in issue["resolutions"]
    ]
    _write(FOLDER / "resolutions.jsonl", rows)
    return len(rows)


def build_reviews() -> int:
    """Write the second readings: those lying beside the authored texts, and those known already."""
    found = {review.language: review for review in reviews()}
    for path in AUTHORED.glob("*/review.json"):
        review = msgspec.json.decode(path.read_bytes(), type=Review)
        found[review.language] = review
    rows = [found[language] for language in sorted(found)]
    _write(FOLDER / "reviews.jsonl", rows)
    _tell(FOLDER / "DATA_CARD.md", rows)
    return len(rows)


def _tell(card: Path, rows: Iterable[Review]) -> None:
    """Put the readings' table between its marks in the data card."""
    before, rest = card.read_text(encoding="utf-8").split(_TABLE_BEGINS)
    after = rest.split(_TABLE_ENDS)[1]
    lines = ["| language | complaints read | texts mended | labels mended | found |", "|---|--:|--:|--:|---|"]
    lines += [f"| {r.language} | {r.read.complaints} | {r.mended} | {r.labels_mended} | {r.findings} |" for r in rows]
    table = "\n".join(lines).replace("\u2028", " ")
    card.write_text(f"{before}{_TABLE_BEGINS}\n{table}\n{_TABLE_ENDS}{after}", encoding="utf-8")


def _known_resolutions() -> list[CorpusResolution]:
    from knowledge.corpus import resolutions

    return list(resolutions())


def _complaint(tag: str, planned: Planned, text: Authored, unseen: frozenset[str]) -> CorpusComplaint:
    overruled = dict(text.overruled)
    urgency = overruled.get("urgency", planned.urgency)
    ground = overruled.get("ground", planned.ground)
    identifier = f"{tag}/{planned.key}"
    return CorpusComplaint(
        id=identifier,
        language=tag,
        issue=planned.issue,
        split=split_of(identifier, planned.issue, unseen),
        text=text.text,
        emotion=overruled.get("emotion", planned.emotion),
        mindset=overruled.get("mindset", planned.mindset),
        remedy=overruled.get("remedy", planned.remedy),
        urgency=urgency,
        ground=ground if urgency == "high" and ground not in ("", "none") else None,
        personal=_spans(text),
        features=planned.features,
    )


def _others(tag: str, path: Path) -> Iterable[OtherMessage]:
    for number, text in enumerate(read_authored(path), 1):
        identifier = f"{tag}/other.{number}"
        yield OtherMessage(identifier, tag, text.key, split_of(identifier, None, frozenset()), text.text, _spans(text))


def _drafts(tag: str, path: Path) -> Iterable[Draft]:
    for number, text in enumerate(read_authored(path), 1):
        identifier = f"{tag}/draft.{number}"
        yield Draft(identifier, tag, split_of(identifier, None, frozenset()), text.text, _spans(text))


def _resolution(issue: str, row: Mapping[str, Any], local: dict[str, str]) -> CorpusResolution:
    return CorpusResolution(
        id=row["id"],
        issue=issue,
        rank=row["rank"],
        title=row["title"],
        steps=tuple(row["steps"]),
        cost_eur=float(row["cost_eur"]),
        outcome=row["outcome"],
        satisfaction=row["satisfaction"],
        texts={"en": row["text"], **local},
    )


def _spans(text: Authored) -> tuple[Span, ...]:
    return tuple(Span(span.kind, span.start, span.end) for span in text.spans)


def _write(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def main(tags: list[str]) -> int:
    """Build the named languages, or all that have everything."""
    found = tags or sorted(p.name for p in AUTHORED.iterdir() if (p / "drafts.txt").is_file())
    failed = []
    for tag in list(found):
        try:
            print(f"{tag}: {build(tag)} complaints")
        except AuthoringError as error:
            print(f"{tag}: {error}")
            failed.append(tag)
    print(f"{build_resolutions([tag for tag in found if tag not in failed])} resolutions")
    print(f"{build_reviews()} second readings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
