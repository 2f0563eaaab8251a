"""Acknowledge by the link of a message: what it shows first, and what a confirmation does."""

from dataclasses import dataclass

from sqlalchemy import Engine

from netops.alerting.known_alert import KnownAlert
from netops.clock import Clock
from netops.errors import NotFound
from netops.i18n import _
from netops.model.alert import AlertStatus
from netops.model.delivery import Delivery
from netops.security.links import LinkSigner
from netops.services.alert_desk import AlertDesk
from netops.services.make_message import ACKNOWLEDGE, MakeMessage, Reader
from netops.store.engine import read
from netops.store.queries.alerts import list_episodes
from netops.store.queries.deliveries import get_delivery, list_told


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link leads to."""

    reader: Reader
    """Whose message it was; without a name for a group chat."""
    alerts: tuple[KnownAlert, ...]
    """The alerts of the message as they are now."""

    @property
    def firing(self) -> list[KnownAlert]:
        """Those that can be acknowledged."""
        return [alert for alert in self.alerts if alert.status is AlertStatus.FIRING]

    @property
    def is_taken(self) -> bool:
        """Whether somebody has all of them already."""
        return all(alert.acknowledgement is not None for alert in self.firing)


class AcknowledgeLink:
    """The use case. Looking changes nothing, for previews of links look too."""

    def __init__(
        self, engine: Engine, clock: Clock, signer: LinkSigner, desk: AlertDesk, messages: MakeMessage
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._signer = signer
        self._desk = desk
        self._messages = messages

    def look(self, token: str) -> Linked:
        """Give what a link leads to; called in a thread.

        Raises:
            LinkWrong: It is not ours.
            LinkExpired: Its time is over.
            NotFound: Its message is no longer kept.
        """
        link = self._signer.read(ACKNOWLEDGE, token, self._clock.now())
        with read(self._engine) as connection:
            delivery = get_delivery(connection, link.subject)
            if delivery is None:
                raise NotFound(_("the message of this link is no longer kept"))
            told = [one for one, _row in list_told(connection, link.subject)]
            alerts = list_episodes(connection, [(one.fingerprint, one.active_at) for one in told])
        return Linked(self._read_by(delivery), tuple(alerts.values()))

    def _read_by(self, delivery: Delivery) -> Reader:
        return self._messages.reader_of(delivery.person)

    async def acknowledge(self, linked: Linked, *, who: str, seconds: float, comment: str) -> int:
        """Note that somebody has what a link leads to and still fires; give how many that is.

        Raises:
            NetopsError: Nobody is named, or the time is not right.
        """
        fingerprints = [alert.fingerprint for alert in linked.firing]
        taken = await self._desk.acknowledge_all(fingerprints, who=who, seconds=seconds, comment=comment)
        return len(taken)
