"""``netops db …``: the database."""

from pathlib import Path
from typing import Annotated

import typer

from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import EXIT_FAILED, JsonOption, complain, print_json, progress_bar, say
from netops.i18n import _
from netops.settings.loader import load_settings
from netops.store.backup import backup as back_up_store
from netops.store.backup import restore as restore_store
from netops.store.engine import open_engine
from netops.store.schema import check as check_schema
from netops.store.schema import upgrade as upgrade_schema

app = Commands(help=_("The database."))

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help=_("The backup."))]


@app.verb("upgrade", help=_("Bring the database to the newest schema, after a backup."))
def upgrade(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Bring the database to the newest schema, after a backup."""
    settings = load_settings(config).settings
    engine = open_engine(settings.storage.url.get_secret_value())
    try:
        with progress_bar(_("Upgrading")):
            result = upgrade_schema(engine, settings.storage.backups)
    finally:
        engine.dispose()
    if as_json:
        saved = str(result.backup) if result.backup else None
        print_json({"before": result.before, "after": result.after, "backup": saved, "note": result.note})
        return
    if result.before == result.after:
        say(_("the database is at the newest revision, %(revision)s") % {"revision": result.after})
        return
    say(
        _("the database went from %(before)s to %(after)s")
        % {"before": result.before or "-", "after": result.after}
    )
    if result.backup:
        say(_("backup: %(path)s") % {"path": result.backup})
    if result.note:
        complain(result.note)


@app.verb(
    "backup", help=_("Copy the database to a file while the daemon runs; the copy is whole and consistent.")
)
def backup(
    file: FileArgument,
    *,
    force: Annotated[bool, typer.Option("--force", help=_("Overwrite the file."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy the database to a file while the daemon runs; the copy is whole and consistent."""
    engine = open_engine(load_settings(config).settings.storage.url.get_secret_value())
    try:
        with progress_bar(_("Copying")) as advance:
            back_up_store(engine, file, force=force, progress=advance)
    finally:
        engine.dispose()
    say(_("backup: %(path)s") % {"path": file})


@app.verb("restore", help=_("Put a backup in the place of the database. The daemon must not run."))
def restore(
    file: FileArgument,
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help=_("Take the place of a database that holds something; it is kept aside.")
        ),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Put a backup in the place of the database. The daemon must not run."""
    url = load_settings(config).settings.storage.url.get_secret_value()
    with progress_bar(_("Copying")) as advance:
        result = restore_store(file, url, force=force, progress=advance)
    say(_("restored from %(path)s") % {"path": file})
    if result.kept_aside:
        say(_("what was there before is kept in %(path)s") % {"path": result.kept_aside})


@app.verb("check", help=_("Look for damage in the database."))
def check(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look for damage in the database."""
    engine = open_engine(load_settings(config).settings.storage.url.get_secret_value())
    try:
        with progress_bar(_("Reading the database")):
            problems = check_schema(engine)
    finally:
        engine.dispose()
    if as_json:
        print_json(problems)
    elif not problems:
        say(_("the database is sound"))
    for problem in problems if not as_json else ():
        complain(problem)
    if problems:
        raise typer.Exit(EXIT_FAILED)
