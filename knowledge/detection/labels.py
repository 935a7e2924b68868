"""The columns every voice answers in, which labels each script allows, and who can read whom."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.locales import LANGDETECT_TAGS, PRODUCT_LANGUAGES

Vector = NDArray[np.float32]

OTHER = "other"

# How many labels a guess shows.
SHOWN = 5

# Written languages outside the product's that its readers can serve, and the label they count for.
RELATIVES: Mapping[str, str] = {"bs": "hr", "sr": "hr", "ms": "id", "nn": "nb"}

# One column per label; "other" is any language we do not offer.
COLUMNS: tuple[str, ...] = (*PRODUCT_LANGUAGES, *RELATIVES, OTHER)
INDEX: Mapping[str, int] = {label: place for place, label in enumerate(COLUMNS)}

# Codes that the libraries use for what we call otherwise.
_CODES = {**LANGDETECT_TAGS, "iw": "he", "sh": "sr", "hbs": "sr", "arz": "ar", "ary": "ar"}
_CHINESE = frozenset({"zh", "yue", "wuu"})

SCRIPT_LABELS: Mapping[str, tuple[str, ...]] = {
    "ARABIC": ("ar", "fa", "ur", OTHER),
    "CYRILLIC": ("ru", "uk", "bg", "mk", "sr", OTHER),
    "DEVANAGARI": ("hi", "mr", "ne", OTHER),
    "HAN": ("zh-Hans", "zh-Hant", "ja"),
    "LATIN": (
        *"af ca cs cy da de en es et fi fr hr hu id it lt lv nb nl pl pt ro sk sl so sq sv sw fil tr vi".split(),
        OTHER,
    ),
}  # fmt: skip

# Who can read whom. Members are what agents may have; the first is the one we write in.
ROUTE_GROUPS: tuple[tuple[str, ...], ...] = (
    ("hr", "bs", "sr"), ("nb", "nn", "da", "sv"), ("id", "ms"), ("cs", "sk"), ("bg", "mk"),
    ("hi-Latn", "ur-Latn"), ("bg-Latn", "mk-Latn"), ("zh-Hans", "zh-Hant"), ("pt", "pt-BR", "pt-PT"),
)  # fmt: skip


def columns_of(code: str) -> tuple[int, ...]:
    """The columns a library's code speaks for: both ways of writing for plain Chinese, else one."""
    if code in _CHINESE:
        return INDEX["zh-Hans"], INDEX["zh-Hant"]
    return (INDEX.get(_CODES.get(code, code), INDEX[OTHER]),)


@lru_cache(maxsize=8)
def folding(script: str) -> Vector:
    """A matrix from columns to a script's labels; in Latin letters relatives count for the label that serves them."""
    labels = SCRIPT_LABELS[script]
    matrix = np.zeros((len(COLUMNS), len(labels)), dtype=np.float32)
    for place, label in enumerate(labels):
        matrix[INDEX[label], place] = 1.0
    if script == "LATIN":
        for relative, label in RELATIVES.items():
            matrix[INDEX[relative], labels.index(label)] = 1.0
    return matrix


@lru_cache(maxsize=256)
def group_of(tag: str) -> tuple[str, ...]:
    """The route group of a tag, or none; Serbian in Latin letters is read like Croatian."""
    plain = tag.removesuffix("-Latn") if tag in ("sr-Latn", "bs-Latn", "hr-Latn") else tag
    return next((group for group in ROUTE_GROUPS if plain in group), ())
