"""JSON to a URL of the operator's own, signed.

What is signed is the timestamp, a dot, and the body as sent; the receiver computes the same, and refuses what is
older than a few minutes. A receiver can drop a second copy by ``Idempotency-Key``.
"""

import hashlib
import hmac
from typing import Any

from netops.clock import Clock
from netops.model.message import Message, ToldAlert
from netops.notify.coded import write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import Request
from netops.notify.success import ConditionalSender
from netops.notify.texts import first_line, plain_text
from netops.settings.channels import WebhookChannel

TIMESTAMP, SIGNATURE = "X-Netops-Timestamp", "X-Netops-Signature"
VERSION = 1
"""Of the body's shape; keys may be added without a new one."""


class WebhookSender(ConditionalSender):
    """One URL."""

    def __init__(self, channel: WebhookChannel, clock: Clock) -> None:
        self._url = channel.url.get_secret_value()
        self._secret = channel.secret.get_secret_value() if channel.secret else None
        self._headers = {name: value.get_secret_value() for name, value in channel.headers.items()}
        self.condition = channel.success
        super().__init__(channel, clock, [*secrets_in_url(self._url), self._secret, *self._headers.values()])

    def shape(self, message: Message, address: str) -> Request:
        """Give the message as JSON; the address is one of its keys."""
        body = write_json(_describe(message, address))
        headers = {**self._headers, "Idempotency-Key": hashlib.sha256(message.id.encode()).hexdigest()[:32]}
        if self._secret is not None:
            stamp = str(round(self.clock.now().timestamp()))
            digest = hmac.digest(self._secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
            headers |= {TIMESTAMP: stamp, SIGNATURE: f"sha256={digest.hex()}"}
        return Request(self._url, body, headers=headers)


def _describe(message: Message, address: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "id": message.id,
        "kind": message.kind.value,
        "created_at": message.created_at.isoformat(),
        "address": address,
        "person": message.person,
        "language": message.language,
        "time_zone": message.time_zone,
        "escalation": message.escalation,
        "step": message.step,
        "first_line": first_line(message),
        "text": plain_text(message),
        "content": message.text,
        "acknowledge_url": message.acknowledge_url,
        "alerts": [_describe_alert(alert) for alert in message.alerts],
        "left_out": message.left_out,
        "data": dict(message.data),
    }


def _describe_alert(alert: ToldAlert) -> dict[str, Any]:
    return {
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "severity": alert.severity,
        "because": alert.because.value,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "fired_at": alert.fired_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "ended_because": alert.ended_because,
        "hides": list(alert.hides),
        "device_url": alert.device_url,
        "acknowledge_url": alert.acknowledge_url,
    }
