"""Learning what belongs together, from the train split alone."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra sentence-transformers")

from indexer.corpus.plan import issues  # noqa: E402
from indexer.corpus.splits import unseen_issues  # noqa: E402
from indexer.training.labelled import complaint_texts  # noqa: E402
from indexer.training.likeness import LikenessSource, likeness, numbered  # noqa: E402
from indexer.training.ragged import Ragged  # noqa: E402


def source() -> LikenessSource:
    texts = Ragged.of([[n, n + 1, n + 2] for n in range(40)])
    return LikenessSource(texts, texts, np.arange(40) % 5, np.arange(40) % 3, seed=1)


def test_a_step_against_the_gradient_lowers_the_loss():
    torch.manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(60, 16))
    label, language = torch.arange(60) % 6, torch.arange(60) % 4
    before, gradient = likeness(vectors, label, language)
    after, _ = likeness(torch.nn.functional.normalize(vectors - 0.5 * gradient), label, language)
    assert after < before


def test_texts_without_companions_teach_nothing():
    vectors = torch.nn.functional.normalize(torch.randn(3, 8))
    loss, gradient = likeness(vectors, torch.tensor([0, 0, 1]), torch.tensor([0, 1, 2]))
    assert np.isfinite(loss) and bool(torch.isfinite(gradient).all())


def test_the_same_seed_and_step_give_the_same_batch():
    one, other = source().batch(3), source().batch(3)
    assert (one.texts.tokens == other.texts.tokens).all() and (one.label == other.label).all()
    assert not np.array_equal(source().batch(4).label, one.label)


def test_names_are_numbered_in_sorted_order():
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]


def test_the_unseen_issues_are_never_learnt_from():
    unseen = unseen_issues(issues())
    assert len(unseen) == 30
    assert not unseen & set(complaint_texts().labels)
