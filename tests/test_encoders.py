"""The shipped encoder, its light path beside sentence-transformers, and how it is trained."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from indexer.training.corpora import clean_pair
from indexer.training.export import quantise
from indexer.training.noise import drop_diacritics
from indexer.training.ragged import Ragged
from indexer.training.scoring import label_precision, translation_accuracy
from knowledge import encoders
from knowledge.encoders import SHIPPED_FOLDER, SentenceTransformerEncoder, load_encoder
from knowledge.errors import EncoderUnavailable
from knowledge.static_encoder import LONGEST_TEXT, StaticEncoder

needs_sentence_transformers = pytest.mark.skipif(
    find_spec("sentence_transformers") is None,
    reason="the extra sentence-transformers is not installed",
)

REFUND = {
    "en": "The machine arrived broken and I want my money back.",
    "de": "Die Maschine kam kaputt an und ich will mein Geld zurück.",
    "fr": "La machine est arrivée cassée et je veux être remboursé.",
    "es": "La máquina llegó rota y quiero que me devuelvan el dinero.",
    "sl": "Stroj je prišel pokvarjen in želim svoj denar nazaj.",
    "tr": "Makine bozuk geldi ve paramı geri istiyorum.",
    "ru": "Машина пришла сломанной, и я хочу вернуть деньги.",
    "zh-cn": "机器送到的时候坏了，我想要退款。",
    "ja": "機械が壊れて届いたので、返金してほしいです。",
    "hi": "मशीन टूटी हुई आई और मुझे अपने पैसे वापस चाहिए।",
}
UNRELATED = (
    "The weather will be sunny all week.",
    "She has been learning to play the violin.",
    "How do I change the language of the app?",
    "The meeting was moved to Thursday morning.",
    "Our train leaves from platform four.",
)
AWKWARD = (
    "",
    "   \n\t ",
    "ok",
    "Ça va? 😀👍🏽 №5 ﬁnal ＡＢＣ",
    "İSTANBUL'da ßtraße ΣΊΣΥΦΟΣ",
    "[UNK] <s> ▁ ▁▁ \u200b\u2066x\u2069",
    "12345678901234567890",
    "a" * 3000,
    "我要退款，机器坏了。" * 50,
    *REFUND.values(),
)


@pytest.fixture(scope="module")
def static() -> StaticEncoder:
    return StaticEncoder(SHIPPED_FOLDER)


@needs_sentence_transformers
def test_the_light_path_and_sentence_transformers_give_the_same_vectors(
    static: StaticEncoder,
) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(SHIPPED_FOLDER), device="cpu", local_files_only=True)
    theirs = model.encode(list(AWKWARD))
    np.testing.assert_allclose(static.encode(AWKWARD), theirs, atol=1e-5)
    assert model.similarity_fn_name == "cosine"


@pytest.mark.parametrize("language", [name for name in REFUND if name != "en"])
def test_a_translation_is_nearer_than_unrelated_sentences(static: StaticEncoder, language: str) -> None:
    translation, *others = static.encode([REFUND["en"], *UNRELATED])
    asked = static.encode_query(REFUND[language])
    assert asked @ translation > max(asked @ other for other in others)


@pytest.mark.parametrize("text", ["", " \n\t", "\ud800", "\udfff\ud800", "ꙮ" * 3])
def test_a_text_without_any_known_piece_gives_a_zero_vector(static: StaticEncoder, text: str) -> None:
    vectors = static.encode([REFUND["en"], text, REFUND["de"]])
    assert not vectors[1].any()
    assert vectors[0] @ vectors[2] > 0.3


def test_no_texts_give_no_vectors(static: StaticEncoder) -> None:
    assert static.encode([]).shape == (0, static.dimensions)


def test_vectors_are_of_unit_length_and_single_precision(static: StaticEncoder) -> None:
    vectors = static.encode(tuple(REFUND.values()))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_lone_surrogates_are_passed_over_and_halves_are_joined(static: StaticEncoder) -> None:
    plain = static.encode_query("broken 😀")
    np.testing.assert_array_equal(static.encode_query("broken \ud83d\ude00"), plain)
    np.testing.assert_array_equal(static.encode_query("bro\udfffken 😀"), plain)


def test_capitals_and_compatibility_forms_make_no_difference(static: StaticEncoder) -> None:
    plain, loud, wide = static.encode(["refund", "REFUND", "ｒｅｆｕｎｄ"])
    np.testing.assert_array_equal(plain, loud)
    np.testing.assert_array_equal(plain, wide)


def test_a_text_of_a_megabyte_counts_as_its_beginning_and_is_quick(static: StaticEncoder) -> None:
    text = "The parcel never came. " * 45_000
    started = time.perf_counter()
    vector = static.encode_query(text)
    assert time.perf_counter() - started < 2
    np.testing.assert_array_equal(vector, static.encode_query(text[:LONGEST_TEXT]))


@pytest.mark.parametrize("text", ["a" * 1_000_000, "😀" * 250_000, "\ud800" * 1_000_000])
def test_a_megabyte_without_a_space_is_quick(static: StaticEncoder, text: str) -> None:
    started = time.perf_counter()
    static.encode([text])
    assert time.perf_counter() - started < 2


def test_a_vector_does_not_depend_on_what_else_is_encoded(static: StaticEncoder) -> None:
    texts = [*AWKWARD, "word " * 4_000] * 12
    together = static.encode(texts)
    alone = np.stack([static.encode_query(text) for text in texts])
    np.testing.assert_array_equal(together, alone)


def test_threads_share_one_encoder(static: StaticEncoder) -> None:
    expected = static.encode(AWKWARD)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: static.encode(AWKWARD), range(32)):
            np.testing.assert_array_equal(found, expected)


def test_the_fingerprint_follows_the_content_not_the_place(static: StaticEncoder, tmp_path: Path) -> None:
    copy = shutil.copytree(SHIPPED_FOLDER, tmp_path / "copy")
    assert StaticEncoder(copy).fingerprint == static.fingerprint
    (copy / "MODEL_CARD.md").write_text("other words")
    assert StaticEncoder(copy).fingerprint == static.fingerprint
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)
    assert StaticEncoder(copy).fingerprint != static.fingerprint


def test_the_shipped_folder_is_small() -> None:
    size = sum(path.stat().st_size for path in SHIPPED_FOLDER.rglob("*") if path.is_file())
    assert size <= 24_000_000


def test_loading_the_shipped_encoder_imports_no_torch() -> None:
    code = (
        "import sys; from knowledge.encoders import load_encoder; load_encoder().encode(['a']);"
        "print([name for name in ('torch', 'sentence_transformers') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_static_is_the_default_and_a_folder_of_ours_takes_the_light_path(tmp_path: Path) -> None:
    assert isinstance(load_encoder(), StaticEncoder)
    assert isinstance(load_encoder(str(SHIPPED_FOLDER)), StaticEncoder)


@pytest.mark.parametrize("setting", ["", " "])
def test_a_setting_that_cannot_work_says_so(setting: str) -> None:
    with pytest.raises(EncoderUnavailable, match="AMENDS_ENCODER"):
        load_encoder(setting)


def test_a_missing_extra_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda _: None)
    with pytest.raises(EncoderUnavailable, match=r"pip install 'amends\[sentence-transformers\]'"):
        load_encoder("intfloat/multilingual-e5-small")


@needs_sentence_transformers
def test_a_folder_without_a_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match=r"AMENDS_ENCODER.*could not be loaded"):
        load_encoder(str(tmp_path))


@pytest.mark.parametrize("damage", ["header", "short", "length", "missing", "tensors"])
def test_a_damaged_folder_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED_FOLDER, tmp_path / "copy")
    table = folder / "model.safetensors"
    content = table.read_bytes()
    if damage == "header":
        table.write_bytes(content[:8] + b"x" + content[9:])
    elif damage == "short":
        table.write_bytes(content[: len(content) // 2])
    elif damage == "length":
        table.write_bytes(b"\xff" * 8 + content[8:])
    elif damage == "missing":
        (folder / "tokenizer.json").unlink()
    else:
        table.write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(EncoderUnavailable, match="AMENDS_ENCODER"):
        StaticEncoder(folder)


@pytest.fixture
def prompted(tmp_path: Path) -> SentenceTransformerEncoder:
    """Our own folder with prompts, read by sentence-transformers: it treats the two sides apart."""
    folder = shutil.copytree(SHIPPED_FOLDER, tmp_path / "prompted")
    config = folder / "config_sentence_transformers.json"
    prompts = {"query": "broken machine ", "document": ""}
    config.write_text(json.dumps({**json.loads(config.read_text()), "prompts": prompts}))
    return SentenceTransformerEncoder(str(folder))


@needs_sentence_transformers
def test_a_sentence_transformers_model_gets_its_prompts_and_gives_unit_vectors(
    static: StaticEncoder, prompted: SentenceTransformerEncoder
) -> None:
    text = "I want my money back"
    np.testing.assert_allclose(prompted.encode([text])[0], static.encode_query(text), atol=1e-5)
    with_prompt = static.encode_query("broken machine " + text)
    np.testing.assert_allclose(prompted.encode_query(text), with_prompt, atol=1e-5)
    assert prompted.dimensions == static.dimensions
    assert prompted.encode([]).shape == (0, static.dimensions)
    assert not prompted.encode(["", "\ud800"]).any()


@needs_sentence_transformers
def test_a_models_fingerprint_is_stable_and_follows_its_files(
    prompted: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    folder = tmp_path / "prompted"
    same = SentenceTransformerEncoder(str(folder))
    assert same.fingerprint == prompted.fingerprint
    (folder / "config_sentence_transformers.json").write_text("{}")
    assert SentenceTransformerEncoder(str(folder)).fingerprint != prompted.fingerprint


# How it is trained.


@pytest.mark.parametrize(
    ("row", "pair"),
    [
        (
            ["Your order <b>%{number}</b> came", "Bestellung {{n}} kam"],
            ("Your order came", "Bestellung kam"),
        ),
        (["Email", "email"], None),
        (["{0}", "{0} Stück"], None),
        (["{n, plural, one {# item} other {# items}}", "Artikel"], None),
        (["alone"], None),
    ],
)
def test_a_row_of_parallel_text_keeps_words_and_loses_markup(row: list[str], pair: tuple[str, str] | None) -> None:
    assert clean_pair(row) == pair


def test_dropping_diacritics_leaves_scripts_alone_whose_marks_are_vowels() -> None:
    assert drop_diacritics("Łódź, đã gửi, ça, Ή") == "Lodz, da gui, ca, Η"
    assert drop_diacritics("मुझे ไม่ است") == "मुझे ไม่ است"


def test_ragged_rows_are_gathered_in_the_order_asked_for() -> None:
    texts = Ragged.of([[1, 2], [], [3], [4, 5, 6]])
    assert texts.gather(np.array([3, 1, 0])).tolist() == [4, 5, 6, 1, 2]
    assert texts.lengths(np.array([3, 1, 0])).tolist() == [3, 0, 2]


def test_a_quantised_row_keeps_its_direction_however_light_it_is() -> None:
    table = np.random.default_rng(1).normal(size=(50, 256)).astype(np.float32)
    table *= np.geomspace(1e-4, 1e2, 50, dtype=np.float32)[:, None]
    table[7] = 0
    rows, scales = quantise(table)
    back = rows * scales[:, None]
    cosine = (back * table).sum(1) / (np.linalg.norm(back, axis=1) * np.linalg.norm(table, axis=1) + 1e-30)
    assert not back[7].any()
    assert np.delete(cosine, 7).min() > 0.9995


def test_scores_count_what_is_nearest() -> None:
    unit = np.eye(4, dtype=np.float32)
    likeness = unit @ unit[[0, 1, 3, 2]].T
    assert translation_accuracy(likeness, likeness.T) == 0.5
    assert label_precision(unit[:2] @ unit.T, "aabb", "ab", depth=1) == 0.5


def test_the_gradients_worked_out_by_hand_are_those_of_automatic_differentiation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from torch.nn import functional

    from indexer.training import contrast as module

    monkeypatch.setattr(module, "product", lambda left, right: left @ right)
    torch.manual_seed(0)
    pairs, taught, gone = 48, 20, -1e9
    english, other, teacher = (
        functional.normalize(torch.randn(rows, 8, dtype=torch.float64)) for rows in (pairs, pairs, taught)
    )
    english.requires_grad_()
    other.requires_grad_()
    meaning = torch.randint(0, 40, (pairs,))
    same = meaning[:, None] == meaning[None, :]
    logits = other @ english.T / module.TEMPERATURE
    others = logits.masked_fill(same.clone().fill_diagonal_(False), gone)
    target = torch.arange(pairs)
    loss = (functional.cross_entropy(others, target) + functional.cross_entropy(others.T, target)) / 2
    near = same[:taught, :taught]
    wanted = (teacher @ teacher.T / module.TEMPERATURE).masked_fill(near, gone).softmax(1)
    pupil = english[:taught]
    for found in (pupil @ pupil.T / module.TEMPERATURE, logits[:taught, :taught]):
        lesson = functional.kl_div(found.masked_fill(near, gone).log_softmax(1), wanted, reduction="batchmean")
        loss = loss + module.LESSON_SHARE / 2 * lesson
    torch.autograd.backward(loss)
    result = module.contrast(english.detach(), other.detach(), meaning, teacher)
    assert result.translation + module.LESSON_SHARE * result.lesson == pytest.approx(loss.item())
    torch.testing.assert_close(result.english_gradient, english.grad)
    torch.testing.assert_close(result.other_gradient, other.grad)
