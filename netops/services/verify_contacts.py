"""Verify that addresses reach their people: a code is sent to each, and comes back from the person."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from netops.errors import NetopsError
from netops.i18n import _
from netops.model.delivery import Verification
from netops.model.message import MessageKind
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.settings.parts import did_you_mean
from netops.store.queries.deliveries import NewDelivery, insert_delivery
from netops.store.queries.verifications import list_verifications, store_verification

VALID_FOR = timedelta(hours=1)
MOST_TRIES = 5


class VerificationRefused(NetopsError):
    """There is no such person, or nothing to reach the person by."""


def send_codes(connection: Connection, plan: OncallPlan, person_id: str, now: datetime) -> list[str]:
    """Put a code for each address of a person into the outbox; give the channels.

    Raises:
        VerificationRefused: There is no such person, or nothing to reach the person by.
    """
    person = find_person(plan, person_id)
    if not person.contacts:
        raise VerificationRefused(_("%(person)s has no contacts") % {"person": person_id})
    for contact in person.contacts:
        code = f"{secrets.randbelow(1_000_000):06}"
        row = Verification(
            person=person_id,
            channel=contact.channel,
            address=contact.address,
            code_hash=_hash(person_id, contact.channel, code),
            sent_at=now,
        )
        store_verification(connection, row)
        new = NewDelivery(contact.channel, contact.address, person_id, MessageKind.VERIFICATION, text=code)
        insert_delivery(connection, new, now)
    return [contact.channel for contact in person.contacts]


def confirm_code(
    connection: Connection, plan: OncallPlan, person_id: str, code: str, now: datetime
) -> str | None:
    """Note that an address reached its person, who gave its code back; give the channel, None for a wrong code.

    A wrong code counts against every address that waits for one, so that none can be found by trying.

    Raises:
        VerificationRefused: There is no such person.
    """
    find_person(plan, person_id)
    waiting = [
        row
        for row in list_verifications(connection, person_id)
        if row.verified_at is None and now - row.sent_at < VALID_FOR and row.attempts < MOST_TRIES
    ]
    for row in waiting:
        if hmac.compare_digest(row.code_hash, _hash(person_id, row.channel, code.strip())):
            row.verified_at = now
            store_verification(connection, row)
            return row.channel
    for row in waiting:
        row.attempts += 1
        store_verification(connection, row)
    return None


def list_contacts(connection: Connection, plan: OncallPlan) -> list[dict[str, Any]]:
    """Give every contact of every person, with when it was verified."""
    found: list[dict[str, Any]] = []
    for name, person in plan.people.items():
        known = {(row.channel, row.address): row.verified_at for row in list_verifications(connection, name)}
        for contact in person.contacts:
            verified_at = known.get((contact.channel, contact.address))
            found.append(
                {
                    "person": name,
                    "name": person.name,
                    "channel": contact.channel,
                    "address": contact.address,
                    "at_least": contact.at_least.value,
                    "verified_at": verified_at.isoformat() if verified_at else None,
                }
            )
    return found


def find_person(plan: OncallPlan, person_id: str) -> Person:
    """Give a person of the plan.

    Raises:
        VerificationRefused: There is none of this id.
    """
    person = plan.people.get(person_id)
    if person is None:
        hint = did_you_mean(person_id, plan.people)
        message = _('unknown person "%(name)s"') % {"name": person_id}
        raise VerificationRefused(message + (f"; {hint}" if hint else ""))
    return person


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
