"""The folder of messages: in order, bounded, there again after a restart."""

import pytest

from netops.errors import StoreError
from netops.exporter.remote_write.queue import DiskQueue


def drain(queue):
    found = []
    while (waiting := queue.oldest()) is not None:
        found.append((waiting.path.read_bytes(), waiting.samples))
        queue.remove(waiting)
    return found


def test_messages_go_out_in_the_order_they_came_and_survive_a_restart(tmp_path):
    queue = DiskQueue(tmp_path / "queue", 1000)
    for number in range(12):
        queue.put(b"m%d" % number, number)
    first = queue.oldest()
    assert first is not None
    queue.remove(first)
    again = DiskQueue(tmp_path / "queue", 1000)
    again.put(b"last", 99)
    assert drain(again) == [(b"m%d" % number, number) for number in range(1, 12)] + [(b"last", 99)]
    assert (again.bytes, len(again), list((tmp_path / "queue").iterdir())) == (0, 0, [])


def test_the_oldest_make_room_and_are_counted(tmp_path, caplog):
    queue = DiskQueue(tmp_path, 100)
    for number in range(5):
        queue.put(bytes(40), 10 + number)
    assert queue.bytes == 80
    assert queue.dropped == {"overflow": 10 + 11 + 12, "refused": 0, "disk": 0}
    assert caplog.text.count("samples are lost (overflow)") == 1
    assert [samples for _message, samples in drain(queue)] == [13, 14]


def test_a_message_that_made_room_while_it_was_sent_is_not_counted_twice(tmp_path):
    queue = DiskQueue(tmp_path, 100)
    queue.put(bytes(60), 1)
    sending = queue.oldest()
    queue.put(bytes(60), 2)
    queue.remove(sending)
    queue.refuse(sending)
    assert queue.dropped["overflow"] == 1
    assert queue.dropped["refused"] == 0
    assert (len(queue), queue.bytes) == (1, 60)


def test_a_full_disk_loses_the_message_and_counts_it(tmp_path, monkeypatch, caplog):
    queue = DiskQueue(tmp_path, 1000)
    queue.put(b"before", 1)

    def full(_path, _data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", full)
        queue.put(b"lost", 7)
    queue.put(b"after", 2)
    assert queue.dropped["disk"] == 7
    assert "7 samples are lost: No space left on device" in caplog.text
    assert drain(queue) == [(b"before", 1), (b"after", 2)]


def test_what_a_kill_left_half_written_is_swept_away_and_strangers_stay(tmp_path):
    (tmp_path / "0000000000000001-5.tmp").write_bytes(b"half")
    (tmp_path / "notes.snappy").write_bytes(b"somebody's")
    queue = DiskQueue(tmp_path, 1000)
    assert len(queue) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["notes.snappy"]


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot hold the queue of remote_write"):
        DiskQueue(tmp_path / "file", 1000)
