"""The device's interfaces, to be looked up by the numbers and names that other tables refer to them with."""

from collections import Counter
from collections.abc import Iterable

from netops.collectors.memory import InterfaceRow
from netops.collectors.visit import Visit


class KnownInterfaces:
    """What the interfaces collector knows at this moment; without it every interface is its ifIndex."""

    def __init__(self, rows: Iterable[InterfaceRow]) -> None:
        self.rows = list(rows)
        self._keys = {row.if_index: row.key for row in self.rows}
        self._by_name: dict[str, str] = {}
        # A description or an alias names an interface only where no other has it.
        for texts in (
            [(row.alias, row.key) for row in self.rows],
            [(row.description, row.key) for row in self.rows],
        ):
            times = Counter(text.casefold() for text, _ in texts)
            self._by_name |= {
                text.casefold(): key for text, key in texts if text and times[text.casefold()] == 1
            }
        for row in self.rows:
            self._by_name[row.name.casefold()] = row.key
            self._by_name[row.key.casefold()] = row.key
        self._by_name.pop("", None)
        macs = Counter(row.mac for row in self.rows if row.mac)
        self._by_mac = {row.mac: row.key for row in self.rows if row.mac and macs[row.mac] == 1}

    @classmethod
    def of(cls, visit: Visit) -> "KnownInterfaces":
        """Take those of the visited device."""
        return cls(visit.memory.interfaces.rows.values())

    def __contains__(self, if_index: int) -> bool:
        """Say whether there is such an interface."""
        return if_index in self._keys

    def key(self, if_index: int) -> str:
        """Give the key of an interface, which is its ifIndex where nothing is known of it."""
        return self._keys.get(if_index) or str(if_index)

    def find(self, text: str) -> str | None:
        """Find an interface by ifName, ifDescr or ifAlias, whatever the case."""
        return self._by_name.get(text.casefold()) if text else None

    def find_mac(self, mac: str | None) -> str | None:
        """Find the one interface with this hardware address."""
        return self._by_mac.get(mac) if mac else None
