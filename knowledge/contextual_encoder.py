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
_SHARE = np.float32(0.5**0.5)  # so that two unit vectors side by side make one


class ContextualEncoder:
    """Vectors whose first part is the static encoder's and whose second knows the order of words.

    Both parts count alike in a cosine. Safe to share between threads, and over a fork: the graph runs in the calling
    thread alone. Needs the extra ``contextual`` (ONNX Runtime), not torch.
    """

    def __init__(self, folder: Path, static: StaticEncoder) -> None:
        """``folder`` was written by ``indexer.training.teach`` for this very ``static`` encoder."""
        self._folder, self.static = folder, static
        made_for, self._longest = _about(folder)
        if made_for != static.fingerprint:
            raise EncoderUnavailable(
                f"AMENDS_ENCODER: {folder} was made for the static encoder {made_for}, not for {static.fingerprint}. "
                "Set it to 'static', or copy the folder that belongs to this version of Amends."
            )
        self._session = _session(folder / GRAPH_FILE)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.static.dimensions + int(self._session.get_outputs()[0].shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Names the content of the files: equal for equal files, wherever they lie."""
        digest = hashlib.sha256(self.static.fingerprint.encode())
        for name in (ABOUT_FILE, GRAPH_FILE):
            digest.update(hashlib.sha256((self._folder / name).read_bytes()).digest())
        return f"contextual-{digest.hexdigest()[:16]}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions); zero for a text without any known piece.

        Of a longer text the second part knows the first 256 pieces, about 170 words; the first part knows 20,000
        characters, as the static encoder does.
        """
        usable = [encodable(text) for text in texts]
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        first = self.static.dimensions
        vectors[:, :first] = self.static.encode(usable) * _SHARE
        for vector, text in zip(vectors, usable, strict=True):
            if vector.any():
                vector[first:] = self._read(self.static.pieces(text, self._longest)) * _SHARE
        return vectors

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text, shape (dimensions,). Queries and documents are encoded alike."""
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector

    def _read(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One text at a time: the graph rounds by the extremes of all it holds, whosever they are."""
        present = np.ones((1, len(rows)), dtype=np.float32)
        made: NDArray[np.float32] = self._session.run([OUTPUT], {PIECES: rows[None], PRESENT: present})[0][0]
        return made


def is_contextual_encoder(folder: Path) -> bool:
    """Whether ``folder`` is one that ``ContextualEncoder`` reads, or was before something got lost."""
    return (folder / ABOUT_FILE).is_file()


def _about(folder: Path) -> tuple[str, int]:
    """The static encoder it was made for, and how many pieces of a text it reads."""
    path = folder / ABOUT_FILE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return str(about["static"]), int(about["longest"])
    except OSError:
        problem = f"{path} is missing"
    except (ValueError, KeyError, TypeError) as error:
        problem = f"{path} is damaged ({error})"
    raise EncoderUnavailable(f"AMENDS_ENCODER: {problem}. Copy the folder again, or set it to 'static'.")


def _session(graph: Path) -> Any:
    if find_spec("onnxruntime") is None:
        raise EncoderUnavailable(
            "AMENDS_ENCODER: the contextual encoder needs ONNX Runtime. Run: pip install 'amends[contextual]'"
        )
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A pool of threads would not live through a fork.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except ImportError as error:
        problem = f"ONNX Runtime cannot be loaded ({error}). Run: pip install --force-reinstall onnxruntime"
    except Exception as error:  # its errors share no class of their own
        problem = f"{graph} could not be read ({error}). Copy the folder again, or set it to 'static'."
    raise EncoderUnavailable(f"AMENDS_ENCODER: {problem}")
