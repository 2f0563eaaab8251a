"""``netops backup …``, the reading half: what is kept, compared, searched and given back."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from netops.backup.errors import ArchiveError
from netops.backup.reading import Hit, find_commit, make_diff, read_around, read_revisions
from netops.backup.reading import search as search_archive
from netops.cli.backups import AtOption, NameArgument, PartOption, audit, backups_of, id_of
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import (
    EXIT_FAILED,
    JsonOption,
    complain,
    duration,
    instant,
    print_json,
    print_table,
    say,
)
from netops.clock import SystemClock
from netops.i18n import _
from netops.services.back_up_device import RUNNING
from netops.services.check_drift import Drift, check_drift
from netops.settings.errors import SettingsError
from netops.settings.parts import did_you_mean

_LONGEST_LINE = 200


def list_(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List devices with their last backup."""
    now = SystemClock().now()
    with backups_of(config) as backups:
        kept = {about["name"] for about in backups.archive.index().values()}
        devices = backups.devices()
        rows = []
        for name in sorted({*devices, *kept}):
            state = backups.service.states.read(name)
            device = devices.get(name)
            rows.append(
                {
                    "device": name,
                    "platform": device.ssh.platform if device else None,
                    "site": device.site if device else None,
                    "outcome": state.outcome or None,
                    "reason": state.reason,
                    "error": state.message,
                    "good_at": state.good_at or None,
                    "age_seconds": state.age_seconds(now),
                    "changed_at": state.changed_at or None,
                    "revision": state.revision or None,
                    "bytes": state.size,
                    "unsaved_changes": state.has_unsaved_changes,
                    "waits_for_person": bool(
                        state.waits_for
                        or backups.service.states.held_path(name).exists()
                        or backups.service.states.host_keys(name).pending()
                    ),
                }
            )
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no device has a platform; give one under ssh in the file of devices"))
        return
    heads = (_("Device"), _("Platform"), _("Outcome"), _("Last good"), _("Revision"), _("Bytes"), _("Error"))
    cells = [
        (
            row["device"],
            row["platform"] or _("removed"),
            _outcome_word(row["outcome"]),
            _("%(span)s ago") % {"span": duration(row["age_seconds"])} if row["good_at"] else _("never"),
            (row["revision"] or "")[:12],
            row["bytes"] or "",
            row["error"],
        )
        for row in rows
    ]
    print_table("", heads, cells, right=(5,))


def _outcome_word(outcome: str | None) -> str:
    words = {"changed": _("changed"), "unchanged": _("unchanged"), "failed": _("failed"), "held": _("held")}
    return words.get(outcome or "", _("not visited yet"))


def show(
    name: NameArgument,
    *,
    at: AtOption = "",
    part: PartOption = RUNNING,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print a configuration, its secrets hidden."""
    with backups_of(config) as backups:
        archive, device_id = backups.archive, id_of(backups, name)
        commit = find_commit(archive, at)
        about = archive.read_about(device_id, commit)
        if about is None:
            raise ArchiveError(_("%(device)s: was not in the archive then") % {"device": name})
        if as_json:
            parts = {each: archive.read(device_id, each, commit) for each in about["parts"]}
            print_json(
                {
                    "device": name,
                    "id": device_id,
                    "revision": archive.git.head(commit),
                    "platform": about["platform"],
                    "configuration": parts.get(RUNNING),
                    "parts": parts,
                }
            )
            return
        text = archive.read(device_id, part, commit)
        if text is None:
            known = ", ".join(about["parts"])
            raise ArchiveError(
                _("%(device)s: has no part %(part)s; it has %(known)s")
                % {"device": name, "part": part, "known": known}
            )
    sys.stdout.write(text)


def log(
    name: NameArgument,
    *,
    most: Annotated[int, typer.Option("--max", min=1, help=_("List no more than that many."))] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List a device's revisions, newest first."""
    with backups_of(config) as backups:
        revisions = read_revisions(backups.archive, id_of(backups, name), SystemClock().now(), most)
    rows = [
        {
            "revision": each.commit,
            "at": each.at.isoformat(),
            "author": each.author,
            "subject": each.subject,
            "fetched": each.fetched,
            "address": each.address,
        }
        for each in revisions
    ]
    if as_json:
        print_json(rows)
        return
    cells = [
        (row["revision"][:12], instant(row["at"]), row["author"], row["subject"], row["fetched"])
        for row in rows
    ]
    print_table("", (_("Revision"), _("When"), _("Author"), _("What"), _("Fetched")), cells)


def diff(
    name: NameArgument,
    old: Annotated[str, typer.Argument(metavar="[FROM]", help=_("A revision or a date."))] = "",
    new: Annotated[str, typer.Argument(metavar="[TO]", help=_("Another one; the newest without it."))] = "",
    *,
    part: PartOption = RUNNING,
    context: Annotated[int, typer.Option("--context", min=0, help=_("Lines around each change."))] = 3,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two revisions or dates."""
    with backups_of(config) as backups:
        archive, device_id = backups.archive, id_of(backups, name)
        revisions = read_revisions(archive, device_id, SystemClock().now(), 2)
        after = find_commit(archive, new) if new else revisions[0].commit
        before = find_commit(archive, old) if old else revisions[-1].commit if len(revisions) > 1 else ""
        texts = [archive.read(device_id, part, commit) or "" if commit else "" for commit in (before, after)]
        heads = tuple(
            f"{name}/{part} {archive.git.head(commit) or '—'}" if commit else "—"
            for commit in (before, after)
        )
    text = make_diff(texts[0], texts[1], (heads[0], heads[1]), context)
    if as_json:
        print_json({"device": name, "part": part, "from": before, "to": after, "diff": text})
    elif text:
        say(text)
    else:
        say(_("%(device)s: no difference in %(part)s") % {"device": name, "part": part})


def search(
    words: Annotated[str, typer.Argument(metavar="WORDS", help=_("What to look for."))],
    *,
    regex: Annotated[
        bool, typer.Option("--regex", "-e", help=_("WORDS is an extended regular expression."))
    ] = False,
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", "-i", help=_("Take small and capital letters for equal."))
    ] = False,
    context: Annotated[
        int, typer.Option("--context", "-C", min=0, max=100, help=_("Lines around each hit."))
    ] = 0,
    at: AtOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Find words in the configurations of all devices."""
    with backups_of(config) as backups:
        commit = find_commit(backups.archive, at)
        hits = list(search_archive(backups.archive, words, commit, is_pattern=regex, ignore_case=ignore_case))
        hits.sort(key=lambda hit: (hit.device, hit.line))
        around = read_around(backups.archive, hits, commit, context) if context else []
    if as_json:
        print_json(
            [_describe_hit(hit, *(around[number] if around else ())) for number, hit in enumerate(hits)]
        )
    for number, hit in enumerate(() if as_json else hits):
        before, after = around[number] if around else ([], [])
        section = f" [{hit.section}]" if hit.section else ""
        for place, line in enumerate(before, hit.line - len(before)):
            say(f"{hit.device}-{place}- {line}")
        text = hit.text if around else hit.text.strip()
        say(f"{hit.device}:{hit.line}:{section} {_shorten(text, words)}")
        for place, line in enumerate(after, hit.line + 1):
            say(f"{hit.device}-{place}- {line}")
        if around and number < len(hits) - 1:
            say("--")
    if not hits:
        raise typer.Exit(EXIT_FAILED)


def _describe_hit(hit: Hit, before: Sequence[str] = (), after: Sequence[str] = ()) -> dict[str, Any]:
    around = {"before": before, "after": after} if before or after else {}
    return {"device": hit.device, "line": hit.line, "section": hit.section, "text": hit.text, **around}


def _shorten(text: str, words: str) -> str:
    """Cut a long line down to what stands around the words."""
    if len(text) <= _LONGEST_LINE:
        return text
    at = max(0, text.lower().find(words.lower()) - _LONGEST_LINE // 2)
    return ("… " if at else "") + text[at : at + _LONGEST_LINE] + " …"


def drift(
    pairs: Annotated[
        list[str] | None, typer.Argument(metavar="PAIR", help=_("Names of pairs; without any, all."))
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compare the members of declared pairs."""
    with backups_of(config) as backups:
        known = [pair.name for pair in backups.settings.ha_pairs]
        if not known:
            raise SettingsError(_("no pair is declared; name its members under backup.ha_pairs"))
        for name in pairs or ():
            if name not in known:
                raise SettingsError(
                    _('unknown pair "%(name)s"') % {"name": name} + f"; {did_you_mean(name, known)}"
                )
        found = list(check_drift(backups, set(pairs) if pairs else None))
    if as_json:
        print_json([_describe_drift(one) for one in found])
    for one in () if as_json else found:
        _tell_drift(one)
    if not all(one.is_alike for one in found):
        raise typer.Exit(EXIT_FAILED)


def _describe_drift(one: Drift) -> dict[str, Any]:
    differences = [
        {"member": each.member, "line": each.line, "section": each.section, "text": each.text}
        for each in one.differences
    ]
    return {
        "pair": one.pair,
        "members": one.members,
        "alike": one.is_alike,
        "without_backup": one.missing,
        "differences": differences,
    }


def _tell_drift(one: Drift) -> None:
    words = {"pair": one.pair, "members": ", ".join(one.members), "missing": ", ".join(one.missing)}
    if one.missing:
        complain(
            _("%(pair)s: nobody knows whether its members differ: %(missing)s was never backed up") % words
        )
    elif not one.differences:
        say(_("%(pair)s: %(members)s are alike") % words)
    for each in one.differences:
        section = f" [{each.section}]" if each.section else ""
        say(f"{one.pair}: {each.member}:{each.line}:{section} {_shorten(each.text, '')}")


def restore_text(
    name: NameArgument,
    *,
    at: AtOption = "",
    part: PartOption = RUNNING,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print a complete configuration, secrets and all."""
    with backups_of(config) as backups:
        archive, device_id = backups.archive, id_of(backups, name)
        commit = find_commit(archive, at)
        about = archive.read_about(device_id, commit)
        if about is None:
            raise ArchiveError(_("%(device)s: was not in the archive then") % {"device": name})
        # Told before it is shown: what cannot be written down is not given out.
        audit(backups, "restore-text", name, revision=archive.git.head(commit), part=part)
        texts = archive.open_sealed(device_id, about["sealed"])
        if part not in texts:
            known = ", ".join(sorted(texts))
            raise ArchiveError(
                _("%(device)s: has no part %(part)s; it has %(known)s")
                % {"device": name, "part": part, "known": known}
            )
    if as_json:
        print_json({"device": name, "part": part, "revision": archive.git.head(commit), "text": texts[part]})
    else:
        sys.stdout.write(texts[part])
