"""Check the catalogues of a locale: complete, consistent, and proven on their own test texts.

``python -m indexer.catalogues check [TAG …]`` prints what is wrong, a line each; exit status 1 if anything is.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from babel.messages.pofile import read_po

from knowledge.cues import CueError
from knowledge.encoders import STATIC, load_encoder
from knowledge.errors import AmendsError
from knowledge.locales import CATALOGUES, catalogue_locales, folder_of
from knowledge.model import Emotion, LanguageGuess, Mindset, Outcome, Remedy, UrgencyLevel
from knowledge.phrasebook import meanings, phrases_of, registers_of
from knowledge.triage import Triage
from knowledge.triage_features import CUE_TABLES, cue_tables
from knowledge.wording import WordingKind, check_draft, wording_rules

ROOT = CATALOGUES.parent
SAMPLES = ROOT / "knowledge" / "samples"
PROOFS = ROOT / "tests" / "languages"

_SAMPLE_LABELS = {"emotion": Emotion, "mindset": Mindset, "remedy": Remedy, "urgency": UrgencyLevel}
_LABELS_RIGHT = 0.75
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def problems_of(tag: str) -> Iterator[str]:
    """Everything wrong with one locale, a sentence each."""
    try:
        yield from _phrase_problems(tag)
        yield from _interface_problems(tag)
        yield from _table_problems(tag)
        yield from _sample_problems(tag)
        yield from _proof_problems(tag)
    except (AmendsError, CueError, tomllib.TOMLDecodeError, ValueError, KeyError, OSError) as error:
        yield f"{type(error).__name__}: {error}"


def _phrase_problems(tag: str) -> Iterator[str]:
    if not registers_of(tag):
        yield "no phrases_<register>.po"
    for register in registers_of(tag):
        texts = phrases_of(tag, register).texts
        for key, meaning in meanings().items():
            if key not in texts:
                yield f"phrases_{register}: {key} has no translation (is the msgid exact?)"
            elif _placeholders(meaning) != _placeholders(texts[key]):
                yield f"phrases_{register}: {key} must hold the same placeholders as {meaning!r}"
            elif texts[key] != texts[key].strip():
                yield f"phrases_{register}: {key} has blanks at its ends"
        for key in texts.keys() - meanings().keys():
            yield f"phrases_{register}: {key} is not in the template"


def _interface_problems(tag: str) -> Iterator[str]:
    """The agents' interface, where a locale has it: whole, and with the same placeholders."""
    path = folder_of(tag) / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return
    with (CATALOGUES / "messages.pot").open("rb") as template, path.open("rb") as translated:
        wanted, found = read_po(template), read_po(translated, locale=tag.replace("-", "_"))
    for message in wanted:
        if not message.id:
            continue
        entry = found.get(message.id)
        texts = _texts(entry.string) if entry and entry.string else []
        if not texts or not all(texts):
            yield f"messages.po: {message.id!r} is not translated"
        elif any(_placeholders(text) != _placeholders(_texts(message.id)[0]) for text in texts):
            yield f"messages.po: {message.id!r} must keep its placeholders"


def _texts(strings: str | tuple[str, ...] | list[str]) -> list[str]:
    return [strings] if isinstance(strings, str) else list(strings)


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


@lru_cache(maxsize=1)
def _triage() -> Triage:
    return Triage(load_encoder(STATIC))


def _table_problems(tag: str) -> Iterator[str]:
    for missing in set(CUE_TABLES) - cue_tables(tag).keys():
        yield f"cues.toml: table [{missing}] is missing"
    for unknown in cue_tables(tag).keys() - set(CUE_TABLES):
        yield f"cues.toml: table [{unknown}] is unknown"
    for kind in set(WordingKind) - {rule.kind for rule in wording_rules(tag)}:
        yield f"wording.toml: table [{kind}] is missing"


def _sample_problems(tag: str) -> Iterator[str]:
    path = SAMPLES / f"{tag}.jsonl"
    if not path.is_file():
        yield f"knowledge/samples/{path.name} is missing"
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        for name, kind in _SAMPLE_LABELS.items():
            if row.get(name) not in list(kind):
                yield f"samples line {number}: {name} is {row.get(name)!r}"
        if row["language"] != tag or row["outcome"] not in list(Outcome):
            yield f"samples line {number}: language or outcome is wrong"
        if row["satisfaction"] not in (None, 1, 2, 3, 4, 5):
            yield f"samples line {number}: satisfaction is {row['satisfaction']!r}"
        date.fromisoformat(row["resolved_on"])
        for name in ("id", "issue", "complaint", "resolution", "resolution_en"):
            if not row[name].strip():
                yield f"samples line {number}: {name} is empty"


def _proof_problems(tag: str) -> Iterator[str]:
    proofs = tomllib.loads((PROOFS / f"{tag}.toml").read_text(encoding="utf-8"))
    for number, draft in enumerate(proofs["draft"], 1):
        found = {finding.kind for finding in check_draft(draft["text"], tag)}
        if found != set(draft["kinds"]):
            yield f"draft {number}: expected {sorted(draft['kinds'])}, found {sorted(found)}: {draft['text']}"
    yield from _message_problems(proofs["message"], LanguageGuess(tag, 1.0))


def _message_problems(messages: list[dict[str, Any]], guess: LanguageGuess) -> Iterator[str]:
    """Complaints must be told from others; their labels must come out right for the greater part."""
    compared = right = 0
    for number, message in enumerate(messages, 1):
        found = _triage().assess(message["text"], guess)
        if found.is_complaint != message["is_complaint"]:
            yield f"message {number}: is_complaint came out {found.is_complaint} ({found.probability})"
        if not (found.is_complaint and message["is_complaint"]):
            continue
        came_out = {"emotion": found.emotion, "remedy": found.remedy}
        compared += len(came_out)
        right += sum(message.get(name, value) == value for name, value in came_out.items())
    if right < _LABELS_RIGHT * compared:
        yield f"messages: only {right} of {compared} emotions and remedies came out right"


def main(arguments: list[str]) -> int:
    """Check the named locales, or all."""
    if arguments[:1] != ["check"]:
        print(__doc__)
        return 2
    failed = False
    for tag in arguments[1:] or sorted(catalogue_locales()):
        problems = list(problems_of(tag)) if folder_of(tag).is_dir() else ["no such locale"]
        failed = failed or bool(problems)
        print(f"{tag}: {'ok' if not problems else f'{len(problems)} to mend'}")
        for problem in problems:
            print(f"  {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
