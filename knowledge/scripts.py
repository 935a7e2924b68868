"""Scripts decide many languages at once: what a text's letters alone can tell."""

import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache

# Scripts that only one of the product's languages uses.
_ONE_LANGUAGE = {
    "HANGUL": "ko", "THAI": "th", "GREEK": "el", "HEBREW": "he", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn",
    "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "BENGALI": "bn", "KANA": "ja",
}  # fmt: skip

# Letters that Assamese (Bengali script) and Yiddish (Hebrew script) use and the product's languages do not.
_FOREIGN_LETTERS = {"BENGALI": frozenset("ৰৱ"), "HEBREW": frozenset("ײױװ")}

# Names and products in Latin letters are common in any text, so another script outweighs them;
# one Han sign says as much as four letters. Weights from the study cited in DECISIONS.md.
_LATIN_WEIGHT, _OTHER_WEIGHT, _HAN_WEIGHT = 1.0, 2.5, 4.0

# The first letter after those of Latin alphabets in use.
_BEYOND_LATIN = "\u0250"


@lru_cache(maxsize=8192)
def script_of(character: str) -> str | None:
    """The Unicode script of a letter by its name's first word; None for what is no letter."""
    if not character.isalpha():
        return None
    if "a" <= character <= "z" or "A" <= character <= "Z":
        return "LATIN"
    name = unicodedata.name(character, "")
    first = name.split(" ")[0]
    return {"CJK": "HAN", "HIRAGANA": "KANA", "KATAKANA": "KANA", "FULLWIDTH": "LATIN"}.get(first, first) or None


def main_script(text: str) -> str | None:
    """The script that carries the text; ``HAN`` and ``KANA`` stand for Chinese and Japanese writing."""
    if text.isascii() or max(text) < _BEYOND_LATIN:
        return "LATIN" if any(map(str.isalpha, text)) else None
    weights: defaultdict[str, float] = defaultdict(float)
    for character, count in Counter(text).items():
        script, weight = _weighted(character)
        weights[script] += count * weight
    weights.pop("", None)
    if not weights:
        return None
    # Japanese has kana in every phrase; a lone の is a brand's in a Chinese text.
    if weights["KANA"] * 8 > weights["HAN"] and weights["KANA"] + weights["HAN"] >= weights["LATIN"]:
        return "KANA"
    return max(weights, key=lambda script: (weights[script], script))


def only_language(script: str, text: str) -> str | None:
    """The product's one language in a script; None where it has several or none, or the letters are a neighbour's."""
    if _FOREIGN_LETTERS.get(script, frozenset[str]()).intersection(text):
        return None
    return _ONE_LANGUAGE.get(script)


def han_variant(text: str) -> str:
    """Simplified or traditional: characters that only GB 2312 or only Big5 can encode decide."""
    simplified, traditional, _ = han_evidence(text)
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def han_evidence(text: str) -> tuple[int, int, int]:
    """How many signs only GB 2312 has, how many only Big5 has, and how many there are in all."""
    simplified = traditional = signs = 0
    for character, count in Counter(text).items():
        if script_of(character) == "HAN":
            only = _standard(character)
            simplified += count * (only == "gb2312")
            traditional += count * (only == "big5")
            signs += count
    return simplified, traditional, signs


@lru_cache(maxsize=16384)
def _standard(character: str) -> str | None:
    """The one of the two standards that has the sign; None when both or neither have."""
    found = [codec for codec in ("gb2312", "big5") if _encodable(character, codec)]
    return found[0] if len(found) == 1 else None


def _encodable(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=8192)
def _weighted(character: str) -> tuple[str, float]:
    """A character's script and how much it counts; no script for what is no letter."""
    script = script_of(character)
    if script is None:
        return "", 0.0
    if script == "LATIN":
        return script, _LATIN_WEIGHT
    return script, _HAN_WEIGHT if script in ("HAN", "KANA") else _OTHER_WEIGHT
