"""Rebuilding the index: embeddings first, then a new index aside, then the pointer moves."""

from collections.abc import Callable

from knowledge.assembly import Knowledge
from knowledge.faiss_index import FaissIndex


def rebuild(knowledge: Knowledge, advance: Callable[[int], None]) -> int:
    """Embed all with the configured encoder, build, publish; gives the index's size.

    ``advance`` hears how many more are done. Works when the served index is of another encoder, too.
    """
    done = 0
    for count in knowledge.store.reembed():
        advance(count - done)
        done = count
    return FaissIndex.published(knowledge.store, knowledge.encoder, knowledge.settings.data / "index")
