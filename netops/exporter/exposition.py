"""The text of all devices, held by family, so that a scrape has only to join it.

Everything here runs on the event loop and never pauses, so a scrape sees each device whole: as of one poll.
"""

import gzip
from collections.abc import Iterator, Mapping

from netops.exporter.families import HEADERS

_GZIP_LEVEL = 1
"""The text repeats itself so much that more effort gains little: 1 gives about a fifteenth."""


class Exposition:
    """What the scrapes of ``/metrics`` and ``/probe`` are answered from.

    Args:
        by_device: Devices stand on ``/probe`` only. Their pages are then kept compressed, as Prometheus asks
            for them, in about a sixth of the memory; ``pieces`` gives nothing.
    """

    def __init__(self, *, by_device: bool = False) -> None:
        self.by_device = by_device
        self._families: dict[str, dict[str, bytes]] = {name: {} for name in HEADERS}
        self._pages: dict[str, bytes] = {}
        self._devices: set[str] = set()

    def __contains__(self, device: str) -> bool:
        return device in self._devices

    def __len__(self) -> int:
        return len(self._devices)

    def update(self, device: str, blocks: Mapping[str, bytes]) -> None:
        """Replace everything that is told of a device: a family not among the blocks vanishes at once.

        Raises:
            KeyError: A block's family is not one of netops.exporter.families.
        """
        unknown = blocks.keys() - self._families.keys()
        if unknown:
            raise KeyError(f"no such family: {', '.join(sorted(unknown))}")
        self._devices.add(device)
        if self.by_device:
            self._pages[device] = gzip.compress(_join_page(blocks), _GZIP_LEVEL, mtime=0)
            return
        for name, held in self._families.items():
            if name in blocks:
                held[device] = blocks[name]
            else:
                held.pop(device, None)

    def remove(self, device: str) -> None:
        """Tell nothing of a device any more; one that is not there is no mistake."""
        self._devices.discard(device)
        self._pages.pop(device, None)
        for held in self._families.values():
            held.pop(device, None)

    def pieces(self) -> list[bytes]:
        """Give all devices' text, family by family, in pieces that only need joining."""
        found: list[bytes] = []
        for name, held in self._families.items():
            if held:
                found.append(HEADERS[name])
                found.extend(held.values())
        return found

    def metrics(self) -> bytes:
        """Give all devices' text in one piece."""
        return b"".join(self.pieces())

    def blocks(self, device: str) -> dict[str, bytes]:
        """Give what was last told of a device; empty where it was never polled."""
        if device in self._pages:
            return _split_page(gzip.decompress(self._pages[device]))
        return {name: held[device] for name, held in self._families.items() if device in held}

    def probe(self, device: str) -> bytes | None:
        """Give one device's text; None where it was never polled."""
        if device not in self._devices:
            return None
        if self.by_device:
            return gzip.decompress(self._pages[device])
        return _join_page(self.blocks(device))

    def probe_compressed(self, device: str) -> bytes | None:
        """Give one device's text as gzip where it is kept so, else None."""
        return self._pages.get(device)


def _join_page(blocks: Mapping[str, bytes]) -> bytes:
    return b"".join(piece for name in HEADERS if name in blocks for piece in (HEADERS[name], blocks[name]))


def _split_page(page: bytes) -> dict[str, bytes]:
    """Undo _join_page. No label holds a raw newline, so a line that begins with # is ours."""
    blocks = {}
    for part in (b"\n" + page).split(b"\n# HELP ")[1:]:
        help_line, _type_line, block = part.split(b"\n", 2)
        # The split took the newline at the end of every block but the last.
        blocks[help_line.split(b" ", 1)[0].decode()] = block if block.endswith(b"\n") else block + b"\n"
    return blocks


def gather(pieces: list[bytes], size: int) -> Iterator[bytes]:
    """Join pieces into chunks of about ``size`` bytes; a larger piece stays whole."""
    chunk: list[bytes] = []
    filled = 0
    for piece in pieces:
        chunk.append(piece)
        filled += len(piece)
        if filled >= size:
            yield b"".join(chunk)
            chunk, filled = [], 0
    if chunk:
        yield b"".join(chunk)
