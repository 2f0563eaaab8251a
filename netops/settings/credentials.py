"""Credentials by name: an SNMPv1 or v2c community, or an SNMPv3 user."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from netops.i18n import _
from netops.model.access import AuthProtocol, CommunityCredential, PrivProtocol, UserCredential
from netops.settings.parts import Conflict, Part, Text, as_text, did_you_mean, refuse
from netops.settings.references import Password, Secret

VERSION_ERROR = "netops_version"
"""The pydantic error type of a credential whose version is absent or unknown."""
COMMUNITY, USER = "(community)", "(user)"
"""The tags that pydantic puts into the place of an error, between a credential's name and its key; never keys."""
_AUTH_ALIASES = {"sha1": "SHA", "hmacmd5": "MD5", "hmacsha": "SHA", "sha2": "SHA256"}
_PRIV_ALIASES = {"aes128": "AES", "aescfb128": "AES", "aes192cisco": "AES192C", "aes256cisco": "AES256C"}


def _known(protocols: type[AuthProtocol | PrivProtocol], aliases: Mapping[str, str]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        known = [str(protocol) for protocol in protocols]
        # The value is not repeated: it may be a password that slipped into the wrong line.
        if isinstance(value, str) and value not in known:
            raise refuse(_("unsupported protocol"), did_you_mean(value, known, aliases=aliases))
        return value

    return check


class CommunityCredentialSettings(Part):
    """A community of SNMPv1 or SNMPv2c."""

    version: Annotated[
        Literal["1", "2c"],
        BeforeValidator(as_text),
        WithJsonSchema({"enum": ["1", 1, "2c"], "x-values": "1 or 2c"}),
    ] = Field(description="SNMP version.")
    community: Secret = Field(description="The community.")

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Say when a key belongs to the other kind of credential."""
        if key in UserCredentialSettings.model_fields:
            return _("it belongs to version 3")
        return super().explain_unknown(key)

    def to_credential(self) -> CommunityCredential:
        """Give what a session shows to an agent."""
        return CommunityCredential(self.version, self.community.get_secret_value())


class UserCredentialSettings(Part):
    """A user of SNMPv3 (USM)."""

    version: Annotated[
        Literal["3"], BeforeValidator(as_text), WithJsonSchema({"enum": ["3", 3], "x-values": "3"})
    ] = Field(description="SNMP version.")
    user: Text = Field(description="The user name (securityName).")
    auth: Annotated[AuthProtocol, BeforeValidator(_known(AuthProtocol, _AUTH_ALIASES))] | None = Field(
        default=None, description="Authentication protocol; without one, requests are not authenticated."
    )
    auth_password: Password | None = Field(default=None, description="Authentication password.")
    priv: Annotated[PrivProtocol, BeforeValidator(_known(PrivProtocol, _PRIV_ALIASES))] | None = Field(
        default=None,
        description="Privacy protocol; needs `auth`. AES192 and AES256 lengthen keys as net-snmp and most vendors "
        "do, AES192C and AES256C as Cisco does.",
    )
    priv_password: Password | None = Field(default=None, description="Privacy password.")
    context: Text | None = Field(default=None, description="SNMPv3 context name; most devices need none.")

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Say when a key belongs to the other kind of credential."""
        return _("it belongs to versions 1 and 2c") if key == "community" else super().explain_unknown(key)

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold protocols and passwords together, and refuse privacy without authentication."""
        for protocol, password in (("auth", "auth_password"), ("priv", "priv_password")):
            if protocol in given and password not in given:
                yield Conflict((protocol,), _("needs %(key)s beside it") % {"key": password})
            if password in given and protocol not in given:
                yield Conflict((password,), _("needs %(key)s beside it") % {"key": protocol})
        if "priv" in given and "auth" not in given:
            yield Conflict(("priv",), _("SNMPv3 has no privacy without authentication"), _("add auth"))

    def to_credential(self) -> UserCredential:
        """Give what a session shows to an agent."""
        return UserCredential(
            user=self.user,
            auth=self.auth,
            auth_password=self.auth_password.get_secret_value() if self.auth_password else "",
            priv=self.priv,
            priv_password=self.priv_password.get_secret_value() if self.priv_password else "",
            context=self.context or "",
        )


def kind_of(credential: Any) -> str | None:
    """Tell from a raw or read credential whether it is a community or a user; None where it does not say."""
    if isinstance(credential, Mapping):
        version = credential.get("version")
    else:
        version = getattr(credential, "version", None)
    if isinstance(version, bool) or version is None:
        return None
    return {"1": COMMUNITY, "2c": COMMUNITY, "3": USER}.get(str(version))


CredentialSettings = Annotated[
    Annotated[CommunityCredentialSettings, Tag(COMMUNITY)] | Annotated[UserCredentialSettings, Tag(USER)],
    Discriminator(kind_of, custom_error_type=VERSION_ERROR, custom_error_message="no such version"),
]
