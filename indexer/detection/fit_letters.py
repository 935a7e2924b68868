"""Fits the letters: logistic regression over hashed character n-grams and words, one table a script, as bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch

from indexer.detection.corpus import without_diacritics
from knowledge.detection.grams import grams
from knowledge.detection.prepare import words_of

# Places a table and tags per script. Kanji alone stand for Japanese beside Chinese.
_TABLES = {"LATIN": 1 << 18, "CYRILLIC": 1 << 16, "ARABIC": 1 << 15, "DEVANAGARI": 1 << 15, "HAN": 1 << 16}
_TAGS = {
    "LATIN": (
        "af ca cs cy da de en es et fi fr hr hu id it lt lv nb nl pl pt ro sk sl so sq sv sw fil tr vi bs ms nn "
        "sr-Latn hi-Latn bn-Latn el-Latn ar-Latn fa-Latn ru-Latn mr-Latn gu-Latn uk-Latn bg-Latn mk-Latn"
    ).split(),
    "CYRILLIC": "ru uk bg mk sr".split(),
    "ARABIC": "ar fa ur".split(),
    "DEVANAGARI": "hi mr ne".split(),
    "HAN": "zh-Hans zh-Hant ja".split(),
}
_EPOCHS, _BATCH, _RATE, _DECAY = 3, 2048, 0.02, 2e-6
_SNIPPET_WORDS = (1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 99, 99)
_PLAIN_SHARE, _TYPO_SHARE = 0.15, 0.06


@dataclass(frozen=True)
class Fitted:
    """One script's table before it is stored."""

    labels: list[str]
    weights: np.ndarray
    biases: np.ndarray


def fit_letters(rows: dict[str, list[str]], path: Path, seed: int) -> None:
    """Fit every script's table and store them together."""
    stored: dict[str, np.ndarray] = {"scripts": np.array(sorted(_TAGS))}
    for script, tags in _TAGS.items():
        fitted = _fit_script(script, {tag: rows[tag] for tag in tags}, seed)
        scales = np.abs(fitted.weights).max(axis=0) / 127
        scales = np.minimum(scales, np.quantile(np.abs(fitted.weights), 0.9999, axis=0) / 127 + 1e-9)
        whole = np.clip(np.rint(fitted.weights / scales), -127, 127).astype(np.int8)
        stored |= {
            f"{script}.labels": np.array(fitted.labels),
            f"{script}.weights": whole,
            f"{script}.scales": scales.astype(np.float32),
            f"{script}.biases": fitted.biases.astype(np.float32),
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **stored)  # type: ignore[arg-type]


def _snippets(rows: list[str], script: str, draw: Random) -> Iterator[str]:
    """Parts of rows as short as messages are, some without diacritics, some mistyped."""
    for row in rows:
        words = words_of(row)
        if script == "HAN":
            words = "".join(c for c in words if "\u3400" <= c <= "\u9fff")
            length = draw.choice((2, 3, 4, 5, 6, 8, 12, 20, 40))
            start = draw.randrange(max(1, len(words) - length + 1))
            text = words[start : start + length]
        else:
            parts = words.split()
            length = draw.choice(_SNIPPET_WORDS)
            start = draw.randrange(max(1, len(parts) - length + 1))
            text = " ".join(parts[start : start + length])
        if script == "LATIN" and draw.random() < _PLAIN_SHARE:
            text = without_diacritics(text)
        if len(text) > 6 and draw.random() < _TYPO_SHARE:
            at = draw.randrange(1, len(text) - 2)
            text = text[:at] + draw.choice((text[at + 1] + text[at], "")) + text[at + 2 :]
        if text and any(unicodedata.category(c)[0] == "L" for c in text):
            yield text


def _fit_script(script: str, rows: dict[str, list[str]], seed: int) -> Fitted:
    torch.manual_seed(seed)
    draw = Random(seed)  # noqa: S311
    labels = list(rows)
    table = _TABLES[script]
    weights = torch.nn.EmbeddingBag(table, len(labels), mode="sum")
    torch.nn.init.zeros_(weights.weight)
    biases = torch.nn.Parameter(torch.zeros(len(labels)))
    optimiser = torch.optim.Adam([*weights.parameters(), biases], lr=_RATE)
    for epoch in range(_EPOCHS):
        examples = [(text, n) for n, tag in enumerate(labels) for text in _snippets(rows[tag], script, draw)]
        draw.shuffle(examples)
        counts = np.bincount([n for _, n in examples], minlength=len(labels))
        balance = torch.tensor((counts.mean() / np.maximum(counts, 1)) ** 0.7, dtype=torch.float32)
        total = 0.0
        batches = range(0, len(examples), _BATCH)
        for step, at in enumerate(batches):
            part = examples[at : at + _BATCH]
            found = grams([text for text, _ in part], table)
            places, starts = torch.from_numpy(found.places), torch.from_numpy(found.starts)
            sizes = torch.diff(torch.cat([starts, torch.tensor([len(places)])])).clamp(min=1)
            scores = weights(places, starts) / sizes[:, None].sqrt() + biases
            target = torch.tensor([n for _, n in part])
            loss = torch.nn.functional.cross_entropy(scores, target, weight=balance)
            loss = loss + _DECAY * (weights.weight[places] ** 2).sum() / len(part)
            rate = _RATE * (1 - (epoch + step / len(batches)) / _EPOCHS)
            for group in optimiser.param_groups:
                group["lr"] = max(rate, 1e-4)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
        print(f"{script}: epoch {epoch + 1}, {len(examples)} texts, loss {total / len(batches):.3f}", flush=True)
    return Fitted(labels, weights.weight.detach().numpy(), biases.detach().numpy())
