"""Many small writes are durable together, and one that fails takes no other with it."""

import threading

import pytest

from knowledge.database import DatabaseBusy, Writer, last_seq, next_seq, open_engine, reading


@pytest.fixture
def engine(tmp_path):
    made = open_engine(f"sqlite:///{tmp_path / 'sub' / 'a.db'}")
    yield made
    made.dispose()


@pytest.fixture
def writer(engine):
    made = Writer(engine)
    yield made
    made.close()


def test_a_commit_survives_a_power_cut_by_configuration(engine):
    with reading(engine).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_writes_of_many_threads_get_numbers_without_gaps(engine, writer):
    numbers: list[int] = []

    def work() -> None:
        numbers.extend(writer.write(next_seq) for _ in range(25))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 201))
    with reading(engine).connect() as connection:
        assert last_seq(connection) == 200


def test_a_failing_write_undoes_only_itself(engine, writer):
    def fail(connection):
        next_seq(connection)
        raise ValueError("mine")

    writer.write(next_seq)
    with pytest.raises(ValueError, match="mine"):
        writer.write(fail)
    assert writer.write(next_seq) == 2


def test_a_writer_that_cannot_keep_up_says_so(writer):
    gate = threading.Event()
    blocked = threading.Thread(target=lambda: writer.write(lambda _: gate.wait(10)))
    blocked.start()
    with pytest.raises(DatabaseBusy):
        writer.write(next_seq, timeout_s=0.2)
    gate.set()
    blocked.join()
