"""Hardware: the pieces a device consists of, by ENTITY-MIB."""

from collections.abc import Iterable
from dataclasses import fields, replace

from netops.collectors.cells import integers
from netops.collectors.chassis import name_chassis
from netops.collectors.sources import Sources
from netops.collectors.text import decode_line
from netops.collectors.visit import Visit
from netops.model.component import COMPONENT_CLASSES, ComponentReading, is_own_serial
from netops.snmp.types import Oid, SnmpSession

ENT_PHYSICAL = Oid.parse("1.3.6.1.2.1.47.1.1.1.1")
ENT_PHYSICAL_DESCR = ENT_PHYSICAL / 2
ENT_PHYSICAL_CONTAINED_IN = ENT_PHYSICAL / 4
ENT_PHYSICAL_CLASS = ENT_PHYSICAL / 5
ENT_PHYSICAL_NAME = ENT_PHYSICAL / 7
ENT_PHYSICAL_HARDWARE_REV = ENT_PHYSICAL / 8
ENT_PHYSICAL_FIRMWARE_REV = ENT_PHYSICAL / 9
ENT_PHYSICAL_SOFTWARE_REV = ENT_PHYSICAL / 10
ENT_PHYSICAL_SERIAL_NUM = ENT_PHYSICAL / 11
ENT_PHYSICAL_MFG_NAME = ENT_PHYSICAL / 12
ENT_PHYSICAL_MODEL_NAME = ENT_PHYSICAL / 13
ENT_PHYSICAL_IS_FRU = ENT_PHYSICAL / 16
TEXTS = {
    "description": ENT_PHYSICAL_DESCR,
    "name": ENT_PHYSICAL_NAME,
    "hardware": ENT_PHYSICAL_HARDWARE_REV,
    "firmware": ENT_PHYSICAL_FIRMWARE_REV,
    "software": ENT_PHYSICAL_SOFTWARE_REV,
    "serial": ENT_PHYSICAL_SERIAL_NUM,
    "manufacturer": ENT_PHYSICAL_MFG_NAME,
    "model": ENT_PHYSICAL_MODEL_NAME,
}
COLUMNS = (ENT_PHYSICAL_CLASS, ENT_PHYSICAL_CONTAINED_IN, ENT_PHYSICAL_IS_FRU, *TEXTS.values())
IS_FRU = {1: True, 2: False}
TEXT_FIELDS = tuple(item.name for item in fields(ComponentReading) if item.type in ("str", str))


class HardwareCollector:
    """Reads entPhysicalTable of ENTITY-MIB (RFC 6933, RFC 4133)."""

    subject = "components"
    period_setting = "components"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the components in the device's order; an empty list when it tells of none.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        found = await sources.read("ENTITY-MIB", COLUMNS)
        classes = integers(found[ENT_PHYSICAL_CLASS], ENT_PHYSICAL_CLASS, sources.misfits)
        # Agents without FRUs or parents leave -1 and the like there, which is no fault worth telling.
        parents, replaceable = found[ENT_PHYSICAL_CONTAINED_IN], found[ENT_PHYSICAL_IS_FRU]
        rows = dict.fromkeys(index for column in COLUMNS for index in found[column] if len(index) == 1)
        components = []
        for index in sorted(rows):
            texts = {name: decode_line(found[column].get(index)) for name, column in TEXTS.items()}
            texts["name"] = texts["name"] or texts["description"] or str(index[0])
            parent = parents.get(index)
            is_fru = replaceable.get(index)
            components.append(
                ComponentReading(
                    index=index[0],
                    kind=COMPONENT_CLASSES.get(classes.get(index, 2), "unknown"),
                    parent=parent if isinstance(parent, int) and parent > 0 else None,
                    is_replaceable=IS_FRU.get(is_fru) if isinstance(is_fru, int) else None,
                    **texts,
                )
            )
        sources.finish()
        visit.result.components = components
        visit.memory.chassis = name_chassis(components)


def merge_components(
    known: Iterable[ComponentReading], extra: Iterable[ComponentReading]
) -> list[ComponentReading]:
    """Add components that another table tells of; one whose serial number is known already fills in its gaps.

    Args:
        known: From entPhysicalTable.
        extra: From a vendor's own table.
    """
    merged = list(known)
    places: dict[str, int] = {}
    for at, component in enumerate(merged):
        # A chassis and its only module share a number; the chassis comes first.
        if is_own_serial(component.serial):
            places.setdefault(component.serial, at)
    for component in extra:
        at_known = places.get(component.serial)
        if at_known is None:
            merged.append(component)
            if is_own_serial(component.serial):
                places[component.serial] = len(merged) - 1
            continue
        mine = merged[at_known]
        gaps = {
            name: getattr(component, name)
            for name in TEXT_FIELDS
            if not getattr(mine, name) and getattr(component, name)
        }
        merged[at_known] = replace(mine, **gaps)
    return merged
