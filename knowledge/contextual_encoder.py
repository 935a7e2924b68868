"""The contextual encoder: the static one's pieces, read in their order by a small transformer in ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EncoderUnavailable
from knowledge.static_encoder import StaticEncoder, encodable

GRAPH_FILE: Final = "model.onnx"
ABOUT_FILE: Final = "amends.json"
PIECES, PRESENT, OUTPUT = "pieces", "present", "vector"  # names in the graph
_HALF = np.float32(0.5**0.5)


class ContextualEncoder:
    """Vectors whose first part is the static encoder's and whose second knows the order of words.

    Both parts count alike in a cosine. Safe to share between threads, and over a fork: the graph runs in the calling
    thread alone. Needs the extra ``contextual`` (ONNX Runtime), not torch.
    """

    def __init__(self, folder: Path, static: StaticEncoder) -> None:
        """``folder`` was written by ``indexer.training.teach`` for this very ``static`` encoder."""
        self._folder, self._static = folder, static
        about = _about(folder)
        if about["static"] != static.fingerprint:
            raise EncoderUnavailable(
                f"AMENDS_ENCODER: {folder} was made for the static encoder {about['static']}, "
                f"not for {static.fingerprint}. Train it again: python -m indexer.training.teach"
            )
        self._longest = int(about["longest"])
        self._session = _session(folder / GRAPH_FILE)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._static.dimensions + int(self._session.get_outputs()[0].shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Names the content of the files: equal for equal files, wherever they lie."""
        digest = hashlib.sha256(self._static.fingerprint.encode())
        digest.update(hashlib.sha256((self._folder / GRAPH_FILE).read_bytes()).digest())
        return f"contextual-{digest.hexdigest()[:16]}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions); zero for a text without any known piece.

        Of a longer text the second part knows the first 256 pieces, about 170 words; the first part knows 20,000
        characters, as the static encoder does.
        """
        usable = [encodable(text) for text in texts]
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        first = self._static.dimensions
        vectors[:, :first] = self._static.encode(usable) * _HALF
        for vector, rows in zip(vectors, self._static.pieces(usable, self._longest), strict=True):
            if vector.any():
                vector[first:] = self._read(rows) * _HALF
        return vectors

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text, shape (dimensions,). Queries and documents are encoded alike."""
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector

    def _read(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One text at a time: the graph brings what it holds to int8 by its largest entry, whoever's that is."""
        present = np.ones((1, len(rows)), dtype=np.float32)
        made: NDArray[np.float32] = self._session.run([OUTPUT], {PIECES: rows[None], PRESENT: present})[0][0]
        return made


def is_contextual_encoder(folder: Path) -> bool:
    """Whether ``folder`` holds an encoder that ``ContextualEncoder`` reads."""
    return (folder / GRAPH_FILE).is_file() and (folder / ABOUT_FILE).is_file()


def _about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT_FILE
    if not is_contextual_encoder(folder):
        raise EncoderUnavailable(f"AMENDS_ENCODER: {folder} does not hold a contextual encoder.")
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderUnavailable(f"AMENDS_ENCODER: {path} is damaged ({error}).") from error
    return about


def _session(graph: Path) -> Any:
    if find_spec("onnxruntime") is None:
        raise EncoderUnavailable(
            "AMENDS_ENCODER: the contextual encoder needs ONNX Runtime. Run: pip install 'amends[contextual]'"
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a pool of threads would not live through a fork
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class of their own
        raise EncoderUnavailable(f"AMENDS_ENCODER: {graph} is damaged ({type(error).__name__}).") from error
