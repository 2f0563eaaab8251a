"""The identity of interfaces: keys that survive a move of ifIndex."""

from collections import Counter

from netops.collectors.memory import InterfaceRow
from netops.collectors.text import decode_text
from netops.snmp.types import Column, Index


def decide_keys(
    indexes: list[Index], names: Column, descriptions: Column, shared: set[str]
) -> dict[str, tuple[int, str]]:
    """Give each interface a key of its own: ifName, else ifDescr, else ifIndex in decimal.

    Where several interfaces share a name, each of them becomes ``name#ifIndex``.

    Args:
        indexes: The rows, in the device's order.
        names: ifName.
        descriptions: ifDescr; may be empty where all have an ifName.
        shared: Names known to be shared; names found to be are added, so that a key does not change back
            when one of the sharers goes.

    Returns:
        Key to ifIndex and ifName, in the order of ``indexes``.
    """
    told = {index: decode_text(names.get(index)) for index in indexes}
    wanted = {
        index: told[index] or decode_text(descriptions.get(index)) or str(index[0]) for index in indexes
    }
    shared.update(name for name, times in Counter(wanted.values()).items() if times > 1)
    taken = {name for name in wanted.values() if name not in shared}
    keys: dict[str, tuple[int, str]] = {}
    for index, name in wanted.items():
        key = name
        if name in shared:
            key = f"{name}#{index[0]}"
            while key in taken or key in keys:  # another interface is really called so
                key += f"#{index[0]}"
        keys[key] = (index[0], told[index])
    return keys


def follow_rows(rows: dict[str, InterfaceRow], keys: dict[str, tuple[int, str]]) -> dict[str, InterfaceRow]:
    """Carry what is known of each interface over to where it is now.

    Returns:
        The rows in the order of ``keys``; those that are gone are left out.
    """
    followed: dict[str, InterfaceRow] = {}
    for key, (if_index, name) in keys.items():
        row = rows.get(key)
        if row is None:
            row = InterfaceRow(key=key, if_index=if_index, name=name)
        row.moved = row.if_index != if_index
        row.if_index, row.name = if_index, name
        followed[key] = row
    return followed
