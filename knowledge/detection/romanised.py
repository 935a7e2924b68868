"""Languages of ours typed in Latin letters: which one, named with its script (``hi-Latn``)."""

import re
from collections.abc import Mapping

import numpy as np

from knowledge.detection.labels import Vector
from knowledge.detection.letters import Letters

# Urdu in Latin letters is spelt like Hindi; words of courtesy, religion and trade tell them apart.
_URDU = re.compile(
    r"\b(?:assalam\w*|aslam\w*|alaikum|walaikum|salam|shukriya|shukria|meherbani|mehrbani|barah|janab|bohat|wapis|raqam|"
    r"masla|khata|numainda|ghalat|jawab|intezar|ke|muawza|martaba|inshallah|mashallah|allah|khuda|hafiz|pohn?ch\w*|magar|"
    r"jald|zyada|taake|lekin|kapre|rupay|karein|hain|mein)\b"
)
_HINDI = re.compile(
    r"\b(?:namaste|namaskar|kripya|kripaya|dhanyavaa?d|bahut|samaan|saman|samasya|sahayata|uttar|shikayat|aapka|rupaye?|"
    r"vapas|wapas|galat|paise|ki|pareshan|bhai|didi|hu|hoon|nahi|mai|bhej\w*|mangwaya|chahiye|kharab|jaldi)\b"
)
# Less often typed in Latin letters than their neighbours are.
_SELDOM, _SELDOM_NATS = frozenset({"uk-Latn", "bg-Latn", "mk-Latn", "mr-Latn", "gu-Latn"}), -1.0
# Log-odds of Urdu against Hindi before a word is read, and what each telling word moves them by.
_URDU_PRIOR_NATS, _CUE_NATS = -2.0, 0.9


def romanised_labels(letters: Letters) -> tuple[str, ...]:
    """The labels that are languages of ours in Latin letters; Serbian is one of the Latin ones already."""
    return tuple(label for label in letters.labels if label.endswith("-Latn") and label != "sr-Latn")


def among_romanised(text: str, log_probabilities: Vector, letters: Letters) -> Mapping[str, float]:
    """How the romanised languages share what the text is, as logarithms; Hindi and Urdu by their words."""
    labels = romanised_labels(letters)
    logs = np.array([log_probabilities[letters.labels.index(label)] for label in labels], dtype=np.float64)
    logs += [_SELDOM_NATS if label in _SELDOM else 0.0 for label in labels]
    logs -= np.log(np.exp(logs - logs.max()).sum()) + logs.max()
    shares = {label: float(value) for label, value in zip(labels, logs, strict=True)}
    lowered = text.lower()
    urdu = _URDU_PRIOR_NATS + _CUE_NATS * (len(_URDU.findall(lowered)) - len(_HINDI.findall(lowered)))
    both = shares["hi-Latn"]
    # Logarithms of the logistic function and of its complement: finite however many words speak for one of the two.
    return shares | {"hi-Latn": both - float(np.logaddexp(0, urdu)), "ur-Latn": both - float(np.logaddexp(0, -urdu))}
