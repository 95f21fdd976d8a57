"""What letters do we send, and did they leave?

A mail is a row of the same transaction as its reason; a job takes it, hands it to the SMTP server and writes down how
that went. Without SMTP_URL it stays on the operator's page, which is what the demo shows.
"""

import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from flask import render_template
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import Base, fetch, save
from marketplace.foundation.language import language, speaking
from marketplace.foundation.personal import ONE_YEAR, personal
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import Kind, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work

log = structlog.get_logger()
MAXIMUM_ATTEMPTS = 8
PATIENCE = timedelta(minutes=10)


class MailState(StrEnum):
    """Where a mail is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    KEPT = "kept"


class Mail(Base):
    """A mail to one address; `link` is the page that it leads to, forgotten once it is sent (it may open things).

    Where it `opens_account`, whoever follows it becomes its recipient: it is shown to nobody else, the demo apart.
    """

    __tablename__ = "mails"
    tenancy = Kind.PLATFORM_INBOX

    recipient: Mapped[str] = mapped_column(info=personal("notification", "1 year"))
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(info=personal("notification", "1 year"))
    link: Mapped[str] = mapped_column(default="")
    link_label: Mapped[str] = mapped_column(default="")
    opens_account: Mapped[bool] = mapped_column(default=False, server_default="false")
    language: Mapped[str] = mapped_column(default=language)
    state: Mapped[str] = mapped_column(default=MailState.WAITING, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    next_try_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]

    @property
    def text(self) -> str:
        """The whole letter as plain text."""
        return f"{self.body}\n\n{self.link_label}:\n{self.link}\n" if self.link else f"{self.body}\n"


def write_mail(
    *,
    recipient: str,
    subject: str,
    body: str,
    link: str = "",
    link_label: str = "",
    opens_account: bool = False,
) -> UUID:
    """Send a letter to `recipient` once the present work is kept; returns the mail's id.

    `body` is plain text in the present language, its paragraphs separated by an empty line; `link` stands under it.
    """
    kept = not current_settings().smtp_url
    mail = save(
        Mail(
            recipient=recipient,
            subject=" ".join(subject.split()),
            body=body,
            link=link,
            link_label=link_label,
            opens_account=opens_account,
            state=MailState.KEPT if kept else MailState.WAITING,
        )
    )
    mail_id = mail.id
    if not kept:
        after_commit(f"mail {mail_id}", lambda: enqueue(send_mail, mail_id=mail_id))
    return mail_id


@job()
def send_mail(*, mail_id: UUID) -> None:
    """Hand one waiting mail to the SMTP server. A second call finds it taken and does nothing."""
    message = _take(mail_id)
    if message is None:
        return
    try:
        _transmit(message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail not sent", mail=str(mail_id), error=str(error))
        _give_back(mail_id, error)
    else:
        _settle(mail_id)


def send_waiting_mail() -> int:
    """Enqueue the mails that are due: after a crash, or a time without the SMTP server; returns how many."""
    with unit_of_work(platform("send mail"), read_only=True) as work:
        due = select(Mail.id).where(_is_due(), Mail.next_try_at <= clock.now())
        waiting = list(work.scalars(due.order_by(Mail.id).limit(500)))
    return sum(enqueue(send_mail, mail_id=mail_id) for mail_id in waiting)


def forget_old_mail() -> int:
    """Delete the mails that were written more than a year ago; returns how many those were."""
    with unit_of_work(platform("forget old mail")) as work:
        old = delete(Mail).where(Mail.written_at < clock.now() - ONE_YEAR)
        return len(work.scalars(old.returning(Mail.id)).all())


def _is_due() -> ColumnElement[bool]:
    silent = and_(Mail.state == MailState.SENDING, Mail.next_try_at <= clock.now())
    return or_(Mail.state == MailState.WAITING, silent)


def _take(mail_id: UUID) -> EmailMessage | None:
    with unit_of_work(platform("send mail")) as work:
        taken = select(Mail).where(Mail.id == mail_id, _is_due()).with_for_update(skip_locked=True)
        mail = work.scalars(taken).one_or_none()
        if mail is None:
            return None
        mail.state, mail.attempts = MailState.SENDING, mail.attempts + 1
        mail.next_try_at = clock.now() + PATIENCE
        try:
            return _message(mail)
        except Exception as error:  # an address that no letter can bear holds up no other letter
            log.warning("mail not written", mail=str(mail_id), error=str(error))
            mail.state, mail.last_error = MailState.FAILED, str(error)[:500]
            return None


def _give_back(mail_id: UUID, error: Exception) -> None:
    with unit_of_work(platform("send mail")):
        mail = fetch(Mail, mail_id, lock=True)
        is_final = mail.attempts >= MAXIMUM_ATTEMPTS or _is_permanent(error)
        mail.state = MailState.FAILED if is_final else MailState.WAITING
        mail.last_error = str(error)[:500]
        mail.next_try_at = clock.now() + timedelta(minutes=2**mail.attempts)


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _settle(mail_id: UUID) -> None:
    with unit_of_work(platform("send mail")):
        mail = fetch(Mail, mail_id, lock=True)
        mail.state, mail.sent_at, mail.link = MailState.SENT, clock.now(), ""


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = current_settings().mail_sender, mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.id}@marketplace>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    with speaking(mail.language):
        message.add_alternative(render_template("layouts/letter.html", mail=mail), subtype="html")
    return message


def _transmit(message: EmailMessage) -> None:
    url = urlsplit(current_settings().smtp_url)
    with _connected(url.scheme, url.hostname or "localhost", url.port or 0) as server:
        if url.username and url.scheme != "smtps":
            # A password never travels in the clear.
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        # Without a context smtplib would believe whoever answers.
        return smtplib.SMTP_SSL(host, port, timeout=20, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=20)
