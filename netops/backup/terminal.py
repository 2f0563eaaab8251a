"""What a terminal would show of the bytes a device sent. Pure.

Devices draw: they move the cursor back over a pager's text, colour their prompts, wipe lines. Only lines that
hold such characters are worked through; all others pass as they are.
"""

import re

_SEQUENCE = re.compile(
    r"\x1b\[(?P<arguments>[0-9;:?<=>!]*)[ -/]*(?P<final>[@-~])"  # CSI (ECMA-48)
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: window titles
    r"|\x1b[()*+][0-9A-Za-z]"  # character sets
    r"|\x1b(?P<single>[ -~])"
    r"|\x1b"
)
_DRAWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_END = re.compile(r"\r+\n|\x1bE")
_LONGEST_LINE = 100_000


def render_line(line: str) -> str:
    """Give what one line shows in the end: without its line end, and, where it was drawn, without blanks at its end."""
    line = line.rstrip("\r")
    if not _DRAWN.search(line):
        return line
    cells: list[str] = []
    column = at = 0
    while at < len(line):
        char = line[at]
        if char == "\x1b":
            match = _SEQUENCE.match(line, at)
            at = match.end() if match else at + 1
            if match and match["final"]:
                column = _move(cells, column, match["final"], match["arguments"])
            continue
        at += 1
        if char == "\b":
            column = max(0, column - 1)
        elif char == "\r":
            column = 0
        elif char >= " " or char == "\t":
            if column > len(cells):
                cells.extend(" " * (column - len(cells)))
            cells[column : column + 1] = [char]
            column += 1
    return "".join(cells).rstrip()


def _move(cells: list[str], column: int, final: str, arguments: str) -> int:
    """Obey one control sequence inside a line; the rows of full screens are no concern of ours."""
    numbers = [int(part) for part in re.findall(r"\d+", arguments)[:2]]
    first = numbers[0] if numbers else 0
    if final == "K":
        if first == 0:
            del cells[column:]
        else:
            cells[:] = [] if first == 2 else [" "] * min(column, len(cells)) + cells[column:]
    elif final == "J":
        del cells[column:]
    elif final == "D":
        return max(0, column - max(1, first))
    elif final == "C":
        return min(column + max(1, first), _LONGEST_LINE)
    elif final == "G":
        return min(max(0, first - 1), _LONGEST_LINE)
    elif final in "Hf":
        return min(max(0, (numbers[1] if len(numbers) > 1 else 1) - 1), _LONGEST_LINE)
    return column


def render(text: str) -> str:
    """Give what a text shows, its lines parted by line feeds. ESC E ends a line too, as ProCurve draws it."""
    text = _LINE_END.sub("\n", text)
    if not _DRAWN.search(text):
        return text
    return "\n".join(map(render_line, text.split("\n")))
