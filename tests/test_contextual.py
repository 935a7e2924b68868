"""The contextual encoder that ships: what it is chosen by, what it finds, what it refuses."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the extra contextual is not installed")

from knowledge.contextual_encoder import ContextualEncoder
from knowledge.encoders import CONTEXTUAL_FOLDER, SHIPPED_FOLDER, load_encoder
from knowledge.errors import IndexMismatch
from tests.conftest import make_knowledge
from tests.test_encoders import AWKWARD, REFUND, UNRELATED


@pytest.fixture(scope="module")
def contextual() -> ContextualEncoder:
    found = load_encoder("contextual")
    assert isinstance(found, ContextualEncoder)
    return found


def test_both_encoders_stay_within_the_weight_a_repository_bears():
    folders = (SHIPPED_FOLDER, CONTEXTUAL_FOLDER)
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) <= 40_000_000


def test_a_translation_is_nearer_than_anything_else(contextual):
    english, others = contextual.encode_query(REFUND["en"]), contextual.encode(UNRELATED)
    for language, text in REFUND.items():
        assert contextual.encode_query(text) @ english > (others @ english).max() + 0.2, language


def test_the_order_of_words_changes_the_vector(contextual):
    one, other = "not late but broken", "not broken but late"
    assert contextual.static.encode_query(one) @ contextual.static.encode_query(other) == pytest.approx(1, abs=1e-5)
    assert contextual.encode_query(one) @ contextual.encode_query(other) < 0.99  # 0.976


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_give_a_unit_vector_or_zero(contextual, text):
    length = np.linalg.norm(contextual.encode_query(text))
    assert length == 0 or length == pytest.approx(1, abs=1e-4)


@pytest.mark.skipif(find_spec("sentence_transformers") is None, reason="needs the extra sentence-transformers")
def test_sentence_transformers_gives_the_same_vectors(contextual):
    from sentence_transformers import SentenceTransformer

    texts = [*REFUND.values(), *UNRELATED]
    model = SentenceTransformer(str(CONTEXTUAL_FOLDER), device="cpu", trust_remote_code=True)
    assert np.allclose(model.encode(texts), contextual.encode(texts), atol=1e-5)


def test_the_product_uses_neither_torch_nor_sentence_transformers():
    code = (
        "import sys; from knowledge.encoders import load_encoder; load_encoder('contextual').encode(['a']);"
        "print([name for name in ('torch', 'sentence_transformers') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_desk_that_chooses_it_finds_the_samples_and_goes_back_only_by_reindexing(
    contextual, encoder, detector, tmp_path
):
    chosen = make_knowledge(tmp_path, contextual, detector)
    found = chosen.retrieval.search("Paketet kom aldri fram, og ingen svarer meg.")
    assert found and found[0].solved.issue.startswith("parcels.")
    chosen.close()
    back = make_knowledge(tmp_path, encoder, detector)
    with pytest.raises(IndexMismatch, match="amends reindex"):
        back.retrieval.search("Where is my parcel?")
    back.close()
