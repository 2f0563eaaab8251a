"""Compliance as it is kept: what each rule said of each device, from when until when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of


class ComplianceStatus(StrEnum):
    """What a rule says of a device."""

    PASSES = "passes"
    FAILS = "fails"
    EXCEPTED = "excepted"
    """It would fail, and somebody answers for that until a day."""


class ComplianceReason(StrEnum):
    """Why a rule fails."""

    MISSING = "missing"
    """What must be there is not."""
    FORBIDDEN = "forbidden"
    """What must not be there is."""
    NO_SECTION = "no_section"
    """The section that must be there is not."""
    NO_BACKUP = "no_backup"
    STALE_BACKUP = "stale_backup"


class ComplianceResult(SQLModel, table=True):
    """One verdict, for as long as it stood; a check that says the same adds nothing."""

    __tablename__ = "compliance_result"

    device_name: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    """The rule's id."""
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """None while it stands."""
    status: ComplianceStatus = Field(sa_type=words_of(ComplianceStatus))
    severity: str
    title: str
    """As it was then: rules are edited."""
    reference: str = ""
    site: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Reason, section, what was wanted, lines at fault, the exception: of masked text, so no secret is in it."""
    revision: str = ""
    """The commit of the archive that was judged first."""


class ComplianceCheck(SQLModel, table=True):
    """When a device was last judged."""

    __tablename__ = "compliance_check"

    device_name: str = Field(primary_key=True)
    checked_at: datetime = Field(sa_type=UtcDateTime)
    revision: str = ""
    rules: int = 0
    """How many rules hold for it."""
