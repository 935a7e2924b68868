"""The shipped encoder: a vector per piece of text, averaged. No torch, no network, milliseconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge.errors import EncoderUnavailable

LONGEST_TEXT = 20_000
"""Characters of a text that count; the rest is passed over. About 3,000 words: beyond that a mean
of token vectors says less about the complaint with every page, and 1 MB costs no more than this."""

_CHUNK_CHARACTERS = 20_000  # pooled in one go: their rows, about 6 MB, stay in the cache
_TABLE_FILE = "model.safetensors"
_TOKENIZER_FILE = "tokenizer.json"
_TENSORS = {"embeddings", "weights"}
_KINDS: dict[str, np.dtype[Any]] = {"I8": np.dtype("<i1"), "F32": np.dtype("<f4")}
_LONGEST_HEADER = 100_000_000  # bytes, as the format's own reader has it


class StaticEncoder:
    """Reads a folder written by ``indexer.training`` without sentence-transformers.

    The vectors are those ``SentenceTransformer(folder).encode`` gives, to 1e-5, for texts of at
    most ``LONGEST_TEXT`` characters. Safe to share between threads: nothing is written after the
    constructor. The table stays on disk and is mapped into memory, shared between processes.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` holds ``model.safetensors`` (int8 rows, a scale each) and the tokenizer."""
        self._files = (folder / _TABLE_FILE, folder / _TOKENIZER_FILE)
        for path in self._files:
            if not path.is_file():
                raise EncoderUnavailable(
                    f"AMENDS_ENCODER: {path} is missing; the folder does not hold a static encoder."
                )
        table = read_tensors(self._files[0])
        if set(table) != _TENSORS:
            raise EncoderUnavailable(f"AMENDS_ENCODER: {self._files[0]} holds {sorted(table)}, not rows and weights.")
        self._rows = table["embeddings"]
        self._scales = np.array(table["weights"], dtype=np.float32)
        self._tokenizer = Tokenizer.from_file(str(self._files[1]))

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._rows.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Names the content of the files: equal for equal files, wherever they lie."""
        digest = hashlib.sha256()
        for path in self._files:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return f"static-{digest.hexdigest()[:16]}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions), independent of what else is in ``texts``.

        A text without any known piece (empty, blank, an unknown script) gives a zero vector,
        whose similarity to everything is 0. Lone surrogates are passed over.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start, chunk in _chunks(texts):
            self._encode_into(vectors[start : start + len(chunk)], chunk)
        return vectors

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text, shape (dimensions,). Queries and documents are encoded alike."""
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector

    def words(self, texts: Sequence[str]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The distinct pieces of each text: unit vectors, shape (pieces, dimensions), and their weights, (pieces,)."""
        found = []
        for ids in self._token_ids([encodable(text) for text in texts]):
            pieces = np.unique(np.asarray(ids, dtype=np.int64))
            rows = self._rows[pieces].astype(np.float32) * self._scales[pieces][:, None]
            weights = np.linalg.norm(rows, axis=1)
            known = weights > 0
            found.append((rows[known] / weights[known, None], weights[known]))
        return found

    def pieces(self, text: str, most: int) -> NDArray[np.float32]:
        """The rows of a text's first ``most`` pieces in their order, weights folded in; shape (n, dimensions)."""
        ids = self._token_ids([encodable(text)])[0][:most]
        return np.asarray(self._rows[ids].astype(np.float32) * self._scales[ids][:, None])

    def _encode_into(self, vectors: NDArray[np.float32], texts: list[str]) -> None:
        ids = self._token_ids(texts)
        lengths = [len(text_ids) for text_ids in ids]
        flat = np.fromiter(chain.from_iterable(ids), dtype=np.int64, count=sum(lengths))
        rows = self._rows[flat].astype(np.float32)
        scales = self._scales[flat]
        end = 0
        for vector, length in zip(vectors, lengths, strict=True):
            start, end = end, end + length
            # A product for each text: three times as fast as one reduceat over all of them.
            np.dot(scales[start:end], rows[start:end], out=vector)
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        np.divide(vectors, norms, out=vectors, where=norms > 0)

    def _token_ids(self, texts: list[str]) -> list[list[int]]:
        if len(texts) == 1:  # no thread pool for one text: it would outlive a fork badly
            return [self._tokenizer.encode(texts[0], add_special_tokens=False).ids]
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


def encodable(text: str) -> str:
    """The part of ``text`` that counts, as valid Unicode: lone surrogates out, halves joined."""
    text = text[:LONGEST_TEXT]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """``texts``, encodable, in chunks of bounded size, each with the place of its first text."""
    start, chunk, size = 0, list[str](), 0
    for text in texts:
        chunk.append(encodable(text))
        size += len(chunk[-1])
        if size >= _CHUNK_CHARACTERS:
            yield start, chunk
            start, chunk, size = start + len(chunk), [], 0
    if chunk:
        yield start, chunk


def is_static_encoder(folder: Path) -> bool:
    """Whether ``folder`` holds an encoder that ``StaticEncoder`` reads."""
    table = folder / _TABLE_FILE
    if not table.is_file() or not (folder / _TOKENIZER_FILE).is_file():
        return False
    _, header = _read_header(table)
    return set(header) == _TENSORS


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The int8 and float32 tensors of a safetensors file, mapped, not read."""
    start, header = _read_header(path)
    try:
        return {
            name: np.memmap(
                str(path),
                dtype=_KINDS[entry["dtype"]],
                mode="r",
                offset=start + entry["data_offsets"][0],
                shape=tuple(entry["shape"]),
            )
            for name, entry in header.items()
        }
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def _read_header(path: Path) -> tuple[int, dict[str, Any]]:
    """Where the tensors start, and what is said of them.

    The format: eight bytes of length (little endian), that much JSON, then the tensors.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LONGEST_HEADER:
            raise _damaged(path, f"a header of {length} bytes")
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise _damaged(path, error) from error
    return 8 + length, {name: entry for name, entry in header.items() if name != "__metadata__"}


def _damaged(path: Path, problem: object) -> EncoderUnavailable:
    return EncoderUnavailable(f"AMENDS_ENCODER: {path} is damaged ({problem}).")
