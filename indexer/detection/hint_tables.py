"""What hints do: how often the product answers, and how often it sends a text astray, with right and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from indexer.detection.cases import Case
from indexer.detection.judging import is_served
from knowledge.language import LanguageDetector
from knowledge.locales import PRODUCT_LANGUAGES

_CASES = ("10 words", "5 words", "3 words", "1 ordinary word")
_SEED = 5

# Sources of hints, and what they say: the truth, English, or any other language.
_WAYS: dict[str, tuple[tuple[str, ...], str]] = {
    "none": ((), ""),
    "requester's locale, right": (("requester",), "right"),
    "requester's locale is English": (("requester",), "en"),
    "requester's locale, another language": (("requester",), "other"),
    "locale and earlier tickets, right": (("requester", "earlier tickets"), "right"),
    "locale and earlier tickets, another language": (("requester", "earlier tickets"), "other"),
}


def hint_rows(cases: Sequence[Case], detector: LanguageDetector) -> Iterator[str]:
    """A Markdown table: answered and wrong routes by case, a row per way of hinting."""
    yield f"| hints | {' | '.join(f'{name}: answered | wrong route' for name in _CASES)} |"
    yield "|---|" + "---:|" * (2 * len(_CASES))
    for title, (sources, said) in _WAYS.items():
        draw = Random(_SEED)  # noqa: S311
        cells = []
        for name in _CASES:
            found = [case for case in cases if case.name == name]
            answered = wrong = 0
            for case in found:
                hint = {"right": case.tag, "other": _other(case.tag, draw)}.get(said, said)
                guess = detector.detect(case.text, dict.fromkeys(sources, hint))
                answered += guess.is_known
                wrong += guess.is_known and not is_served(case.tag, guess.tag, guess.group)
            whole = max(1, len(found))
            cells += [f"{100 * answered / whole:.1f}", f"{100 * wrong / whole:.2f}"]
        yield f"| {title} | {' | '.join(cells)} |"


def _other(tag: str, draw: Random) -> str:
    return draw.choice([other for other in PRODUCT_LANGUAGES if other != tag])
