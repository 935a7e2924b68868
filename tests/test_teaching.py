"""The contextual encoder's training: a map laid by alignment, steps that learn, a folder that the product reads."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra sentence-transformers")
transformers = pytest.importorskip("transformers", reason="training needs the extra sentence-transformers")
pytest.importorskip("onnx", reason="writing the graph needs onnx")
pytest.importorskip("onnxruntime", reason="reading the graph needs the extra contextual")

from indexer.training.batches import Side  # noqa: E402
from indexer.training.contextual import ContextualTrainer, TaughtBatch, TaughtSource  # noqa: E402
from indexer.training.corpora import ParallelFile  # noqa: E402
from indexer.training.encoded import encode_corpus  # noqa: E402
from indexer.training.export import export_encoder, read_table  # noqa: E402
from indexer.training.likeness import Bank, LikenessBatch  # noqa: E402
from indexer.training.onnx_export import export_reader, write_graph  # noqa: E402
from indexer.training.reader import BEGIN, reader_of  # noqa: E402
from indexer.training.teach import lay_map  # noqa: E402
from indexer.training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer  # noqa: E402
from indexer.training.vocabulary import first_rows  # noqa: E402
from knowledge import contextual_encoder, encoders  # noqa: E402
from knowledge.contextual_encoder import ContextualEncoder  # noqa: E402
from knowledge.encoders import load_encoder  # noqa: E402
from knowledge.errors import EncoderUnavailable  # noqa: E402
from knowledge.static_encoder import StaticEncoder  # noqa: E402

DIMENSIONS, HIDDEN = 16, 32
ENGLISH = ["the parcel is late", "the parcel is broken", "i want a refund", "the train was late"] * 3
GERMAN = ["das paket ist spät", "das paket ist kaputt", "ich will mein geld", "der zug war spät"] * 3
TEXTS = ["Das Paket ist spät", "the train was late", "i want a refund, the parcel is broken", "late"]


@pytest.fixture
def static(tmp_path: Path) -> Path:
    save_tokenizer(train_tokenizer([*ENGLISH, *GERMAN], 120), tmp_path / "tokenizer.json")
    pieces = load_tokenizer(tmp_path / "tokenizer.json").get_vocab_size()
    table = np.random.default_rng(0).normal(size=(pieces, DIMENSIONS)).astype(np.float32)
    export_encoder(table, tmp_path / "tokenizer.json", tmp_path / "static")
    return tmp_path / "static"


@pytest.fixture
def tokenizer(static: Path):
    return load_tokenizer(static / "tokenizer.json")


def body(layers: int = 1):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50, hidden_size=HIDDEN, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=64
    )
    return transformers.BertModel(config).eval()


def reader(layers: int = 1):
    return reader_of(body(layers), [BEGIN], DIMENSIONS, 1.0)


def trainer(static: Path) -> ContextualTrainer:
    return ContextualTrainer(reader(), torch.from_numpy(read_table(static)))


def german(tokenizer):
    return encode_corpus([ParallelFile("massive", "de", tuple(ENGLISH[:4]), tuple(GERMAN[:4]))], tokenizer, 1)


def test_the_reader_computes_what_the_teachers_body_computes():
    model = body(layers=2)
    inputs, held = torch.randn(3, 5, HIDDEN), torch.tensor([[1.0] * 5, [1.0] * 5, [1.0, 1.0, 0.0, 0.0, 0.0]])
    begin = model.embeddings.word_embeddings.weight[0].expand(3, 1, -1)
    whole = torch.cat([torch.ones(3, 1), held], dim=1)
    with torch.no_grad():
        theirs = model(inputs_embeds=torch.cat([begin, inputs], dim=1), attention_mask=whole).last_hidden_state
        pooled = torch.nn.functional.normalize((theirs * whole[:, :, None]).sum(1), dim=1)
        ours = reader_of(model, [BEGIN], DIMENSIONS, 1.0).read(inputs, held)
    assert torch.allclose(ours, pooled, atol=1e-5)


def test_a_piece_the_teacher_knows_starts_with_the_teachers_row(tokenizer):
    pieces = tokenizer.get_vocab()
    starting = sorted(piece for piece in pieces if piece.startswith("▁") and piece[1:].isascii())
    words = [BEGIN, *(piece.removeprefix("▁") for piece in starting if len(piece) > 1)]
    own = torch.randn(len(words), HIDDEN)
    rows = first_rows(torch.randn(len(pieces), 16), tokenizer, words, own)
    assert len(words) > 3
    for place, word in list(enumerate(words))[1:]:
        assert torch.equal(rows[pieces["▁" + word]], own[place])


def test_the_map_leads_a_piece_to_the_row_its_alignment_suggests(static, tokenizer):
    table, model = torch.from_numpy(read_table(static)), body()
    words = [BEGIN, "parcel", "refund", "train", "late", "broken"] + ["filler"] * 44
    wanted = first_rows(table, tokenizer, words, model.embeddings.word_embeddings.weight.detach())
    found = reader()
    lay_map(found.map, table, tokenizer, model, words, steps=600)
    with torch.no_grad():
        assert ((found.map(table) - wanted) ** 2).mean() < 0.2 * wanted.var()


def test_steps_bring_translations_to_the_teachers_vector(static, tokenizer):
    corpus, learner = german(tokenizer), trainer(static)
    teacher = np.eye(4, HIDDEN, dtype=np.float16)
    batch = TaughtBatch(tuple(corpus.other.gather(np.array([row])) for row in range(4)), np.arange(4))
    losses = [learner.step(batch, teacher, 1.0) for _ in range(60)]
    assert losses[-1] < losses[0] - 0.5


def test_steps_draw_texts_of_one_label_together(static, tokenizer):
    learner, bank = trainer(static), Bank(8)
    texts = [np.array(tokenizer.encode(text).ids) for text in (*ENGLISH[:4], *GERMAN[:4])]
    lengths = np.array([len(text) for text in texts])
    side = Side(np.concatenate(texts), np.cumsum(lengths) - lengths)
    batch = LikenessBatch(side, np.arange(8), np.array([0, 1, 2, 3] * 2), np.array([0] * 4 + [1] * 4))
    table = torch.from_numpy(read_table(static))
    losses = [learner.learn(batch, bank, 1.0, table) for _ in range(60)]
    assert losses[-1] < losses[0] - 0.1


def test_a_reader_taught_over_one_table_begins_anew_over_another(static, tmp_path):
    taught = trainer(static)
    taught.save(tmp_path / "taught.pt", {"static": "one"})
    other = ContextualTrainer(reader_of(body(), [BEGIN], DIMENSIONS, 3.0), torch.from_numpy(read_table(static)))
    with torch.no_grad():
        other.reader.begin.zero_()
    other.begin_with(tmp_path / "taught.pt")
    assert torch.equal(other.reader.begin, taught.reader.begin) and other.steps == 0
    assert other.reader.map.usual_weight == 3.0


def test_a_batch_without_companions_changes_nothing(static, tokenizer):
    learner = trainer(static)
    before = {name: value.clone() for name, value in learner.reader.state_dict().items()}
    tokens = np.array(tokenizer.encode(ENGLISH[0]).ids)
    batch = LikenessBatch(Side(tokens, np.array([0])), np.array([0]), np.array([0]), np.array([0]))
    assert learner.learn(batch, Bank(), 1.0, torch.from_numpy(read_table(static))) == 0.0
    assert all(torch.equal(value, before[name]) for name, value in learner.reader.state_dict().items())


def test_the_same_step_draws_the_same_batch(tokenizer):
    source = TaughtSource(german(tokenizer), np.arange(4), seed=3)
    one, other = source.batch(5), source.batch(5)
    assert np.array_equal(one.wanted, other.wanted)
    assert all(np.array_equal(a, b) for a, b in zip(one.texts, other.texts, strict=True))


def test_a_stopped_training_goes_on_as_if_it_had_not(static, tokenizer, tmp_path):
    corpus, teacher = german(tokenizer), np.eye(4, HIDDEN, dtype=np.float16)
    source = TaughtSource(corpus, np.arange(4), seed=3)
    whole = trainer(static)
    for step in range(2):
        whole.step(source.batch(step), teacher, 1.0)
    whole.save(tmp_path / "contextual.pt", {"static": "a"})
    again = trainer(static)
    again.restore(tmp_path / "contextual.pt", {"static": "a"})
    for learner in (whole, again):
        learner.step(source.batch(2), teacher, 1.0)
    assert again.steps == 3
    mine, theirs = whole.reader.state_dict(), again.reader.state_dict()
    assert all(torch.allclose(mine[name], theirs[name], atol=1e-6) for name in mine)


def test_the_graph_computes_what_the_reader_computes(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    found = reader(layers=2)
    write_graph(found, tmp_path / "whole.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "whole.onnx"), providers=["CPUExecutionProvider"])
    for texts, pieces in ((1, 1), (3, 7)):
        rows, held = torch.randn(texts, pieces, DIMENSIONS), torch.ones(texts, pieces)
        held[0, pieces // 2 + 1 :] = 0
        made = session.run(None, {"pieces": rows.numpy(), "present": held.numpy()})[0]
        with torch.no_grad():
            assert np.allclose(made, found(rows, held).numpy(), atol=1e-5)


@pytest.fixture
def telling(static: Path) -> ContextualTrainer:
    """A trainer whose reader tells texts apart, as an untrained one hardly does."""
    torch.manual_seed(3)
    learner = trainer(static)
    with torch.no_grad():
        for parameter in (learner.reader.places, learner.reader.map.line.weight):
            parameter.copy_(torch.randn_like(parameter))
    return learner


@pytest.fixture
def exported(static: Path, telling: ContextualTrainer, tmp_path: Path) -> Path:
    export_reader(telling.reader, static, tmp_path / "contextual")
    return tmp_path / "contextual"


def test_the_exported_folder_gives_the_trainers_vectors(static, exported, telling, tokenizer):
    encoder = ContextualEncoder(exported, StaticEncoder(static))
    ids = [np.array(tokenizer.encode(text, add_special_tokens=False).ids) for text in TEXTS]
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    cosines = vectors[:, DIMENSIONS:] @ telling.both(ids).numpy()[:, DIMENSIONS:].T * 2
    # bfloat16 in training, int8 in the folder.
    assert np.allclose(np.diag(cosines), 1, atol=0.02)
    assert (cosines - np.eye(len(TEXTS))).max() < 0.9


def test_the_order_of_words_is_heard(static, exported):
    encoder = ContextualEncoder(exported, StaticEncoder(static))
    one, other = encoder.encode(["the parcel is late the train was broken", "the train is late the parcel was broken"])
    first = encoder.static.dimensions
    assert one[:first] @ other[:first] == pytest.approx(0.5, abs=1e-3)
    assert one[first:] @ other[first:] < 0.497


def test_sentence_transformers_gives_the_same_vectors(static, exported, monkeypatch, tmp_path):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    monkeypatch.setattr(encoders, "SHIPPED_FOLDER", static)
    expected = load_encoder(str(exported)).encode(TEXTS)
    model = sentence_transformers.SentenceTransformer(str(exported), device="cpu", trust_remote_code=True)
    assert np.allclose(model.encode(TEXTS), expected, atol=1e-5)
    assert model.get_embedding_dimension() == expected.shape[1]
    model.save(str(tmp_path / "saved"))
    assert np.array_equal(load_encoder(str(tmp_path / "saved")).encode(TEXTS), expected)


@pytest.mark.parametrize("about", ["", "{}", "[]", '{"static": "a"}', '{"static": "a", "longest": null}'])
def test_a_damaged_description_is_named(static, exported, about):
    (exported / "amends.json").write_text(about, encoding="utf-8")
    with pytest.raises(EncoderUnavailable, match=r"AMENDS_ENCODER: .*amends.json is damaged .*set it to 'static'"):
        ContextualEncoder(exported, StaticEncoder(static))


@pytest.mark.parametrize("content", [None, b"", b"no graph"])
def test_a_damaged_graph_is_named(static, exported, content):
    (exported / "model.onnx").unlink()
    if content is not None:
        (exported / "model.onnx").write_bytes(content)
    with pytest.raises(EncoderUnavailable, match=r"AMENDS_ENCODER: .*model.onnx could not be read"):
        ContextualEncoder(exported, StaticEncoder(static))


def test_without_onnx_runtime_the_command_is_named(static, exported, monkeypatch):
    monkeypatch.setattr(contextual_encoder, "find_spec", lambda _: None)
    with pytest.raises(EncoderUnavailable, match=r"pip install 'amends\[contextual\]'"):
        ContextualEncoder(exported, StaticEncoder(static))


def test_a_checkpoint_made_for_something_else_is_refused(static, tmp_path):
    learner = trainer(static)
    learner.save(tmp_path / "contextual.pt", {"static": "one"})
    with pytest.raises(ValueError, match="delete it to begin anew"):
        learner.restore(tmp_path / "contextual.pt", {"static": "other"})


def test_a_vector_does_not_depend_on_its_neighbours(static, exported):
    encoder = ContextualEncoder(exported, StaticEncoder(static))
    alone = np.stack([encoder.encode_query(text) for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS), alone)


def test_texts_without_a_known_piece_give_zero_and_long_ones_are_cut(static, exported):
    encoder = ContextualEncoder(exported, StaticEncoder(static))
    vectors = encoder.encode(["", " ", "☃", "the parcel is late " * 500])
    assert np.array_equal(np.linalg.norm(vectors, axis=1).round(5), [0, 0, 0, 1])


def test_an_encoder_on_another_static_one_is_refused(static, exported, tmp_path):
    table = read_table(static) + 1
    export_encoder(table, static / "tokenizer.json", tmp_path / "other")
    with pytest.raises(EncoderUnavailable, match=r"was made for the static encoder static-"):
        ContextualEncoder(exported, StaticEncoder(tmp_path / "other"))
