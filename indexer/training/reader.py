"""The network of the contextual encoder: the static encoder's pieces, read in their order.

The static table already brings a word and its translations to one place, so a body that was trained on English can
read every language the table knows: a small map leads a piece's row to what the body calls an input. Nothing in here
belongs to a language or to a piece, which is why a few minutes teach all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

BEGIN = "[CLS]"  # whose row every text begins with
LONGEST = 256  # pieces; a complaint rarely has more, the first are the ones that count
WIDE = 1_024  # inner width of the map
_TINY = 1e-4  # of the usual weight: rows of unknown pieces are zero
_FAR = -1e9  # of a place that holds no piece


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019), its three projections in one."""

    def __init__(self, hidden: int, inner: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.projections = nn.Linear(hidden, 3 * hidden)
        self.joined = nn.Linear(hidden, hidden)
        self.after_attention = nn.LayerNorm(hidden, eps=1e-12)
        self.up = nn.Linear(hidden, inner)
        self.down = nn.Linear(inner, hidden)
        self.after_inner = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, rows: torch.Tensor, absent: torch.Tensor) -> torch.Tensor:
        """``rows``: (texts, pieces, hidden); ``absent``: (texts, 1, 1, pieces), added to the attention's logits."""
        texts, pieces, hidden = rows.shape
        size = hidden // self._heads
        parts = self.projections(rows).view(texts, pieces, 3, self._heads, size).permute(2, 0, 3, 1, 4)
        asked, known, said = parts[0], parts[1], parts[2]
        shares = (asked @ known.transpose(-1, -2) / size**0.5 + absent).softmax(-1)
        heard = (shares.to(said.dtype) @ said).transpose(1, 2).reshape(texts, pieces, hidden)
        rows = self.after_attention(rows + self.joined(heard))
        inner = self.down(functional.gelu(self.up(rows)))
        return torch.as_tensor(self.after_inner(rows + inner))


class PieceMap(nn.Module):
    """From a piece's row in the static table to the body's input: a line and what bends it."""

    def __init__(self, dimensions: int, hidden: int, usual_weight: float) -> None:
        """``usual_weight``: the median length of the table's rows, by which a piece's weight is told."""
        super().__init__()
        self.line = nn.Linear(dimensions + 1, hidden)
        self.up = nn.Linear(dimensions + 1, WIDE)
        self.down = nn.Linear(WIDE, hidden)
        self.usual_weight = nn.Buffer(torch.tensor(float(usual_weight)))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """``rows``: (..., dimensions), their length being the piece's weight."""
        weight = (rows * rows).sum(-1, keepdim=True).sqrt()
        # The logarithm, bounded, and halved to the size of a unit row's entries.
        told = (weight / self.usual_weight + _TINY).log().clamp(-4, 4) / 2
        features = torch.cat([rows / (weight + _TINY * self.usual_weight), told], dim=-1)
        return torch.as_tensor(self.line(features) + self.down(functional.gelu(self.up(features))))


class Reader(nn.Module):
    """Rows of a text's pieces, in their order, to one unit vector."""

    def __init__(self, dimensions: int, hidden: int, inner: int, heads: int, layers: int, usual_weight: float) -> None:
        super().__init__()
        self.map = PieceMap(dimensions, hidden, usual_weight)
        self.begin = nn.Parameter(torch.zeros(hidden))
        self.places = nn.Parameter(torch.zeros(LONGEST + 1, hidden))
        self.before = nn.LayerNorm(hidden, eps=1e-12)
        self.layers = nn.ModuleList(Layer(hidden, inner, heads) for _ in range(layers))

    @property
    def longest(self) -> int:
        """Pieces of a text that can be read."""
        return self.places.shape[0] - 1

    def forward(self, rows: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        """``rows``: (texts, pieces, dimensions); ``held``: (texts, pieces), 1 where a piece stands, else 0."""
        return self.read(self.map(rows), held)

    def read(self, inputs: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        """The same from mapped rows, (texts, pieces, hidden)."""
        begin = self.begin.to(inputs.dtype).expand(inputs.shape[0], 1, -1)
        hidden = torch.cat([begin, inputs], dim=1)
        held = torch.cat([torch.ones_like(held[:, :1]), held], dim=1)
        hidden = self.before(hidden + self.places[: hidden.shape[1]])
        absent = (1 - held)[:, None, None, :] * _FAR
        for layer in self.layers:
            hidden = layer(hidden, absent)
        pooled = (hidden.float() * held[:, :, None]).sum(1)
        return functional.normalize(pooled, dim=1)


def reader_of(model: Any, words: Sequence[str], dimensions: int, usual_weight: float) -> Reader:
    """A reader with the layers of a BERT ``model`` whose vocabulary is ``words``; its map is still to be learned."""
    config, state = model.config, model.state_dict()
    reader = Reader(
        dimensions,
        config.hidden_size,
        config.intermediate_size,
        config.num_attention_heads,
        config.num_hidden_layers,
        usual_weight,
    )
    known = {name: value for name, value in reader.state_dict().items() if name.startswith("map.")}
    kind = state["embeddings.token_type_embeddings.weight"][0]
    known["places"] = state["embeddings.position_embeddings.weight"][: LONGEST + 1] + kind
    known["begin"] = state["embeddings.word_embeddings.weight"][words.index(BEGIN)]
    known |= _renamed(state, "embeddings.LayerNorm", "before")
    for number in range(config.num_hidden_layers):
        theirs, ours = f"encoder.layer.{number}", f"layers.{number}"
        three = [f"{theirs}.attention.self.{name}" for name in ("query", "key", "value")]
        for kind_of in ("weight", "bias"):
            known[f"{ours}.projections.{kind_of}"] = torch.cat([state[f"{name}.{kind_of}"] for name in three])
        known |= _renamed(state, f"{theirs}.attention.output.dense", f"{ours}.joined")
        known |= _renamed(state, f"{theirs}.attention.output.LayerNorm", f"{ours}.after_attention")
        known |= _renamed(state, f"{theirs}.intermediate.dense", f"{ours}.up")
        known |= _renamed(state, f"{theirs}.output.dense", f"{ours}.down")
        known |= _renamed(state, f"{theirs}.output.LayerNorm", f"{ours}.after_inner")
    reader.load_state_dict(known)
    return reader


def _renamed(state: dict[str, torch.Tensor], theirs: str, ours: str) -> dict[str, torch.Tensor]:
    return {f"{ours}.{kind}": state[f"{theirs}.{kind}"] for kind in ("weight", "bias")}
