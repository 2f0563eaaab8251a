"""Back many devices up: some at a time, few at one site, each told as it ends."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from netops.backup.archive import Archive
from netops.backup.manifest import write_manifest
from netops.backup.platform_files import Platforms, load_platforms
from netops.backup.remotes import Pushed, Remote, push
from netops.clock import Clock
from netops.i18n import _
from netops.services.back_up_device import BackUpDevice, Outcome
from netops.settings.devices import DeviceSettings
from netops.settings.document import Document, KeyPath, read_document
from netops.settings.errors import Problem, SettingsError
from netops.settings.loader import LoadedSettings
from netops.settings.shell import BackupSettings

_MOST_PACKS = 300


@dataclass(slots=True)
class Backups:
    """All that backing up needs, built from the settings."""

    loaded: LoadedSettings
    service: BackUpDevice

    @property
    def archive(self) -> Archive:
        """The archive that backups go to."""
        return self.service.archive

    @property
    def settings(self) -> BackupSettings:
        """What the settings say of backups."""
        return self.loaded.settings.backup

    @property
    def remotes(self) -> list[Remote]:
        """The repositories that get a copy."""
        return [Remote(remote.name, remote.url, remote.key_file) for remote in self.settings.remotes]

    def devices(self, devices: Mapping[str, DeviceSettings] | None = None) -> dict[str, DeviceSettings]:
        """Give the devices that are backed up: enabled, with a platform."""
        known = self.loaded.devices if devices is None else devices
        return {name: device for name, device in known.items() if device.enabled and device.ssh.platform}

    def run(self, devices: Iterable[DeviceSettings], reason: str) -> Iterator[Outcome]:
        """Back devices up; outcomes come in the order they end.

        Raises:
            SettingsError: A device says too little to be visited; before anything is begun.
        """
        queue = [(device, self.loaded.settings.shell_access_for(device)) for device in devices]
        sites = {
            device.site: threading.Semaphore(self.settings.per_site_workers) for device, _access in queue
        }

        def visit(number: int) -> Outcome:
            device, access = queue[number]
            with sites[device.site]:
                return self.service.run(access, site=device.site, reason=reason)

        with ThreadPoolExecutor(max_workers=min(self.settings.workers, len(queue) or 1)) as pool:
            waiting: set[Future[Outcome]] = {pool.submit(visit, number) for number in range(len(queue))}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def push(self, now: datetime) -> list[Pushed]:
        """Push to every remote."""
        return [push(self.archive, remote, now) for remote in self.remotes]

    def close_night(self, names: Iterable[str], now: datetime) -> str:
        """Sign and store the manifest of a night, push it, and once a week tidy up; give its commit."""
        commit = write_manifest(self.archive, (self.service.states.read(name) for name in names), now)
        self.push(now)
        is_sunday = now.weekday() == 6
        with self.archive.writing():
            self.archive.git.tidy(1 if is_sunday else _MOST_PACKS)
        return commit


def open_backups(loaded: LoadedSettings, clock: Clock) -> Backups:
    """Open the archive of the settings, making what is missing.

    Raises:
        SettingsErrors: A platform of the operator's is wrong.
        NetopsError: The archive or its keys cannot be used.
    """
    settings = loaded.settings.backup
    archive = Archive(settings.folder, settings.key_file)
    archive.prepare()
    platforms = load_platforms(platform_folder(loaded.config_file))
    return Backups(loaded, BackUpDevice(archive, platforms, settings, clock))


def platform_folder(config: Path) -> Path:
    """Give where an operator's own platforms are: beside the settings."""
    return config.parent / "platforms"


def find_strange_platforms(loaded: LoadedSettings, platforms: Platforms) -> list[Problem]:
    """Find the places in the file of devices that name a platform nobody knows."""
    problems: list[Problem] = []
    document = read_document(loaded.devices_file, problems)
    if document is None:
        return problems
    places: list[KeyPath] = [("defaults",)]
    groups, devices = document.value.get("groups"), document.value.get("devices")
    places += [("groups", name) for name in (groups if isinstance(groups, dict) else {})]
    places += [("devices", number) for number in range(len(devices) if isinstance(devices, list) else 0)]
    for place in places:
        name = _platform_at(document, place)
        if name is not None and platforms.find(name) is None:
            message = _('unknown platform "%(name)s"') % {"name": name}
            hint = platforms.hint(name).removeprefix("; ")
            problems.append(document.problem((*place, "ssh", "platform"), message, hint))
    return problems


def _platform_at(document: Document, place: KeyPath) -> str | None:
    value: Any = document.value
    for step in (*place, "ssh", "platform"):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value if isinstance(value, str) else None


def require_device(backups: Backups, name: str) -> DeviceSettings:
    """Give a device that is backed up.

    Raises:
        SettingsError: There is none of this name, or it has no platform.
    """
    device = backups.loaded.devices.get(name)
    if device is None:
        raise SettingsError(_("%(device)s: no such device in the settings") % {"device": name})
    backups.loaded.settings.shell_access_for(device)
    return device
