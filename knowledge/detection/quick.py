"""The quick voices' pool, worked out only for the labels they name: the pool's own numbers in a tenth of the time."""

from collections.abc import Mapping, Sequence
from math import exp, log

from knowledge.detection.labels import COLUMNS, OTHER, RELATIVES, SHOWN
from knowledge.detection.pool import FLOOR, ROMAN, Pool

# Probabilities by column; columns left out have none.
Votes = Mapping[int, float]

_FLOOR_NATS = log(FLOOR)


class QuickPool:
    """A pool whose unnamed labels stand at the floor: their share is worked out once."""

    def __init__(self, pool: Pool, script: str) -> None:
        """The pool's numbers as lists, because a dozen of them are read at a time."""
        self._labels = pool.labels
        self._weights: list[list[list[float]]] = pool.weights.tolist()
        floors = pool.weights.sum(axis=1) * _FLOOR_NATS + pool.biases
        self._floors: list[list[float]] = floors.tolist()
        self._totals = [sum(map(exp, row)) for row in self._floors]
        self._falling = [sorted(range(len(row)), key=row.__getitem__, reverse=True) for row in self._floors]
        self._places = [_places(column, pool.labels, script) for column in COLUMNS]

    def rank(self, votes: Sequence[Votes], length: int) -> list[tuple[str, float]]:
        """The likeliest labels with logarithms of their probabilities, falling."""
        floors, weights = self._floors[length], self._weights[length]
        scores: dict[int, float] = {}
        for voice, vote in zip(weights, votes, strict=True):
            for place, probability in self._gathered(vote).items():
                if probability > FLOOR:
                    gained = voice[place] * (log(probability) - _FLOOR_NATS)
                    scores[place] = scores.get(place, floors[place]) + gained
        total = self._totals[length] + sum(exp(score) - exp(floors[place]) for place, score in scores.items())
        # A label that no voice names may still lead, by its bias alone.
        unnamed = next((place for place in self._falling[length] if place not in scores), None)
        if unnamed is not None:
            scores[unnamed] = floors[unnamed]
        whole = log(total)
        leading = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
        return [(self._labels[place], score - whole) for place, score in leading]

    def _gathered(self, vote: Votes) -> dict[int, float]:
        found: dict[int, float] = {}
        for column, probability in vote.items():
            for place in self._places[column]:
                found[place] = found.get(place, 0.0) + probability
        return found


def _places(column: str, labels: Sequence[str], script: str) -> tuple[int, ...]:
    """The labels of a script that a column counts for: relatives for theirs, other languages for Latin letters too."""
    if column == OTHER and ROMAN in labels:
        return labels.index(OTHER), labels.index(ROMAN)
    if script == "LATIN":
        column = RELATIVES.get(column, column)
    return (labels.index(column),) if column in labels else ()
