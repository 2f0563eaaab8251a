"""Small graphs made of text: a line of blocks for each direction, over the time that is shown."""

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = " "
WIDTH = 72


def sparkline(values: Sequence[float | None], *, most: float | None = None, width: int = WIDTH) -> str:
    """Draw numbers from 0 to the greatest as blocks; a gap is a space, which no 0 is.

    Args:
        values: The numbers, None for a gap.
        most: What fills a block; the greatest number without it.
        width: How many characters at most; more numbers share one, which then shows their greatest.
    """
    values = _squeeze(values, width)
    top = most or max((value for value in values if value is not None), default=0.0)
    return "".join(_GAP if value is None else _block(value, top) for value in values)


def _block(value: float, top: float) -> str:
    if top <= 0:
        return _BLOCKS[0]
    return _BLOCKS[min(len(_BLOCKS) - 1, max(0, int(value / top * len(_BLOCKS))))]


def _squeeze(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width:
        return list(values)
    squeezed: list[float | None] = []
    for number in range(width):
        piece = values[number * len(values) // width : (number + 1) * len(values) // width]
        known = [value for value in piece if value is not None]
        squeezed.append(max(known) if known else None)
    return squeezed
