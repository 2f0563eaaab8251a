"""Interfaces as text: nearly all samples of a network are these, so labels are worded once and kept."""

from collections.abc import Mapping, Sequence

from netops.exporter.families import INTERFACE, INTERFACE_COUNTERS
from netops.exporter.text import escape, make_block, make_distinct, word_labels
from netops.model.interface import InterfaceReading, InterfaceStatus

_QUIET = INTERFACE[: -len(INTERFACE_COUNTERS)]
_UP, _ADMIN_STATUS, _OPER_STATUS, _SPEED, _MTU, _INFO = _QUIET
_QUIET_NAMES = tuple(family.name for family in _QUIET)
_COUNTER_NAMES = tuple(family.name for family in INTERFACE_COUNTERS)


class InterfaceBlocks:
    """The interfaces of one device.

    Labels are made anew only when the list of keys changes, and what seldom changes (status, speed, description)
    only when it does: the counters are all that most polls write.
    """

    __slots__ = ("_device", "_heads", "_keys", "_signature")

    def __init__(self, device: str) -> None:
        self._device = device
        self._keys: list[str] = []
        self._heads: list[str] = []
        """``device="…",interface="…"} `` of each interface, in the order of the readings."""
        self._signature: int | None = None

    def render(
        self, readings: Sequence[InterfaceReading], tail: str, former: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Give family to block.

        Args:
            readings: In any order, as long as it seldom changes.
            tail: The end of a counter's line, see netops.exporter.text.make_block.
            former: The device's blocks as of the poll before; empty if there are none.
        """
        keys = [reading.key for reading in readings]
        if keys != self._keys:
            self._keys = keys
            device = escape(self._device)
            self._heads = [f'device="{device}",interface="{escape(key)}"}} ' for key in make_distinct(keys)]
            self._signature = None
        # A hash instead of the values: 64 bits per device rather than kilobytes, 10,000 times.
        signature = hash(tuple(map(_quiet_facts, readings)))
        if signature == self._signature and _INFO.name in former:
            quiet = {name: former[name] for name in _QUIET_NAMES if name in former}
        else:
            quiet = self._render_quiet(readings)
            self._signature = signature
        return {**quiet, **self._render_counters(readings, tail)}

    def _render_counters(self, readings: Sequence[InterfaceReading], tail: str) -> dict[str, bytes]:
        told = [
            (head, reading.counters)
            for head, reading in zip(self._heads, readings, strict=True)
            if reading.counters
        ]
        heads = [head for head, _counters in told]
        columns = zip(*(counters for _head, counters in told), strict=True)
        return {
            name: make_block(
                name,
                [f"{head}{count}" for head, count in zip(heads, column, strict=True) if count is not None],
                tail,
            )
            for name, column in zip(_COUNTER_NAMES, columns, strict=False)  # no interface told any: no column
        }

    def _render_quiet(self, readings: Sequence[InterfaceReading]) -> dict[str, bytes]:
        pairs = list(zip(self._heads, readings, strict=True))
        rows = {
            _UP: [f"{head}{int(reading.oper_status == InterfaceStatus.UP)}" for head, reading in pairs],
            _ADMIN_STATUS: [f"{head}{int(reading.admin_status)}" for head, reading in pairs],
            _OPER_STATUS: [f"{head}{int(reading.oper_status)}" for head, reading in pairs],
            _SPEED: [
                f"{head}{_word_speed(reading.speed_bps)}"
                for head, reading in pairs
                if reading.speed_bps is not None
            ],
            _MTU: [f"{head}{reading.mtu}" for head, reading in pairs if reading.mtu is not None],
            _INFO: [
                f"{_word_info(self._device, key, reading)}}} 1"
                for key, reading in zip(make_distinct(self._keys), readings, strict=True)
            ],
        }
        return {family.name: make_block(family.name, lines) for family, lines in rows.items()}


def _quiet_facts(reading: InterfaceReading) -> tuple[object, ...]:
    return (
        reading.if_index,
        reading.description,
        reading.alias,
        reading.type,
        reading.speed_bps,
        reading.mtu,
        reading.mac,
        int(reading.admin_status),
        int(reading.oper_status),
        reading.duplex,
    )


def _word_speed(bits_per_second: int) -> str:
    whole, rest = divmod(bits_per_second, 8)
    return repr(bits_per_second / 8) if rest else str(whole)


def _word_info(device: str, key: str, reading: InterfaceReading) -> str:
    values = (
        device,
        key,
        reading.alias,
        reading.description,
        reading.mac or "",
        reading.type,
        str(reading.if_index),
        reading.duplex or "",
    )
    return word_labels(_INFO, values)
