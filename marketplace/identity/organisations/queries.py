"""What can be asked about organisations and their sites?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.foundation.db import fetch, session
from marketplace.foundation.paging import Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.lifecycle import OrganisationState
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


def possible_counterparties(*, is_buying: bool) -> Sequence[Organisation]:
    """The suppliers that a buyer, or the buyers that a supplier, may deal with, by name."""
    kind = Organisation.is_supplier if is_buying else Organisation.is_buyer
    statement = select(Organisation).where(
        kind,
        Organisation.status == OrganisationState.ADMITTED,
        Organisation.id != current_actor().organisation,
    )
    return session().scalars(statement.order_by(func.lower(Organisation.name))).all()


def sites() -> Sequence[Site]:
    """The active sites of the actor's organisation, by name."""
    return session().scalars(select(Site).where(Site.is_active).order_by(Site.name)).all()


def site(site_id: UUID) -> Site:
    """That site of the actor's organisation. Raises NotFound."""
    return fetch(Site, site_id)


def all_sites() -> Sequence[Site]:
    """All the sites of the actor's organisation, closed ones too, by name."""
    return session().scalars(select(Site).order_by(Site.is_active.desc(), func.lower(Site.name))).all()


def market_members(*, status: OrganisationState | None = None, words: str = "") -> Page[Organisation]:
    """One page of the market's organisations, newest first; `words` narrows by name or number. As the platform."""
    statement = select(Organisation).where(~Organisation.is_operator)
    if status is not None:
        statement = statement.where(Organisation.status == status)
    if words:
        named = Organisation.name.icontains(words, autoescape=True)
        statement = statement.where(
            or_(named, Organisation.registration_number == words, Organisation.vat_number == words)
        )
    return newest_first(statement, Organisation)


def market_member_counts() -> dict[str, int]:
    """How many organisations there are in each state. As the platform."""
    counted = select(Organisation.status, func.count().label("number")).where(~Organisation.is_operator)
    return {row.status: row.number for row in session().execute(counted.group_by(Organisation.status))}
