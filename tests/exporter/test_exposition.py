import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.polls import make_full_poll, make_interface, make_poll, make_silent_poll, parse, value_of
from netops.exporter.exposition import Exposition, gather
from netops.exporter.feed import Feed
from netops.exporter.render import DeviceFacts
from netops.telemetry import Telemetry
from peers.prometheus import check_metrics

DEVICES = ("sw-1", "sw-2", 'odd "name"\\\n')


def fill(*, by_device: bool = False) -> Feed:
    feed = Feed(Exposition(by_device=by_device))
    for device in DEVICES:
        feed.take(DeviceFacts(device, "hall-a"), make_full_poll(device))
    return feed


def test_every_family_stands_in_one_place_under_one_header() -> None:
    lines = fill().exposition.metrics().decode().splitlines()
    families: list[str] = []
    for line in lines:
        name = line.split(" ")[2] if line.startswith("#") else line.partition("{")[0]
        if not families or families[-1] != name:
            families.append(name)
    assert len(families) == len(set(families))
    for family in families:
        assert sum(line.startswith(f"# HELP {family} ") for line in lines) == 1
        assert sum(line.startswith(f"# TYPE {family} ") for line in lines) == 1


def test_the_parser_reads_back_all_devices() -> None:
    text = fill().exposition.metrics()
    for device in DEVICES:
        assert value_of(text, "netops_interface_in_bytes_total", device=device, interface="Gi0/2") == 200


@pytest.mark.peer("promtool")
def test_promtool_finds_nothing_wrong_with_the_whole_page() -> None:
    page = Telemetry("1.0").render() + fill().exposition.metrics()
    assert check_metrics(page) == ""


@pytest.mark.peer("promtool")
def test_promtool_would_have_said_something() -> None:
    assert "no help text" in check_metrics(b"netops_x_total 1\n")


@given(device=st.text(max_size=8), alias=st.text(max_size=20), key=st.text(max_size=8))
def test_hostile_names_harm_no_other_device(device: str, alias: str, key: str) -> None:
    feed = Feed(Exposition())
    feed.take(DeviceFacts("\x01calm"), make_full_poll("\x01calm"))
    hostile = make_poll(device, interfaces=[make_interface(key, alias=alias)])
    feed.take(DeviceFacts(device), hostile)
    found = parse(feed.exposition.metrics())
    labels = (("device", device.replace("\0", "\ufffd")), ("interface", key.replace("\0", "\ufffd")))
    assert found["netops_interface_in_bytes_total", labels] == 100
    calm = (("device", "\x01calm"), ("interface", "Gi0/1"))
    assert found["netops_interface_in_bytes_total", calm] == 100


@pytest.mark.parametrize("by_device", [False, True])
def test_a_removed_device_is_gone_at_once_and_the_others_stay(by_device: bool) -> None:
    feed = fill(by_device=by_device)
    feed.remove("sw-1")
    assert feed.exposition.probe("sw-1") is None
    assert b'"sw-1"' not in feed.exposition.metrics()
    assert feed.exposition.probe("sw-2")
    assert len(feed.exposition) == 2


def test_removing_a_stranger_changes_nothing() -> None:
    feed = fill()
    before = feed.exposition.metrics()
    feed.remove("nobody")
    assert feed.exposition.metrics() == before


def test_a_family_without_samples_has_no_header() -> None:
    exposition = Exposition()
    assert exposition.metrics() == b""
    feed = Feed(exposition)
    feed.take(DeviceFacts("sw-1"), make_silent_poll())
    assert b"netops_interface" not in exposition.metrics()


@pytest.mark.parametrize("by_device", [False, True])
def test_a_device_gone_silent_takes_its_counters_along(by_device: bool) -> None:
    feed = fill(by_device=by_device)
    feed.take(DeviceFacts("sw-1", "hall-a"), make_silent_poll(after_seconds=60))
    text = feed.exposition.probe("sw-1")
    assert text is not None
    assert b"_total" not in text
    assert value_of(text, "netops_device_up", device="sw-1", site="hall-a") == 0


@pytest.mark.parametrize("device", DEVICES)
def test_a_page_kept_compressed_is_the_same_page(device: str) -> None:
    plain, packed = fill().exposition, fill(by_device=True).exposition
    assert packed.probe(device) == plain.probe(device)
    assert packed.blocks(device) == plain.blocks(device)
    compressed = packed.probe_compressed(device)
    assert compressed is not None
    assert gzip.decompress(compressed) == plain.probe(device)
    assert packed.pieces() == []


def test_a_label_that_looks_like_a_header_survives_packing() -> None:
    feed = Feed(Exposition(by_device=True))
    facts = DeviceFacts("sw-1", site="\n# HELP netops_x y\n# TYPE netops_x gauge\n")
    feed.take(facts, make_full_poll())
    before = feed.exposition.blocks("sw-1")
    feed.take(facts, make_poll())
    after = feed.exposition.blocks("sw-1")
    assert after["netops_interface_info"] == before["netops_interface_info"]
    assert after["netops_device_up"] == before["netops_device_up"]


def test_a_scrape_under_way_sees_each_device_as_of_one_poll() -> None:
    feed = fill()
    pieces = feed.exposition.pieces()
    before = b"".join(pieces)
    feed.take(DeviceFacts("sw-1", "hall-a"), make_silent_poll(after_seconds=60))
    feed.remove("sw-2")
    assert b"".join(gather(pieces, 100)) == before


def test_an_unknown_family_is_refused_and_changes_nothing() -> None:
    exposition = Exposition()
    with pytest.raises(KeyError, match="netops_typo"):
        exposition.update("sw-1", {"netops_typo": b"netops_typo 1\n"})
    assert "sw-1" not in exposition


@given(st.lists(st.binary(max_size=20)), st.integers(1, 50))
def test_gathering_keeps_every_byte_in_order(pieces: list[bytes], size: int) -> None:
    chunks = list(gather(pieces, size))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(chunk) >= size for chunk in chunks[:-1])


def test_timestamps_can_be_switched_off_and_hold_from_the_next_poll() -> None:
    feed = fill()
    feed.set_timestamps(timestamps=False)
    feed.take(DeviceFacts("sw-1"), make_full_poll())
    blocks = feed.exposition.blocks("sw-1")
    assert blocks["netops_disk_reads_total"] == b'netops_disk_reads_total{device="sw-1",disk="sda"} 3\n'
