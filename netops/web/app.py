"""The application at the daemon's address."""

from fastapi import APIRouter, FastAPI

from netops import __version__

Router = APIRouter
"""What those who wire routes hand on without knowing of FastAPI."""


def create_app(*routers: Router) -> FastAPI:
    """Build the application out of the routes it is to serve."""
    app = FastAPI(title="netops", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    for router in routers:
        app.include_router(router)
    return app
