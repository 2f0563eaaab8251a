"""The tables of the model, all of them loaded, as statements name them."""

import importlib
import pkgutil

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
