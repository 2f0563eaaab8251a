"""``netops run``: the daemon."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from netops.cli.check import DEFAULT_CONFIG, ConfigOption
from netops.cli.logs import set_up_logging
from netops.cli.output import say
from netops.i18n import set_language
from netops.settings.loader import load_settings


def run(*, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Start the daemon, which runs until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reads the files again."""
    # The daemon brings the web with it, which takes half a second to import; other commands never need it.
    from netops.daemon import Daemon  # noqa: PLC0415

    loaded = load_settings(config)
    if loaded.settings.language:
        set_language(loaded.settings.language)
    set_up_logging(loaded.settings.logging.level, loaded.settings.logging.format)
    _run_loop(Daemon(loaded, announce=_announce).run())


def _announce(text: str) -> None:
    """Say at once where to look: whoever started us through a pipe waits for it."""
    say(text)
    sys.stdout.flush()


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed; its absence costs some CPU and nothing else."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
