"""What letters do we send, and did they leave?

A mail is a row of the same transaction as its reason; a job sends it. Without SMTP_URL it stays on the operator's page,
which is what the demo shows.
"""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import Base, fetch, save
from marketplace.foundation.personal import personal
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import Kind, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work


class MailState(StrEnum):
    """Where a mail is."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"


class Mail(Base):
    """A mail to one address."""

    __tablename__ = "mails"
    tenancy = Kind.PLATFORM_INBOX

    recipient: Mapped[str] = mapped_column(info=personal("notification", "1 year"))
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(info=personal("notification", "1 year"))
    state: Mapped[str] = mapped_column(default=MailState.WAITING, index=True)
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]


def write_mail(*, recipient: str, subject: str, body: str) -> UUID:
    """Send `body` (plain text) to `recipient` once the present work is kept; returns the mail's id."""
    kept = not current_settings().smtp_url
    mail = save(
        Mail(
            recipient=recipient,
            subject=subject,
            body=body,
            state=MailState.KEPT if kept else MailState.WAITING,
        )
    )
    mail_id = mail.id
    if not kept:
        after_commit(f"mail {mail_id}", lambda: enqueue(send_mail, mail_id=mail_id))
    return mail_id


@job()
def send_mail(*, mail_id: UUID) -> None:
    """Hand one waiting mail to the SMTP server. A second call finds it sent and does nothing."""
    with unit_of_work(platform("send mail")):
        mail = fetch(Mail, mail_id, lock=True)
        if mail.state != MailState.WAITING:
            return
        _transmit(_message(mail))
        mail.state, mail.sent_at = MailState.SENT, clock.now()


def send_waiting_mail() -> int:
    """Enqueue the mails that still wait: after a crash, or a time without the SMTP server; returns how many."""
    with unit_of_work(platform("send mail"), read_only=True) as work:
        waiting = list(work.scalars(select(Mail.id).where(Mail.state == MailState.WAITING).limit(500)))
    return sum(enqueue(send_mail, mail_id=mail_id) for mail_id in waiting)


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = current_settings().mail_sender, mail.recipient
    message["Subject"] = " ".join(mail.subject.split())
    message["Message-ID"] = f"<{mail.id}@marketplace>"
    message.set_content(mail.body)
    return message


def _transmit(message: EmailMessage) -> None:
    url = urlsplit(current_settings().smtp_url)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(url.hostname or "localhost", url.port or 0, timeout=20) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
