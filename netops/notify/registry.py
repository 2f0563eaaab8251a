"""The written list of channels: from the type in the settings to the code that sends."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from netops.clock import Clock, SystemClock
from netops.notify.apprise import AppriseSender
from netops.notify.dingtalk import DingTalkSender
from netops.notify.feishu import FeishuSender
from netops.notify.sender import Sender
from netops.notify.slack import SlackSender
from netops.notify.sms import SmsSender
from netops.notify.smtp import SmtpSender
from netops.notify.webhook import WebhookSender
from netops.notify.wecom import WecomSender
from netops.settings.channels import (
    AppriseChannel,
    ChannelOptions,
    ChannelSettings,
    DingTalkChannel,
    FeishuChannel,
    SlackChannel,
    SmsChannel,
    SmtpChannel,
    WebhookChannel,
    WecomChannel,
)


class Kind(NamedTuple):
    """One kind of channel."""

    settings: type[ChannelOptions]
    make: Callable[[Any, Clock], Sender]


KINDS: Mapping[str, Kind] = {
    "smtp": Kind(SmtpChannel, SmtpSender),
    "webhook": Kind(WebhookChannel, WebhookSender),
    "dingtalk": Kind(DingTalkChannel, DingTalkSender),
    "wecom": Kind(WecomChannel, WecomSender),
    "feishu": Kind(FeishuChannel, FeishuSender),
    "slack": Kind(SlackChannel, SlackSender),
    "sms": Kind(SmsChannel, SmsSender),
    "apprise": Kind(AppriseChannel, AppriseSender),
}
"""By ``type``. A new channel is its settings, its sender, and a line here."""


def make_sender(settings: ChannelSettings, clock: Clock | None = None) -> Sender:
    """Make the sender of a channel; whoever asked for it closes it. Nothing is opened before the first message."""
    return KINDS[settings.type].make(settings, clock or SystemClock())
