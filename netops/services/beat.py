"""A sign of life to a dead man's switch: given only while alerts would be told, so that its absence means something."""

import logging
from collections.abc import Awaitable, Callable

from netops.clock import Clock
from netops.errors import NetopsError

logger = logging.getLogger(__name__)

_PATIENCE = 3
"""So many intervals may go by without an evaluation before something is wrong."""


class Beat:
    """The use case; ``run`` is called at the interval of the settings."""

    def __init__(
        self,
        beat: Callable[[str], Awaitable[None]],
        clock: Clock,
        *,
        count_evaluations: Callable[[], int],
        find_trouble: Callable[[], str],
    ) -> None:
        self.url = ""
        self.failures = 0
        self.withheld = 0
        """How often no sign was given because something was wrong."""
        self._beat = beat
        self._clock = clock
        self._count_evaluations = count_evaluations
        self._find_trouble = find_trouble
        self._evaluations = -1
        self._still = 0

    async def run(self) -> None:
        """Give a sign of life, or not."""
        count = self._count_evaluations()
        self._still = 0 if count != self._evaluations else self._still + 1
        self._evaluations = count
        trouble = "rules are not evaluated" if self._still >= _PATIENCE else self._find_trouble()
        if not self.url:
            return
        if trouble:
            self.withheld += 1
            logger.error("heartbeat: withheld, for %s", trouble)
            return
        try:
            await self._beat(self.url)
        except NetopsError as error:
            self.failures += 1
            logger.warning("heartbeat: not taken: %s", error)
