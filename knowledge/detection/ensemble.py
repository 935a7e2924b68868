"""The voices asked in turn, the quick ones first, until a language is settled."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.detection import mixture
from knowledge.detection.labels import INDEX, OTHER, Vector
from knowledge.detection.letters import letters_by_script
from knowledge.detection.pool import ROMAN, fitted_pools, length_class, letters_logs, library_logs, log_softmax
from knowledge.detection.quick import QuickPool, Votes
from knowledge.detection.relatives import relatives_by_label
from knowledge.detection.romanised import among_romanised, romanised_labels
from knowledge.detection.voices import (
    Cld2Voice,
    FastTextVoice,
    LangdetectVoice,
    Py3langidVoice,
    QuickVoice,
    Voice,
    dense,
)

# With this share of a second language in it, as cld2 counts bytes, the quick voices do not settle a text.
_SECOND_SHARE = 0.15
# A voice thinks of a relative unless it gives the label this many times as much.
_OUTWEIGHS = 4.0
# Hinglish and Taglish look English to the quick voices; so many different plain English words settle it.
_PLAINLY_ENGLISH, _ENGLISH_FROM = 3, -0.1
# What the first quick voice must give a text without any letter beyond ASCII, by length class.
_CLEARLY = (0.9, 0.9, 0.9, 0.9, 0.5)
# Exempt from that: nothing romanised looks like these, to cld2 at least, and fastText hardly knows them.
_UNMISTAKABLE = frozenset({"af", "cy", "sw"})
# In nats: what is less likely is not split further.
_NEGLIGIBLE = -9.0
_SOUND_DIGIT = re.compile(r"[235679]")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the voices said of one text: log posteriors by label before hints, and the least to answer from."""

    scores: Mapping[str, float]
    answer_from: float


class Ensemble:
    """Voices, pools and the order they are asked in. Safe to share between threads once built."""

    def __init__(self, use_cld2: bool = True, cascade: bool = True) -> None:
        """Without ``cascade`` every voice is asked about every text; without cld2 other pools are used."""
        self._has_cld2 = use_cld2 and Cld2Voice.is_installed()
        self._cascades = cascade
        fasttext, py3langid, langdetect = FastTextVoice(), Py3langidVoice(), LangdetectVoice()
        self._py3langid = py3langid
        self._quick: tuple[QuickVoice, ...] = (fasttext, Cld2Voice() if self._has_cld2 else py3langid)
        # The letters alone join for what the quick voices left open; the slow ones are asked last.
        slow: tuple[Voice, ...] = (py3langid, langdetect) if self._has_cld2 else (langdetect,)
        self._later: tuple[tuple[str, tuple[Voice, ...]], ...] = (
            (("middle", ()), ("full", slow)) if cascade else (("full", slow),)
        )
        self._pools = fitted_pools()
        self._quick_pools = {
            script: QuickPool(pool, script)
            for (voices, has_cld2, script), pool in self._pools.items()
            if voices == "quick" and has_cld2 == self._has_cld2
        }
        self.letters = letters_by_script()
        self._relatives = relatives_by_label()
        self.romanised = (*romanised_labels(self.letters["LATIN"]), "ur-Latn")

    def hear(self, words: str, script: str) -> Heard:
        """Ask voices until they settle it."""
        length = length_class(words, script)
        votes = [voice.votes(words) for voice in self._quick]
        # Quick voices do not tell the two ways of writing Chinese apart.
        if self._cascades and script != "HAN":
            ranked = self._quick_pools[script].rank(votes, length)
            label, best = ranked[0]
            settle_from = self._settle_from("quick", script, length, label, words)
            if best >= settle_from and self._is_clear(label, votes, words, length):
                return Heard(dict(ranked), 0.0)
        return self._hear_on(words, script, length, votes)

    def _hear_on(self, words: str, script: str, length: int, votes: Sequence[Votes]) -> Heard:
        said = {voice.name: dense(vote) for voice, vote in zip(self._quick, votes, strict=True)}
        letters = self.letters[script].log_probabilities(words)
        own = letters_logs(letters, self.letters[script], script)
        for stage, voices in self._later:
            said |= {voice.name: voice.probabilities(words) for voice in voices}
            rows = np.concatenate([own[None], library_logs(list(said.values()), script)])
            pool = self._pools[stage, self._has_cld2, script]
            logs = log_softmax(pool.scores(rows, length))
            best = int(logs.argmax())
            if logs[best] >= self._settle_from(stage, script, length, pool.labels[best], words):
                break
        scores = dict(zip(pool.labels, logs.tolist(), strict=True))
        if script == "LATIN":
            scores = self._fine(scores, words, said, letters)
        return Heard(scores, pool.answer_from[length])

    def _settle_from(self, stage: str, script: str, length: int, label: str, words: str) -> float:
        if label == "en" and mixture.english_words(words) >= _PLAINLY_ENGLISH:
            return _ENGLISH_FROM
        return self._pools[stage, self._has_cld2, script].settle_from[length]

    def _is_clear(self, label: str, votes: Sequence[Votes], words: str, length: int) -> bool:
        """Whether quick voices may settle it: one language, no relatives that a voice thinks of, no sound digits."""
        if label in (OTHER, ROMAN, "hr") or _SOUND_DIGIT.search(words):
            return False  # Croatian and Serbian in Latin letters differ by words that only the letters know
        own = INDEX[label]
        if words.isascii() and label not in _UNMISTAKABLE and votes[0].get(own, 0.0) < _CLEARLY[length]:
            return False  # a romanised language may look like any that needs no letters beyond ASCII
        if relatives := self._relatives.get(label):
            others = [INDEX[member] for member in relatives.members if member != label]
            return all(
                vote.get(own, 0.0) > _OUTWEIGHS * sum(vote.get(other, 0.0) for other in others) for vote in votes
            )
        shares = sorted(votes[1].values(), reverse=True)
        return not self._has_cld2 or len(shares) < 2 or shares[1] < _SECOND_SHARE

    def _fine(
        self, logs: dict[str, float], words: str, said: Mapping[str, Vector], letters: Vector
    ) -> dict[str, float]:
        """Split what stands for several: relatives by their own weights, Latin letters by language."""
        fine = dict(logs)
        if (whole := fine.pop(ROMAN)) > _NEGLIGIBLE:
            shares = among_romanised(words, letters, self.letters["LATIN"])
            fine |= {label: whole + share for label, share in shares.items()}
        for label, relatives in self._relatives.items():
            if logs[label] <= _NEGLIGIBLE:
                continue
            if self._py3langid.name not in said:
                said = {**said, self._py3langid.name: self._py3langid.probabilities(words)}
            parts = log_softmax(relatives.scores(letters, said)).tolist()
            for member, part in zip(relatives.members, parts, strict=True):
                fine["sr-Latn" if member == "sr" else member] = logs[label] + part
        return fine
