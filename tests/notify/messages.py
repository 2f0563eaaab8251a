"""Messages as the daemon would make them, and wicked ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

from netops.model.message import Message, MessageKind, ToldAlert, ToldBecause

FIRED = datetime(2026, 1, 15, 9, 30, 5, tzinfo=UTC)
ACKNOWLEDGE = "https://netops.example/ack/4711?token=abc.def"
RUNBOOK = "https://wiki.example/DeviceUnreachable"
DEVICE_PAGE = "https://netops.example/devices/core-sw-1"
CREATED = FIRED + timedelta(minutes=2)

HOSTILE = "evil\r\nBcc: all@example.org\x00\x1b[31m\u202egnirts\u200b<script>alert(1)</script>[x](http://evil.example)<!channel><at id=all></at>"
"""What a device may call itself."""


INVISIBLE = "\r\0\x1b\u202e\u200b\u2066\u2028"
"""What no text of ours may hold."""


def make_alert(**changes: Any) -> ToldAlert:
    values: dict[str, Any] = {
        "fingerprint": "f00d",
        "rule": "DeviceUnreachable",
        "severity": "critical",
        "because": ToldBecause.FIRES,
        "labels": {
            "alertname": "DeviceUnreachable",
            "severity": "critical",
            "device": "core-sw-1",
            "site": "hq",
        },
        "annotations": {
            "summary": "core-sw-1 does not answer",
            "description": "core-sw-1 at hq answers neither SNMP nor ping.",
            "runbook_url": RUNBOOK,
        },
        "fired_at": FIRED,
        "device_url": DEVICE_PAGE,
        "acknowledge_url": ACKNOWLEDGE,
    }
    return ToldAlert(**{**values, **changes})


def make_message(*alerts: ToldAlert, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "id": "m-1",
        "kind": MessageKind.ALERTS,
        "language": "en",
        "time_zone": "Asia/Shanghai",
        "created_at": CREATED,
        "alerts": alerts or (make_alert(),),
        "person": "Li Lei",
        "acknowledge_url": ACKNOWLEDGE,
    }
    return Message(**{**values, **changes})


def make_hostile_message(**changes: Any) -> Message:
    alert = make_alert(
        labels={"alertname": HOSTILE, "device": HOSTILE, "site": HOSTILE, HOSTILE: HOSTILE},
        annotations={
            "summary": HOSTILE,
            "description": f"{HOSTILE}\nsecond line {HOSTILE}",
            "runbook_url": "javascript:alert(1)",
        },
        rule=HOSTILE,
        severity=HOSTILE,
        hides=(HOSTILE,) * 3,
        device_url="data:text/html,x",
    )
    return make_message(alert, person=HOSTILE, escalation=HOSTILE, step=2, **changes)


def make_storm(count: int = 200, **changes: Any) -> Message:
    """A message of many alerts, far longer than any channel takes."""
    alerts = [
        make_alert(
            fingerprint=f"f{number}",
            labels={"device": f"接入交换机-{number}", "site": "上海机房"},
            annotations={
                "summary": f"接入交换机-{number} 无响应",
                "description": "既不应答 SNMP 也不应答 ping。" * 20,
            },
            acknowledge_url=f"{ACKNOWLEDGE}&n={number}",
        )
        for number in range(count)
    ]
    return make_message(*alerts, left_out=12, **changes)
