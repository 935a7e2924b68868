"""What each text of the corpus shall be: drawn at random, so that the issue does not give away the rest.

Authors get a plan and write a text that carries it out. Were labels left to them, late parcels would
always be angry and lost luggage always worried; a triage trained on that would read the issue, not the
customer. An author may overrule a line that makes no sense, and says so in the line.

``python -m indexer.corpus.plan TAG`` prints the plan of one language, one line per text.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "knowledge" / "corpus"

# The helpdesk market's largest languages get two complaints per issue, the others one.
LARGE_LANGUAGES = frozenset(
    ("en es pt fr de it nl pl ru uk tr ar zh-Hans zh-Hant ja ko id vi th hi sv da nb fi cs el he hu ro fil").split()
)

_EMOTIONS = {"calm": 24, "frustrated": 24, "angry": 20, "disappointed": 18, "worried": 14}
_REMEDIES_BY_MINDSET = {
    "solution": {"refund": 5, "replacement": 5, "repair": 5, "information": 5, "explanation": 3, "none": 2},
    "compensation": {"compensation": 6, "refund": 5},
    "respect": {"apology": 4, "explanation": 3, "none": 3},
    "venting": {"none": 7, "apology": 1, "explanation": 1},
}
_MINDSETS = {"solution": 42, "compensation": 20, "respect": 18, "venting": 20}
_URGENCIES = {"low": 26, "normal": 42, "high": 32}
_GROUNDS = {"deadline": 6, "legal": 4, "public": 3, "leaving": 4, "repeat": 5, "harm": 3, "hardship": 4}
_LENGTHS = {
    "under 10 words": 18, "10-25 words": 31, "25-55 words": 34, "55-110 words": 12, "over 120 words": 5,
}  # fmt: skip
_FEATURES = {
    "order or case number": 0.3, "amount of money": 0.25, "date": 0.2, "typos": 0.12, "all capitals": 0.03,
    "missing diacritics or casual spelling": 0.08, "mixes in English words": 0.05, "emoji": 0.05,
    "signature with name": 0.07, "quoted e-mail thread below": 0.04, "contact data (e-mail or phone)": 0.06,
}  # fmt: skip
_ROMANISED = frozenset({"hi", "el", "ar", "ur", "bn", "pa", "gu", "mr", "ne", "fa", "ru", "uk", "bg", "mk"})
_ANGLES = (
    "writes for an elderly parent", "loyal customer for years", "first-time customer", "business customer", "student",
    "fragmentary chat message", "formal letter", "on the road, typing fast", "polite but firm", "sarcastic",
    "has a small child", "lives in the countryside", "ordered a present", "expert who knows the rules",
    "unsure whether to complain at all", "writes from abroad", "second message after a useless answer",
    "tells the story in order", "starts with the demand", "thanks in advance", "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """One text to write: what it is about, what it must show, how long and how."""

    key: str
    issue: str
    emotion: str
    mindset: str
    remedy: str
    urgency: str
    ground: str
    length: str
    features: tuple[str, ...]
    angle: str


def issues() -> list[str]:
    """All issue codes, sector by sector."""
    paths = sorted((FOLDER / "taxonomy").glob("*.jsonl"))
    return [json.loads(line)["code"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def plan(tag: str) -> Iterator[Planned]:
    """The plan of one language; the same on every run."""
    for issue in issues():
        for number in range(1, 3 if tag in LARGE_LANGUAGES else 2):
            # A draw of its own for every text: adding an issue changes no other plan.
            draw = random.Random(f"amends corpus {tag} {issue} {number}")  # noqa: S311 - no secret
            yield _planned(draw, tag, issue, number)


def _planned(draw: random.Random, tag: str, issue: str, number: int) -> Planned:
    mindset = _pick(draw, _MINDSETS)
    urgency = _pick(draw, _URGENCIES)
    length = _pick(draw, _LENGTHS)
    is_short = length.startswith("under")
    features = [name for name, share in _FEATURES.items() if draw.random() < (share / 3 if is_short else share)]
    if tag in _ROMANISED and draw.random() < 0.07:
        features.append("romanised (Latin letters, as people type)")
    return Planned(
        key=f"{issue}.{number}",
        issue=issue,
        emotion=_pick(draw, _EMOTIONS),
        mindset=mindset,
        remedy=_pick(draw, _REMEDIES_BY_MINDSET[mindset]),
        urgency=urgency,
        ground=_pick(draw, _GROUNDS) if urgency == "high" else "",
        length=length,
        features=tuple(features),
        angle="" if is_short else draw.choice(_ANGLES),
    )


def _pick(draw: random.Random, weights: dict[str, int]) -> str:
    return draw.choices(list(weights), weights=list(weights.values()))[0]


def main(arguments: list[str]) -> int:
    """Print the plan of the named languages, one sector's lines together."""
    for tag in arguments:
        for p in plan(tag):
            urgency = f"{p.urgency}: {p.ground}" if p.ground else p.urgency
            extras = "; ".join([*p.features, *([p.angle] if p.angle else [])])
            print(f"{p.key} | {p.emotion} | {p.mindset} | {p.remedy} | {urgency} | {p.length} | {extras}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
