"""Test rows by case: what nobody fitted or tuned on. Noise, markup and threads are added by rule, repeatably."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from indexer.detection.corpus import second_half, without_diacritics
from indexer.detection.tuning import windows
from knowledge.detection.labels import RELATIVES, group_of
from knowledge.locales import LANGDETECT_TAGS, PRODUCT_LANGUAGES

NO_LANGUAGE = (
    "",
    "12345",
    "😡😡😡",
    "!!!",
    "2026-11-22 10:02",
    "€ 49,90",
    "#48213",
    "https://shop.example/a?b=1",
    "...",
    "✔️",
    "++386 41 123 456",
    "\u200f\u202e",
    "a@b.example",
    "🤷 100 %",
    "—",
    "[PHONE]",
)
_TAG = {**LANGDETECT_TAGS, "zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}
_WINDOW_CASES = ("full sentence", "10 words", "5 words", "3 words", "2 ordinary words", "1 ordinary word")
_NOISE_BEFORE = ("Order #AB-48213: ", "iPhone 15 Pro Max 😡 ", "[Ticket 99-120] ", "SKU KX-2200/B ")
_NOISE_AFTER = (
    " https://shop.example/t/81?x=2",
    " 🙏🙏",
    "\n\n-- \nJ. Smith\nSmith Ltd, +44 20 7946 0958",
    "\n\nSent from my iPhone",
    " (ref. 20261122-7)",
)
_MARKUP = (
    "<div style='color:red'><p>{}</p><br>&nbsp;</div>", "<html><head><style>p "
    "{{margin:0}}</style></head><body>{}</body></html>",
    "<table><tr><td><span class=\"x\">{}</span></td></tr></table>", "<p>{}</p><img src='cid:logo.png' "
    "alt='Company logo'>",
)  # fmt: skip
_THREADS = (
    "\n\nOn Mon, 3 May 2026 at 10:02, Help <help@shop.example> wrote:\n> Dear customer, thank you for your "
    "message.\n> We will look into it and come back to you shortly.",
    "\n\nAm 03.05.2026 um 10:02 schrieb Help <help@shop.example>:\n\nDear customer, thank you for your "
    "message. We will look into it.",
    "\n\n-----Original Message-----\nFrom: Help <help@shop.example>\nSent: Monday, May 3, 2026 10:02\nTo: "
    "Customer\n\nDear customer, thank you for your message.",
    "\n\nman. 3. mai 2026 kl. 10:02 skrev Help\n<help@shop.example>:\n\nDear customer, thank you for your "
    "message, we are looking into it.",
    "\n\n________________________________\nFrom: Help <help@shop.example>\nSent: Monday, 3 May 2026\nTo: "
    "me\n\nThank you for contacting us about your recent order.",
    "\n\n3 мая 2026 г., 10:02, Help <help@shop.example> написал:\n> Dear customer, thank you for your message.",
    "\n\nDear customer, thank you for your message. We will look into it and come back to you shortly.",
    "\nDear customer, thank you for your message. We will look into it and come back to you shortly.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A text, what it is, and of what kind."""

    name: str
    tag: str
    text: str


def sentence_cases(folder: Path, rows: int, seed: int = 7) -> Iterator[Case]:
    """Of every language's second half: by length, and under stress."""
    draw = Random(seed)  # noqa: S311
    for path in sorted(folder.glob("*.txt.gz")):
        tag = _TAG.get(path.name.removesuffix(".txt.gz"), path.name.removesuffix(".txt.gz"))
        if tag not in PRODUCT_LANGUAGES and tag not in RELATIVES:
            continue
        sentences = second_half(path)[:rows]
        for sentence in sentences:
            parts = list(windows(sentence, tag, draw))
            if tag in RELATIVES:
                yield from (Case("near relative (bs, sr, ms, nn), 5 words and more", tag, part) for part in parts[:3])
                continue
            yield from (Case(name, tag, part) for name, part in zip(_WINDOW_CASES, parts, strict=False))
            yield from _stressed(draw.choice(parts[1:3]), tag, draw)


def translation_cases(folder: Path, rows: int) -> Iterator[Case]:
    """Tatoeba sentences; Chinese is left out because its file mixes both ways of writing."""
    for path in sorted(folder.glob("*.tsv.gz")):
        tag = _TAG.get(path.name.split(".")[0], path.name.split(".")[0])
        if tag not in PRODUCT_LANGUAGES or tag.startswith("zh"):
            continue
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            pairs = [line.rstrip("\n").split("\t") for line in lines]
        for pair in pairs[:rows]:
            yield Case("Tatoeba sentence", tag, pair[1])
        if tag == "sl":
            yield from (Case("Tatoeba sentence", "en", pair[0]) for pair in pairs[:rows])


def labelled_cases(path: Path, name: str) -> Iterator[Case]:
    """A file of ``tag<TAB>text`` lines; a line break inside a text is written ``\\n``."""
    for line in path.read_text(encoding="utf-8").splitlines():
        tag, tab, text = line.partition("\t")
        if tab:
            yield Case(name, tag, text.replace("\\n", "\n"))


def other_cases() -> Iterator[Case]:
    """What has no language."""
    yield from (Case("no language", "und", text) for text in NO_LANGUAGE)


def folded(tag: str) -> str:
    """A tag as the tables compare it: relatives that no product language separates count as one."""
    plain = tag.split("-", maxsplit=1)[0] if tag.split("-", maxsplit=1)[0] in ("pt", "en", "sr") else tag
    return RELATIVES.get(plain, plain)


def is_right(tag: str, answer: str) -> bool:
    """Whether an answer names the language."""
    return folded(tag) == folded(answer) or answer == f"{tag}-Latn"


def is_served(tag: str, answer: str, group: tuple[str, ...]) -> bool:
    """Whether a reader of the answer, or of its route group, can read the text."""
    return is_right(tag, answer) or tag in group or (bool(group) and group_of(tag) == group)


def _stressed(text: str, tag: str, draw: Random) -> Iterator[Case]:
    yield Case("base of the following", tag, text)
    if text.upper() != text:
        yield Case("all capitals", tag, text.upper())
    if (
        without_diacritics(text) != text
        and text.isascii() is False
        and min(text.lower()) < "\u0250"
        and _is_latin(text)
    ):
        yield Case("no diacritics", tag, without_diacritics(text))
    if len(text) > 8:
        at = draw.randrange(2, len(text) - 2)
        yield Case("mistyped", tag, text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    yield Case("names, codes, signature", tag, draw.choice(_NOISE_BEFORE) + text + draw.choice(_NOISE_AFTER))
    yield Case("markup", tag, draw.choice(_MARKUP).format(text))
    yield Case("English thread below", tag, text + draw.choice(_THREADS))


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x2000 and not 0x370 <= ord(character) < 0x1E00 for character in text)
