from datetime import timedelta

from collectors.switch import SYS_UP_TIME, SYSTEM, Switch
from netops.errors import ErrorStatus

HR_SYSTEM_UPTIME = "1.3.6.1.2.1.25.1.1.0"
SNMP_ENGINE_TIME = "1.3.6.1.6.3.10.2.1.3.0"


async def test_the_system_group_is_read_in_one_request():
    switch = Switch()
    system = (await switch.poll()).system
    assert system is not None
    assert (system.name, system.description, system.location) == ("sw-1", "Test switch", "room 2")
    assert system.object_id == "1.3.6.1.4.1.99999.1"
    assert system.uptime_seconds == system.agent_uptime_seconds == 100_000
    assert sum(oid.startswith(f"{SYSTEM}.") for oid in switch.session.asked) == 6


async def test_the_longest_uptime_a_device_tells_is_its_uptime():
    switch = Switch()
    switch.session.set({HR_SYSTEM_UPTIME: 30_000_000, SNMP_ENGINE_TIME: 200_000})
    system = (await switch.poll()).system
    assert system.uptime_seconds == 300_000
    assert system.agent_uptime_seconds == 100_000


async def test_a_wrap_of_sys_up_time_is_counted_and_no_reboot():
    switch = Switch(uptime_seconds=2**32 / 100 - 10)
    await switch.poll()
    switch.wind()
    system = (await switch.poll()).system
    assert not switch.memory.system.rebooted
    assert system.agent_uptime_seconds < 60
    assert round(system.uptime_seconds) == round(2**32 / 100 + 50)


async def test_a_reboot_is_seen_once_and_brings_new_texts():
    switch = Switch()
    await switch.poll()
    switch.wind()
    switch.session.set({SYS_UP_TIME: 1000, f"{SYSTEM}.1.0": b"Test switch, version 2"})
    system = (await switch.poll()).system
    assert switch.memory.system.rebooted
    assert system.description == "Test switch, version 2"
    assert system.uptime_seconds == 10
    switch.wind()
    await switch.poll()
    assert not switch.memory.system.rebooted


async def test_texts_are_read_at_their_own_pace_and_repeated_in_between():
    switch = Switch()
    switch.periods["system"] = timedelta(minutes=5)
    await switch.poll()
    switch.session.set({f"{SYSTEM}.5.0": b"renamed"})
    switch.wind()
    assert (await switch.poll()).system.name == "sw-1"
    switch.wind(300)
    assert (await switch.poll()).system.name == "renamed"


async def test_a_device_without_the_system_group_still_has_a_reading():
    switch = Switch()
    switch.session.drop(SYSTEM)
    system = (await switch.poll()).system
    assert system.uptime_seconds is None
    assert system.name == system.object_id == ""


async def test_a_location_in_gbk_is_read():
    switch = Switch()
    switch.session.set({f"{SYSTEM}.6.0": "三号机房".encode("gbk")})
    assert (await switch.poll()).system.location == "三号机房"


async def test_an_uptime_that_is_text_is_told_as_the_agents_fault():
    switch = Switch()
    switch.session.set({SYS_UP_TIME: b"3 days"})
    result = await switch.poll()
    assert result.system.uptime_seconds is None
    assert [(error.subject, error.kind) for error in result.errors] == [("system", "unexpected_reply")]


async def test_a_system_group_that_upsets_the_agent_leaves_the_other_subjects():
    switch = Switch()
    switch.session.faults[SYSTEM] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert result.system is None
    assert result.interfaces == []
    assert [(error.subject, error.kind) for error in result.errors] == [("system", "error_status")]
