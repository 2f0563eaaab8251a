"""Codes to addresses, and back from the person."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fakes import START
from netops.model.message import MessageKind
from netops.oncall.person import Contact, Person
from netops.oncall.plan import OncallPlan
from netops.services.verify_contacts import VerificationRefused, confirm_code, list_contacts, send_codes
from netops.store.engine import open_engine, read, write
from netops.store.queries.deliveries import list_deliveries
from netops.store.schema import upgrade

ANA = Person("ana", "Ana", "en", ZoneInfo("UTC"), (Contact("mail", "ana@x.net"), Contact("sms", "+49")))
PLAN = OncallPlan(people={"ana": ANA, "bo": Person("bo", "Bo", "en", ZoneInfo("UTC"))})
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    yield engine
    engine.dispose()


def send(engine, at=START):
    with write(engine) as connection:
        send_codes(connection, PLAN, "ana", at)
    with read(engine) as connection:
        found = list_deliveries(connection, limit=2)
    assert {one.kind for one in found} == {MessageKind.VERIFICATION}
    return {one.channel: one.text for one in found}


def confirm(engine, code, at=START + MINUTE):
    with write(engine) as connection:
        return confirm_code(connection, PLAN, "ana", code, at)


def verified(engine):
    with read(engine) as connection:
        return {row["channel"] for row in list_contacts(connection, PLAN) if row["verified_at"]}


def test_each_address_has_a_code_of_its_own_and_is_verified_by_it(engine):
    codes = send(engine)
    assert len(codes["mail"]) == 6
    assert confirm(engine, f" {codes['sms']} ") == "sms"
    assert verified(engine) == {"sms"}
    assert confirm(engine, codes["mail"]) == "mail"
    assert verified(engine) == {"mail", "sms"}


def test_a_wrong_code_verifies_nothing_and_after_five_of_them_the_right_one_neither(engine):
    codes = send(engine)
    wrong = next(code for code in map("{:06}".format, range(5)) if code not in codes.values())
    for _number in range(5):
        assert confirm(engine, wrong) is None
    assert confirm(engine, codes["mail"]) is None
    assert verified(engine) == set()


def test_a_code_is_over_after_an_hour_and_a_new_one_takes_its_place(engine):
    old = send(engine)
    assert confirm(engine, old["mail"], START + 61 * MINUTE) is None
    new = send(engine, START + 62 * MINUTE)
    assert confirm(engine, new["mail"], START + 63 * MINUTE) == "mail"


def test_nobody_is_verified_who_is_not_there_or_has_no_contacts(engine):
    with write(engine) as connection:
        with pytest.raises(VerificationRefused, match='unknown person "anna"; did you mean "ana"'):
            send_codes(connection, PLAN, "anna", START)
        with pytest.raises(VerificationRefused, match="bo has no contacts"):
            send_codes(connection, PLAN, "bo", START)
