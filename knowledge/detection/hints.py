"""Priors: what is known of the writer beside the words. They tip close calls and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.locales import base_language, serve, tag_or_none
from knowledge.model import Remark

# Prior odds in nats by source; together capped. In a simulation (the study cited in DECISIONS.md, table 10) a hint
# that is right half the time helps up to 3 nats, one right nine times in ten helps most at 4. People seldom change
# the language they write in, so an earlier ticket counts most.
_NATS = {"earlier tickets": 4.0, "requester": 2.5, "helpdesk field": 2.5, "mail domain": 1.0, "browser": 1.0}
_NATS_OTHERWISE = 1.5
CAP_NATS = 4.0

# Country domains where nearly everybody writes one of our languages. Domains sold to everyone (.tv, .io, .me) and
# countries of several languages (.be, .ch, .in) say nothing.
_DOMAINS = {
    "al": "sq", "at": "de", "bg": "bg", "br": "pt-BR", "cl": "es", "cn": "zh-Hans", "cz": "cs", "de": "de",
    "dk": "da", "ee": "et", "es": "es", "fi": "fi", "fr": "fr", "gr": "el", "hk": "zh-Hant", "hr": "hr", "hu": "hu",
    "id": "id", "il": "he", "ir": "fa", "it": "it", "jp": "ja", "kr": "ko", "lt": "lt", "lv": "lv", "mk": "mk",
    "mx": "es", "my": "ms", "nl": "nl", "no": "nb", "ph": "fil", "pl": "pl", "pt": "pt-PT", "ro": "ro", "rs": "sr",
    "ru": "ru", "se": "sv", "si": "sl", "sk": "sk", "th": "th", "tr": "tr", "tw": "zh-Hant", "ua": "uk", "uk": "en",
    "uy": "es", "vn": "vi", "ba": "bs", "pk": "ur", "np": "ne", "bd": "bn", "sa": "ar", "eg": "ar",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hints:
    """Nats by label, and the remarks that tell of them."""

    nats: Mapping[str, float]
    remarks: tuple[Remark, ...]


NO_HINTS = Hints({}, ())


def weigh(hints: Mapping[str, str], labels: Sequence[str]) -> Hints:
    """Which labels the hints speak for, and how much; what is no language of ours says nothing."""
    gained: dict[str, float] = {}
    remarks = []
    available = frozenset(labels)
    for source, text in hints.items():
        tag = tag_or_none(text)
        if tag is None:
            continue
        spoken_for = _labels_for(tag, available)
        nats = _NATS.get(source, _NATS_OTHERWISE)
        for label in spoken_for:
            gained[label] = min(CAP_NATS, gained.get(label, 0.0) + nats)
        if spoken_for:
            facts: dict[str, str | int] = {"source": source, "language": tag, "weight": f"{nats:g}"}
            remarks.append(Remark("A hint ({source}) speaks for {language} with weight {weight}.", facts))
    return Hints(gained, tuple(remarks))


def domain_language(address: str | None) -> str | None:
    """The language that a mail address's country speaks for, or None."""
    if not address or "@" not in address:
        return None
    return _DOMAINS.get(address.rstrip(" >.").rpartition(".")[2].lower())


def _labels_for(tag: str, available: frozenset[str]) -> tuple[str, ...]:
    """The label that serves the tag, and the same language in Latin letters: both are how that person may write."""
    in_latin = frozenset(label for label in available if label.endswith("-Latn"))
    romanised = tuple(sorted(label for label in in_latin if base_language(label) == base_language(tag)))
    served = serve(tag, available - in_latin)
    return (*((served,) if served else ()), *romanised)
