"""What can be asked about a supplier's circles of customers?"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.foundation.db import fetch, session
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.sellers.customers.models import CustomerGroup, CustomerGroupMember


def customer_group(group_id: UUID) -> CustomerGroup:
    """That group of the actor's organisation. Raises NotFound."""
    return fetch(CustomerGroup, group_id)


def customer_groups() -> Select[CustomerGroup]:
    """The groups of the actor's organisation, to be paged."""
    return select(CustomerGroup).where(CustomerGroup.organisation_id == current_actor().organisation)


def groups_by_name() -> Sequence[CustomerGroup]:
    """The same, by name, to choose from."""
    return session().scalars(customer_groups().order_by(func.lower(CustomerGroup.name))).all()


def group_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by id, in one statement."""
    rows = session().execute(select(CustomerGroup.id, CustomerGroup.name).where(CustomerGroup.id.in_(ids)))
    return {row.id: row.name for row in rows}


def member_counts(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many buyers are in each of these groups, in one statement."""
    counted = (
        select(CustomerGroupMember.group_id, func.count())
        .where(CustomerGroupMember.group_id.in_(ids))
        .group_by(CustomerGroupMember.group_id)
    )
    return {row[0]: row[1] for row in session().execute(counted)}


def members_of(group_id: UUID) -> Select[CustomerGroupMember]:
    """Who is in that group, to be paged."""
    return select(CustomerGroupMember).where(CustomerGroupMember.group_id == group_id)


def buyers_outside(group_id: UUID) -> list[Organisation]:
    """Admitted buyers that are not in that group, by name."""
    inside = select(CustomerGroupMember.buyer_id).where(CustomerGroupMember.group_id == group_id)
    statement = select(Organisation).where(
        Organisation.is_buyer,
        Organisation.status == "admitted",
        Organisation.id != current_actor().organisation,
        Organisation.id.not_in(inside),
    )
    return list(session().scalars(statement.order_by(func.lower(Organisation.name))))
