"""A tolerant reader of MIB modules (SMIv1: RFC 1155, 1212, 1215; SMIv2: RFC 2578, 2579).

It takes from a module what names need - object names, OIDs, types, enumeration labels, display hints - and
steps over the rest, so that vendors' modules with faults elsewhere still give their names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<comment>--.*?(?:--|$))|(?P<text>"[^"]*")|(?P<bits>'[^'\n]*'[BbHh])"""
    r"""|(?P<word>[A-Za-z][A-Za-z0-9_-]*)|(?P<number>-?\d+)|(?P<mark>::=|\.\.|[{}()\[\],;|.])""",
    re.MULTILINE,
)
_OBJECT_MACROS = frozenset(
    {
        "OBJECT-TYPE",
        "OBJECT-IDENTITY",
        "MODULE-IDENTITY",
        "NOTIFICATION-TYPE",
        "TRAP-TYPE",
        "OBJECT-GROUP",
        "NOTIFICATION-GROUP",
        "MODULE-COMPLIANCE",
        "AGENT-CAPABILITIES",
    }
)
_CLAUSES = frozenset(
    {
        "ACCESS",
        "AUGMENTS",
        "DEFVAL",
        "DESCRIPTION",
        "INDEX",
        "MAX-ACCESS",
        "REFERENCE",
        "STATUS",
        "UNITS",
        "::=",
    }
)

SMI_ROOTS: dict[str, tuple[int, ...]] = {
    "ccitt": (0,),
    "zeroDotZero": (0, 0),
    "iso": (1,),
    "joint-iso-ccitt": (2,),
    "org": (1, 3),
    "dod": (1, 3, 6),
    "internet": (1, 3, 6, 1),
    "directory": (1, 3, 6, 1, 1),
    "mgmt": (1, 3, 6, 1, 2),
    "mib-2": (1, 3, 6, 1, 2, 1),
    "transmission": (1, 3, 6, 1, 2, 1, 10),
    "experimental": (1, 3, 6, 1, 3),
    "private": (1, 3, 6, 1, 4),
    "enterprises": (1, 3, 6, 1, 4, 1),
    "security": (1, 3, 6, 1, 5),
    "snmpV2": (1, 3, 6, 1, 6),
    "snmpDomains": (1, 3, 6, 1, 6, 1),
    "snmpProxys": (1, 3, 6, 1, 6, 2),
    "snmpModules": (1, 3, 6, 1, 6, 3),
}
"""The nodes every module may name without defining them (RFC 2578 section 2)."""


class Syntax(NamedTuple):
    """A type as written: its name, and what it adds to the type of that name."""

    base: str
    labels: dict[int, str]
    hint: str = ""


class MibObject(NamedTuple):
    """One named node of a MIB."""

    module: str
    name: str
    arcs: tuple[int, ...]
    kind: str
    """``node``, ``scalar``, ``table``, ``row``, ``column`` or ``notification``."""
    syntax: Syntax


@dataclass(slots=True)
class Definition:
    """A node as its module writes it, before its parent is known."""

    name: str
    macro: str
    path: list[str]
    syntax: Syntax
    is_row: bool = False


@dataclass(slots=True)
class Module:
    """One parsed MIB module."""

    name: str
    definitions: list[Definition] = field(default_factory=list)
    types: dict[str, Syntax] = field(default_factory=dict)


class MibSyntaxError(ValueError):
    """A file that is no MIB module."""


def parse_modules(text: str) -> list[Module]:
    """Read every module in a file, in order.

    Raises:
        MibSyntaxError: The text holds no module.
    """
    tokens = [match.group() for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]
    starts = [at for at, token in enumerate(tokens) if token == "DEFINITIONS" and at]  # noqa: S105 - a keyword of the SMI
    if not starts:
        raise MibSyntaxError("no DEFINITIONS: this is not a MIB module")
    modules = []
    for start, end in zip(starts, [*starts[1:], len(tokens) + 1], strict=True):
        modules.append(_parse_module(_name_before(tokens, start), tokens[start : end - 1]))
    return modules


def _name_before(tokens: list[str], at: int) -> str:
    """Give the module's name, which an OID in braces may follow."""
    if tokens[at - 1] == "}":
        while at > 1 and tokens[at] != "{":
            at -= 1
    return tokens[at - 1]


def _parse_module(name: str, tokens: list[str]) -> Module:
    module = Module(name)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token == "IMPORTS":  # noqa: S105 - a keyword of the SMI
            at = _find(tokens, at, ";")
        elif following == "MACRO":
            at = _find(tokens, at, "END")
        elif following in _OBJECT_MACROS and token[0].isalpha():
            at = _parse_object(module, token, following, tokens, at + 2)
        elif following == "OBJECT" and tokens[at + 2 : at + 4] == ["IDENTIFIER", "::="]:
            path, at = _parse_path(tokens, at + 4)
            module.definitions.append(Definition(token, "OBJECT-IDENTITY", path, Syntax("", {})))
        elif following == "::=" and token[0].isupper():
            at = _parse_type(module, token, tokens, at + 2)
        else:
            at += 1
    return module


def _find(tokens: list[str], at: int, wanted: str) -> int:
    """Give the place behind the next such token, or the end."""
    try:
        return tokens.index(wanted, at) + 1
    except ValueError:
        return len(tokens)


def _parse_object(module: Module, name: str, macro: str, tokens: list[str], at: int) -> int:
    end = _find(tokens, at, "::=")
    clauses = tokens[at : end - 1]
    syntax = Syntax("", {})
    if macro == "OBJECT-TYPE" and "SYNTAX" in clauses:
        syntax = _parse_syntax(clauses[clauses.index("SYNTAX") + 1 :])
    path, after = _parse_path(tokens, end)
    if macro == "TRAP-TYPE":  # RFC 3584 section 3.1: enterprise, 0, specific trap
        enterprise = clauses[clauses.index("ENTERPRISE") + 1 :] if "ENTERPRISE" in clauses else []
        parent = next((token for token in enterprise if token not in {"{", "}"}), "")
        path = [parent, "0", *path]
    is_row = "INDEX" in clauses or "AUGMENTS" in clauses
    module.definitions.append(Definition(name, macro, path, syntax, is_row))
    return after


def _parse_path(tokens: list[str], at: int) -> tuple[list[str], int]:
    """Read ``{ parent 3 }``, ``{ iso org(3) 6 }`` or the bare number of a TRAP-TYPE."""
    if at >= len(tokens) or tokens[at] != "{":
        return tokens[at : at + 1], at + 1
    end = _find(tokens, at, "}")
    path: list[str] = []
    inner = iter(tokens[at + 1 : end - 1])
    for token in inner:
        if token == "(":  # noqa: S105 - a mark
            number = next(inner, "")
            # the first name of a path stands for itself; later names only decorate their number
            path[-1] = number if len(path) > 1 else path[-1]
            next(inner, "")
        else:
            path.append(token)
    return path, end


def _parse_type(module: Module, name: str, tokens: list[str], at: int) -> int:
    """Read a textual convention or a plain type assignment; SEQUENCE and CHOICE give nothing."""
    if at >= len(tokens):
        return at
    if tokens[at] in {"SEQUENCE", "CHOICE"}:
        return _find(tokens, at, "}")
    if tokens[at] != "TEXTUAL-CONVENTION":
        module.types[name] = _parse_syntax(tokens[at : at + 4096])
        return at + 1
    try:
        syntax_at = tokens.index("SYNTAX", at)
    except ValueError:
        return at + 1
    clauses = tokens[at:syntax_at]
    hint = clauses[clauses.index("DISPLAY-HINT") + 1].strip('"') if "DISPLAY-HINT" in clauses else ""
    module.types[name] = _parse_syntax(tokens[syntax_at + 1 : syntax_at + 4096])._replace(hint=hint)
    return syntax_at + 1


def _parse_syntax(tokens: list[str]) -> Syntax:
    """Read a type; tokens may go on behind it."""
    at = 0
    if tokens and tokens[0] == "[":  # a tag, as in [APPLICATION 0] IMPLICIT
        at = _find(tokens, 0, "]")
    words: list[str] = []
    while at < len(tokens) and tokens[at][0].isalpha() and tokens[at] not in _CLAUSES and len(words) < 3:
        if tokens[at] != "IMPLICIT":
            words.append(tokens[at])
        at += 1
        if words and words[0] not in {"OCTET", "OBJECT", "SEQUENCE"}:
            break
        if words in (["OCTET", "STRING"], ["OBJECT", "IDENTIFIER"]):
            break
    base = " ".join(words)
    if at < len(tokens) and tokens[at] == "{" and not base.startswith("SEQUENCE"):
        return Syntax(base, _parse_labels(tokens[at + 1 : _find(tokens, at, "}") - 1]))
    return Syntax(base, {})


def _parse_labels(tokens: list[str]) -> dict[int, str]:
    """Read ``up ( 1 ) , down ( 2 )``."""
    labels: dict[int, str] = {}
    for label, mark, number in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if mark == "(" and number.lstrip("-").isdigit():
            labels.setdefault(int(number), label)
    return labels


def resolve(modules: Iterable[Module], known: Mapping[str, tuple[int, ...]]) -> Iterator[MibObject]:
    """Give every node whose path leads to a known one, parents before children.

    Args:
        modules: What parse_modules gave, in any order.
        known: Names outside these modules, and their OIDs.
    """
    modules = list(modules)
    types = {name: syntax for module in modules for name, syntax in module.types.items()}
    places: dict[str, tuple[int, ...]] = {**SMI_ROOTS, **known}
    waiting = [(module, definition) for module in modules for definition in module.definitions]
    tables: set[tuple[int, ...]] = set()
    rows: set[tuple[int, ...]] = set()
    while waiting:
        left = []
        for module, definition in waiting:
            arcs = _locate(definition.path, places)
            if arcs is None:
                left.append((module, definition))
                continue
            places[definition.name] = arcs
            kind = _kind(definition, arcs, tables, rows)
            yield MibObject(module.name, definition.name, arcs, kind, _flatten(definition.syntax, types))
        if len(left) == len(waiting):
            return
        waiting = left


def _locate(path: list[str], places: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    if not path:
        return None
    head = (int(path[0]),) if path[0].isdigit() else places.get(path[0])
    if head is None or not all(arc.isdigit() for arc in path[1:]):
        return None
    return head + tuple(map(int, path[1:]))


def _kind(
    definition: Definition,
    arcs: tuple[int, ...],
    tables: set[tuple[int, ...]],
    rows: set[tuple[int, ...]],
) -> str:
    if definition.macro in {"NOTIFICATION-TYPE", "TRAP-TYPE"}:
        return "notification"
    if definition.macro != "OBJECT-TYPE":
        return "node"
    if definition.syntax.base.startswith("SEQUENCE"):
        tables.add(arcs)
        return "table"
    if definition.is_row or arcs[:-1] in tables:
        rows.add(arcs)
        return "row"
    return "column" if arcs[:-1] in rows else "scalar"


def _flatten(syntax: Syntax, types: Mapping[str, Syntax]) -> Syntax:
    """Follow a textual convention to its base type; labels and hint of the nearest level win."""
    labels, hint = syntax.labels, syntax.hint
    seen: set[str] = set()
    base = syntax.base
    while base not in seen:
        seen.add(base)
        below = types.get(base) or STANDARD_TYPES.get(base)
        if below is None:
            break
        labels, hint = labels or below.labels, hint or below.hint
        base = below.base
    return Syntax(base, labels, hint)


STANDARD_TYPES: dict[str, Syntax] = {
    "DisplayString": Syntax("OCTET STRING", {}, "255a"),
    "PhysAddress": Syntax("OCTET STRING", {}, "1x:"),
    "MacAddress": Syntax("OCTET STRING", {}, "1x:"),
    "DateAndTime": Syntax("OCTET STRING", {}, "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"),
    "SnmpAdminString": Syntax("OCTET STRING", {}, "255t"),
    "TruthValue": Syntax("INTEGER", {1: "true", 2: "false"}),
    "RowStatus": Syntax(
        "INTEGER",
        {1: "active", 2: "notInService", 3: "notReady", 4: "createAndGo", 5: "createAndWait", 6: "destroy"},
    ),
    "StorageType": Syntax(
        "INTEGER", {1: "other", 2: "volatile", 3: "nonVolatile", 4: "permanent", 5: "readOnly"}
    ),
    "TimeStamp": Syntax("TimeTicks", {}),
    "AutonomousType": Syntax("OBJECT IDENTIFIER", {}),
    "RowPointer": Syntax("OBJECT IDENTIFIER", {}),
    "VariablePointer": Syntax("OBJECT IDENTIFIER", {}),
    "TestAndIncr": Syntax("INTEGER", {}),
    "TimeInterval": Syntax("INTEGER", {}),
    "InetAddressType": Syntax(
        "INTEGER", {0: "unknown", 1: "ipv4", 2: "ipv6", 3: "ipv4z", 4: "ipv6z", 16: "dns"}
    ),
    "InetVersion": Syntax("INTEGER", {0: "unknown", 1: "ipv4", 2: "ipv6"}),
}
"""Textual conventions of RFC 2579, RFC 3411 and RFC 4001, which modules import by name."""
