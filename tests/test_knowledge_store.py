"""The database is the truth; the index is a cache that always catches up with it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from indexer.build import rebuild
from knowledge.errors import IndexMismatch
from knowledge.faiss_index import FaissIndex, read_snapshot
from knowledge.model import Outcome, SolvedComplaint
from knowledge.ports import Filters
from tests.conftest import make_knowledge


def solved(name: str, text: str = "The parcel never came", **more) -> SolvedComplaint:
    return SolvedComplaint(name, "en", text, f"Settled {name}", Outcome.HELD, **more)


def test_what_is_saved_is_found_at_once(empty_knowledge):
    empty_knowledge.store.save([solved("a"), solved("b", "The invoice was charged twice to my card")])
    matches = empty_knowledge.retrieval.search("my card was charged two times")
    assert matches[0].solved.id == "b"


def test_saving_again_replaces(empty_knowledge):
    store = empty_knowledge.store
    store.save([solved("a")])
    store.save([solved("a", "My bicycle was stolen")])
    assert store.count() == {"en": 1}
    assert empty_knowledge.retrieval.search("a stolen bicycle")[0].solved.complaint == "My bicycle was stolen"
    assert len(empty_knowledge.index) == 1


def test_sequence_numbers_grow_in_commit_order(empty_knowledge):
    store = empty_knowledge.store
    first = store.save([solved("a"), solved("b")])
    second = store.save([solved("a")])
    assert (first, second) == (2, 3)
    assert [complaint_id for complaint_id, _, _ in store.changes_since(1)] == ["b", "a"]


def test_a_new_database_starts_with_samples_in_many_languages(knowledge):
    counts = knowledge.store.count()
    assert sum(counts.values()) >= 240
    assert len(counts) >= 16


def test_samples_go_with_one_call_and_stay_away(tmp_path, encoder, detector):
    knowledge = make_knowledge(tmp_path, encoder, detector)
    knowledge.store.save([solved("mine")])
    assert knowledge.store.remove_samples() >= 240
    assert knowledge.store.count() == {"en": 1}
    assert [m.solved.id for m in knowledge.retrieval.search("The parcel never came")] == ["mine"]
    knowledge.close()
    again = make_knowledge(tmp_path, encoder, detector)
    assert again.store.count() == {"en": 1}
    again.close()


def test_a_published_snapshot_is_opened_and_caught_up(empty_knowledge, encoder):
    store, folder = empty_knowledge.store, empty_knowledge.settings.data / "index"
    store.save([solved("a"), solved("b", "No refund arrived")])
    assert FaissIndex.published(store, encoder, folder) == 2
    store.save([solved("c", "The train was late")])
    index = FaissIndex(store, encoder, folder)
    assert len(index) == 3
    assert index.search(encoder.encode_query("the train was late"), 1)[0].complaint_id == "c"


def test_a_torn_snapshot_loses_nothing(empty_knowledge, encoder):
    store, folder = empty_knowledge.store, empty_knowledge.settings.data / "index"
    store.save([solved("a")])
    FaissIndex.published(store, encoder, folder)
    snapshot = read_snapshot(folder)
    assert snapshot is not None
    (folder / snapshot.file).write_bytes(b"torn")
    (folder / "left.tmp").write_bytes(b"half")
    assert len(FaissIndex(store, encoder, folder)) == 1
    assert not (folder / "left.tmp").exists()


def test_a_snapshot_of_another_encoder_is_refused_with_the_mending_command(empty_knowledge, encoder):
    store, folder = empty_knowledge.store, empty_knowledge.settings.data / "index"
    store.save([solved("a")])
    FaissIndex.published(store, encoder, folder)
    pointer = folder / "CURRENT"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"encoder": "other"}))
    with pytest.raises(IndexMismatch, match="amends reindex"):
        FaissIndex(store, encoder, folder)


def test_embeddings_of_another_encoder_are_refused(tmp_path, encoder, detector):
    first = make_knowledge(tmp_path, _Renamed(encoder, "old"), detector, sample_knowledge="false")
    first.store.save([solved("a")])
    first.close()
    second = make_knowledge(tmp_path, encoder, detector, sample_knowledge="false")
    with pytest.raises(IndexMismatch):
        _ = second.index
    assert list(second.store.reembed()) == [1]
    assert len(second.index) == 1
    second.close()


def test_a_server_goes_on_while_another_encoder_is_published(tmp_path, encoder, detector):
    served = make_knowledge(tmp_path, _Renamed(encoder, "old"), detector, sample_knowledge="false")
    served.store.save([solved("a"), solved("b")])
    assert len(served.index) == 2
    fresh = make_knowledge(tmp_path, encoder, detector, sample_knowledge="false")
    assert rebuild(fresh, lambda _: None) == 2
    served.store.save([solved("c"), replace(solved("a"), complaint="The fridge hums.")])
    served.index.refresh()
    assert len(served.index) == 3
    assert {hit.complaint_id for hit in served.index.search(encoder.encode_query("late"), 5)} == {"a", "b", "c"}
    served.close()
    # The next start embeds what the old encoder's process saved meanwhile, and only then lets its embeddings go.
    assert len(fresh.index) == 3
    assert fresh.store.encoders() == {encoder.fingerprint: 3}
    (hum,) = fresh.index.search(encoder.encode_query("The fridge hums."), 1)
    assert hum.complaint_id == "a" and hum.score > 0.99
    fresh.close()


def test_search_is_held_to_the_filters(knowledge):
    found = knowledge.retrieval.search("the parcel is late", Filters(language="nb"), limit=10, floor=-1)
    assert found and {match.solved.language for match in found} == {"nb"}
    assert knowledge.retrieval.search("the parcel is late", Filters(issue="no.such"), floor=-1) == ()


def test_an_empty_question_finds_nothing(knowledge):
    assert knowledge.retrieval.search("") == ()
    assert knowledge.retrieval.search("😀😀") == ()


def test_a_resolution_that_did_not_hold_ranks_below_one_that_did(empty_knowledge):
    text = "The washing machine broke again after the repair"
    good = SolvedComplaint("good", "en", text, "A new machine was sent", Outcome.HELD, satisfaction=5)
    bad = SolvedComplaint("bad", "en", text, "The hose was changed", Outcome.REOPENED)
    empty_knowledge.store.save([bad, good])
    matches = empty_knowledge.retrieval.search(text)
    assert [match.solved.id for match in matches] == ["good", "bad"]
    assert "did not hold" in " ".join(remark.text for remark in matches[1].why)


def test_complaints_settled_alike_are_one_match(empty_knowledge):
    for number in range(3):
        one = SolvedComplaint(f"{number}", "en", "The parcel never came", "A new one was sent", Outcome.HELD)
        empty_knowledge.store.save([one])
    (match,) = empty_knowledge.retrieval.search("the parcel never came")
    assert any(remark.facts.get("count") == 3 for remark in match.why)


def test_ties_come_in_a_steady_order(empty_knowledge, encoder):
    empty_knowledge.store.save([solved(name) for name in ("d", "b", "a", "c")])
    hits = empty_knowledge.index.search(encoder.encode_query("The parcel never came"), 3)
    assert [hit.complaint_id for hit in hits] == ["a", "b", "c"]
    assert np.allclose([hit.score for hit in hits], 1.0, atol=1e-3)


class _Renamed:
    """The shipped encoder under another name."""

    def __init__(self, encoder, name: str) -> None:
        self._encoder = encoder
        self.fingerprint = name
        self.dimensions = encoder.dimensions

    def encode(self, texts):
        return self._encoder.encode(texts)

    def encode_query(self, text):
        return self._encoder.encode_query(text)
