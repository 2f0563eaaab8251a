"""The control API: how ``netops`` commands reach the running daemon, over a Unix socket only its user may open."""

from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from netops import __version__
from netops.errors import NetopsError, NotFound, StoreError
from netops.model.device import DeviceSource
from netops.settings.errors import SettingsErrors
from netops.web.alert_control import AlertControls, create_alert_control


class Controls(Protocol):
    """What the daemon lets commands do."""

    def status(self) -> dict[str, Any]:
        """Give what ``GET /status`` answers: plain values about the daemon."""
        ...

    async def poll(self, name: str) -> dict[str, Any]:
        """Poll a device now and give the facts of the contract.

        Raises:
            NotFound: No such device.
        """
        ...

    async def apply_files(self, *, dry_run: bool) -> list[str]:
        """Read the files again and apply them; give what changed, or would, a line each.

        Raises:
            SettingsErrors: The files are wrong; what ran before runs on.
        """
        ...

    async def add_device(self, spec: dict[str, Any], source: DeviceSource = DeviceSource.CLI) -> None:
        """Watch one more device, from what netops.settings.DeviceSettings dumps.

        Raises:
            NetopsError: The name is taken, or its credential is unknown.
        """
        ...

    async def forget_missing(self, name: str) -> int:
        """Delete what a device no longer tells of; give how many things that were.

        Raises:
            NotFound: No such device.
        """
        ...

    async def remove_device(self, name: str) -> None:
        """Watch a device no more.

        Raises:
            NotFound: No such device.
            NetopsError: It comes from a file, and only the file may remove it.
        """
        ...


class _NewDevice(BaseModel):
    spec: dict[str, Any]
    source: DeviceSource = DeviceSource.CLI


def create_control_app(controls: Controls, alerts: AlertControls | None = None) -> FastAPI:
    """Build the application; it trusts whoever could open its socket."""
    app = FastAPI(
        title="netops control", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )

    @app.exception_handler(NetopsError)
    async def refuse(_request: Request, error: NetopsError) -> JSONResponse:
        code = 404 if isinstance(error, NotFound) else 503 if isinstance(error, StoreError) else 409
        problems = [str(problem) for problem in error.problems] if isinstance(error, SettingsErrors) else []
        return JSONResponse({"error": str(error), "problems": problems}, code)

    @app.get("/status")
    async def status() -> dict[str, Any]:
        return controls.status()

    @app.post("/devices/{name}/poll")
    async def poll(name: str) -> dict[str, Any]:
        return await controls.poll(name)

    @app.post("/apply")
    async def apply_files(*, dry_run: bool = False) -> dict[str, list[str]]:
        return {"changes": await controls.apply_files(dry_run=dry_run)}

    @app.post("/devices", status_code=201)
    async def add_device(device: _NewDevice) -> None:
        await controls.add_device(device.spec, device.source)

    @app.post("/devices/{name}/forget")
    async def forget_missing(name: str) -> dict[str, int]:
        return {"forgotten": await controls.forget_missing(name)}

    @app.delete("/devices/{name}")
    async def remove_device(name: str) -> None:
        await controls.remove_device(name)

    if alerts is not None:
        app.include_router(create_alert_control(alerts))
    return app
