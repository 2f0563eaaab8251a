"""``netops profile match|test|draft``: a profile and a device, or a recording of one."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.known import FolderOption, find_folder, load_own_profiles
from netops.cli.output import (
    EXIT_BAD_USE,
    EXIT_FAILED,
    JsonOption,
    complain,
    fail,
    print_json,
    progress_bar,
    say,
)
from netops.cli.poll import show as show_poll
from netops.cli.profile_text import print_match
from netops.cli.target import (
    AuthOption,
    CommunityOption,
    ContextOption,
    EngineOption,
    PrivOption,
    RetriesOption,
    TimeoutOption,
    UserOption,
    Version1Option,
    build_access,
    build_credential,
    parse_place,
)
from netops.clock import SystemClock
from netops.collectors import COLLECTORS
from netops.errors import DeviceError
from netops.i18n import _
from netops.model.access import Credential
from netops.model.reading import PollResult
from netops.profiles.loader import Profiles, check_files, load_profiles
from netops.services.asked_device import Asked, AskedDevice, open_asked, poll_asked
from netops.services.draft_device_profile import draft_device_profile
from netops.services.match_profile import describe_match, match_profile
from netops.services.show_profiles import find_source
from netops.settings.errors import Problem
from netops.snmp.names import Names

DeviceArgument = Annotated[
    str | None,
    typer.Argument(metavar="HOST[:PORT]", help=_("Address or name; or give --recording instead.")),
]
RecordingOption = Annotated[
    Path | None,
    typer.Option("--recording", metavar="FILE", help=_("Ask this recording, not a device.")),
]

Answer = TypeVar("Answer")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def match(
    host: DeviceArgument = None,
    *,
    recording: RecordingOption = None,
    community: CommunityOption = None,
    version1: Version1Option = False,
    user: UserOption = None,
    auth: AuthOption = None,
    priv: PrivOption = None,
    context: ContextOption = "",
    timeout: TimeoutOption = 2.0,
    retries: RetriesOption = 2,
    engine: EngineOption = "netops",
    profiles: FolderOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell which profile a device gets and why, and what each table of it gives."""
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    asked = choose(host, recording, credential, timeout=timeout, retries=retries, engine=engine)
    known = load_own_profiles(find_folder(profiles, config))
    told = ask(asked, lambda device: match_profile(device, SystemClock(), known))
    end_when_refused(asked, told.result)
    if as_json:
        print_json(describe_match(told))
    else:
        print_match(told)


def try_profile(
    profile: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help=_("Name of a profile, or a file that holds one."))
    ],
    host: DeviceArgument = None,
    *,
    recording: RecordingOption = None,
    community: CommunityOption = None,
    version1: Version1Option = False,
    user: UserOption = None,
    auth: AuthOption = None,
    priv: PrivOption = None,
    context: ContextOption = "",
    timeout: TimeoutOption = 2.0,
    retries: RetriesOption = 2,
    engine: EngineOption = "netops",
    profiles: FolderOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Poll a device by a profile, whether it matches or not."""
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    asked = choose(host, recording, credential, timeout=timeout, retries=retries, engine=engine)
    known, wanted = choose_profile(load_own_profiles(find_folder(profiles, config)), profile)

    async def poll(device: AskedDevice) -> PollResult:
        result, _memory = await poll_asked(
            device, SystemClock(), profiles=known, collectors=COLLECTORS, wanted=wanted
        )
        return result

    show_poll(str(host or recording), ask(asked, poll), as_json=as_json)


def draft(
    host: DeviceArgument = None,
    *,
    recording: RecordingOption = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help=_("Keep it as a profile of this name in your folder.")),
    ] = None,
    mibs: Annotated[
        list[Path] | None,
        typer.Option(
            "--mibs", metavar="FOLDER", help=_("Folder of MIB modules that name things; may be repeated.")
        ),
    ] = None,
    community: CommunityOption = None,
    version1: Version1Option = False,
    user: UserOption = None,
    auth: AuthOption = None,
    priv: PrivOption = None,
    context: ContextOption = "",
    timeout: TimeoutOption = 2.0,
    retries: RetriesOption = 2,
    engine: EngineOption = "netops",
    profiles: FolderOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Draft a profile from a walk of a device or a recording."""
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    asked = choose(host, recording, credential, timeout=timeout, retries=retries, engine=engine)
    folder = find_folder(profiles, config)
    # Mistakes in your profiles are another question; the shell may have made an empty file for the draft already.
    known = load_profiles(folder)
    names = Names(mibs or ())
    path = find_free_file(folder, name) if name is not None else None
    told = ask(asked, lambda device: draft_device_profile(device, SystemClock(), profiles=known, names=names))
    end_when_refused(asked, told.result)
    if path is None:
        say(told.text.rstrip("\n"))
        return
    keep(path, told.text)
    say(_("%(path)s: edit it, then run `netops profile check`") % {"path": path})


def find_free_file(folder: Path, name: str) -> Path:
    """Give the file of a new profile.

    Raises:
        typer.BadParameter: The name is none for a profile.
        typer.Exit: There is one of this name.
    """
    if not _NAME.fullmatch(name):
        raise typer.BadParameter(
            _("%(name)s is no name for a profile; take letters, digits and -") % {"name": name}
        )
    path = folder / f"{name}.yaml"
    if path.exists():
        fail(_("%(path)s is there already") % {"path": path}, EXIT_BAD_USE)
    return path


def keep(path: Path, text: str) -> None:
    """Write a draft; what was there in the meantime stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as problem:
        words = {"path": path, "error": problem.strerror}
        fail(_("%(path)s cannot be written: %(error)s") % words, EXIT_BAD_USE)


def choose(
    host: str | None,
    recording: Path | None,
    credential: Credential,
    *,
    timeout: float,
    retries: int,
    engine: str,
) -> Asked:
    """Give where to ask.

    Raises:
        typer.BadParameter: Neither a device nor a recording is named, or both are.
    """
    if (host is None) == (recording is None):
        raise typer.BadParameter(_("name a device, or a recording with --recording FILE"))
    if recording is not None:
        return recording
    return build_access(parse_place(host or ""), credential, timeout=timeout, retries=retries, engine=engine)


def ask(asked: Asked, question: Callable[[AskedDevice], Awaitable[Answer]]) -> Answer:
    """Open the device, and ask; silence in the middle is told in one line and ends with 1."""

    async def run() -> Answer:
        async with open_asked(asked, SystemClock()) as device:
            return await question(device)

    name = word_asked(asked)
    try:
        with progress_bar(_("Asking %(host)s") % {"host": name}):
            return asyncio.run(run())
    except DeviceError as error:
        fail(f"{name}: {error}", EXIT_FAILED)


def word_asked(asked: Asked) -> str:
    """Name the device in messages."""
    return str(asked) if isinstance(asked, Path) else asked.host


def end_when_refused(asked: Asked, result: PollResult) -> None:
    """End with 1 where the device did not answer, or let nothing be read."""
    refusal = result.reachability.error
    if refusal is not None:
        fail(f"{word_asked(asked)}: {refusal.error}", EXIT_FAILED)


def choose_profile(known: Profiles, profile: str) -> tuple[Profiles, str]:
    """Give all profiles and the name of the one that is wanted; a file's joins them, in place of its namesake.

    Raises:
        NotFound: There is no profile of this name.
        typer.Exit: The file has mistakes, which have been listed.
    """
    path = Path(profile)
    if path.suffix not in {".yaml", ".yml"}:
        return known, find_source(known, profile).name
    problems: list[Problem] = []
    sound = check_files([path], known, problems)
    if problems:
        for problem in problems:
            complain(str(problem))
        raise typer.Exit(EXIT_BAD_USE)
    return Profiles(known.shipped, {**known.users, **sound}), path.stem
