"""Two languages in one text: the customer's own frames the sentence; the other one is told of."""

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge.detection.labels import SHOWN, group_of
from knowledge.detection.letters import Letters
from knowledge.model import LanguageGuess, Remark

_FEWEST_WORDS = 5
# From this share of words on the second language is told of; English with this much of another is that other's
# speaker, for English words are borrowed everywhere and few borrow the other way.
_TOLD_FROM, _FRAMES_FROM = 0.15, 0.35
_POSSIBLE_FROM = 0.02
# A word is judged with its neighbours, for languages are mixed in stretches: weights before, of it, after.
_NEIGHBOURS = (0.25, 0.5, 0.25)
# So much more, as the letters count, a word must speak for another language than for the guess's.
_LEAD = 0.4
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
# English words that no other language here writes: one in a text is worth a look at every word.
_ENGLISH = frozenset(
    "the and please my your have this that you with want not been would could because thank get send it's don't i've "
    "which their should when what never arrived ordered received bought still waiting again after before".split()
)


def second_language(guess: LanguageGuess, words: str, letters: Letters) -> LanguageGuess:
    """The guess, with the second language of a mixed text in its reasons, if there is one."""
    per_word = letters.per_word(words)
    if len(per_word) < _FEWEST_WORDS:
        return guess
    labels = [tag for tag, probability in guess.distribution if tag != "und" and probability >= 0.01][:3]
    labels += [tag for tag in ("en", _strongest(per_word, letters, guess.tag)) if tag not in labels]
    known = [tag for tag in dict.fromkeys(labels) if tag in letters.labels]
    if guess.tag not in known or len(known) < 2:
        return guess
    shares = _shares(per_word[:, [letters.labels.index(tag) for tag in known]], known.index(guess.tag))
    rivals = [(share, tag) for share, tag in zip(shares, known, strict=True) if not _are_alike(tag, guess.tag)]
    share, other = max(rivals, default=(0.0, ""))
    if share < _TOLD_FROM or share * len(per_word) < 3:
        return guess
    if guess.tag == "en" and share >= _FRAMES_FROM and dict(guess.distribution).get(other, 0.0) >= _POSSIBLE_FROM:
        probability = min(0.9, round(0.5 + share / 2, 4))
        rest = tuple(pair for pair in guess.distribution if pair[0] not in ("en", other))
        spread = ((other, probability), ("en", round(1 - probability, 4)), *rest)
        told = Remark("The text mixes {language} with {other}.", {"language": other, "other": "en"})
        return LanguageGuess(other, probability, group_of(other), spread[:SHOWN], (*guess.reasons, told))
    told = Remark("The text mixes {language} with {other}.", {"language": guess.tag, "other": other})
    return replace(guess, reasons=(*guess.reasons, told))


def _are_alike(tag: str, other: str) -> bool:
    """Whether telling the two apart word by word means nothing: relatives, or both in borrowed letters."""
    is_grouped = bool(group_of(tag)) and group_of(tag) == group_of(other)
    return tag == other or is_grouped or (tag.endswith("-Latn") and other.endswith("-Latn"))


def may_be_mixed(guess: LanguageGuess, words: str) -> bool:
    """Whether a look at every word is worth its time: English words elsewhere, or a second label left open."""
    if not guess.is_known:
        return False
    open_labels = [tag for tag, probability in guess.distribution if probability >= _POSSIBLE_FROM]
    if any(tag != "und" and not _are_alike(tag, guess.tag) for tag in open_labels):
        return True
    return guess.tag != "en" and english_words(words) > 0


def english_words(words: str) -> int:
    """How many different words there are that only English writes."""
    return len(_ENGLISH.intersection(words.lower().split()))


def latin_share(words: str) -> int:
    """Percent of letters that are Latin in a text of another script, when that is worth telling; else 0."""
    latin = len(_LATIN_LETTER.findall(words))
    if not latin:
        return 0
    percent = round(100 * latin / max(1, sum(map(str.isalpha, words))))
    return percent if percent >= 100 * _TOLD_FROM else 0


def _strongest(per_word: NDArray[np.float32], letters: Letters, tag: str) -> str:
    """The label that most words speak for beside the guess's."""
    smooth = _smoothed(per_word)
    counts = np.bincount(smooth.argmax(axis=1), minlength=len(letters.labels))
    for relative in (tag, *group_of(tag)):
        if relative in letters.labels:
            counts[letters.labels.index(relative)] = 0
    return letters.labels[int(counts.argmax())]


def _shares(per_word: NDArray[np.float32], own: int) -> list[float]:
    """The share of words that clearly speak for each label rather than for the guess's own."""
    smooth = _smoothed(per_word)
    leads = smooth - smooth[:, own : own + 1]
    winners = np.where(leads.max(axis=1) >= _LEAD, leads.argmax(axis=1), own)
    return [float((winners == place).mean()) for place in range(per_word.shape[1])]


def _smoothed(per_word: NDArray[np.float32]) -> NDArray[np.float32]:
    padded = np.pad(per_word, ((1, 1), (0, 0)), mode="edge")
    before, here, after = _NEIGHBOURS
    smooth: NDArray[np.float32] = before * padded[:-2] + here * padded[1:-1] + after * padded[2:]
    return smooth
