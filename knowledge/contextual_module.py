"""The contextual encoder as a module of sentence-transformers.

``SentenceTransformer(folder, trust_remote_code=True)`` finds this class by the folder's modules.json: it asks for trust
because the class is ours, not its own. The vectors are ``ContextualEncoder``'s; the product never comes this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shutil import copytree
from typing import Any, Self

import torch
from sentence_transformers.base.modules import InputModule

from knowledge.contextual_encoder import ContextualEncoder
from knowledge.encoders import load_contextual


class ContextualModule(InputModule):
    """Texts in, vectors out: what lies between is ONNX Runtime's."""

    def __init__(self, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._folder = folder
        self._encoder: ContextualEncoder = load_contextual(folder)

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Nothing but the prompt goes before: the encoder splits texts itself."""
        return {"texts": self._prepend_prompt(list(inputs), prompt) if prompt else list(inputs)}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Adds the unit vectors, shape (texts, dimensions), under the name the library reads."""
        return features | {"sentence_embedding": torch.from_numpy(self._encoder.encode(features["texts"]))}

    def get_embedding_dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimensions

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Copies the encoder's folder."""
        copytree(self._folder, output_path, dirs_exist_ok=True)

    @classmethod
    def load(cls, model_name_or_path: str, *_: Any, **__: Any) -> Self:
        """Reads a folder that ``indexer.training.teach`` wrote."""
        return cls(Path(model_name_or_path))
