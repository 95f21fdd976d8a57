"""Who is asking?

Before the actor is known the transaction may only knock at doors (functions of the schema `doors`): they take the hash
of a token and say whom it stands for.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, request, session as cookie
from sqlalchemy import Row, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import Actor, current_actor
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import bearer_key
from marketplace.identity.access.models import SignIn
from marketplace.identity.people.tokens import token_hash
from marketplace.permissions import permissions_of

COOKIE = "sign_in"
FOR_PROGRAMS = "/api/"


def actor_of_request() -> Actor | None:
    """The actor named by the request's key or sign-in; None where there is none, or it has ended.

    A key opens the addresses for programs and nothing else, a sign-in everything else: neither stands in for the other.
    """
    key = bearer_key()
    if key is not None or request.path.startswith(FOR_PROGRAMS):
        is_at_home = request.path.startswith(FOR_PROGRAMS)
        return (
            _known("select * from doors.actor_of_api_key(:hash, :moment)", key)
            if key and is_at_home
            else None
        )
    if COOKIE in cookie:
        return _known("select * from doors.actor_of_sign_in(:hash, :moment)", cookie[COOKIE])
    return None


def actor_of_member(organisation_id: UUID, person_id: UUID) -> Actor | None:
    """That person as they act for that organisation today; None where they do not, or it is not admitted."""
    statement = text("select * from doors.actor_of_member(:organisation, :person)")
    with unit_of_work(None, read_only=True) as work:
        row = work.execute(statement, {"organisation": organisation_id, "person": person_id}).one_or_none()
    return None if row is None else _actor(row)


def my_sign_ins() -> Sequence[SignIn]:
    """Where the acting person is signed in now, latest first."""
    statement = select(SignIn).where(
        SignIn.person_id == current_actor().person, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now()
    )
    return session().scalars(statement.order_by(SignIn.id.desc())).all()


def _known(statement: str, token: str) -> Actor | None:
    parameters: dict[str, str | datetime] = {"hash": token_hash(token), "moment": clock.now()}
    row = session().execute(text(statement), parameters).one_or_none()
    return None if row is None else _actor(row)


def _actor(row: Row[Any]) -> Actor:
    g.language, g.theme = row.language, row.theme
    organisation_id: UUID | None = row.organisation_id
    return Actor(
        organisation_id=organisation_id,
        person_id=row.person_id,
        permissions=permissions_of(row.roles) if organisation_id else frozenset(),
        person_name=row.person_name,
        organisation_name=row.organisation_name or "",
        side=row.side or "buyer",
        sides=frozenset(row.sides or ()),
        sign_in_id=row.sign_in_id,
    )
