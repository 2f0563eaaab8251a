from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from netops import notify
from netops.notify.registry import KINDS, make_sender
from netops.settings.channels import CHANNEL_TYPES, CHANNELS, ChannelSettings, type_of
from notify.channels import read_channel

URL = "https://example.org/x"
EXAMPLES = {
    "smtp": {"host": "mail.example.org", "from": "netops@example.org"},
    "webhook": {"url": URL},
    "dingtalk": {"url": URL},
    "wecom": {"url": URL},
    "feishu": {"url": URL},
    "slack": {"url": URL},
    "sms": {"url": URL, "body": '{"a": "{address}{text}"}', "success": {"status": [200]}},
    "apprise": {"urls": ["json://x"]},
}


def test_every_channel_has_a_sender_and_every_sender_a_channel():
    in_union = [get_args(option)[0] for option in get_args(get_args(ChannelSettings)[0])]
    assert in_union == list(CHANNELS)
    assert list(CHANNEL_TYPES) == [type_of(channel) for channel in CHANNELS]
    assert {name: kind.settings for name, kind in KINDS.items()} == dict(
        zip(CHANNEL_TYPES, CHANNELS, strict=True)
    )


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
async def test_a_sender_is_made_from_settings_alone_and_opens_nothing(kind):
    sender = make_sender(read_channel(type=kind, **EXAMPLES[kind]))
    assert isinstance(sender, KINDS[kind].make)
    assert get_type_hints(sender.send)["address"] is str
    await sender.close()


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_every_channel_is_documented(kind):
    page = Path(notify.__file__).parents[2] / "docs" / "channels.md"
    assert f"type: {kind}\n" in page.read_text(encoding="utf-8")
