"""Scripts decide many languages at once: what a text's letters alone can tell."""

import unicodedata
from collections import defaultdict
from functools import lru_cache

# Scripts that only one of the product's languages uses.
_ONE_LANGUAGE = {
    "HANGUL": "ko", "THAI": "th", "GREEK": "el", "HEBREW": "he", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn",
    "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "BENGALI": "bn",
}  # fmt: skip

_SCRIPT_LANGUAGES = {
    "ARABIC": frozenset({"ar", "fa", "ur"}),
    "CYRILLIC": frozenset({"ru", "uk", "bg", "mk", "sr"}),
    "DEVANAGARI": frozenset({"hi", "mr", "ne"}),
}

# Letters that Assamese (Bengali script) and Yiddish (Hebrew script) use and the product's languages do not.
_FOREIGN_LETTERS = {"BENGALI": frozenset("ৰৱ"), "HEBREW": frozenset("ײױװ")}

# Names and products in Latin letters are common in any text, so another script outweighs them;
# one Han sign says as much as four letters. Weights from the study cited in DECISIONS.md.
_LATIN_WEIGHT, _OTHER_WEIGHT, _HAN_WEIGHT = 1.0, 2.5, 4.0


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
    weights: defaultdict[str, float] = defaultdict(float)
    for character in text:
        if script := script_of(character):
            weights[script] += _weight(script)
    if not weights:
        return None
    if weights["KANA"] and weights["KANA"] + weights["HAN"] >= weights["LATIN"]:
        return "KANA"
    return max(weights, key=lambda script: (weights[script], script))


def languages_of(script: str, text: str) -> frozenset[str]:
    """Languages a script allows among the product's; empty when it allows none, or any (Latin)."""
    if _FOREIGN_LETTERS.get(script, frozenset()) & set(text):
        return frozenset()
    if language := _ONE_LANGUAGE.get(script):
        return frozenset({language})
    if script == "KANA":
        return frozenset({"ja"})
    if script == "HAN":
        return frozenset({han_variant(text)})
    return _SCRIPT_LANGUAGES.get(script, frozenset())


def han_variant(text: str) -> str:
    """Simplified or traditional: characters that only GB 2312 or only Big5 can encode decide."""
    simplified = traditional = 0
    for character in text:
        if script_of(character) != "HAN":
            continue
        in_gb, in_big5 = _encodable(character, "gb2312"), _encodable(character, "big5")
        simplified += in_gb and not in_big5
        traditional += in_big5 and not in_gb
    return "zh-Hant" if traditional > simplified else "zh-Hans"


@lru_cache(maxsize=8192)
def _encodable(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _weight(script: str) -> float:
    if script == "LATIN":
        return _LATIN_WEIGHT
    return _HAN_WEIGHT if script in ("HAN", "KANA") else _OTHER_WEIGHT
