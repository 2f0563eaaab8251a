"""Channels as an operator writes them, and the mistakes that are told."""

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from netops.settings.channels import CHANNEL_TYPES, ChannelSettings, DingTalkChannel, SmsChannel, SmtpChannel
from netops.settings.document import read_document
from netops.settings.messages import explain
from netops.settings.parts import Part
from netops.settings.reference import write_tables
from netops.settings.references import ReferenceContext
from netops.settings.schema import schema_of


class ChannelsFile(Part):
    """A file with channels by name, as oncall.yaml has them."""

    channels: dict[str, ChannelSettings] = Field(default_factory=dict, description="Channels by name.")


def read(folder: Path, text: str) -> tuple[dict[str, ChannelSettings], list[str]]:
    """Give the channels of a file, or its mistakes as ``line:key: what (hint)``."""
    path = folder / "oncall.yaml"
    path.write_text("channels:\n" + text, encoding="utf-8")
    problems = []
    document = read_document(path, problems)
    assert document is not None
    context = ReferenceContext(
        folder, {"TOKEN": "abc", "BODY": '{"to": "{address}", "t": "{text}"}', "QUOTE": 'a"b'}
    )
    try:
        return dict(ChannelsFile.model_validate(document.value, context=context).channels), []
    except ValidationError as error:
        problems += explain(error, document)
    return {}, [f"{one.line}:{one.key}: {one.message} ({one.suggestion})" for one in problems]


SMTP = "  mail: {type: smtp, host: mail.example.org, from: 'netops <netops@example.org>'"
SMS = "  sms: {type: sms, url: 'https://gw/s', success: {status: [200]}"
JSON_BODY = """, body: '{"to": "{address}", "text": "{text}"}'"""


def test_references_are_looked_up_and_no_secret_is_shown(tmp_path):
    text = (
        "  ding: {type: dingtalk, url: 'https://x/send?access_token=${env:TOKEN}', secret: '${env:TOKEN}'}\n"
    )
    channels, problems = read(tmp_path, text)
    assert problems == []
    robot = channels["ding"]
    assert isinstance(robot, DingTalkChannel)
    assert robot.url.get_secret_value() == "https://x/send?access_token=abc"
    assert "abc" not in repr(robot)
    assert "abc" not in robot.model_dump_json()


def test_the_port_of_mail_is_left_to_its_security(tmp_path):
    mail = read(tmp_path, SMTP + "}")[0]["mail"]
    assert isinstance(mail, SmtpChannel)
    assert (mail.port, mail.security, mail.sender) == (None, "starttls", "netops <netops@example.org>")
    assert mail.timeout.total_seconds() == 20


def test_a_body_may_be_a_reference_as_a_whole(tmp_path):
    sms = read(tmp_path, SMS + ", body: '${env:BODY}'}")[0]["sms"]
    assert isinstance(sms, SmsChannel)
    assert sms.body is not None
    assert sms.body.get_secret_value() == '{"to": "{address}", "t": "{text}"}'


def test_a_gateway_may_be_asked_by_its_url_alone(tmp_path):
    text = (
        "  sms: {type: sms, method: GET, url: 'https://gw/s?to={address}&m={text}', success: {pattern: OK}}"
    )
    assert read(tmp_path, text)[1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a: {url: 'https://x'}", f"2:channels.a.type: is missing (known: {', '.join(CHANNEL_TYPES)})"),
        ("  a: {type: }", f"2:channels.a.type: is missing (known: {', '.join(CHANNEL_TYPES)})"),
        (
            "  a: {type: email}",
            f'2:channels.a.type: must be one of {", ".join(CHANNEL_TYPES)} (did you mean "smtp"?)',
        ),
        (
            "  a: {type: dingtlak}",
            f'2:channels.a.type: must be one of {", ".join(CHANNEL_TYPES)} (did you mean "dingtalk"?)',
        ),
        ("  a: {type: [1]}", f"2:channels.a.type: must be one of {', '.join(CHANNEL_TYPES)} ()"),
        ("  a: smtp", "2:channels.a: must hold keys with values (indent them below it)"),
        ("  a:", "2:channels.a: must hold keys with values (indent them below it)"),
        ("  a: {type: slack}", "2:channels.a.url: is missing ()"),
        ("  a: {type: slack, url: ftp://x}", "2:channels.a.url: is not a URL (write it like https://host/path)"),
        ("  a: {type: slack, url: 'https://x y'}", "2:channels.a.url: is not a URL (write it like https://host/path)"),
        ("  a: {type: slack, url: 'https://x:99999'}", "2:channels.a.url: is not a URL (write it like https://host/path)"),
        (
            "  a: {type: slack, url: 'https://u:p@x'}",
            "2:channels.a.url: holds a user or a password (give them in a header)",
        ),
        ("  a: {type: slack, url: '${env:NONE}'}", '2:channels.a.url: environment variable "NONE" is not set ()'),
        ("  a: {type: feishu, url: 'https://x', secert: x}", '2:channels.a.secert: unknown key (did you mean "secret"?)'),
        ("  a: {type: wecom, url: 'https://x', format: html}", "2:channels.a.format: must be one of text, markdown ()"),
        (
            "  a: {type: wecom, url: 'https://x', timeout: 1h}",
            "2:channels.a.timeout: must be between 0.05s and 2m ()",
        ),
        ("  a: {type: wecom, url: 'https://x', proxy: proxy}", "2:channels.a.proxy: is not a URL (write it like http://proxy:3128)"),
        (SMTP + ", user: u}", "2:channels.mail.user: needs password beside it ()"),
        (SMTP + ", password: p}", "2:channels.mail.password: needs user beside it ()"),
        (
            SMTP + ", user: u, password: p, security: none}",
            "2:channels.mail.security: sends the password in clear (use starttls or tls, or set allow_plain_password: true)",
        ),
        (
            "  mail: {type: smtp, host: h, from: netops}",
            "2:channels.mail.from: is no mail address (write it like netops <netops@example.org>)",
        ),
        (
            '  mail: {type: smtp, host: h, from: "a@b\\r\\nBcc: x@y"}',
            "2:channels.mail.from: is no mail address (write it like netops <netops@example.org>)",
        ),
        ("  w: {type: webhook, url: 'https://x', headers: {Host: x}}", "2:channels.w.headers.Host: is a header that netops sets itself ()"),
        (
            "  w: {type: webhook, url: 'https://x', headers: {X-A: \"a\\nb\"}}",
            "2:channels.w.headers.X-A: may hold plain letters, digits and signs only ()",
        ),
        (
            "  w: {type: webhook, url: 'https://x', headers: {'X A': a}}",
            "2:channels.w.headers.X…: may hold letters, digits, dot, dash and underscore, 64 at most ()",
        ),
        ("  w: {type: webhook, url: 'https://x', success: {pointer: /a}}", "2:channels.w.success.pointer: needs equals beside it ()"),
        (
            "  w: {type: webhook, url: 'https://x', success: {retry_pattern: a}}",
            "2:channels.w.success: says nothing (give status, pointer with equals, or pattern)",
        ),
        (
            "  w: {type: webhook, url: 'https://x', success: {pattern: '('}}",
            "2:channels.w.success.pattern: is no regular expression (write it as RE2 has it)",
        ),
        ("  w: {type: webhook, url: 'https://x', success: {status: [404]}}", "2:channels.w.success.status[0]: must be at most 299, and is 404 ()"),
        ("  sms: {type: sms, url: 'https://x/{address}/{text}'}", "2:channels.sms.success: is missing ()"),
        (SMS + "}", "2:channels.sms.body: has no {address} in it, and neither has url ()"),
        (SMS + ", body: '{\"a\": \"{address}\"}'}", "2:channels.sms.body: has no {text} in it, and neither has url ()"),
        (
            SMS + ", body: 'to={address}&text={text}'}",
            '2:channels.sms.body: is not JSON (write it like {"to": "{address}", "text": "{text}"})',
        ),
        (
            SMS + ', body: \'{"to": "{address}", "text": "{text}", "key": "${env:QUOTE}"}\'}',
            '2:channels.sms.body: is not JSON (write it like {"to": "{address}", "text": "{text}"})',
        ),
        (SMS + JSON_BODY + ", method: GET}", "2:channels.sms.body: is not sent with GET (put it into url, or use POST)"),
        ("  a: {type: apprise, urls: []}", "2:channels.a.urls: is empty ()"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(tmp_path, text, expected):
    assert read(tmp_path, text)[1] == [expected]


def test_no_mistake_tells_a_secret(tmp_path):
    text = "  a: {type: webhook, url: 'sekret://sekret', secret: [sekret], headers: {Host: sekret, X: \"sekret\\n\"}}\n"
    text += SMS.replace("https://gw/s", "sekret") + ", body: 'sekret'}\n"
    problems = read(tmp_path, text)[1]
    assert len(problems) == 6
    assert "sekret" not in "".join(problems)


def test_allowing_it_lets_a_password_travel_in_clear(tmp_path):
    text = SMTP + ", user: u, password: p, security: none, allow_plain_password: true}"
    assert read(tmp_path, text)[1] == []


def test_the_reference_names_each_type_and_its_keys():
    tables = "\n".join(write_tables(schema_of(ChannelsFile, "oncall.yaml")))
    for kind in CHANNEL_TYPES:
        assert f"### channels.NAME (type {kind})\n" in tables
        assert f"| `type` | The kind of channel. | `{kind}` | required |" in tables
    assert "| `from` | Whom mail is from" in tables
