"""Do letters leave once, as they were written, and wait where they cannot?"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation import clock, mail
from marketplace.foundation.background import run_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.language import speaking as in_language
from marketplace.foundation.mail import (
    Mail,
    MailState,
    forget_old_mail,
    send_mail,
    send_waiting_mail,
    write_mail,
)
from marketplace.foundation.settings import current_settings
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("speaking")


class Postman:
    """A mail server that keeps what it gets, and refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter."""
        if self.answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content or b"", policy=default))  # type: ignore[arg-type]
        return self.answer

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address."""
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def postman(market: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postman]:
    """A real mail server on loopback, which the settings name."""
    keeper, port = Postman(), free_port()
    monkeypatch.setattr(current_settings(), "smtp_url", f"smtp://127.0.0.1:{port}")
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    yield keeper
    controller.stop()


def written(market: Cast, recipient: str = "lea@bolt.example", **options: str) -> UUID:
    with market.platform():
        return write_mail(
            recipient=recipient, subject="Commande\nno 7", body="Bonjour Léa,\n\nVoilà.", **options
        )


def seen(market: Cast, mail_id: UUID) -> Mail:
    with market.platform() as work:
        return work.get_one(Mail, mail_id)


def test_write_mail_without_a_server_keeps_it(market: Cast) -> None:
    mail_id = written(market, link="http://localhost/x", link_label="Voir")
    run_waiting()
    kept = seen(market, mail_id)
    assert (kept.state, kept.link) == (MailState.KEPT, "http://localhost/x")
    assert kept.text == "Bonjour Léa,\n\nVoilà.\n\nVoir:\nhttp://localhost/x\n"


def test_write_mail_that_is_not_kept_never_leaves(market: Cast, postman: Postman) -> None:
    with market.platform() as work:
        write_mail(recipient="lea@bolt.example", subject="x", body="y")
        work.rollback()
    run_waiting()
    assert postman.received == []


def test_a_letter_leaves_once_as_text_and_as_page(market: Cast, postman: Postman, portal: Flask) -> None:
    with in_language("fr"):
        mail_id = written(market, link="http://localhost/x?token=1", link_label="Voir <b>")
    run_waiting()
    send_mail(mail_id=mail_id)
    [letter] = postman.received
    assert (letter["To"], letter["Subject"]) == ("lea@bolt.example", "Commande no 7")
    assert letter["Message-ID"] == f"<{mail_id}@marketplace>"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert "http://localhost/x?token=1" in plain.get_content()  # type: ignore[union-attr]
    page = html.get_content()  # type: ignore[union-attr]
    assert '<html lang="fr">' in page
    assert "Voir &lt;b&gt;" in page
    assert "Place de marché" in page


def test_a_sent_letter_forgets_its_link(market: Cast, postman: Postman) -> None:
    mail_id = written(market, link="http://localhost/x?token=1", link_label="Voir")
    run_waiting()
    sent = seen(market, mail_id)
    assert (sent.state, sent.link, sent.attempts) == (MailState.SENT, "", 1)
    assert sent.sent_at is not None


def test_a_letter_waits_while_the_server_is_down_and_leaves_later(
    market: Cast, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = current_settings().smtp_url
    monkeypatch.setattr(current_settings(), "smtp_url", f"smtp://127.0.0.1:{free_port()}")
    mail_id = written(market)
    run_waiting()
    waiting = seen(market, mail_id)
    assert (waiting.state, waiting.attempts) == (MailState.WAITING, 1)
    assert waiting.last_error
    assert send_waiting_mail() == 0
    monkeypatch.setattr(current_settings(), "smtp_url", there)
    with clock_at(clock.now() + timedelta(minutes=3)):
        assert send_waiting_mail() == 1
        run_waiting()
    assert len(postman.received) == 1
    assert seen(market, mail_id).state == MailState.SENT


@pytest.mark.parametrize(
    ("recipient", "answer", "state"),
    [
        ("nobody@bolt.example", "250 OK", MailState.FAILED),
        ("lea@bolt.example", "554 never", MailState.FAILED),
        ("lea@bolt.example", "451 later", MailState.WAITING),
    ],
)
def test_a_letter_that_is_refused_for_good_is_not_tried_again(
    market: Cast, postman: Postman, recipient: str, answer: str, state: MailState
) -> None:
    postman.answer = answer
    mail_id = written(market, recipient)
    run_waiting()
    assert seen(market, mail_id).state == state
    assert postman.received == []


def test_a_letter_is_given_up_after_so_many_tries(
    market: Cast, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "MAXIMUM_ATTEMPTS", 2)
    postman.answer = "451 later"
    mail_id = written(market)
    run_waiting()
    send_mail(mail_id=mail_id)
    assert seen(market, mail_id).state == MailState.FAILED


def test_a_letter_of_a_worker_that_died_is_taken_over(market: Cast, postman: Postman) -> None:
    mail_id = written(market)
    with market.platform() as work:
        dead = work.get_one(Mail, mail_id)
        dead.state, dead.next_try_at = MailState.SENDING, clock.now() + timedelta(minutes=10)
    run_waiting()
    assert postman.received == []
    with clock_at(clock.now() + timedelta(minutes=11)):
        assert send_waiting_mail() == 1
        run_waiting()
    assert len(postman.received) == 1


def test_a_password_never_travels_in_the_clear(
    market: Cast, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = current_settings().smtp_url.replace("smtp://", "smtp://user:secret@")
    monkeypatch.setattr(current_settings(), "smtp_url", secret)
    mail_id = written(market)
    run_waiting()
    assert "STARTTLS" in seen(market, mail_id).last_error
    assert postman.received == []


def test_letters_are_read_by_nobody_but_the_platform(market: Cast) -> None:
    written(market)
    with pytest.raises(DBAPIError, match="permission denied"), market.acme.reading("administrator") as work:
        work.execute(text("SELECT * FROM mails"))
    with market.platform() as work:
        assert work.scalars(select(Mail)).all() != []


@pytest.mark.parametrize(("days", "is_kept"), [(364, True), (366, False)])
def test_a_letter_is_forgotten_after_a_year(market: Cast, days: int, is_kept: bool) -> None:
    mail_id = written(market)
    with clock_at(clock.now() + timedelta(days=days)):
        forget_old_mail()
    with market.platform() as work:
        assert (work.get(Mail, mail_id) is not None) == is_kept


def test_a_letter_that_cannot_be_written_is_given_up_and_holds_up_nobody(
    market: Cast, postman: Postman
) -> None:
    with market.platform():
        broken = write_mail(recipient="a@[b.example", subject="One", body="One")
        whole = write_mail(recipient="b@c.example", subject="Two", body="Two")
    run_waiting()
    with market.platform() as work:
        states = {mail_id: work.get_one(Mail, mail_id).state for mail_id in (broken, whole)}
    assert states == {broken: MailState.FAILED, whole: MailState.SENT}


def test_a_letter_by_smtps_leaves_to_the_server_that_was_named(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ssl.SSLContext] = []

    def connect(_host: str, _port: int, *, timeout: int, context: ssl.SSLContext) -> smtplib.SMTP:
        asked.append(context)
        raise OSError("nobody answers")

    monkeypatch.setattr(smtplib, "SMTP_SSL", connect)
    monkeypatch.setattr(current_settings(), "smtp_url", "smtps://mail.example:465")
    mail_id = written(market)
    run_waiting()
    assert seen(market, mail_id).last_error == "nobody answers"
    assert [(context.verify_mode, context.check_hostname) for context in asked] == [(ssl.CERT_REQUIRED, True)]
