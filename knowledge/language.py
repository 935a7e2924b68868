"""Which language a text is in: a guess with a probability, or honestly undetermined.

A wrong language sends a customer to someone who cannot read them; "undetermined" only asks a person. Preparation,
scripts, a calibrated pool of voices, hints; the parts are in ``knowledge.detection``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge.detection import mixture
from knowledge.detection.hints import Hints, weigh
from knowledge.detection.labels import COLUMNS, INDEX, OTHER, ROUTE_GROUPS, SCRIPT_LABELS, Vector, group_of
from knowledge.detection.letters import letters_by_script
from knowledge.detection.pool import ROMAN, fitted_pools, length_class, letters_logs, library_logs, log_softmax
from knowledge.detection.prepare import prepare, words_of
from knowledge.detection.relatives import relatives_by_label
from knowledge.detection.romanised import among_romanised, romanised_labels
from knowledge.detection.voices import Cld2Voice, FastTextVoice, LangdetectVoice, Py3langidVoice, Voice
from knowledge.model import LanguageGuess, Remark
from knowledge.scripts import han_evidence, languages_of, main_script

__all__ = ["ROUTE_GROUPS", "LanguageDetector"]

# A script that only one of our languages is written in leaves this much doubt.
_SCRIPT_PROBABILITY = 0.999
# Languages an organisation has not enabled stay in the race, else texts in them come out as one that is
# (the study cited in DECISIONS.md, tables 8 and 9).
_NOT_ENABLED_NATS = -3.0
# Less sure than this of the head of a message, the rest of it is read, too.
_READ_ON_BELOW = 0.9
_LEFT_OPEN_FROM = 0.05
# With this share of a second language in it, a text is looked at word by word.
_SECOND_SHARE = 0.15
# A voice thinks of a relative unless it gives the label this many times as much.
_OUTWEIGHS = 4.0
# Hinglish and Taglish look English to the quick voices; so many different plain English words settle it.
_PLAINLY_ENGLISH, _ENGLISH_FROM = 3, -0.1
_PLAINLY_CHINESE = 8
# What the fit would ask of longer texts rests on a few rows; more than this loses answers and gains nothing.
_ANSWER_FROM_AT_MOST = (0.97, 0.97, 0.97, 0.9, 0.8)
# Words and a hint that say the same need less of each.
_CONFIRMED_FROM = 0.85
_SHOWN = 5
_SOUND_DIGIT = re.compile(r"[235679]")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the voices said of one text: posteriors by fine label before hints, and the threshold."""

    scores: Mapping[str, float]
    answer_from: float
    letters: Vector | None


class LanguageDetector:
    """The ensemble. Safe to share between threads once built; deterministic; offline."""

    def __init__(self, enabled: Iterable[str] = (), use_cld2: bool = True) -> None:
        """``enabled`` languages are preferred to all others; none named means all alike."""
        self._enabled = frozenset(enabled)
        self._has_cld2 = use_cld2 and Cld2Voice.is_installed()
        fasttext, py3langid = FastTextVoice(), Py3langidVoice()
        # Quick voices settle clear texts; the next are asked only about the others.
        self._stages: tuple[tuple[str, tuple[Voice, ...]], ...] = (
            ("quick", (fasttext, Cld2Voice() if self._has_cld2 else py3langid)),
            ("middle", (py3langid,) if self._has_cld2 else ()),
            ("full", (LangdetectVoice(),)),
        )
        (_, quick), (_, middle), full = self._stages
        self._stages_for_han = (("middle", (*quick, *middle)), full)
        self._pools = fitted_pools()
        self._letters = letters_by_script()
        self._relatives = relatives_by_label()
        self._romanised = (*romanised_labels(self._letters["LATIN"]), "ur-Latn")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every tag that can come out, beside ``und``."""
        return (*(column for column in COLUMNS if column != OTHER), "sr-Latn", *self._romanised)

    def detect(self, text: str, hints: Mapping[str, str] | None = None) -> LanguageGuess:
        """Guess the language of a text; hints (source to tag) tip only close calls. Never raises; linear."""
        prepared = prepare(text)
        weighed = weigh(hints, self.labels) if hints else Hints({}, ())
        guess = self._guess(prepared.head, weighed)
        if not prepared.rest.strip() or guess.probability >= _READ_ON_BELOW:
            return guess
        longer = self._guess(f"{prepared.head} {words_of(prepared.rest)}", weighed)
        # What follows may be somebody else's: it may settle what the head left open, not overrule it.
        open_labels = {label for label, probability in guess.distribution if probability >= _LEFT_OPEN_FROM}
        settles = longer.probability > guess.probability and (not open_labels or longer.tag in open_labels)
        return longer if settles else guess

    def _guess(self, words: str, hints: Hints) -> LanguageGuess:
        script = main_script(words)
        if script is None:
            return _undetermined(Remark("The message has no words to tell the language by."))
        allowed = languages_of(script, words)
        if len(allowed) == 1 and script not in SCRIPT_LABELS:
            return self._by_script(words, *allowed)
        if script not in SCRIPT_LABELS:
            return _undetermined(Remark("None of the known languages is written like this."))
        if script == "HAN" and (plain := _plainly_chinese(words)):
            return self._by_script(words, plain)
        heard = self._hear(words, script)
        ranked = self._ranked(heard.scores, hints)
        guess = self._decide(ranked, heard.answer_from, hints)
        if script == "LATIN" and mixture.may_be_mixed(guess, words):
            guess = mixture.second_language(guess, words, self._letters["LATIN"])
        return guess

    def _by_script(self, words: str, only: str) -> LanguageGuess:
        reasons = [Remark("The script decides.")]
        if second := mixture.latin_share(words):
            reasons.append(Remark("{share} % of the letters are Latin.", {"share": second}))
        return LanguageGuess(only, _SCRIPT_PROBABILITY, group_of(only), ((only, _SCRIPT_PROBABILITY),), tuple(reasons))

    def _hear(self, words: str, script: str) -> _Heard:
        """Ask voices, quick ones first, until they settle it."""
        length = length_class(words, script)
        said: dict[str, Vector] = {}
        letters: Vector | None = None
        # Quick voices do not tell the two ways of writing Chinese apart.
        for stage, voices in self._stages if script != "HAN" else self._stages_for_han:
            said |= {voice.name: voice.probabilities(words) for voice in voices}
            rows = library_logs(list(said.values()), script)
            if stage != "quick":
                if letters is None:
                    letters = self._letters[script].log_probabilities(words)
                rows = np.concatenate([letters_logs(letters, self._letters[script], script)[None], rows])
            pool = self._pools[stage, self._has_cld2, script]
            logs = log_softmax(pool.scores(rows, length))
            best = int(logs.argmax())
            label = pool.labels[best]
            settle_from = pool.settle_from[length]
            if label == "en" and mixture.english_words(words) >= _PLAINLY_ENGLISH:
                settle_from = _ENGLISH_FROM
            if logs[best] >= settle_from and (stage != "quick" or self._is_clear(label, said, words)):
                break
        if stage == "quick":
            leading = np.argsort(-logs, kind="stable")[:_SHOWN].tolist()
            return _Heard({pool.labels[place]: float(logs[place]) for place in leading}, 0.0, None)
        scores = dict(zip(pool.labels, logs.tolist(), strict=True))
        if script == "LATIN" and letters is not None:
            scores = self._fine(scores, words, said, letters)
        return _Heard(scores, min(pool.answer_from[length], _ANSWER_FROM_AT_MOST[length]), letters)

    def _is_clear(self, label: str, said: Mapping[str, Vector], words: str) -> bool:
        """Whether quick voices may settle it: one language, no relatives that a voice thinks of, no sound digits."""
        if label in (OTHER, ROMAN, "hr") or _SOUND_DIGIT.search(words):
            return False  # Croatian and Serbian in Latin letters differ by words that only the letters know
        if relatives := self._relatives.get(label):
            own, others = INDEX[label], [INDEX[member] for member in relatives.members if member != label]
            return all(voice[own] > _OUTWEIGHS * voice[others].sum() for voice in said.values())
        return "cld2" not in said or float(np.partition(said["cld2"], -2)[-2]) < _SECOND_SHARE

    def _fine(
        self, logs: dict[str, float], words: str, said: Mapping[str, Vector], letters: Vector
    ) -> dict[str, float]:
        """Split what stands for several: relatives by their own weights, Latin letters by language."""
        whole = logs.pop(ROMAN)
        shares = among_romanised(words, letters, self._letters["LATIN"])
        fine = logs | {label: whole + share for label, share in shares.items()}
        for label, relatives in self._relatives.items():
            parts = log_softmax(relatives.scores(letters, said)).tolist()
            for member, part in zip(relatives.members, parts, strict=True):
                fine["sr-Latn" if member == "sr" else member] = logs[label] + part
        return fine

    def _ranked(self, scores: Mapping[str, float], hints: Hints) -> list[tuple[str, float]]:
        """Labels with probabilities, likeliest first, after hints and preferences."""
        labels = list(scores)
        logs = np.array(list(scores.values()))
        if hints.nats:
            logs += [hints.nats.get(label, 0.0) for label in labels]
        if self._enabled:
            logs += [0.0 if label in self._enabled else _NOT_ENABLED_NATS for label in labels]
        probabilities = np.exp(log_softmax(logs))
        order = np.argsort(-probabilities, kind="stable").tolist()
        return [(labels[place], float(probabilities[place])) for place in order]

    def _decide(self, ranked: list[tuple[str, float]], answer_from: float, hints: Hints) -> LanguageGuess:
        tag, probability = ranked[0]
        group = group_of(tag)
        sure = sum(p for label, p in ranked if group_of(label) == group) if group else probability
        shown = tuple(
            ("und" if label in (OTHER, ROMAN) else label, round(p, 4)) for label, p in ranked[:_SHOWN] if p >= 0.0005
        )
        if tag in (OTHER, ROMAN):
            reason = Remark("It seems to be in none of the languages known here.")
            return LanguageGuess("und", round(probability, 4), (), shown, (*hints.remarks, reason))
        if tag in hints.nats:
            answer_from = min(answer_from, _CONFIRMED_FROM)
        if sure < answer_from:
            reason = Remark("The text is too short or too mixed to be sure of its language.")
            return LanguageGuess("und", round(probability, 4), (), shown, (*hints.remarks, reason))
        reasons = list(hints.remarks)
        if probability < answer_from:
            reasons.append(Remark("Close relatives cannot be told apart here; readers of any of them can help."))
        if tag in self._romanised:
            reasons.append(Remark("It is written in Latin letters, not in the language's own script."))
        return LanguageGuess(tag, round(probability, 4), group, shown, tuple(reasons))


def _plainly_chinese(words: str) -> str | None:
    """Longer Chinese in signs that only one of the two ways of writing has; Japanese that long would have kana."""
    simplified, traditional, signs = han_evidence(words)
    if signs < _PLAINLY_CHINESE or bool(simplified > 1) == bool(traditional > 1) or min(simplified, traditional):
        return None
    return "zh-Hans" if simplified else "zh-Hant"


def _undetermined(reason: Remark) -> LanguageGuess:
    return LanguageGuess("und", 0.0, (), (), (reason,))
