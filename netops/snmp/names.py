"""Names for OIDs, and words for values: for ``netops walk`` and for notifications.

The standard modules come from our own tables (mibs/standard), the SNMPv3 framework's from those pysnmp
bundles, and vendors' from ASN.1 files in folders of the operator's.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from pysnmp.smi.builder import MibBuilder
from pysnmp.smi.error import SmiError

from netops.i18n import _
from netops.snmp.display import as_text
from netops.snmp.mibs.ianaiftype import IF_TYPE_LABELS
from netops.snmp.mibs.smi import SMI_ROOTS, MibObject, MibSyntaxError, Module, Syntax, parse_modules, resolve
from netops.snmp.types import Oid, Varbind

logger = logging.getLogger(__name__)

PYSNMP_MODULES = (
    "SNMP-FRAMEWORK-MIB",
    "SNMP-MPD-MIB",
    "SNMP-TARGET-MIB",
    "SNMP-NOTIFICATION-MIB",
    "SNMP-USER-BASED-SM-MIB",
    "SNMP-VIEW-BASED-ACM-MIB",
    "SNMP-COMMUNITY-MIB",
    "SNMP-PROXY-MIB",
)
"""What pysnmp bundles and we have no table of."""

_PYSNMP_KINDS = {
    "MibScalar": "scalar",
    "MibTable": "table",
    "MibTableRow": "row",
    "MibTableColumn": "column",
    "NotificationType": "notification",
    "MibIdentifier": "node",
    "ModuleIdentity": "node",
    "ObjectIdentity": "node",
}
_MAX_MIB_BYTES = 4 << 20


class Names:
    """The names we know. Loading takes some tens of milliseconds, and waits for the first question."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Prepare; nothing is read yet.

        Args:
            folders: Folders of MIB modules in ASN.1; sub-folders are not read. Files that are no modules
                are skipped with a log line. A name in them goes before the same name in our tables.
        """
        self._folders = list(folders)

    def find(self, oid: Oid) -> tuple[MibObject, tuple[int, ...]] | None:
        """Give the nearest named node at or above an OID, and the arcs below that node."""
        arcs = oid.arcs
        for length in range(len(arcs), 0, -1):
            found = self._by_arcs.get(arcs[:length])
            if found is not None:
                return found, arcs[length:]
        return None

    def symbol(self, oid: Oid) -> str:
        """Word an OID, e.g. ``IF-MIB::ifDescr.3``; dotted where no name is near."""
        found = self.find(oid)
        if found is None:
            return str(oid)
        node, rest = found
        head = f"{node.module}::{node.name}" if node.module else node.name
        return ".".join([head, *map(str, rest)])

    def oid(self, text: str) -> Oid:
        """Read ``IF-MIB::ifDescr.3``, ``ifDescr``, ``mib-2.1`` or ``1.3.6.1.2.1``.

        Raises:
            LookupError: No such name; the message offers a near one where there is one.
            ValueError: The digits are no object identifier.
        """
        text = text.strip()
        if text.lstrip(".")[:1].isdigit():
            return Oid.parse(text)
        module, _separator, rest = text.rpartition("::")
        name, *index = rest.split(".")
        node = self._by_name.get((module, name))
        if node is None:
            raise LookupError(self._miss(module, name))
        return Oid.of(*node.arcs, *map(int, index))

    def label(self, oid: Oid, value: int) -> str | None:
        """Give an enumeration's word for a value, or None where the object has none."""
        found = self.find(oid)
        return found[0].syntax.labels.get(value) if found else None

    def display(self, varbind: Varbind) -> str:
        """Word a value for people, by its object's type: ``up(1)``, ``3 days, 1:02:03.45``, a MAC address."""
        found = self.find(varbind.oid)
        syntax = found[0].syntax if found else Syntax("", {})
        value = varbind.value
        if isinstance(value, Oid):
            return self.symbol(value)
        return as_text(varbind.tag, value, syntax)

    def modules(self) -> list[str]:
        """Give the names of the modules known, sorted."""
        return sorted({node.module for node in self._by_arcs.values() if node.module})

    def _miss(self, module: str, name: str) -> str:
        """Word a name we do not have."""
        near = next((known for _in, known in self._by_name if known.lower() == name.lower()), None)
        wanted = f"{module}::{name}" if module else name
        if near:
            return _("%(name)s: no such name; did you mean %(near)s?") % {"name": wanted, "near": near}
        return _("%(name)s: no such name in the MIB modules known") % {"name": wanted}

    @cached_property
    def _by_arcs(self) -> dict[tuple[int, ...], MibObject]:
        known: dict[tuple[int, ...], MibObject] = {}
        nodes = [MibObject("", name, arcs, "node", Syntax("", {})) for name, arcs in SMI_ROOTS.items()]
        for source in (nodes, load_pysnmp_modules(), load_standard()):
            known.update((node.arcs, node) for node in source)
        names = {node.name: node.arcs for node in known.values()}
        known.update((node.arcs, node) for node in load_folders(self._folders, names))
        return known

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], MibObject]:
        known: dict[tuple[str, str], MibObject] = {}
        for node in self._by_arcs.values():
            known[node.module, node.name] = node
            known["", node.name] = node
        return known


def load_standard() -> Iterator[MibObject]:
    """Read our own tables: a line per object with name, OID, kind, type and labels."""
    for table in sorted(files("netops.snmp.mibs").joinpath("standard").iterdir(), key=lambda file: file.name):
        module = table.name.removesuffix(".txt")
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            name, dotted, kind, *rest = line.split(" ")
            base, _tilde, hint = rest[0].partition("~") if rest else ("", "", "")
            pairs = (word.rpartition("=") for word in rest[1:])
            labels = {int(number): label for label, _equals, number in pairs}
            labels = IF_TYPE_LABELS if name == "ifType" else labels
            yield MibObject(
                module, name, tuple(map(int, dotted.split("."))), kind, Syntax(base, labels, hint)
            )


def load_pysnmp_modules() -> Iterator[MibObject]:
    """Read the modules that pysnmp bundles and compiled itself."""
    builder = MibBuilder()
    try:
        builder.load_modules(*PYSNMP_MODULES)
    except SmiError as error:
        logger.warning("pysnmp's bundled MIB modules cannot be read: %s", error)
        return
    for module in PYSNMP_MODULES:
        for name, symbol in builder.mibSymbols.get(module, {}).items():
            kind = _PYSNMP_KINDS.get(type(symbol).__name__)
            if kind is None:
                continue
            syntax = getattr(symbol, "syntax", None)
            labels = {int(number): str(label) for label, number in getattr(syntax, "namedValues", {}).items()}
            hint = str(getattr(syntax, "displayHint", "") or "")
            base = type(syntax).__name__ if kind in {"scalar", "column"} else ""
            yield MibObject(module, str(name), tuple(map(int, symbol.name)), kind, Syntax(base, labels, hint))


def load_folders(folders: Iterable[Path], known: dict[str, tuple[int, ...]]) -> Iterator[MibObject]:
    """Read every MIB module in some folders; what is none, or too large, is skipped and logged."""
    modules: list[Module] = []
    for folder in folders:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not file.is_file():
                continue
            if file.stat().st_size > _MAX_MIB_BYTES:
                logger.warning("%s: too large for a MIB module, skipped", file)
                continue
            try:
                modules += parse_modules(file.read_text(encoding="utf-8", errors="replace"))
            except (MibSyntaxError, OSError) as error:
                logger.warning("%s: skipped: %s", file, error)
    yield from resolve(modules, known)
