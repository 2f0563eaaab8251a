"""Printer-MIB: supplies run out over the days, and never below nothing."""

from netops.snmp.types import Oid
from simulator.asking import build, column, get

SUPPLY = Oid.parse("1.3.6.1.2.1.43.11.1.1")
LIFE_COUNT = Oid.parse("1.3.6.1.2.1.43.10.2.1.4.1.1")


def test_supplies_run_out_and_stay_at_nothing() -> None:
    simulation, clock = build("mixed")
    printer = simulation.device("printer-1")
    names, fresh = column(printer, SUPPLY / 6), column(printer, SUPPLY / 9)
    assert names[1, 1] == b"Black Toner"
    clock.wind(10 * 86_400)
    later = column(printer, SUPPLY / 9)
    assert (fresh[1, 1], later[1, 1]) == (62, 41)
    clock.wind(100 * 86_400)
    assert column(printer, SUPPLY / 9)[1, 1] == 0


def test_pages_are_counted_by_the_day() -> None:
    simulation, clock = build("mixed")
    printer = simulation.device("printer-1")
    assert get(printer, LIFE_COUNT) == [48_210]
    clock.wind(86_400)
    assert get(printer, LIFE_COUNT) == [48_550]


def test_each_toner_has_its_colour() -> None:
    printer = build("mixed")[0].device("printer-1")
    colorants = column(printer, SUPPLY / 3)
    colours = column(printer, Oid.parse("1.3.6.1.2.1.43.12.1.1.4"))
    assert [colours[1, number] for number in colorants.values() if isinstance(number, int) and number] == [
        b"black",
        b"cyan",
        b"magenta",
        b"yellow",
    ]
