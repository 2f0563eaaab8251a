"""What a profile's YAML may hold. Every key's description also makes docs/profile-reference.md."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from netops.i18n import _
from netops.model.reading import Level, SensorKind
from netops.profiles.expression import ExpressionError, Template, compile_expression
from netops.settings.durations import Interval
from netops.settings.parts import TEXT_SCHEMA, Conflict, Part, Switch, Text, as_text, refuse
from netops.settings.patterns import PatternError, compile_pattern
from netops.snmp.types import Oid

LEVELS: tuple[Level, ...] = ("ok", "warning", "critical", "unknown")
"""From the best on; the worst that a device can tell for sure is critical."""


def _parse_oid(value: Any) -> Any:
    value = as_text(value)
    if not isinstance(value, str):
        return value
    try:
        Oid.parse(value)
    except ValueError:
        raise refuse(_("is no object identifier"), _("write it in numbers: 1.3.6.1.2.1.1.1.0")) from None
    return value.strip().removeprefix(".")


def _parse_prefix(value: Any) -> Any:
    if isinstance(value, str) and value.endswith(".*"):
        return f"{_parse_oid(value.removesuffix('.*'))}.*"
    return _parse_oid(value)


def _parse_column(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("@."):
        _parse_oid(f"1.3{value[1:]}")
        return value
    return _parse_oid(value)


def _check_expression(text: str) -> str:
    try:
        compile_expression(text)
    except ExpressionError as error:
        raise refuse(str(error)) from None
    return text


def _check_template(text: str) -> str:
    try:
        Template(text)
    except ExpressionError as error:
        raise refuse(str(error), _("text with expressions in braces, such as Fan {index}")) from None
    return text


def _check_pattern(text: str) -> str:
    try:
        compile_pattern(text)
    except PatternError as error:
        raise refuse(str(error)) from None
    return text


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _spell_word(value: Any) -> Any:
    # A state may well be called "true" or "null"; the YAML reader has made values of these words.
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


def _shown_as(values: str) -> WithJsonSchema:
    return WithJsonSchema({**TEXT_SCHEMA, "x-values": values})


_PLAIN = WithJsonSchema(TEXT_SCHEMA)
OidText = Annotated[
    str, BeforeValidator(_parse_oid), WithJsonSchema({"type": "string", "x-values": "object identifier"})
]
PrefixText = Annotated[
    str,
    BeforeValidator(_parse_prefix),
    WithJsonSchema({"type": "string", "x-values": "object identifier, its last arc may be *"}),
]
ColumnOid = Annotated[
    str,
    BeforeValidator(_parse_column),
    WithJsonSchema({"type": "string", "x-values": "object identifier, or one behind @"}),
]
DottedOid = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)+$")]
"""Checked by its form only, for there may be thousands."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,47}$")]
ExpressionText = Annotated[
    str,
    BeforeValidator(as_text),
    StringConstraints(min_length=1),
    AfterValidator(_check_expression),
    _shown_as("expression"),
]
TemplateText = Annotated[
    str, BeforeValidator(as_text), AfterValidator(_check_template), _shown_as("text with {expressions}")
]
PatternText = Annotated[
    str, BeforeValidator(as_text), AfterValidator(_check_pattern), _shown_as("regular expression")
]
StateText = Annotated[str, BeforeValidator(_spell_word), _PLAIN]
Expressions = Annotated[tuple[ExpressionText, ...], BeforeValidator(_as_list)]
"""One, or a list of which the first that gives something counts."""
StateMap = dict[Level, dict[StateText, StateText]]
"""Level to raw value to text: ``ok: {2: onLine}``."""


class ProbePart(Part):
    """One variable whose presence, or value, tells the profile."""

    oid: OidText = Field(description="The variable; a column or table stands for the first variable in it.")
    matches: PatternText | None = Field(
        default=None,
        description="A regular expression (RE2) found in its value; without it presence is enough.",
    )


class MatchPart(Part):
    """One way to know the devices of a profile: everything given must hold."""

    object_id: Annotated[tuple[PrefixText, ...], BeforeValidator(_as_list)] = Field(
        default=(),
        description="Prefixes of sysObjectID; the longest of all profiles is tried first. A last arc `*` is any.",
    )
    description: PatternText | None = Field(
        default=None, description="A regular expression (RE2) found in sysDescr."
    )
    probe: ProbePart | None = Field(default=None, description="A variable to ask for.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse a rule without any condition."""
        if not given.keys() & {"object_id", "description", "probe"}:
            yield Conflict((), _("has no condition"), _("give object_id, description or probe"))


class IdentityPart(Part):
    """What the device is: for each an expression, or a list of which the first that gives something counts."""

    vendor: Expressions = Field(default=(), description="Who made it.")
    model: Expressions = Field(default=(), description="The maker's name of the model.")
    os: Expressions = Field(default=(), description="Its operating system.")
    os_version: Expressions = Field(default=(), description="The version of that.")
    serial: Expressions = Field(default=(), description="The serial number of the whole device.")


class ColumnPart(Part):
    """One column of a table."""

    oid: ColumnOid = Field(
        description="The column, or the variable of a scalar. `@` is the part of sysObjectID that a prefix with `*` "
        "fits, for makers who give each product the same tables below a number of its own."
    )
    read_as: Literal["auto", "octets", "number", "text"] = Field(
        default="auto",
        description="`auto`: integers as numbers, octet strings as text. `octets`: octet strings as they are. "
        "`number`: the first number in a text. `text`: numbers as text too.",
    )
    steady: Switch = Field(
        default=False,
        description="Read only when the device is surveyed, not in every poll: a scale, a unit, a rating.",
    )
    invalid: tuple[StateText, ...] = Field(
        default=(), description="Raw values that stand for nothing, such as -1 or 65535."
    )
    index: ExpressionText | None = Field(
        default=None,
        description="The row of another table that belongs to a row of this one, as an expression of `index` and "
        "this table's own columns and those above it: "
        "a number, or a list of arcs; [] for a scalar's own value. Such a column makes no rows. Of a scalar: the row "
        "of the column it is picked from, by the scalars above it; 'first' (in quotes) is the first that holds "
        "something.",
    )
    many: Switch = Field(
        default=False,
        description="With `index`: all rows of the other table whose index begins so, for `pick`. "
        "Read when the device is surveyed.",
    )


def _as_column(value: Any) -> Any:
    return {"oid": value} if isinstance(value, str | int) else value


Column = Annotated[ColumnPart, BeforeValidator(_as_column)]


class LimitsPart(Part):
    """Where a sensor's value becomes a fault, in its unit; from the device's own columns, or fixed by the maker."""

    low: ExpressionText | None = Field(default=None, description="Critical below.")
    low_warn: ExpressionText | None = Field(default=None, description="A warning below.")
    high_warn: ExpressionText | None = Field(default=None, description="A warning above.")
    high: ExpressionText | None = Field(default=None, description="Critical above.")


class SensorPart(Part):
    """One sensor in each row of a table."""

    kind: SensorKind = Field(description="What it measures, which is also its unit.")
    name: TemplateText = Field(description="What people call it, with expressions in braces.")
    value: ExpressionText = Field(
        description="Its value in the unit of its kind; for a state the raw value, or a list of flags. "
        "Nothing: the row has no such sensor."
    )
    where: ExpressionText | None = Field(
        default=None, description="Only rows for which this holds; looked at when the device is surveyed."
    )
    states: Name | StateMap | None = Field(
        default=None,
        description="Of a state: raw values to texts, by level; or the name of a map in `states`.",
    )
    no_flag: StateText | None = Field(
        default=None, description="Of a state whose value is a list of flags: the text when none is set."
    )
    unit: Text | None = Field(default=None, description="For airflow, pressure and count: the unit.")
    limits: LimitsPart | None = Field(default=None, description="Its limits.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """A state needs its texts, and nothing else may have any."""
        is_state = given.get("kind") == SensorKind.STATE
        if is_state and "states" not in given:
            yield Conflict(("states",), _("is missing"), _("give the states of the sensor, by level"))
        for key in ("states", "no_flag") if not is_state else ():
            if key in given:
                yield Conflict((key,), _("belongs to a state only"), at_key=True)


class ProcessorPart(Part):
    """One processor in each row."""

    name: TemplateText = Field(description="What people call it.")
    load: ExpressionText = Field(description="Its load in percent.")
    where: ExpressionText | None = Field(default=None, description="Only rows for which this holds.")


class SpacePart(Part):
    """One memory pool or file system in each row: its size, and what is used, free, or the share."""

    name: TemplateText = Field(description="What people call it.")
    total: ExpressionText | None = Field(default=None, description="Its size in bytes.")
    used: ExpressionText | None = Field(default=None, description="What is used, in bytes.")
    free: ExpressionText | None = Field(default=None, description="What is free, in bytes.")
    percent: ExpressionText | None = Field(default=None, description="What is used, in percent.")
    where: ExpressionText | None = Field(default=None, description="Only rows for which this holds.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Two of the four say the rest; the percentage is enough by itself."""
        told = given.keys() & {"total", "used", "free"}
        if "percent" not in given and len(told) < 2:
            yield Conflict((), _("tells too little"), _("give percent, or two of total, used and free"))


class SupplyPart(Part):
    """One supply of a printer in each row: toner, drum, waste box."""

    name: TemplateText = Field(description="What people call it.")
    kind: ExpressionText | None = Field(default=None, description="Its kind: toner, ink, drum, wasteToner …")
    level: ExpressionText = Field(
        description="What is left, in percent; nothing where the device cannot tell."
    )
    state: ExpressionText | None = Field(default=None, description="A word for it.")
    where: ExpressionText | None = Field(default=None, description="Only rows for which this holds.")


class ComponentPart(Part):
    """One piece of hardware in each row, for devices without ENTITY-MIB."""

    name: TemplateText = Field(description="What people call it.")
    kind: Text = Field(default="other", alias="class", description="Its class, as ENTITY-MIB calls it.")
    model: ExpressionText | None = Field(default=None, description="The maker's model name.")
    serial: ExpressionText | None = Field(default=None, description="Its serial number.")
    firmware: ExpressionText | None = Field(default=None, description="Its firmware.")
    where: ExpressionText | None = Field(default=None, description="Only rows for which this holds.")


class VlanPart(Part):
    """One VLAN in each row, for devices without Q-BRIDGE-MIB."""

    id: ExpressionText = Field(description="Its number.")
    name: TemplateText = Field(description="Its name.")
    where: ExpressionText | None = Field(default=None, description="Only rows for which this holds.")


class TablePart(Part):
    """A table of a MIB, and what its rows tell. Scalars are columns whose row is 0."""

    columns: dict[Variable, Column] = Field(description="Variable to column; every one of them is optional.")
    where: ExpressionText | None = Field(
        default=None, description="Only rows for which this holds; looked at when the device is surveyed."
    )
    priority: Annotated[int, Field(ge=0, le=100)] = Field(
        default=50, description="Of two sensors of one kind and name, the one of the higher priority is kept."
    )
    instead_of: tuple[Name, ...] = Field(
        default=(), description="Tables whose facts are left out when this one tells anything."
    )
    beside_standard: Switch = Field(
        default=False,
        description="Its processors, memory and storage stand beside those of HOST-RESOURCES-MIB and UCD-SNMP-MIB, "
        "not in their place.",
    )
    sensors: dict[Name, SensorPart] = Field(
        default_factory=dict, description="Sensors of each row, by a key."
    )
    processors: tuple[ProcessorPart, ...] = Field(default=(), description="Processors of each row.")
    memory: tuple[SpacePart, ...] = Field(default=(), description="Memory pools of each row.")
    storage: tuple[SpacePart, ...] = Field(default=(), description="File systems of each row.")
    supplies: tuple[SupplyPart, ...] = Field(default=(), description="Supplies of each row.")
    components: tuple[ComponentPart, ...] = Field(default=(), description="Hardware of each row.")
    vlans: tuple[VlanPart, ...] = Field(default=(), description="VLANs of each row.")


class QuirksPart(Part):
    """What has to be borne with."""

    max_repetitions: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Rows asked for at once at most; 1 for an agent that chokes on GETBULK."
    )
    survey_every: Interval | None = Field(
        default=None, description="How often all of its tables are looked at anew; see `polling.periods`."
    )
    ignore_interfaces: tuple[PatternText, ...] = Field(
        default=(), description="Interfaces whose name one of these finds are not shown."
    )


class ProfileFile(Part):
    """Everything in a profile's file; its name is the profile's name."""

    description: Text = Field(description="Which devices these are, and where the facts were learned.")
    extends: tuple[Name, ...] = Field(
        default=(), description="Profiles whose tables, states, scalars and identity this one has too."
    )
    without: tuple[Name, ...] = Field(
        default=(), description="Tables of those which the devices fill with nonsense."
    )
    match: tuple[MatchPart, ...] = Field(
        default=(), description="How its devices are known; nothing for a profile that others extend."
    )
    identity: IdentityPart = Field(default_factory=IdentityPart, description="What the device is.")
    scalars: dict[Variable, Column] = Field(
        default_factory=dict, description="Single variables, which every expression may use."
    )
    states: dict[Name, StateMap] = Field(
        default_factory=dict, description="Maps of raw values to texts, by level."
    )
    tables: dict[Name, TablePart] = Field(default_factory=dict, description="What the device has, by name.")
    models: dict[DottedOid, str] = Field(
        default_factory=dict,
        description="What sysObjectIDs stand for, by the vendor's products MIB: `product` in expressions.",
    )
    quirks: QuirksPart = Field(default_factory=QuirksPart, description="What has to be borne with.")
