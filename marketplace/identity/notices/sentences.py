"""How is a piece of news said to one person, in their language?"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from flask import url_for
from werkzeug.routing import BuildError

from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import Event
from marketplace.foundation.presentation import write_date, write_instant, write_money, write_number
from marketplace.identity.notices.audience import BY_KIND, Audience, Link

PARTIES = {"buyer": "buyer_id", "seller": "seller_id"}


def audience_of(event: Event, acting_id: UUID | None, organisation_id: UUID) -> Audience | None:
    """What is said of `event` to the people of that organisation; None where they are told nothing any more."""
    told = (
        a for a in BY_KIND.get(type(event).__name__, ()) if organisation_id in a.parties(event, acting_id)
    )
    return next(told, None)


def said(audience: Audience, event: Event, names: Mapping[UUID, str], who: str) -> str:
    """The sentence in the present language; `names` are those of the organisations, `who` acted (empty: nobody did)."""
    values = {field.name: _written(getattr(event, field.name), event) for field in fields(event)}
    parties = {word: names.get(getattr(event, field, UUID(int=0)), "") for word, field in PARTIES.items()}
    return str(audience.sentence) % {**values, **parties, "who": who or _("The marketplace")}


def address_of(link: Link, event: Event) -> str | None:
    """Where the news leads; None where that page does not exist."""
    arguments = {link.argument: getattr(event, link.field)} if link.argument else {}
    try:
        return url_for(link.endpoint, **arguments)
    except BuildError:
        return None


def _written(value: object, event: Event) -> str:
    if isinstance(value, Decimal):
        currency = getattr(event, "currency", None)
        return write_money(Money(value, currency)) if currency else write_number(value)
    if isinstance(value, datetime) or value is None:
        return write_instant(value)
    if isinstance(value, date):
        return write_date(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return write_number(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
