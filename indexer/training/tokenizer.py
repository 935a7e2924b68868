"""The tokenizer of the static encoder: Unigram pieces over NFKC and lower case."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from indexer.training.corpora import ParallelFile

UNKNOWN = "[UNK]"  # id 0; its row is zero, so that it never moves a vector
WORD_START = "▁"
PIECES = 104_000  # 20 MB at 192 dimensions of int8: more pieces gain more than more dimensions
LINES_PER_LANGUAGE = 14_000  # every language alike; 54 of them train in minutes
ENGLISH_LINES = 60_000
LONGEST_LINE = 160  # characters

# Scripts written without spaces, and signs that stand alone: a mark for "a word starts here" would
# only say "a phrase starts here", and give each word two pieces, one of them rare.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{P}\p{N}\p{S}"


def blank_tokenizer() -> Tokenizer:
    """An untrained tokenizer with the normalisation and splitting the shipped one has.

    Punctuation and digits stand alone, so "refund", "(refund" and "refund." share one piece.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),  # white space out, punctuation alone, in one pass
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Metaspace(prepend_scheme="always"),
            pre_tokenizers.Split(Regex(f"{WORD_START}(?=[{_UNSPACED}])"), "removed"),
        ]
    )
    return tokenizer


def train_tokenizer(lines: Iterable[str], pieces: int = PIECES) -> Tokenizer:
    """A tokenizer of at most ``pieces`` pieces learnt from ``lines``."""
    tokenizer = blank_tokenizer()
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces,
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        max_piece_length=16,
        shrinking_factor=0.7,
        n_sub_iterations=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def balanced_lines(files: Iterable[ParallelFile], seed: int) -> list[str]:
    """Lines for the tokenizer: the same number for every language, sources by their weight."""
    sides: dict[str, list[str]] = defaultdict(list)
    weights: dict[str, list[float]] = defaultdict(list)
    english: dict[str, None] = {}
    for file in files:
        sides[file.language].extend(file.other)
        weights[file.language].extend([file.weight] * len(file.other))
        english.update(dict.fromkeys(file.english))
    draw = np.random.default_rng(seed)
    chosen: list[str] = []
    for language in sorted(sides):
        share = np.asarray(weights[language]) / np.sum(weights[language])
        count = min(LINES_PER_LANGUAGE, len(share))
        rows = draw.choice(len(share), size=count, replace=False, p=share)
        chosen.extend(sides[language][row] for row in rows)
    sentences = list(english)
    rows = draw.permutation(len(sentences))[:ENGLISH_LINES]
    chosen.extend(sentences[row] for row in rows)
    return [line[:LONGEST_LINE] for line in chosen]


def load_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer read from its file."""
    return Tokenizer.from_file(str(path))


def save_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Writes ``tokenizer`` as small as it goes: one line, scores with four decimals.

    Done before anything is tokenised, so that training and the shipped file split texts alike.
    """
    content = json.loads(tokenizer.to_str())
    model = content["model"]
    model["vocab"] = [[piece, round(score, 4)] for piece, score in model["vocab"]]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    fresh = path.with_suffix(".tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
