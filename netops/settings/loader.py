"""Reads ``configs/netops.yaml`` and the files it names, and finds every mistake of them all in one go."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from netops.i18n import _
from netops.model.access import SnmpAccess
from netops.settings.devices import DeviceEntry, DeviceOptions, DeviceSettings, DevicesFile
from netops.settings.document import Document, KeyPath, read_document
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.events import EventsSettings
from netops.settings.events_loader import load_events
from netops.settings.messages import explain
from netops.settings.models import Settings
from netops.settings.oncall import OncallSettings
from netops.settings.oncall_loader import load_oncall
from netops.settings.parts import did_you_mean
from netops.settings.references import ReferenceContext
from netops.settings.resolve import Resolver, ThresholdLayer, explain_refusal, find_parent_loops
from netops.settings.thresholds import SiteOptions

MOST_DEVICES = 100_000
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """All that the files say, checked, with secrets in place (and in no repr)."""

    settings: Settings
    devices: Mapping[str, DeviceSettings]
    """By name, in the order of the file."""
    config_file: Path
    devices_file: Path
    oncall: OncallSettings
    """Who is told of alerts; empty where there is no such file."""
    oncall_file: Path
    events: EventsSettings
    """Which traps and syslog messages are alerts; without such a file the shipped rules."""
    events_file: Path
    threshold_layers: Mapping[str, tuple[ThresholdLayer, ...]] = field(default_factory=dict)
    """Device to the places that say thresholds of it, the farthest first; no entry where none does."""

    @property
    def profiles_folder(self) -> Path:
        """Where the operator's own device profiles are; the folder need not exist."""
        return self.config_file.parent / self.settings.profiles

    @property
    def change_signs_folder(self) -> Path:
        """Where the operator's own signs of configuration changes are; the folder need not exist."""
        return self.config_file.parent / "change_signs"

    def access_for(self, device: DeviceSettings) -> SnmpAccess:
        """Give all that is needed to ask a device over SNMP.

        Raises:
            SettingsError: The device is local, or its credential is not defined.
        """
        return self.settings.access_for(device)


def load_settings(config: Path, *, environ: Mapping[str, str] | None = None) -> LoadedSettings:
    """Read and check everything; a relative ``devices_file`` or ``${file:…}`` starts at the config's folder.

    Raises:
        SettingsErrors: With every mistake of every file, each with its line, column and key.
    """
    problems: list[Problem] = []
    context = ReferenceContext(config.parent, os.environ if environ is None else environ)
    document = read_document(config, problems)
    settings = _check(Settings, document, (), document.value, problems, context=context) if document else None
    devices_file = config.parent / (_find_name(document, "devices_file") or "devices.yaml")
    devices = _Devices(
        problems,
        _name_entries(document, "credentials"),
        settings or Settings(),
        {
            "credential": _name_entries(document, "ssh_credentials"),
            "jump_host": _name_entries(document, "jump_hosts"),
        },
    )
    # Where the settings could not be read, the name of the file is a guess: its absence proves nothing.
    devices_document = read_document(devices_file, problems) if document or devices_file.exists() else None
    if devices_document:
        devices.read(devices_document)
    oncall_name = _find_name(document, "oncall_file")
    oncall_file = config.parent / (oncall_name or "oncall.yaml")
    oncall = load_oncall(
        oncall_file,
        problems,
        context=context,
        groups=_name_entries(devices_document, "groups"),
        must_exist=oncall_name is not None,
    )
    events_name = _find_name(document, "events_file")
    events_file = config.parent / (events_name or "events.yaml")
    events = load_events(events_file, problems, must_exist=events_name is not None)
    if problems or settings is None:
        raise SettingsErrors(problems)
    return LoadedSettings(
        settings,
        devices.found,
        config,
        devices_file,
        oncall,
        oncall_file,
        events,
        events_file,
        devices.threshold_layers,
    )


def _find_name(document: Document | None, key: str) -> str | None:
    """Give the name of a file as netops.yaml has it, whatever is wrong around it; None when it names none."""
    value = document.value.get(key) if document else None
    is_name = isinstance(value, str | int) and not isinstance(value, bool) and "\0" not in str(value)
    return str(value) if is_name else None


def _name_entries(document: Document | None, section: str) -> frozenset[str] | None:
    """Give the names in a section, of wrong entries too; None when the file could not be read."""
    if document is None:
        return None
    raw = document.value.get(section)
    return frozenset(raw) if isinstance(raw, dict) else frozenset()


def _check(
    model: type[_Model],
    document: Document,
    path: KeyPath,
    value: Any,
    problems: list[Problem],
    *,
    context: ReferenceContext | None = None,
) -> _Model | None:
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        problems.extend(explain(error, document, path))
        return None


@dataclass(slots=True)
class _Devices:
    """Checks devices.yaml piece by piece, so that a mistake in one piece hides none in another."""

    problems: list[Problem]
    credentials: frozenset[str] | None
    settings: Settings
    logins: Mapping[str, frozenset[str] | None]
    """Names that the keys of ``ssh`` may hold."""
    found: dict[str, DeviceSettings] = field(default_factory=dict)
    threshold_layers: dict[str, tuple[ThresholdLayer, ...]] = field(default_factory=dict)
    _entry_of: dict[str, int] = field(default_factory=dict)
    _wrong_names: set[str] = field(default_factory=set)
    _names_are_complete: bool = True
    _groups: dict[str, DeviceOptions] = field(default_factory=dict)
    _options_are_complete: bool = True

    def read(self, document: Document) -> None:
        """Add what the file says to ``found``, and what is wrong with it to ``problems``."""
        sections = dict(document.value)
        entries, groups, sites = (sections.get(key) for key in ("devices", "groups", "sites"))
        # The pieces are checked below, one by one; only their shape is checked here.
        if isinstance(entries, list):
            sections["devices"] = []
        if isinstance(groups, dict):
            sections["groups"] = {name: {} for name in groups}
        if isinstance(sites, dict):
            sections["sites"] = {name: {} for name in sites}
        _check(DevicesFile, document, (), {**sections, "defaults": {}}, self.problems)
        defaults = self._options(document, ("defaults",), sections.get("defaults"))
        self._groups = {
            name: self._options(document, ("groups", name), value)
            for name, value in (groups.items() if isinstance(groups, dict) else ())
        }
        resolver = Resolver(self.settings, defaults, self._groups, self._sites(document, sites))
        for number, raw in enumerate(entries if isinstance(entries, list) else ()):
            self._entry(document, resolver, number, raw)
            if len(self.found) > MOST_DEVICES:
                words = {"most": MOST_DEVICES}
                self._note(document, ("devices", number), _("more than %(most)d devices in all") % words)
                return
        self._check_parents(document)

    def _note(self, document: Document, path: KeyPath, message: str, suggestion: str = "") -> None:
        self.problems.append(document.problem(path, message, suggestion))

    def _options(self, document: Document, path: KeyPath, value: Any) -> DeviceOptions:
        if value is None:
            return DeviceOptions()
        options = _check(DeviceOptions, document, path, value, self.problems)
        self._check_credential(document, path, value)
        self._options_are_complete &= options is not None
        return options or DeviceOptions()

    def _sites(self, document: Document, sites: Any) -> dict[str, SiteOptions]:
        pieces = sites.items() if isinstance(sites, dict) else ()
        read = {
            name: SiteOptions()
            if value is None
            else _check(SiteOptions, document, ("sites", name), value, self.problems)
            for name, value in pieces
        }
        return {name: options for name, options in read.items() if options is not None}

    def _check_logins(self, document: Document, path: KeyPath, raw: Any) -> None:
        ssh = raw.get("ssh") if isinstance(raw, dict) else None
        for key, known in self.logins.items():
            name = ssh.get(key) if isinstance(ssh, dict) else None
            if (
                known is None
                or not isinstance(name, str | int)
                or isinstance(name, bool)
                or str(name) in known
            ):
                continue
            words = {"name": name}
            message = (
                _('unknown SSH credential "%(name)s"')
                if key == "credential"
                else _('unknown jump host "%(name)s"')
            ) % words
            self._note(document, (*path, "ssh", key), message, did_you_mean(str(name), known))

    def _check_credential(self, document: Document, path: KeyPath, raw: Any) -> None:
        self._check_logins(document, path, raw)
        name = raw.get("credential") if isinstance(raw, dict) else None
        if self.credentials is None or not isinstance(name, str | int) or isinstance(name, bool):
            return
        if str(name) not in self.credentials:
            message = _('unknown credential "%(name)s"') % {"name": name}
            self._note(document, (*path, "credential"), message, did_you_mean(str(name), self.credentials))

    def _entry(self, document: Document, resolver: Resolver, number: int, raw: Any) -> None:
        path: KeyPath = ("devices", number)
        entry = _check(DeviceEntry, document, path, raw, self.problems)
        self._check_credential(document, path, raw)
        self._check_groups(document, path, raw)
        if entry is None:
            self._remember_wrong(raw)
            return
        try:
            for device in resolver.resolve(entry):
                self._add(document, number, device)
                if layers := resolver.list_thresholds(device.site, entry):
                    self.threshold_layers[device.name] = layers
        except PydanticCustomError as error:
            message, suggestion = explain_refusal(error)
            self._note(document, (*path, "name"), message, suggestion)

    def _check_groups(self, document: Document, path: KeyPath, raw: Any) -> None:
        names = raw.get("groups") if isinstance(raw, dict) else None
        for position, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str | int) and str(name) not in self._groups:
                message = _('unknown group "%(name)s"') % {"name": name}
                hint = did_you_mean(str(name), self._groups)
                self._note(document, (*path, "groups", position), message, hint)

    def _remember_wrong(self, raw: Any) -> None:
        """Keep the name of an entry that is wrong, so that its children are not told that it is unknown."""
        name = raw.get("name") if isinstance(raw, dict) else None
        if isinstance(raw, dict) and isinstance(name, str | int) and "addresses" not in raw:
            self._wrong_names.add(str(name))
        else:
            self._names_are_complete = False

    def _add(self, document: Document, number: int, device: DeviceSettings) -> None:
        path: KeyPath = ("devices", number)
        if device.name in self.found:
            first = self._entry_of[device.name]
            line = document.problem(("devices", first, "name"), "").line
            words = {"name": device.name, "line": line}
            self._note(
                document, (*path, "name"), _('"%(name)s" is already the device of line %(line)d') % words
            )
            return
        # A group or defaults that could not be read may well have held it.
        is_known = self._options_are_complete and all(group in self._groups for group in device.groups)
        if not device.local and device.credential is None and is_known:
            hint = _("name one here, in a group or under defaults")
            self._note(document, path, _("has no credential"), hint)
        self.found[device.name] = device
        self._entry_of[device.name] = number

    def _check_parents(self, document: Document) -> None:
        if self._names_are_complete:
            self._check_parents_of(document, ("defaults",), document.value.get("defaults"))
            for section in ("groups", "devices"):
                pieces = document.value.get(section)
                listed = enumerate(pieces) if isinstance(pieces, list) else ()
                pairs = pieces.items() if isinstance(pieces, dict) else listed
                for step, raw in pairs:
                    self._check_parents_of(document, (section, step), raw)
        for loop in find_parent_loops(self.found):
            words = {"loop": " → ".join([*loop, loop[0]])}
            path: KeyPath = ("devices", self._entry_of[loop[0]], "parents")
            self._note(document, path, _("these parents lead in a circle: %(loop)s") % words)

    def _check_parents_of(self, document: Document, path: KeyPath, raw: Any) -> None:
        names = raw.get("parents") if isinstance(raw, dict) else None
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if (
                isinstance(name, str | int)
                and str(name) not in self.found
                and str(name) not in self._wrong_names
            ):
                message = _('unknown device "%(name)s"') % {"name": name}
                hint = did_you_mean(str(name), self.found)
                self._note(document, (*path, "parents", number), message, hint)
