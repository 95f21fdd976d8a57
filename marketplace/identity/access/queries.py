"""Who is asking?

Before the actor is known the transaction may only knock at doors (functions of the schema `doors`): they take the hash of
a token and say whom it stands for.
"""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, request, session as cookie
from sqlalchemy import Row, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import Actor
from marketplace.permissions import permissions_of

COOKIE = "sign_in"


def token_hash(token: str) -> str:
    """How a token is kept and looked up: SHA-256 suffices for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of_request() -> Actor | None:
    """The actor named by the request's key or sign-in; None where there is none, or it has ended."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        return _known("select * from doors.actor_of_api_key(:hash, :moment)", key)
    if COOKIE in cookie:
        return _known("select * from doors.actor_of_sign_in(:hash, :moment)", cookie[COOKIE])
    return None


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
        sign_in_id=row.sign_in_id,
    )
