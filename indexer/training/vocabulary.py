"""First rows for a transformer's new vocabulary: mixtures of its own rows, by the static encoder's alignment.

The English body knows "refund"; the static encoder knows that "rimborso" lies where "refund" lies. So the row of
"rimborso" starts as the mean of the rows of its nearest English pieces, weighted by nearness (the idea of WECHSEL,
Minixhofer et al. 2022, arXiv:2112.06598, and FOCUS, Dobler and de Melo 2023, arXiv:2305.14481).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from indexer.training.tokenizer import WORD_START

NEIGHBOURS = 8
TEMPERATURE = 0.05  # of the softmax over the neighbours' cosines
CONTINUES = "##"  # how BERT's vocabulary marks a piece that continues a word
_AT_ONCE = 4_096  # rows


def first_rows(table: torch.Tensor, tokenizer: Tokenizer, own_words: Sequence[str], own: torch.Tensor) -> torch.Tensor:
    """A row for every piece of ``tokenizer``, shape (pieces, hidden).

    ``table``: the static encoder's rows, shape (pieces, dimensions). ``own``: the transformer's embeddings of
    ``own_words``, shape (words, hidden). A piece that is one of its words in ASCII letters gets that word's row.
    """
    plain = [place for place, word in enumerate(own_words) if not word.startswith("[")]
    anchors = _anchors(table, tokenizer, [own_words[place].removeprefix(CONTINUES) for place in plain])
    rows = own[plain]
    unit = functional.normalize(table, dim=1)
    mixed = torch.cat([_mixture(part @ anchors.T, rows) for part in torch.split(unit, _AT_ONCE)])
    places = {word: place for place, word in enumerate(own_words)}
    for piece, place in tokenizer.get_vocab().items():
        word = piece.removeprefix(WORD_START) if piece.startswith(WORD_START) else CONTINUES + piece
        if word.isascii() and word in places:
            mixed[place] = own[places[word]]
    return mixed


def _anchors(table: torch.Tensor, tokenizer: Tokenizer, words: Sequence[str]) -> torch.Tensor:
    """The static encoder's unit vectors of ``words``."""
    found = tokenizer.encode_batch_fast(list(words), add_special_tokens=False)
    sums = [table[encoding.ids].sum(0) for encoding in found]
    return functional.normalize(torch.stack(sums), dim=1)


def _mixture(cosines: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    nearest, places = cosines.topk(min(NEIGHBOURS, len(rows)), dim=1)
    shares = (nearest / TEMPERATURE).softmax(1)
    return (shares[:, :, None] * rows[places]).sum(1)
