"""The daemon's log, for people and for programs."""

import json
import logging
import sys

import pytest

from netops.cli.logs import set_up_logging


@pytest.fixture(autouse=True)
def as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_lines_for_people_have_time_and_level(capsys):
    set_up_logging("info", "text")
    logging.getLogger("netops.x").info("%s: %s", "sw-1", "restarted")
    logging.getLogger("netops.x").debug("not this")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" INFO    sw-1: restarted")


def test_programs_get_an_object_a_line_also_of_an_error_with_its_traceback(capsys):
    set_up_logging("debug", "json")
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        logging.getLogger("netops.x").exception("sw-1: 出错")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "netops.x", "sw-1: 出错")
    assert "ValueError: bad\nvalue" in told["exception"]
    assert told["time"].endswith("+00:00")


def test_setting_up_again_does_not_write_twice(capsys):
    set_up_logging("info", "text")
    set_up_logging("info", "text")
    logging.getLogger("netops.x").warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert logging.getLogger().handlers[0].stream is sys.stderr
