"""Which encoder turns texts into vectors: one of the shipped ones, or any sentence-transformers model."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.contextual_encoder import ContextualEncoder, is_contextual_encoder
from knowledge.errors import EncoderUnavailable
from knowledge.static_encoder import StaticEncoder, encodable, is_static_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["ContextualEncoder", "SentenceTransformerEncoder", "StaticEncoder", "load_encoder"]

STATIC: Final = "static"
# Nothing leaves the machine unasked: fetching a model must be allowed first.
DOWNLOAD: Final = "AMENDS_MODEL_DOWNLOAD"
CONTEXTUAL: Final = "contextual"
SHIPPED_FOLDER: Final = Path(__file__).parent / "models" / "static"
CONTEXTUAL_FOLDER: Final = Path(__file__).parent / "models" / "contextual"

_SAMPLE = 1 << 20  # bytes of either end of a file that a fingerprint reads


class SentenceTransformerEncoder:
    """Any sentence-transformers model, on the CPU, with its own pooling, prompts and length limit.

    Texts are encoded as documents and queries as queries: a model that defines prompts for them
    (E5, for one) gets them. Needs the extra ``sentence-transformers``; importing it takes seconds
    and several hundred megabytes, which is why it happens here and nowhere else.
    """

    def __init__(self, name_or_path: str) -> None:
        """``name_or_path`` is a folder, or a model's name on the hub, looked for on disk first."""
        self._name = name_or_path
        self._model = _load_model(name_or_path)
        # Its tokenizer is told the padding of each batch and raises when two threads do so.
        self._lock = Lock()

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._vectors(self._model.encode_document, ["a"]).shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Names the content of the model's files, or the model if they cannot be found."""
        folder = _folder_of(self._name)
        if folder is None:
            return f"sentence-transformers-{self._name}"
        return f"sentence-transformers-{folder_digest(folder)[:16]}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of documents, shape (len(texts), dimensions); zero for blank texts."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._vectors(self._model.encode_document, texts)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of one query, shape (dimensions,); zero for a blank text."""
        vector: NDArray[np.float32] = self._vectors(self._model.encode_query, [text])[0]
        return vector

    def _vectors(self, encode: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        usable = [encodable(text) for text in texts]
        with self._lock:
            made = encode(usable, normalize_embeddings=True, show_progress_bar=False)
        vectors = np.array(made, dtype=np.float32)
        vectors[[not text.strip() for text in usable]] = 0
        return vectors


def load_encoder(setting: str = STATIC) -> StaticEncoder | ContextualEncoder | SentenceTransformerEncoder:
    """The encoder that AMENDS_ENCODER names: "static" or "contextual" (those that ship), a folder, or a model.

    A folder that holds an encoder of ours is read by the light path. Raises
    ``EncoderUnavailable``, whose text says what to install or to set.
    """
    if setting == STATIC:
        return StaticEncoder(SHIPPED_FOLDER)
    if setting == CONTEXTUAL:
        return load_contextual(CONTEXTUAL_FOLDER)
    if not setting.strip():
        raise EncoderUnavailable("AMENDS_ENCODER is blank. Set it to 'static' for the shipped one.")
    if is_static_encoder(Path(setting)):
        return StaticEncoder(Path(setting))
    if is_contextual_encoder(Path(setting)):
        return load_contextual(Path(setting))
    return SentenceTransformerEncoder(setting)


def load_contextual(folder: Path) -> ContextualEncoder:
    """The contextual encoder of ``folder``, on the shipped static one."""
    return ContextualEncoder(folder, StaticEncoder(SHIPPED_FOLDER))


def _load_model(name_or_path: str) -> SentenceTransformer:
    if find_spec("sentence_transformers") is None:
        raise EncoderUnavailable(
            f"AMENDS_ENCODER: {name_or_path!r} needs sentence-transformers. "
            "Run: pip install 'amends[sentence-transformers]'"
        )
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name_or_path, device="cpu", local_files_only=True)
    except (OSError, ValueError):
        if Path(name_or_path).is_dir():
            raise _not_loaded(name_or_path, "the folder does not hold a model") from None
    if not os.environ.get(DOWNLOAD):
        raise _not_loaded(name_or_path, f"not on disk; set {DOWNLOAD}=1 to fetch it from the hub once")
    try:
        return SentenceTransformer(name_or_path, device="cpu")
    except Exception as error:  # the hub's client raises whatever its transport raises
        raise _not_loaded(name_or_path, "not on disk, and the hub gave no answer") from error


def _not_loaded(name_or_path: str, problem: str) -> EncoderUnavailable:
    return EncoderUnavailable(
        f"AMENDS_ENCODER: the model {name_or_path!r} could not be loaded ({problem}). "
        "Set it to a folder that holds a sentence-transformers model, or to 'static'."
    )


def _folder_of(name_or_path: str) -> Path | None:
    """The folder the model was read from: itself, or its snapshot in the hub's cache."""
    if Path(name_or_path).is_dir():
        return Path(name_or_path)
    from huggingface_hub import try_to_load_from_cache

    for name in (name_or_path, f"sentence-transformers/{name_or_path}"):
        for file in ("modules.json", "config.json"):
            found = try_to_load_from_cache(name, file)
            if isinstance(found, str):
                return Path(found).parent
    return None


def folder_digest(folder: Path) -> str:
    """A digest of the names, sizes and contents of a model's files.

    Of a large file only the first and last megabyte are read: weights run to gigabytes, and two
    models that differ do not agree in size and both ends.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.suffix == ".md" or not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{relative.as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(size - _SAMPLE, 0))
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
