"""What can be asked about organisations and their sites?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import fetch, session
from marketplace.identity.organisations.models import Organisation, Site


def organisation(organisation_id: UUID) -> Organisation:
    """That organisation. Raises NotFound."""
    return fetch(Organisation, organisation_id)


def operator() -> Organisation:
    """The operator of this market."""
    return session().scalars(select(Organisation).where(Organisation.is_operator)).one()


def organisation_names(ids: Sequence[UUID] | set[UUID]) -> dict[UUID, str]:
    """Names by id, in one statement."""
    rows = session().execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


def sites() -> Sequence[Site]:
    """The active sites of the actor's organisation, by name."""
    return session().scalars(select(Site).where(Site.is_active).order_by(Site.name)).all()


def site(site_id: UUID) -> Site:
    """That site of the actor's organisation. Raises NotFound."""
    return fetch(Site, site_id)
