"""Which language a text is in: a guess with a probability, or honestly undetermined.

A wrong language sends a customer to someone who cannot read them; "undetermined" only asks a person. Preparation,
scripts, a calibrated pool of voices, hints; the parts are in ``knowledge.detection``.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import exp

import numpy as np

from knowledge.detection import mixture
from knowledge.detection.cue_words import CUED_LABELS, told_by_words
from knowledge.detection.ensemble import Ensemble
from knowledge.detection.hints import NO_HINTS, Hints, weigh
from knowledge.detection.labels import COLUMNS, OTHER, SCRIPT_LABELS, SHOWN, group_of
from knowledge.detection.pool import ROMAN, log_softmax
from knowledge.detection.prepare import prepare, words_of
from knowledge.model import LanguageGuess, Remark
from knowledge.scripts import han_evidence, main_script, only_language

# A script that only one of our languages is written in leaves this much doubt.
_SCRIPT_PROBABILITY = 0.999
# Languages an organisation has not enabled stay in the race, else texts in them come out as one that is
# (the study cited in DECISIONS.md, tables 8 and 9).
_NOT_ENABLED_NATS = -3.0
# Less sure than this of the head of a message, the rest of it is read, too.
_READ_ON_BELOW = 0.9
_LEFT_OPEN_FROM = 0.05
# So many signs without any kana are no Japanese.
_PLAINLY_CHINESE = 8
# Words and a hint that say the same need less of each.
_CONFIRMED_FROM = 0.85
# Few texts look like a language of ours in Latin letters and are not: less will do.
_ROMANISED_FROM = 0.7
# Half a thousandth: less than that tells nobody anything.
_SHOWN_FROM = 0.0005
_SALUTATION_CHARACTERS = 30
_HIRAGANA = re.compile("[ぁ-ゖ]")


class LanguageDetector:
    """The ensemble. Safe to share between threads once built; deterministic; offline."""

    def __init__(self, enabled: Iterable[str] = (), use_cld2: bool = True, cascade: bool = True) -> None:
        """``enabled`` languages are preferred to all others; none named means all alike.

        Without ``cascade`` every voice is asked about every text: some five times slower, to compare.
        """
        self._enabled = frozenset(enabled)
        self._ensemble = Ensemble(use_cld2, cascade)
        self._romanised = frozenset(self._ensemble.romanised)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every tag that can come out, beside ``und``."""
        return (*(column for column in COLUMNS if column != OTHER), "sr-Latn", *self._ensemble.romanised, *CUED_LABELS)

    def detect(self, text: str, hints: Mapping[str, str] | None = None) -> LanguageGuess:
        """Guess the language of a text; hints (source to tag) tip only close calls. Never raises; linear."""
        prepared = prepare(text)
        weighed = weigh(hints, self.labels) if hints else NO_HINTS
        head = prepared.head
        if _is_salutation_in_signs(head) and _HIRAGANA.search(prepared.rest[:_SALUTATION_CHARACTERS]):
            # A Japanese letter greets an office in signs alone; its kana come on the next line.
            return self.tell(f"{head} {words_of(prepared.rest)}", weighed)
        guess = self.tell(head, weighed)
        if not prepared.rest.strip() or guess.probability >= _READ_ON_BELOW:
            return guess
        longer = self.tell(f"{head} {words_of(prepared.rest)}", weighed)
        # What follows may be somebody else's: it may settle what the head left open, not overrule it.
        open_labels = {label for label, probability in guess.distribution if probability >= _LEFT_OPEN_FROM}
        settles = longer.probability > guess.probability and (not open_labels or longer.tag in open_labels)
        return longer if settles else guess

    def tell(self, words: str, hints: Hints = NO_HINTS) -> LanguageGuess:
        """Guess the language of words as they stand: no markup, quotes or codes are taken out. Never raises."""
        script = main_script(words)
        if script is None:
            return _undetermined(Remark("The message has no words to tell the language by."))
        if script not in SCRIPT_LABELS:
            if only := only_language(script, words):
                return _by_script(words, only)
            return _undetermined(Remark("None of the known languages is written like this."))
        if script == "HAN" and (plain := _plainly_chinese(words)):
            return _by_script(words, plain)
        if script == "LATIN" and (guess := told_by_words(words)):
            return guess
        heard = self._ensemble.hear(words, script)
        ranked = self._ranked(heard.scores, hints)
        guess = self._decide(ranked, heard.answer_from, hints)
        if script == "LATIN" and mixture.may_be_mixed(guess, words):
            guess = mixture.second_language(guess, words, self._ensemble.letters["LATIN"])
        return guess

    def _ranked(self, scores: Mapping[str, float], hints: Hints) -> list[tuple[str, float]]:
        """Labels with probabilities, likeliest first, after hints and preferences."""
        if not hints.nats and not self._enabled:
            return sorted(((label, exp(score)) for label, score in scores.items()), key=lambda pair: -pair[1])
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
            ("und" if label in (OTHER, ROMAN) else label, round(p, 4))
            for label, p in ranked[:SHOWN]
            if p >= _SHOWN_FROM
        )
        if tag in (OTHER, ROMAN):
            reason = Remark("It seems to be in none of the languages known here.")
            return LanguageGuess("und", round(probability, 4), (), shown, (*hints.remarks, reason))
        if tag in self._romanised:
            answer_from = min(answer_from, _ROMANISED_FROM)
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


def _by_script(words: str, only: str) -> LanguageGuess:
    reasons = [Remark("The script decides.")]
    if second := mixture.latin_share(words):
        reasons.append(Remark("{share} % of the letters are Latin.", {"share": second}))
    return LanguageGuess(only, _SCRIPT_PROBABILITY, group_of(only), ((only, _SCRIPT_PROBABILITY),), tuple(reasons))


def _plainly_chinese(words: str) -> str | None:
    """Longer Chinese in signs that only one of the two ways of writing has; Japanese that long would have kana."""
    simplified, traditional, signs = han_evidence(words)
    if signs < _PLAINLY_CHINESE or min(simplified, traditional) or not max(simplified, traditional):
        return None
    return "zh-Hans" if simplified else "zh-Hant"


def _is_salutation_in_signs(head: str) -> bool:
    return len(head) <= _SALUTATION_CHARACTERS and main_script(head) == "HAN"


def _undetermined(reason: Remark) -> LanguageGuess:
    return LanguageGuess("und", 0.0, (), (), (reason,))
