"""The file of settings, which most commands take."""

from pathlib import Path
from typing import Annotated

import typer

from netops.i18n import _

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="NETOPS_CONFIG", help=_("The file of settings."))
]
DEFAULT_CONFIG = Path("configs/netops.yaml")
