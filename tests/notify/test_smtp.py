"""Mail to a real SMTP server, and to ones that only look like it."""

import asyncio
import base64
import logging
import re
from dataclasses import replace

import pytest

from netops.model.message import ToldBecause
from netops.notify import smtp
from netops.notify.sender import SendFailed
from notify.certificates import make_authority
from notify.channels import everything_told, fail, sender_of
from notify.mail_server import MailServer, serving
from notify.messages import (
    ACKNOWLEDGE,
    CREATED,
    FIRED,
    INVISIBLE,
    make_alert,
    make_hostile_message,
    make_message,
)

PASSWORD = "hunter2-hunter2"
LOGIN = {"user": "netops", "password": PASSWORD}


def mail_over(server: MailServer, **more):
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "from": "netops 网管 <netops@example.org>",
    }
    return sender_of(type="smtp", **{**settings, **more})


async def deliver(message, address="li@example.org", **more):
    async with serving(MailServer()) as server, mail_over(server, **more) as sender:
        answer = await sender.send(message, address)
    assert answer.text == "250 2.0.0 queued as 4F1"
    return server.mails[0]


# --- what is sent


async def test_the_mail_holds_text_and_html_and_tells_programs_what_it_is():
    mail = await deliver(make_message(), reply_to="noc@example.org")
    assert mail["From"] == "netops 网管 <netops@example.org>"
    assert mail["To"] == "Li Lei <li@example.org>"
    assert mail["Reply-To"] == "noc@example.org"
    assert mail["Subject"] == "CRITICAL: core-sw-1 does not answer"
    assert mail["Date"].datetime == CREATED
    assert mail["Auto-Submitted"] == "auto-generated"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text.get_content().startswith("CRITICAL: core-sw-1 does not answer\r\n\r\ncore-sw-1 at hq")
    assert f'href="{ACKNOWLEDGE}"' in page.get_content()


async def test_a_second_copy_of_a_message_is_known_by_its_id_and_all_else():
    async with serving(MailServer(data=["451 4.3.0 later"])) as server, mail_over(server) as sender:
        await fail(sender, make_message(), "li@example.org")
        await sender.send(make_message(), "li@example.org")
        await sender.send(make_message(), "li@example.org")
        await sender.send(make_message(id="m/2 \r\n"), "li@example.org")
    first, second, other = (mail["Message-ID"] for mail in server.mails)
    assert first == second == "<m-1@example.org>"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", other)


async def test_mails_about_one_episode_of_an_alert_are_one_thread():
    firing = await deliver(make_message())
    over = await deliver(
        make_message(make_alert(because=ToldBecause.RESOLVED, resolved_at=CREATED), id="m-2")
    )
    again = await deliver(make_message(make_alert(fired_at=CREATED), id="m-3"))
    several = await deliver(make_message(make_alert(), make_alert(), id="m-4"))
    assert firing["References"] == over["References"] == over["In-Reply-To"]
    assert again["References"] != firing["References"]
    assert several["References"] is None


async def test_hostile_labels_make_no_headers_and_nothing_unseen():
    mail = await deliver(make_hostile_message())
    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references",
        "auto-submitted", "x-mailer", "mime-version", "content-type",
    }  # fmt: skip
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["li@example.org"]
    assert str(mail["Subject"]).isprintable()
    for kind in ("plain", "html"):
        assert not set(mail.get_body((kind,)).get_content()) & set(INVISIBLE) - {"\r"}


async def test_chinese_needs_no_server_that_takes_eight_bits():
    alert = make_alert(annotations={"summary": "核心交换机无响应" * 8, "description": "雨" * 900})
    mail = await deliver(make_message(alert, person="李雷"))
    assert mail["To"] == "李雷 <li@example.org>"
    assert "核心交换机无响应" in mail["Subject"]
    assert "雨" * 900 in mail.get_body(("plain",)).get_content()
    assert mail.as_bytes().isascii()


async def test_a_line_with_a_lone_dot_ends_nothing():
    text = (await deliver(make_message(make_alert(annotations={"description": ".\nafter"})))).get_body(
        ("plain",)
    )
    assert text.get_content().splitlines()[1:4] == ["", ".", "after"]


async def test_we_greet_with_a_whole_name():
    async with serving(MailServer()) as server, mail_over(server) as sender:
        await sender.send(make_message(), "li@example.org")
    assert all("." in name for name in server.greeted_as)


# --- refusals


async def test_of_three_recipients_the_one_that_is_refused_is_told_alone():
    refusals = {"b@example.org": "550 5.1.1 mailbox unknown"}
    results = {}
    async with serving(MailServer(recipients=refusals)) as server, mail_over(server) as sender:
        for address in ("a@example.org", "b@example.org", "c@example.org"):
            try:
                results[address] = (await sender.send(make_message(), address)).text
            except SendFailed as error:
                results[address] = error
    refused = results.pop("b@example.org")
    assert set(results.values()) == {"250 2.0.0 queued as 4F1"}
    assert [recipients for _sender, recipients in server.envelopes] == [["a@example.org"], ["c@example.org"]]
    assert refused.is_permanent
    assert refused.answer == "550 5.1.1 mailbox unknown"
    assert str(refused) == "the server refuses the recipient: 550 5.1.1 mailbox unknown"


@pytest.mark.parametrize("place", ["sender", "recipient", "data"])
@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [
        ("421 4.3.2 going down", False),
        ("450 4.2.1 greylisted", False),
        ("451 4.7.1 try again later", False),
        ("452 4.2.2 mailbox full", False),
        ("550 5.7.1 not wanted", True),
        ("552 5.2.2 mailbox full", True),
        ("554 5.6.0 spam", True),
    ],
)
async def test_four_hundreds_are_temporary_and_five_hundreds_are_not(place, answer, is_permanent):
    server = {
        "sender": MailServer(senders={"netops@example.org": answer}),
        "recipient": MailServer(recipients={"li@example.org": answer}),
        "data": MailServer(data=[answer]),
    }[place]
    async with serving(server), mail_over(server) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert (failed.is_permanent, failed.answer) == (is_permanent, answer)
    assert server.mails == []


@pytest.mark.parametrize(
    "address",
    ["", "li", "@example.org", "li@", "li lei@example.org", "li@example.org\r\nBcc: all@example.org", "a@b@c d",
     "li@example.org,han@example.org", "<li@example.org>", "李雷@example.org", f"li@{'x' * 70}.org", "li@a..b"],
)  # fmt: skip
async def test_what_is_no_address_is_refused_before_anything_is_sent(address):
    async with serving(MailServer()) as server, mail_over(server) as sender:
        failed = await fail(sender, make_message(), address)
    assert failed.is_permanent
    assert server.greeted_as == []


async def test_a_domain_in_another_script_is_written_as_servers_read_it():
    async with serving(MailServer()) as server, mail_over(server) as sender:
        await sender.send(make_message(), "li@例子.example")
    assert server.envelopes[0][1] == ["li@xn--fsqu00a.example"]


# --- encryption and login


async def test_starttls_encrypts_before_anything_is_told(tmp_path):
    authority = make_authority(tmp_path)
    server = MailServer(login=("netops", PASSWORD))
    options = {"security": "starttls", "ca_file": str(authority.ca_file), **LOGIN}
    async with serving(server, starttls=authority.serve()), mail_over(server, **options) as sender:
        await sender.send(make_message(), "li@example.org")
        await sender.send(make_message(), "han@example.org")
    assert server.was_encrypted == [True, True]
    assert server.logins == [True, True]


async def test_tls_from_the_start(tmp_path):
    authority = make_authority(tmp_path)
    server = MailServer()
    options = {"security": "tls", "ca_file": str(authority.ca_file)}
    async with serving(server, tls=authority.serve()), mail_over(server, **options) as sender:
        await sender.send(make_message(), "li@example.org")
    assert len(server.mails) == 1


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # asyncio's server keeps a transport whose handshake failed
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown", "expired", "wrong name"])
async def test_a_certificate_that_is_not_right_is_permanent_and_nothing_was_sent(
    tmp_path, security, fault, caplog
):
    caplog.set_level(logging.CRITICAL, logger="mail.log")
    authority = make_authority(tmp_path / "a", is_expired=fault == "expired")
    trusted = make_authority(tmp_path / "b") if fault == "unknown" else authority
    server = MailServer(login=("netops", PASSWORD))
    options = {"security": security, "ca_file": str(trusted.ca_file), **LOGIN}
    options |= {"host": "localhost"} if fault == "wrong name" else {}
    serve = {"starttls" if security == "starttls" else "tls": authority.serve()}
    async with serving(server, **serve), mail_over(server, **options) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert failed.is_permanent
    assert str(failed).startswith("the certificate is not trusted: ")
    assert server.mails == []


async def test_a_server_without_starttls_gets_nothing_in_clear():
    async with serving(MailServer()) as server, mail_over(server, security="starttls") as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert failed.is_permanent
    assert str(failed) == "the server does not offer STARTTLS"
    assert server.mails == []


async def test_user_and_password_may_be_in_another_script():
    server = MailServer(login=("网管", "密码-Grüße"))
    options = {"allow_plain_password": True, "user": "网管", "password": "密码-Grüße"}
    async with serving(server), mail_over(server, **options) as sender:
        await sender.send(make_message(), "li@example.org")
    assert server.logins == [True]


async def test_a_wrong_password_is_permanent_and_not_told(caplog):
    caplog.set_level(logging.DEBUG)
    server = MailServer(login=("netops", "right"))
    async with serving(server), mail_over(server, allow_plain_password=True, **LOGIN) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert failed.is_permanent
    assert str(failed).startswith("the server refuses user or password: 535")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("netops"))
    told = everything_told(failed, ours)
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [("454 4.7.0 the directory is away", False), ("535 5.7.8 no", True), ("534 5.7.9 too weak", True)],
)
async def test_a_server_that_cannot_look_the_password_up_is_tried_again(answer, is_permanent):
    server = MailServer(login=("netops", "right"), login_answer=answer)
    async with serving(server), mail_over(server, allow_plain_password=True, **LOGIN) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert (failed.is_permanent, failed.answer) == (is_permanent, answer)


async def test_a_server_that_takes_no_login_is_told():
    async with (
        serving(MailServer()) as server,
        mail_over(server, allow_plain_password=True, **LOGIN) as sender,
    ):
        failed = await fail(sender, make_message(), "li@example.org")
    assert (str(failed), failed.is_permanent) == (
        "the server offers no way to log in that netops knows",
        True,
    )


# --- servers that are none


async def talk(script):
    """Serve whatever the script does with reader and writer; gives server and port."""
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await script(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1], tasks


async def say_nothing(_reader, _writer):
    await asyncio.Event().wait()


async def trickle(_reader, writer):
    while True:
        writer.write(b"220-wait\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hang_up(_reader, writer):
    writer.transport.abort()


async def speak_http(_reader, writer):
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def refuse_all(_reader, writer):
    writer.write(b"554 no mail here\r\n")


async def be_busy(_reader, writer):
    writer.write(b"421 4.3.2 too many connections\r\n")


async def flood(_reader, writer):
    while True:
        writer.write(b"2" * 65_536)
        await writer.drain()


@pytest.mark.parametrize(
    ("script", "patience", "is_permanent"),
    [
        (say_nothing, "300ms", False),
        (trickle, "300ms", False),
        (hang_up, "20s", False),
        (speak_http, "20s", False),
        (refuse_all, "20s", True),
        (be_busy, "20s", False),
        (flood, "20s", False),
    ],
)
async def test_whatever_listens_there_ends_in_words(script, patience, is_permanent):
    server, port, tasks = await talk(script)
    try:
        async with mail_over(MailServer(port=port), timeout=patience) as sender:
            failed = await fail(sender, make_message(), "li@example.org")
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert failed.is_permanent == is_permanent
    assert str(failed).isprintable()
    assert str(failed)


async def test_a_server_that_hangs_with_the_mail_in_its_hands_is_tried_again():
    async with serving(MailServer(hangs=True)) as server, mail_over(server, timeout="400ms") as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert str(failed) == "no complete answer within 0.4 seconds"
    assert not failed.is_permanent


async def test_a_server_that_hangs_at_the_goodbye_has_taken_the_mail(monkeypatch):
    monkeypatch.setattr(smtp, "_GOODBYE_SECONDS", 0.05)
    async with serving(MailServer(hangs_at_goodbye=True)) as server, mail_over(server) as sender:
        answer = await sender.send(make_message(), "li@example.org")
    assert answer.text == "250 2.0.0 queued as 4F1"


async def test_nobody_listening_is_tried_again():
    async with serving(MailServer()) as server:
        pass
    async with mail_over(server) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert not failed.is_permanent


async def test_a_server_that_repeats_the_login_does_not_make_us_tell_it():
    coded = base64.b64encode(f"\0netops\0{PASSWORD}".encode()).decode()
    server = MailServer(login=("netops", "right"), login_answer=f"535 no: {coded} {PASSWORD}")
    async with serving(server), mail_over(server, allow_plain_password=True, **LOGIN) as sender:
        failed = await fail(sender, make_message(), "li@example.org")
    assert failed.answer == "535 no: *** ***"


async def test_a_message_from_before_1970_and_without_a_person_is_still_a_mail():
    message = replace(make_message(make_alert(fired_at=FIRED.replace(year=1960))), person="")
    assert (await deliver(message))["To"] == "li@example.org"
