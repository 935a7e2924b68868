"""The contextual encoder's training: first rows from alignment, a step that learns, a folder anyone can load."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra sentence-transformers")
transformers = pytest.importorskip("transformers", reason="training needs the extra sentence-transformers")

from indexer.training.contextual import ContextualTrainer, TaughtBatch, TaughtSource  # noqa: E402
from indexer.training.corpora import ParallelFile  # noqa: E402
from indexer.training.encoded import encode_corpus  # noqa: E402
from indexer.training.teach import BEGIN, END, export  # noqa: E402
from indexer.training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer  # noqa: E402
from indexer.training.vocabulary import first_rows  # noqa: E402

HIDDEN = 32
ENGLISH = ["the parcel is late", "the parcel is broken", "i want a refund", "the train was late"] * 3
GERMAN = ["das paket ist spät", "das paket ist kaputt", "ich will mein geld", "der zug war spät"] * 3


@pytest.fixture
def tokenizer(tmp_path):
    save_tokenizer(train_tokenizer([*ENGLISH, *GERMAN], 120), tmp_path / "tokenizer.json")
    return load_tokenizer(tmp_path / "tokenizer.json")


def body():
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50, hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    return transformers.BertModel(config)


def test_a_piece_the_teacher_knows_starts_with_the_teachers_row(tokenizer):
    pieces = tokenizer.get_vocab()
    starting = sorted(piece for piece in pieces if piece.startswith("▁") and piece[1:].isascii())
    words = [BEGIN, *(piece.removeprefix("▁") for piece in starting if len(piece) > 1)]
    own = torch.randn(len(words), HIDDEN)
    rows = first_rows(torch.randn(len(pieces), 16), tokenizer, words, own)
    assert len(words) > 3
    for place, word in list(enumerate(words))[1:]:
        assert torch.equal(rows[pieces["▁" + word]], own[place])


def test_steps_bring_translations_to_the_teachers_vector(tokenizer):
    files = [ParallelFile("massive", "de", tuple(ENGLISH[:4]), tuple(GERMAN[:4]))]
    corpus = encode_corpus(files, tokenizer, 1)
    teacher = np.eye(4, HIDDEN, dtype=np.float16)
    trainer = ContextualTrainer(body(), torch.randn(tokenizer.get_vocab_size() + 2, HIDDEN) * 0.1)
    batch = TaughtBatch(tuple(corpus.other.gather(np.array([row])) for row in range(4)), np.arange(4))
    losses = [trainer.step(batch, teacher, 1.0) for _ in range(30)]
    assert losses[-1] < losses[0] - 0.1


def test_the_same_step_draws_the_same_batch(tokenizer):
    files = [ParallelFile("massive", "de", tuple(ENGLISH[:4]), tuple(GERMAN[:4]))]
    source = TaughtSource(encode_corpus(files, tokenizer, 1), np.arange(4), seed=3)
    one, other = source.batch(5), source.batch(5)
    assert np.array_equal(one.wanted, other.wanted)
    assert all(np.array_equal(a, b) for a, b in zip(one.texts, other.texts, strict=True))


def test_a_stopped_training_goes_on_where_it_was(tokenizer, tmp_path):
    trainer = ContextualTrainer(body(), torch.randn(tokenizer.get_vocab_size() + 2, HIDDEN))
    trainer.steps = 7
    trainer.save(tmp_path / "contextual.pt")
    again = ContextualTrainer(body(), torch.zeros(tokenizer.get_vocab_size() + 2, HIDDEN))
    again.restore(tmp_path / "contextual.pt")
    assert again.steps == 7 and torch.equal(again.rows, trainer.rows)


def test_the_exported_folder_gives_the_trainers_vectors(tokenizer, tmp_path):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    teacher: Path = tmp_path / "teacher"
    body().save_pretrained(teacher)
    rows = torch.randn(tokenizer.get_vocab_size() + 2, HIDDEN)
    export(teacher, rows, tokenizer, tmp_path / "contextual")
    model = sentence_transformers.SentenceTransformer(str(tmp_path / "contextual"), device="cpu")
    trainer = ContextualTrainer(body(), rows)
    texts = ["das paket ist spät", "the train was late"]
    ids = [np.array(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts]
    # bfloat16 in training, float32 in the folder.
    assert np.allclose((model.encode(texts) * trainer.encode(ids).numpy()).sum(1), 1, atol=0.01)
    assert model.tokenizer.convert_ids_to_tokens(model.tokenizer(texts[0])["input_ids"])[:: len(ids[0]) + 1] == [
        BEGIN,
        END,
    ]
