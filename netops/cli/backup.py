"""``netops backup …``: the configurations of devices, fetched, kept, compared and given back."""

from typing import Annotated, Any

import typer

from netops.backup.verify import verify as verify_archive
from netops.cli import backup_reading
from netops.cli.backups import NameArgument, audit, backups_of, who
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import (
    EXIT_FAILED,
    JsonOption,
    complain,
    fail,
    print_json,
    progress_bar,
    say,
)
from netops.clock import SystemClock
from netops.i18n import _, ngettext
from netops.security.sealing import rotate_keys
from netops.services.back_up_device import Outcome
from netops.services.run_backups import require_device
from netops.settings.errors import SettingsError

app = Commands()


@app.verb("run", help=_("Back devices up now; those that are named, or all of them."))
def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help=_("Names of devices."))] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help=_("Every device with a platform."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Back devices up now; those that are named, or all of them."""
    with backups_of(config) as backups:
        if not names and not everything:
            raise SettingsError(_("name a device, or give --all"))
        known = backups.devices()
        devices = (
            list(known.values()) if everything else [require_device(backups, name) for name in names or ()]
        )
        rows, head = [], backups.archive.git.head()
        with progress_bar(_("Backing up")) as step:
            for outcome in backups.run(devices, f"on demand by {who()}"):
                rows.append(_describe_outcome(outcome))
                step(len(rows), len(devices))
                if not as_json:
                    _tell(outcome)
        if backups.archive.git.head() != head:
            for pushed in backups.push(SystemClock().now()):
                if pushed.error:
                    complain(
                        _("remote %(remote)s: %(reason)s") % {"remote": pushed.remote, "reason": pushed.error}
                    )
    if as_json:
        print_json(rows)
    if any(row["error"] for row in rows):
        raise typer.Exit(EXIT_FAILED)


def _describe_outcome(outcome: Outcome) -> dict[str, Any]:
    state, stored = outcome.state, outcome.stored
    return {
        "device": state.name,
        "outcome": "failed" if outcome.error and state.outcome != "held" else state.outcome,
        "reason": getattr(outcome.error, "reason", "failed") if outcome.error else "",
        "error": str(outcome.error) if outcome.error else "",
        "revision": state.revision,
        "lines_added": stored.added if stored else 0,
        "lines_removed": stored.removed if stored else 0,
        "bytes": state.size,
        "seconds": state.seconds,
        "unsaved_changes": state.has_unsaved_changes,
    }


def _tell(outcome: Outcome) -> None:
    state, stored = outcome.state, outcome.stored
    if outcome.error:
        complain(str(outcome.error))
        return
    words = {
        "device": state.name,
        "added": stored.added if stored else 0,
        "removed": stored.removed if stored else 0,
        "revision": state.revision[:12],
    }
    if state.outcome == "changed":
        say(_("%(device)s: stored as %(revision)s, %(added)d lines in, %(removed)d out") % words)
    else:
        say(_("%(device)s: unchanged since %(revision)s") % words)
    if state.has_unsaved_changes:
        say(_("%(device)s: runs with changes that are not saved") % words)


@app.verb(
    "accept", help=_("Trust a device's new host key, try its login again, store what is held: what waits.")
)
def accept(name: NameArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Do what a device waits for a person to do."""
    with backups_of(config) as backups:
        done = backups.service.accept(name, who())
        audit(backups, "accept", name, done=done)
    if as_json:
        print_json({"device": name, "done": done})
    for line in () if as_json else done:
        say(line)
    if not done:
        fail(_("%(device)s: waits for nothing") % {"device": name})


@app.verb("rename", help=_("Have a device's history go on under another name."))
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_("Its name so far."))],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_("Its name from now on."))],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Have a device's history go on under another name."""
    with backups_of(config) as backups:
        backups.archive.rename(old, new, SystemClock().now())
        backups.service.states.rename(old, new)
    say(_("%(old)s is %(new)s from now on") % {"old": old, "new": new})


@app.verb(
    "rotate-key", help=_("Seal complete configurations with a new key from now on; older ones still open.")
)
def rotate_key(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Put a new key in front of those that seal complete configurations."""
    with backups_of(config) as backups:
        keys = rotate_keys(backups.settings.key_file)
        audit(backups, "rotate-key", "", key=keys.current_id, keys=len(keys.keys))
    if as_json:
        print_json({"key": keys.current_id, "keys": len(keys.keys)})
        return
    words = {"key": keys.current_id, "path": backups.settings.key_file}
    say(_("the key %(key)s seals from now on; keep a copy of %(path)s, and restart a running daemon") % words)


# --- reading


@app.verb(
    "manifest", help=_("Sign and store the list of all devices and their outcomes now, as every night does.")
)
def manifest(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Sign and store the list of all devices and their outcomes now."""
    with backups_of(config) as backups:
        commit = backups.close_night(backups.devices(), SystemClock().now())
    if as_json:
        print_json({"revision": commit})
    else:
        say(_("the manifest is stored as %(revision)s") % {"revision": commit[:12]})


@app.verb("verify", help=_("Prove the archive: signatures, manifests, missing nights, remotes."))
def verify(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Prove the archive: signatures, manifests, missing nights, remotes."""
    with backups_of(config) as backups, progress_bar(_("Looking at every signature")):
        today = SystemClock().now().date()
        findings = verify_archive(backups.archive, backups.remotes, today)
    if as_json:
        print_json(
            {
                "sound": not findings.faults,
                "head": findings.head,
                "commits": findings.commits,
                "manifests": findings.manifests,
                "devices": findings.sealed,
                "faults": findings.faults,
            }
        )
    else:
        for fault in findings.faults:
            complain(fault)
        words = {
            "commits": findings.commits,
            "manifests": findings.manifests,
            "devices": findings.sealed,
            "head": findings.head[:12],
        }
        say(
            _(
                "%(commits)d commits up to %(head)s, %(manifests)d manifests and the complete texts of %(devices)d "
                "devices looked at"
            )
            % words
        )
        count = len(findings.faults)
        if count:
            complain(ngettext("%(count)d fault", "%(count)d faults", count) % {"count": count})
    if findings.faults:
        raise typer.Exit(EXIT_FAILED)


app.verb(
    "drift", help=_("Compare the members of declared pairs. Exit code 1 when they differ unexpectedly.")
)(backup_reading.drift)
app.verb("list", help=_("List devices with their last backup."))(backup_reading.list_)
app.verb("show", help=_("Print a configuration, its secrets hidden."))(backup_reading.show)
app.verb("log", help=_("List a device's revisions, newest first."))(backup_reading.log)
app.verb("diff", help=_("Show what changed between two revisions or dates: the last two, without any."))(
    backup_reading.diff
)
app.verb(
    "search", help=_("Find words in the configurations of all devices, with the section they stand in.")
)(backup_reading.search)
app.verb(
    "restore-text",
    help=_(
        "Print a complete configuration, secrets and all, for pasting or uploading. Noted in the audit log."
    ),
)(backup_reading.restore_text)
