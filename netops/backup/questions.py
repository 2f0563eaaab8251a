"""What devices wait behind on every platform: pagers, and questions that no key turns."""

import re

PAGER = re.compile(r"(?im)(?:^[ \t]+)?(-+ ?\(?more\b[^\n]{0,40}\)?[ -]*|<-+ ?more ?-+>)\s*$")
"""Pagers that are recognised on every platform, at the end of a line without a line end."""
PAGER_PERHAPS = re.compile(
    r"(?im)(?:^[ \t]+)?(\(q\) ?to ?quit|\(q to quit\)|press any key[^\n]{0,60}|press (?:enter|return|space)[^\n]{0,60}"
    r"|^lines? \d+-\d+[^\n]{0,30}|\(END\)|next page[^\n]{0,60})\s*$"
)
"""The same, where a configuration may say so too: such a line stays, unless the device wipes it off."""
QUESTION = re.compile(
    r"(?i)(pass(?:word|phrase|code)[^\n]{0,60}[:?]|\(?(?:y/n|yes/no)\)?[^\n]{0,10}[:?\]]?"
    r"|login:|user ?name:|confirm[^\n]{0,40}[?:])\s*$"
)
