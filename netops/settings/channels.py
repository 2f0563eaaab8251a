"""The channels of ``oncall.yaml``: over what messages leave, and as whom."""

import json
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Annotated, Any, Literal, get_args

import re2
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    SecretStr,
    StringConstraints,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from netops.i18n import _
from netops.settings.durations import Timeout, parse_duration
from netops.settings.parts import (
    TEXT_SCHEMA,
    Conflict,
    FilePath,
    Part,
    Port,
    Switch,
    Text,
    as_text,
    refuse,
)
from netops.settings.references import Secret
from netops.settings.urls import ProxyUrl, SecretUrl

TYPE_ERROR = "netops_channel_type"
"""The pydantic error type of a channel whose type is absent or unknown."""
_NOT_OURS_TO_SET = frozenset({"content-length", "transfer-encoding", "connection", "host"})


def _check_mail_address(text: str) -> str:
    address = parseaddr(text)[1]
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not text.isprintable() or not address.isascii() or " " in address:
        raise refuse(_("is no mail address"), _("write it like netops <netops@example.org>"))
    return text


def _check_header_name(name: str) -> str:
    if name.lower() in _NOT_OURS_TO_SET:
        raise refuse(_("is a header that netops sets itself"))
    return name


def _check_header_value(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.isprintable() or not text.isascii():
        raise refuse(_("may hold plain letters, digits and signs only"))
    return value


def _check_pattern(text: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)
    except re2.error:
        raise refuse(_("is no regular expression"), _("write it as RE2 has it")) from None
    return text


def _refuse_none(values: tuple[Any, ...]) -> tuple[Any, ...]:
    # pydantic's own minimum would be told as well wherever a value in the list is wrong.
    if not values:
        raise refuse(_("is empty"))
    return values


MailAddress = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_mail_address),
    WithJsonSchema({**TEXT_SCHEMA, "x-values": "mail address"}),
]
HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_check_header_name)
]
HeaderValue = Annotated[Secret, AfterValidator(_check_header_value)]
Headers = Annotated[
    dict[HeaderName, HeaderValue],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": ["string", "integer"]},
            "x-values": "names with their values, each text or reference",
        }
    ),
]
Pattern = Annotated[
    Text, AfterValidator(_check_pattern), WithJsonSchema({**TEXT_SCHEMA, "x-values": "regular expression"})
]
HttpStatus = Annotated[int, Field(strict=True, ge=200, le=299)]


class ChannelOptions(Part):
    """What every channel has."""

    timeout: Timeout = Field(
        default=parse_duration("20s"), description="How long one attempt may last in all."
    )
    most_per_minute: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=20, description="More messages than this a minute to one address become one digest."
    )


class TlsOptions(ChannelOptions):
    """What every channel has that may speak TLS."""

    ca_file: FilePath | None = Field(
        default=None,
        description="Certificates (PEM) of authorities to trust beside the system's, such as your own.",
    )


class SmtpChannel(TlsOptions):
    """Mail over your server."""

    type: Literal["smtp"] = Field(description="The kind of channel.")
    host: Text = Field(description="Name or address of the mail server.")
    port: Port | None = Field(
        default=None, description="Its port. Default: 587 with starttls, 465 with tls, 25 with none."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` begins in clear and goes on only encrypted, `tls` is encrypted from the start. "
        "The certificate has to be right for `host`.",
    )
    user: Text | None = Field(default=None, description="User to log in as; without one, netops does not.")
    password: Secret | None = Field(default=None, description="Password of the user.")
    allow_plain_password: Switch = Field(
        default=False, description="Lets the password travel in clear where security is none."
    )
    sender: MailAddress = Field(
        alias="from", description="Whom mail is from, such as `netops <netops@example.org>`."
    )
    reply_to: MailAddress | None = Field(default=None, description="Where answers of people go.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold user and password together, and keep the password off an open line."""
        for one, other in (("user", "password"), ("password", "user")):
            if given.get(one) is not None and given.get(other) is None:
                yield Conflict((one,), _("needs %(key)s beside it") % {"key": other})
        is_open = given.get("security") == "none" and given.get("allow_plain_password") is not True
        if is_open and given.get("password") is not None:
            yield Conflict(
                ("security",),
                _("sends the password in clear"),
                _("use starttls or tls, or set allow_plain_password: true"),
            )


class HttpChannel(TlsOptions):
    """What every channel over HTTP has."""

    proxy: ProxyUrl | None = Field(
        default=None,
        description="HTTP proxy to go through, such as `http://proxy:3128`; the environment is not asked.",
    )


class SuccessCondition(Part):
    """How an answer is told from a refusal. All that is given has to hold."""

    status: Annotated[tuple[HttpStatus, ...], AfterValidator(_refuse_none)] | None = Field(
        default=None, description="Status codes of HTTP; any from 200 to 299 without it."
    )
    pointer: Annotated[str, StringConstraints(pattern=r"^(/.{0,200})?$")] | None = Field(
        default=None, description="Place in a JSON answer (RFC 6901), such as `/data/0/code`; needs `equals`."
    )
    equals: Text | None = Field(default=None, description="What stands there, as text: `0`, `true`, `OK`.")
    pattern: Pattern | None = Field(
        default=None, description="Regular expression that is found in the answer's body."
    )
    retry_pattern: Pattern | None = Field(
        default=None,
        description="Found in the body of a refusal, it makes netops try again; otherwise the next channel "
        "is taken at once.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold a place and its value together, and refuse a condition that says nothing."""
        for one, other in (("pointer", "equals"), ("equals", "pointer")):
            if given.get(one) is not None and given.get(other) is None:
                yield Conflict((one,), _("needs %(key)s beside it") % {"key": other})
        if not any(given.get(key) is not None for key in ("status", "pointer", "pattern", "equals")):
            yield Conflict((), _("says nothing"), _("give status, pointer with equals, or pattern"))


class WebhookChannel(HttpChannel):
    """JSON to a URL of your own."""

    type: Literal["webhook"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(description="Where it is posted to; treated as a secret.")
    secret: Secret | None = Field(
        default=None, description="Signs every message with HMAC-SHA256, so that the receiver knows us."
    )
    headers: Headers = Field(
        default_factory=dict, description="Headers to send with it; their values are treated as secrets."
    )
    success: SuccessCondition | None = Field(
        default=None, description="What counts as taken; any status from 200 to 299 without it."
    )


class DingTalkChannel(HttpChannel):
    """A robot in a group of DingTalk."""

    type: Literal["dingtalk"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(description="The robot's webhook address; treated as a secret.")
    secret: Secret | None = Field(
        default=None,
        description="The robot's signing secret, where its security settings ask for signatures.",
    )
    format: Literal["markdown", "text"] = Field(default="markdown", description="How messages are written.")


class WecomChannel(HttpChannel):
    """A robot in a group of WeCom."""

    type: Literal["wecom"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(description="The robot's webhook address with its key; treated as a secret.")
    format: Literal["text", "markdown"] = Field(
        default="text",
        description="How messages are written: text of 2,048 bytes, or markdown of 4,096, which WeChat does not show.",
    )


class FeishuChannel(HttpChannel):
    """A robot in a group of Feishu or Lark."""

    type: Literal["feishu"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(description="The robot's webhook address; treated as a secret.")
    secret: Secret | None = Field(
        default=None,
        description="The robot's signing secret, where its security settings ask for signatures.",
    )
    format: Literal["markdown", "text"] = Field(
        default="markdown", description="How messages are written: a card with markdown, or text."
    )


class SlackChannel(HttpChannel):
    """An incoming webhook of Slack, or of what speaks like it: Mattermost, Rocket.Chat."""

    type: Literal["slack"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(description="The webhook's address; treated as a secret.")


class SmsChannel(HttpChannel):
    """Text messages over a gateway that speaks HTTP.

    ``{address}``, ``{text}`` and ``{id}`` in ``url`` and ``body`` stand for the number, the text and the
    message's id; each is escaped as its place asks. All other braces are left as they are.
    """

    type: Literal["sms"] = Field(description="The kind of channel.")
    url: SecretUrl = Field(
        description="The gateway's address; `{address}`, `{text}` and `{id}` are filled in. Treated as a secret."
    )
    method: Literal["POST", "GET", "PUT"] = Field(default="POST", description="The method of HTTP.")
    headers: Headers = Field(
        default_factory=dict, description="Headers to send with it; their values are treated as secrets."
    )
    format: Literal["json", "form"] = Field(default="json", description="How `body` is written and escaped.")
    body: Secret | None = Field(
        default=None,
        validate_default=True,
        description="What is sent, with `{address}`, `{text}` and `{id}` filled in: a JSON text, or "
        "`key=value&key=value` for a form. Treated as a secret.",
    )
    success: SuccessCondition = Field(
        description="What counts as taken; most gateways answer 200 to everything and tell errors in the body."
    )
    most_characters: Annotated[int, Field(strict=True, ge=40, le=2000)] = Field(
        default=300, description="Longer texts are cut; the link to acknowledge stays whole."
    )

    @field_validator("body")
    @classmethod
    def _check_body(cls, body: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse a body that is no JSON or would not be sent, and a message without number or text."""
        text = body.get_secret_value() if body else ""
        if body and info.data.get("method") == "GET":
            raise refuse(_("is not sent with GET"), _("put it into url, or use POST"))
        if body and info.data.get("format") == "json" and not _is_json(text):
            raise refuse(_("is not JSON"), _('write it like {"to": "{address}", "text": "{text}"}'))
        url = info.data.get("url")
        whole = text + (url.get_secret_value() if isinstance(url, SecretStr) else "{address}{text}")
        for name in ("{address}", "{text}"):
            if name not in whole:
                raise refuse(_("has no %(name)s in it, and neither has url") % {"name": name})
        return body


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


class AppriseChannel(ChannelOptions):
    """Any service that Apprise knows; needs ``netops[apprise]`` to be installed."""

    type: Literal["apprise"] = Field(description="The kind of channel.")
    urls: Annotated[tuple[Secret, ...], AfterValidator(_refuse_none)] = Field(
        description="Addresses as Apprise writes them; treated as secrets."
    )


CHANNELS: tuple[type[ChannelOptions], ...] = (
    SmtpChannel,
    WebhookChannel,
    DingTalkChannel,
    WecomChannel,
    FeishuChannel,
    SlackChannel,
    SmsChannel,
    AppriseChannel,
)


def type_of(channel: type[ChannelOptions]) -> str:
    """Give the word that ``type`` has in a channel of this class."""
    return str(get_args(channel.model_fields["type"].annotation)[0])


CHANNEL_TYPES = tuple(map(type_of, CHANNELS))


def kind_of(channel: Any) -> str | None:
    """Tell from a raw or read channel of what type it is, as a tag; None where it does not say."""
    word = channel.get("type") if isinstance(channel, Mapping) else getattr(channel, "type", None)
    return f"({word})" if isinstance(word, str) and word in CHANNEL_TYPES else None


ChannelSettings = Annotated[
    Annotated[SmtpChannel, Tag("(smtp)")]
    | Annotated[WebhookChannel, Tag("(webhook)")]
    | Annotated[DingTalkChannel, Tag("(dingtalk)")]
    | Annotated[WecomChannel, Tag("(wecom)")]
    | Annotated[FeishuChannel, Tag("(feishu)")]
    | Annotated[SlackChannel, Tag("(slack)")]
    | Annotated[SmsChannel, Tag("(sms)")]
    | Annotated[AppriseChannel, Tag("(apprise)")],
    Discriminator(kind_of, custom_error_type=TYPE_ERROR, custom_error_message="no such type"),
]
"""One channel, by its ``type``. Tags stand in brackets, as keys never do."""
