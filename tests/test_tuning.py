"""Learning what belongs together, from the train split alone."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra sentence-transformers")

from indexer.corpus.plan import issues  # noqa: E402
from indexer.corpus.splits import unseen_issues  # noqa: E402
from indexer.training.apart import are_written, read_apart, write_apart  # noqa: E402
from indexer.training.labelled import FOLDS, Texts, complaint_texts  # noqa: E402
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


def test_translations_of_one_sentence_are_never_parted_between_folds():
    texts = [f"text {number}" for number in range(40)]
    found = Texts(texts, ["issue"] * 40, ["en"] * 40, [f"origin {number // 2}" for number in range(40)])
    parts = [found.without_fold(number) for number in range(FOLDS)]
    assert sorted(text for part in parts for text in part.texts) == sorted(texts * (FOLDS - 1))
    assert all(len(set(part.origins)) * 2 == len(part.texts) for part in parts)


def test_what_is_drawn_of_one_fold_keeps_its_number_among_all():
    fold = np.arange(40) % 4
    batch = source().within(fold == 1).batch(3)
    assert sorted(batch.row) == list(range(1, 40, 4))
    assert (batch.label == batch.row % 5).all() and (batch.language == batch.row % 3).all()


def test_tables_tuned_apart_come_back_at_the_shipped_tables_size(tmp_path):
    shipped = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    shipped[3] = 0
    for number in range(FOLDS):
        assert not are_written(tmp_path)
        write_apart(tmp_path, number, 7 * np.roll(shipped, number, axis=1) + (shipped == 0))
    for table in read_apart(tmp_path, shipped):
        assert not table[3].any()
        assert np.isclose(np.median(table.norm(dim=1)), np.median(np.linalg.norm(shipped, axis=1)), rtol=0.1)
