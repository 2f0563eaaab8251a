"""All dashboards, and their text as it is committed."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.capacity import make_capacity
from grafana.source.device import make_device
from grafana.source.environment import make_environment
from grafana.source.fleet import make_fleet
from grafana.source.interface import make_interface
from grafana.source.itself import make_itself
from grafana.source.power import make_power


def make_dashboards() -> list[Dashboard]:
    """Make the seven, in the order in which a person comes to them."""
    return [
        make_fleet(),
        make_device(),
        make_interface(),
        make_capacity(),
        make_environment(),
        make_power(),
        make_itself(),
    ]


def word_dashboards() -> dict[str, str]:
    """Give each file's name and its text."""
    return {
        f"{board.uid}.json": json.dumps(board, cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True)
        + "\n"
        for board in make_dashboards()
    }
