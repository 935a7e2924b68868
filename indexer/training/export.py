"""Writes the encoder's folder: int8 rows with a scale each, the tokenizer, two small configs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from indexer.training.tokenizer import UNKNOWN, WORD_START, load_tokenizer
from knowledge.static_encoder import read_tensors

EMBEDDING = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
NORMALIZE = "sentence_transformers.base.modules.normalize.Normalize"
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": EMBEDDING},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": NORMALIZE},
]
CONFIG = {
    "model_type": "SentenceTransformer",
    "prompts": {"query": "", "document": ""},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def quantise(
    table: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows as int8 and a scale per row, so that ``rows * scales[:, None]`` is close to ``table``.

    The scales also carry the tokens' weights: a light row keeps its direction as sharply as a
    heavy one.
    """
    scales = (np.abs(table).max(axis=1) / 127).astype(np.float32)
    safe = np.where(scales > 0, scales, 1)[:, None]
    return np.round(table / safe).astype(np.int8), scales


def export_encoder(table: NDArray[np.float32], tokenizer: Path, folder: Path) -> None:
    """Writes ``folder``; ``table`` has its token weights folded in.

    The unknown token and the bare mark of a word's start become zero rows: a text in an unknown
    script consists of these two, and all such texts would be each other's nearest.

    The names ``embeddings`` and ``weights`` are model2vec's; StaticEmbedding multiplies them on
    loading (6.2 does; a version that ignores ``weights`` gives wrong vectors without a word).
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1_Normalize").mkdir(exist_ok=True)
    known = table.copy()
    vocabulary = load_tokenizer(tokenizer).get_vocab()
    known[[vocabulary[piece] for piece in (UNKNOWN, WORD_START)]] = 0
    rows, scales = quantise(known / np.abs(known).max())
    fresh = folder / "model.safetensors.tmp"
    save_file({"embeddings": rows, "weights": scales}, fresh)
    fresh.chmod(0o644)  # safetensors writes for the owner alone
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    fresh.replace(folder / "model.safetensors")
    write_json(folder / "modules.json", MODULES)
    write_json(folder / "config_sentence_transformers.json", CONFIG)


def read_table(folder: Path) -> NDArray[np.float32]:
    """The table of a folder that ``export_encoder`` wrote, token weights folded in."""
    tensors = read_tensors(folder / "model.safetensors")
    return np.asarray(tensors["embeddings"].astype(np.float32) * tensors["weights"][:, None], dtype=np.float32)


def write_json(path: Path, content: object) -> None:
    """Writes ``content`` as people read it, with a newline at the end."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
