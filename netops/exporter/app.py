"""The pages Prometheus asks for, as a router of the daemon's one HTTP server."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from netops.exporter.answers import ScrapeWatch, answer_page, answer_pieces
from netops.exporter.exposition import Exposition
from netops.i18n import _
from netops.telemetry import Telemetry

_BY_DEVICE_NOTE = b"# The devices are on /probe?target=NAME; /sd lists them.\n"


@dataclass(frozen=True, slots=True)
class SdTarget:
    """One device, as ``/sd`` tells Prometheus of it and ``/probe`` finds it."""

    name: str
    address: str = ""
    """Empty for this very machine."""
    site: str = ""
    vendor: str = ""
    model: str = ""
    os: str = ""
    tags: tuple[str, ...] = ()


def create_exporter(
    exposition: Exposition,
    telemetry: Telemetry,
    devices: Callable[[], Iterable[SdTarget]],
    *,
    is_ready: Callable[[], bool] = lambda: True,
) -> APIRouter:
    """Build the routes ``/``, ``/metrics``, ``/probe``, ``/sd``, ``/-/healthy`` and ``/-/ready``.

    Args:
        exposition: What the polls told. With its ``by_device`` the devices are left out of ``/metrics``.
        telemetry: The daemon's own numbers.
        devices: Gives the watched devices, enabled ones only; called at each request that needs them.
        is_ready: False while the daemon starts or stops; ``/-/ready`` then answers 503.
    """
    router = APIRouter(include_in_schema=False)
    _add_scrapes(router, exposition, telemetry, devices)
    _add_discovery(router, telemetry, devices)
    _add_health(router, is_ready)
    return router


def _add_scrapes(
    router: APIRouter,
    exposition: Exposition,
    telemetry: Telemetry,
    devices: Callable[[], Iterable[SdTarget]],
) -> None:
    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        watch = ScrapeWatch(telemetry, "metrics")
        network = [_BY_DEVICE_NOTE] if exposition.by_device else exposition.pieces()
        return answer_pieces(request, [telemetry.render(), *network], watch)

    @router.get("/probe")
    async def probe(request: Request, target: Annotated[str, Query()] = "") -> Response:
        watch = ScrapeWatch(telemetry, "probe")
        name = target
        if name not in exposition:
            found = _find(target, devices())
            if isinstance(found, Response):
                return found
            name = found
        if name not in exposition:
            # Known and to be polled soon: no fault of the target, so `up` stays 1 through a restart.
            response = answer_page(request, f"# {name}: not polled yet\n".encode())
        else:
            response = _answer_probe(request, exposition, name, watch)
        return response


def _answer_probe(request: Request, exposition: Exposition, name: str, watch: ScrapeWatch) -> Response:
    compressed = exposition.probe_compressed(name)
    page = exposition.probe(name) or b""
    if compressed is not None:
        watch.end(len(page))
        return answer_page(request, page, compressed)
    return answer_pieces(request, [page], watch)


def _find(target: str, devices: Iterable[SdTarget]) -> str | Response:
    """Give the name of the device meant, by name or address, or the answer that says why there is none."""
    if not target:
        return PlainTextResponse(_("say which device: /probe?target=NAME; /sd lists them") + "\n", 400)
    names = []
    for device in devices:
        if device.name == target:
            return target
        if device.address == target:
            names.append(device.name)
    if len(names) == 1:
        return names[0]
    if names:
        message = _("several devices have the address %(address)s: %(names)s; ask by name") % {
            "address": target,
            "names": ", ".join(names),
        }
    else:
        message = _("no device is called %(device)s, nor has this address; /sd lists them") % {
            "device": target
        }
    return PlainTextResponse(f"{message}\n", 404)


def _add_discovery(
    router: APIRouter, telemetry: Telemetry, devices: Callable[[], Iterable[SdTarget]]
) -> None:
    @router.get("/sd")
    async def discover() -> Response:
        watch = ScrapeWatch(telemetry, "sd")
        content = orjson.dumps([_word_target(device) for device in devices()])
        watch.end(len(content))
        # Prometheus refuses anything but exactly this type.
        return Response(content, headers={"Content-Type": "application/json"})


def _word_target(device: SdTarget) -> dict[str, object]:
    """Word a device for http_sd; tags stand between commas, so that ``.*,core,.*`` finds one."""
    return {
        "targets": [device.name],
        "labels": {
            "__meta_netops_address": device.address,
            "__meta_netops_site": device.site,
            "__meta_netops_vendor": device.vendor,
            "__meta_netops_model": device.model,
            "__meta_netops_os": device.os,
            "__meta_netops_tags": f",{','.join(device.tags)}," if device.tags else "",
        },
    }


def _add_health(router: APIRouter, is_ready: Callable[[], bool]) -> None:
    @router.get("/-/healthy")
    async def healthy() -> Response:
        return PlainTextResponse("netops is healthy\n")

    @router.get("/-/ready")
    async def ready() -> Response:
        return (
            PlainTextResponse("netops is ready\n")
            if is_ready()
            else PlainTextResponse("not ready yet\n", 503)
        )

    @router.get("/")
    async def index() -> Response:
        lines = (
            _("netops watches a network. For Prometheus:"),
            "/metrics  " + _("everything, or the daemon alone with exporter.devices_in_metrics: false"),
            "/probe?target=NAME  " + _("one device, by name or address"),
            "/sd  " + _("the devices, for http_sd_configs"),
            "/-/healthy  /-/ready",
        )
        return PlainTextResponse("\n".join(lines) + "\n")
