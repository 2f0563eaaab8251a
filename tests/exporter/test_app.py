import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from exporter.polls import make_full_poll, make_silent_poll, parse, value_of
from netops.exporter import answers
from netops.exporter.app import SdTarget, create_exporter
from netops.exporter.exposition import Exposition
from netops.exporter.feed import Feed
from netops.exporter.render import DeviceFacts
from netops.telemetry import Telemetry
from peers.prometheus import check_metrics

TARGETS = [
    SdTarget("sw-1", "10.0.0.1", "hall-a", "Acme", "X1", "AcmeOS", ("core", "switch")),
    SdTarget("sw-2", "10.0.0.2"),
    SdTarget("new-1", "10.0.0.3"),
    SdTarget("twin-a", "10.0.0.9"),
    SdTarget("twin-b", "10.0.0.9"),
    SdTarget("this-host"),
]


class Site:
    """The exporter's pages over an exposition of two switches, asked without a socket."""

    def __init__(self, *, by_device: bool = False) -> None:
        self.feed = Feed(Exposition(by_device=by_device))
        self.telemetry = Telemetry("1.0")
        self.targets = list(TARGETS)
        self.ready = True
        for name in ("sw-1", "sw-2"):
            self.feed.take(DeviceFacts(name, "hall-a"), make_full_poll(name))
        app = FastAPI()
        app.include_router(
            create_exporter(
                self.feed.exposition, self.telemetry, lambda: self.targets, is_ready=lambda: self.ready
            )
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://netops",
            headers={"Accept-Encoding": "identity"},
        )

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(
            path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    async with made.client:
        yield made


@pytest.fixture
async def site_by_device() -> AsyncIterator[Site]:
    made = Site(by_device=True)
    async with made.client:
        yield made


async def test_metrics_shows_the_network_and_the_daemon(site: Site) -> None:
    answer = await site.get("/metrics")
    assert answer.status_code == 200
    assert value_of(answer.content, "netops_device_up", device="sw-2", site="hall-a") == 1
    assert value_of(answer.content, "netops_build_info", version="1.0") == 1
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("path", ["/metrics", "/probe?target=sw-1", "/probe?target=new-1"])
async def test_the_type_is_text_format_even_where_openmetrics_is_asked_for(site: Site, path: str) -> None:
    answer = await site.get(path, accept="application/openmetrics-text;version=1.0.0")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.peer("promtool")
@pytest.mark.parametrize("path", ["/metrics", "/probe?target=sw-1"])
async def test_promtool_finds_nothing_wrong_with_a_page(site: Site, path: str) -> None:
    assert check_metrics((await site.get(path)).content) == ""


async def test_with_devices_on_probe_only_metrics_is_the_daemons_own(site_by_device: Site) -> None:
    answer = await site_by_device.get("/metrics")
    assert b"sw-1" not in answer.content
    assert b"# The devices are on /probe" in answer.content
    assert value_of(answer.content, "netops_build_info", version="1.0") == 1
    assert (await site_by_device.get("/probe?target=sw-1")).status_code == 200


@pytest.mark.parametrize("target", ["sw-1", "10.0.0.1"])
async def test_probe_shows_one_device_by_name_or_address(site: Site, target: str) -> None:
    answer = await site.get(f"/probe?target={target}")
    assert answer.status_code == 200
    devices = {dict(labels)["device"] for _name, labels in parse(answer.content)}
    assert devices == {"sw-1"}


async def test_probe_of_a_silent_device_answers_and_says_it_is_down(site: Site) -> None:
    site.feed.take(DeviceFacts("sw-1", "hall-a"), make_silent_poll())
    answer = await site.get("/probe?target=sw-1")
    assert answer.status_code == 200
    assert value_of(answer.content, "netops_device_up", device="sw-1", site="hall-a") == 0


async def test_probe_of_a_removed_device_is_not_found_at_once(site: Site) -> None:
    site.feed.remove("sw-1")
    site.targets = [target for target in site.targets if target.name != "sw-1"]
    assert (await site.get("/probe?target=sw-1")).status_code == 404


async def test_probe_of_a_device_not_polled_yet_is_empty_and_no_failure(site: Site) -> None:
    answer = await site.get("/probe?target=new-1")
    assert answer.status_code == 200
    assert answer.text == "# new-1: not polled yet\n"
    assert parse(answer.content) == {}


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("?target=sw-9", 404, "no device is called sw-9, nor has this address; /sd lists them\n"),
        ("?target=10.0.0.9", 404, "several devices have the address 10.0.0.9: twin-a, twin-b; ask by name\n"),
        ("", 400, "say which device: /probe?target=NAME; /sd lists them\n"),
        ("?target=", 400, "say which device: /probe?target=NAME; /sd lists them\n"),
    ],
)
async def test_probe_says_what_is_wrong_with_a_target(site: Site, query: str, status: int, text: str) -> None:
    answer = await site.get(f"/probe{query}")
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"].startswith("text/plain")


async def test_discovery_lists_every_device_with_its_labels(site: Site) -> None:
    answer = await site.get("/sd")
    assert answer.headers["content-type"] == "application/json"
    groups = answer.json()
    assert [group["targets"] for group in groups] == [[target.name] for target in TARGETS]
    assert groups[0]["labels"] == {
        "__meta_netops_address": "10.0.0.1",
        "__meta_netops_site": "hall-a",
        "__meta_netops_vendor": "Acme",
        "__meta_netops_model": "X1",
        "__meta_netops_os": "AcmeOS",
        "__meta_netops_tags": ",core,switch,",
    }
    assert groups[1]["labels"]["__meta_netops_tags"] == ""


async def test_discovery_of_no_device_is_an_empty_list(site: Site) -> None:
    site.targets = []
    assert (await site.get("/sd")).json() == []


async def test_readiness_can_be_lost_while_health_stays(site: Site) -> None:
    assert (await site.get("/-/ready")).status_code == 200
    site.ready = False
    assert (await site.get("/-/ready")).status_code == 503
    assert (await site.get("/-/healthy")).status_code == 200


async def test_the_first_page_says_where_everything_is(site: Site) -> None:
    text = (await site.get("/")).text
    for path in ("/metrics", "/probe?target=NAME", "/sd", "/-/healthy", "/-/ready"):
        assert path in text


@pytest.mark.parametrize(
    ("header", "is_packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, identity", False),
        ("identity", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/probe?target=sw-1"])
async def test_gzip_is_sent_to_who_takes_it(site: Site, path: str, header: str, is_packed: bool) -> None:
    answer = await site.get(path, accept_encoding=header)
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert value_of(answer.content, "netops_device_up", device="sw-1", site="hall-a") == 1


async def test_a_page_kept_compressed_is_sent_as_it_is_kept(site_by_device: Site) -> None:
    async with site_by_device.client.stream(
        "GET", "/probe?target=sw-1", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert raw == site_by_device.feed.exposition.probe_compressed("sw-1")
    plain = await site_by_device.get("/probe?target=sw-1")
    assert "content-encoding" not in plain.headers
    assert plain.content == gzip.decompress(raw)


async def test_a_page_too_long_to_pack_is_sent_plain(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST_GZIP_BYTES", 2000)
    answer = await site.get("/metrics", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert len(answer.content) > 2000


async def test_a_long_page_packed_in_a_thread_arrives_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LARGEST_INLINE_GZIP_BYTES", 0)
    monkeypatch.setattr(answers, "CHUNK_BYTES", 500)
    answer = await site.get("/metrics", accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert value_of(answer.content, "netops_device_up", device="sw-2", site="hall-a") == 1


async def test_polls_that_end_during_a_scrape_are_not_mixed_into_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "CHUNK_BYTES", 200)
    async with site.client.stream("GET", "/metrics") as answer:
        chunks = []
        async for chunk in answer.aiter_raw():
            chunks.append(chunk)
            site.feed.take(DeviceFacts("sw-1", "hall-a"), make_silent_poll())
            await asyncio.sleep(0)
    text = b"".join(chunks)
    assert value_of(text, "netops_device_up", device="sw-1", site="hall-a") == 1
    assert value_of(text, "netops_interface_up", device="sw-1", interface="Gi0/1") == 1


async def test_scrapes_are_counted_with_their_size_before_packing(site: Site) -> None:
    await site.get("/probe?target=sw-1", accept_encoding="gzip")
    await site.get("/sd")
    text = site.telemetry.render()
    assert value_of(text, "netops_scrape_duration_seconds_count", endpoint="probe") == 1
    assert value_of(text, "netops_scrape_duration_seconds_count", endpoint="sd") == 1
    page = site.feed.exposition.probe("sw-1")
    assert page is not None
    assert value_of(text, "netops_scrape_size_bytes", endpoint="probe") == len(page)


async def test_packing_gains_on_this_text(site: Site) -> None:
    text = (await site.get("/metrics")).content
    assert len(zlib.compress(text, 1)) < len(text) / 4
