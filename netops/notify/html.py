"""Messages as HTML, for mail: one column, styles in place, nothing loaded from anywhere."""

from collections.abc import Iterator
from html import escape

from netops.model.message import Message
from netops.notify.story import Link, Section, Story, tell

_COLOURS = {"critical": "#b3261e", "major": "#c4571b", "minor": "#9a6700", "warning": "#6b6f00"}
_OVER, _OTHER = "#1a7f37", "#44546a"
_BUTTON = (
    "display:inline-block;padding:10px 16px;border-radius:6px;background:#1f5fbf;color:#ffffff;"
    "text-decoration:none;font-weight:bold"
)
_BODY = "font-family:-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;font-size:15px;line-height:1.5"


def html(message: Message) -> str:
    """Give a whole page; every text in it is escaped, and only http and https are linked."""
    story = tell(message)
    language = message.language.replace("_", "-")
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(story.first_line)}</title></head>\n'
        f'<body style="{_BODY};color:#1f2328;max-width:640px;margin:0 auto;padding:16px">\n'
        + "\n".join(_body(story))
        + "\n</body></html>\n"
    )


def _body(story: Story) -> Iterator[str]:
    if not story.sections:
        yield f'<p style="font-size:18px"><strong>{escape(story.first_line)}</strong></p>'
    yield from (f"<p>{escape(line)}</p>" for line in story.opening)
    for section in story.sections:
        yield from _section(section)
    yield from (f"<p>{escape(line)}</p>" for line in story.closing)
    yield from (f"<p>{_write_link(link, _BUTTON)}</p>" for link in story.links)


def _section(section: Section) -> Iterator[str]:
    colour = _OVER if section.is_over else _COLOURS.get(section.severity, _OTHER)
    yield f'<div style="border-left:4px solid {colour};padding:4px 12px;margin:0 0 16px">'
    yield f'<p style="margin:0 0 8px;color:{colour}"><strong>{escape(section.title)}</strong></p>'
    if section.text:
        yield f'<p style="margin:0 0 8px">{"<br>".join(map(escape, section.text))}</p>'
    yield '<table style="border-collapse:collapse">'
    for name, value in section.facts:
        yield (
            f'<tr><td style="padding:1px 12px 1px 0;color:#59636e;vertical-align:top">{escape(name)}</td>'
            f"<td>{escape(value)}</td></tr>"
        )
    yield "</table>"
    if section.links:
        yield f"<p>{' · '.join(_write_link(link) for link in section.links)}</p>"
    yield "</div>"


def _write_link(link: Link, style: str = "") -> str:
    look = f' style="{style}"' if style else ""
    return f'<a href="{escape(link.url)}"{look}>{escape(link.label)}</a>'
