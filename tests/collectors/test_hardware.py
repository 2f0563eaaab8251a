import pytest

from collectors.switch import Switch
from netops.collectors.hardware import merge_components
from netops.errors import ErrorStatus, NoAnswer
from netops.model.component import ComponentReading, is_own_serial

ENTITY = "1.3.6.1.2.1.47.1.1.1.1"


def component(index, *, kind=9, parent=0, name="", descr="", serial=b"", model="", fru=2):
    return {
        f"{ENTITY}.2.{index}": descr.encode(),
        f"{ENTITY}.4.{index}": parent,
        f"{ENTITY}.5.{index}": kind,
        f"{ENTITY}.7.{index}": name.encode(),
        f"{ENTITY}.8.{index}": b"V02",
        f"{ENTITY}.9.{index}": b"15.2(1r)",
        f"{ENTITY}.10.{index}": b"",
        f"{ENTITY}.11.{index}": serial,
        f"{ENTITY}.12.{index}": b"Cisco",
        f"{ENTITY}.13.{index}": model.encode(),
        f"{ENTITY}.16.{index}": fru,
    }


async def test_components_are_told_with_their_place_and_their_numbers():
    result = await Switch(
        component(1, kind=3, name="Chassis", serial=b"FOC1 \0", model="C9300", fru=1),
        component(1001, kind=6, parent=1, descr="Power supply A", serial=b"ART2"),
    ).poll()
    assert result.components == [
        ComponentReading(
            index=1,
            kind="chassis",
            name="Chassis",
            model="C9300",
            serial="FOC1",
            hardware="V02",
            firmware="15.2(1r)",
            manufacturer="Cisco",
            is_replaceable=True,
        ),
        ComponentReading(
            index=1001,
            kind="powerSupply",
            name="Power supply A",
            description="Power supply A",
            serial="ART2",
            hardware="V02",
            firmware="15.2(1r)",
            manufacturer="Cisco",
            parent=1,
            is_replaceable=False,
        ),
    ]
    assert not result.errors


async def test_a_component_without_name_or_serial_number_is_kept():
    (reading,) = (await Switch(component(7)).poll()).components
    assert (reading.name, reading.serial) == ("7", "")


async def test_a_device_without_the_table_has_no_components_and_is_not_asked_again():
    switch = Switch()
    assert (await switch.poll()).components == []
    switch.wind(3600)
    switch.session.asked.clear()
    assert (await switch.poll()).components == []
    assert not [oid for oid in switch.session.asked if oid.startswith(ENTITY)]


async def test_a_device_that_gets_the_table_shows_it_after_its_restart():
    switch = Switch()
    await switch.poll()
    switch.session.set(component(1, name="Chassis"))
    switch.wind(60)
    assert (await switch.poll()).components is None, "its period has not come"
    switch.wind(60)
    switch.session.set({"1.3.6.1.2.1.1.3.0": 100})
    assert [reading.name for reading in (await switch.poll()).components] == ["Chassis"]


async def test_a_class_of_the_wrong_kind_is_unknown_and_told():
    values = component(1, name="Chassis") | {f"{ENTITY}.5.1": b"chassis"}
    result = await Switch(values).poll()
    assert [reading.kind for reading in result.components] == ["unknown"]
    assert [(error.subject, error.kind) for error in result.errors] == [("components", "unexpected_reply")]


@pytest.mark.parametrize("parent", [-1, 0, b"", None])
async def test_a_parent_that_there_is_not_is_none(parent):
    values = component(1, name="Chassis") | {f"{ENTITY}.4.1": parent}
    result = await Switch(values).poll()
    assert [reading.parent for reading in result.components] == [None]
    assert not result.errors


async def test_half_a_table_gives_what_it_has():
    values = component(1, name="Chassis", serial=b"A") | {f"{ENTITY}.11.2": b"B"}
    result = await Switch(values).poll()
    assert [(reading.name, reading.serial) for reading in result.components] == [("Chassis", "A"), ("2", "B")]


async def test_one_column_that_upsets_the_agent_costs_itself_only():
    switch = Switch(component(1, name="Chassis", serial=b"A"))
    switch.session.faults[f"{ENTITY}.8"] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert [(reading.serial, reading.hardware) for reading in result.components] == [("A", "")]
    assert [(error.subject, error.kind) for error in result.errors] == [("components", "error_status")]


async def test_silence_in_mid_table_leaves_the_subject_open():
    switch = Switch(component(1))
    switch.session.faults[ENTITY] = NoAnswer("silence")
    result = await switch.poll()
    assert result.components is result.vlans is None
    assert result.memory == []
    assert [(error.subject, error.kind) for error in result.errors] == [("components", "timeout")]


@pytest.mark.parametrize(
    ("raw", "serial"),
    [
        ("序列号".encode("gbk"), "序列号"),
        (b"\xff\xfe\xfd", "ÿþý"),
        (b"\0\0\0", ""),
        (b"A" * 4000, "A" * 4000),
        (12345, ""),
    ],
)
async def test_any_serial_number_is_taken_as_text(raw, serial):
    (reading,) = (await Switch(component(1, serial=raw)).poll()).components
    assert reading.serial == serial


def test_a_vendors_table_adds_components_and_fills_the_gaps_of_known_ones():
    known = [ComponentReading(1, "chassis", "Chassis", serial="A"), ComponentReading(2, "fan", "Fan 1")]
    extra = [
        ComponentReading("box/1", "chassis", "Box", serial="A", model="QFX5100"),
        ComponentReading("psu/1", "powerSupply", "PSU 1", serial="B"),
        ComponentReading("psu/1b", "powerSupply", "PSU 1", serial="B", firmware="2"),
        ComponentReading("fan/2", "fan", "Fan 2"),
    ]
    merged = merge_components(known, extra)
    assert merged == [
        ComponentReading(1, "chassis", "Chassis", serial="A", model="QFX5100"),
        ComponentReading(2, "fan", "Fan 1"),
        ComponentReading("psu/1", "powerSupply", "PSU 1", serial="B", firmware="2"),
        ComponentReading("fan/2", "fan", "Fan 2"),
    ]


def test_numbers_that_are_none_make_no_two_components_one():
    known = [ComponentReading(1, "fan", "Fan 1", serial="N/A")]
    extra = [ComponentReading("fan/2", "fan", "Fan 2", serial="N/A")]
    assert merge_components(known, extra) == known + extra


def test_a_number_that_chassis_and_module_share_is_the_chassis():
    known = [ComponentReading(1, "chassis", "C", serial="A"), ComponentReading(2, "module", "M", serial="A")]
    merged = merge_components(known, [ComponentReading("x", "chassis", "X", serial="A", model="Z")])
    assert [component.model for component in merged] == ["Z", ""]


@pytest.mark.parametrize(
    ("serial", "own"),
    [("FOC1", True), ("", False), (" N/A ", False), ("BUILTIN", False), ("0000-0000", False), ("007", True)],
)
def test_a_serial_number_is_one_or_a_word_for_none(serial, own):
    assert is_own_serial(serial) is own
