"""Which addresses were shown to reach their people, and the codes on their way."""

from sqlalchemy import Connection, select

from netops.model.delivery import Verification
from netops.store.tables import VERIFICATION
from netops.store.upsert import upsert


def list_verifications(connection: Connection, person: str) -> list[Verification]:
    """Give what is known of the addresses of a person."""
    query = select(VERIFICATION).where(VERIFICATION.c.person == person).order_by(VERIFICATION.c.channel)
    return [Verification(**row) for row in connection.execute(query).mappings()]


def store_verification(connection: Connection, row: Verification) -> None:
    """Store what is known of an address; a new code takes the place of an old one."""
    upsert(connection, VERIFICATION, [row.model_dump()])
