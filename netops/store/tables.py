"""The tables of the model, all of them loaded, as statements name them."""

import importlib
import pkgutil
from typing import Any

from sqlmodel import SQLModel

from netops import model

for _module in pkgutil.iter_modules(model.__path__):
    importlib.import_module(f"{model.__name__}.{_module.name}")

METADATA = SQLModel.metadata

DEVICE = METADATA.tables["device"]
DEVICE_STATE = METADATA.tables["device_state"]
LATEST_READING = METADATA.tables["latest_reading"]
INTERFACE = METADATA.tables["interface"]
EVENT = METADATA.tables["event"]
INVENTORY_ITEM = METADATA.tables["inventory_item"]
ALERT = METADATA.tables["alert"]
ALERT_EVENT = METADATA.tables["alert_event"]
SILENCE = METADATA.tables["silence"]
FOREIGN_ALERT = METADATA.tables["foreign_alert"]
EVENT_ALERT = METADATA.tables["event_alert"]
NOTICE = METADATA.tables["notice"]
ALERT_GROUP = METADATA.tables["alert_group"]
DELIVERY = METADATA.tables["delivery"]
TOLD = METADATA.tables["told"]
DELIVERY_ATTEMPT = METADATA.tables["delivery_attempt"]
VERIFICATION = METADATA.tables["verification"]
ONCALL_OVERRIDE = METADATA.tables["oncall_override"]
MAINTENANCE_WINDOW = METADATA.tables["maintenance_window"]
COMPLIANCE_RESULT = METADATA.tables["compliance_result"]
COMPLIANCE_CHECK = METADATA.tables["compliance_check"]
HISTORY_RAW = METADATA.tables["history_raw"]
HISTORY_BLOCK = METADATA.tables["history_block"]
HISTORY_SERIES = METADATA.tables["history_series"]
HISTORY_SPEED = METADATA.tables["history_speed"]


def is_modelled(name: str | None, kind: str, parents: Any) -> bool:  # noqa: ARG001 - Alembic's form
    """Say whether a name in the database is for the models to know; partitions and their index are not."""
    return name is None or not name.startswith(("history_raw_", "ix_history_raw_"))
