"""``netops run``: the daemon."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any

from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
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
    _spare_collector()
    _run_loop(Daemon(loaded, announce=_announce).run())


def _announce(text: str) -> None:
    """Say at once where to look: whoever started us through a pipe waits for it."""
    say(text)
    sys.stdout.flush()


def _spare_collector() -> None:
    """Keep Python's cyclic collector off what lives long.

    A full collection walks every object there is: seconds at 500,000 interfaces, in which no poll moves, and by
    the default thresholds it comes every few minutes. The young generations, where our cycles die, go on.
    """
    gc.freeze()
    gc.set_threshold(10_000, 50, 1_000)


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed; its absence costs some CPU and nothing else."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
