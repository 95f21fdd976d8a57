"""What can a supplier do with its circles of customers?"""

from uuid import UUID

from sqlalchemy import select

from marketplace.events.sellers import CustomerGroupFormed, CustomerJoined, CustomerLeft
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.customers.models import CustomerGroup, CustomerGroupMember
from marketplace.sellers.customers.queries import customer_group


def form_group(*, name: str) -> CustomerGroup:
    """Form a circle of customers, still without anybody. Raises IntegrityError for a name that is taken."""
    row = save(CustomerGroup(organisation_id=current_actor().organisation, name=name))
    announce(CustomerGroupFormed(subject_id=row.id, organisation_id=row.organisation_id, name=name))
    return row


def rename_group(*, group_id: UUID, name: str) -> CustomerGroup:
    """Call a group otherwise; only its supplier ever reads the name. Raises NotFound."""
    row = fetch(CustomerGroup, group_id, lock=True)
    row.name = name
    session().flush()
    return row


def add_customer(*, group_id: UUID, buyer_id: UUID) -> CustomerGroupMember:
    """Put a buyer into a group: its prices are the buyer's from now on. Raises NotFound, Invalid for no buyer."""
    group, buyer = customer_group(group_id), organisation_that_buys(buyer_id)
    row = save(
        CustomerGroupMember(organisation_id=group.organisation_id, group_id=group.id, buyer_id=buyer.id)
    )
    announce(
        CustomerJoined(
            subject_id=group.id,
            organisation_id=group.organisation_id,
            customer_id=buyer.id,
            customer_name=buyer.name,
        )
    )
    return row


def remove_customer(*, group_id: UUID, buyer_id: UUID) -> None:
    """Take a buyer out of a group: its prices are no longer the buyer's. Raises NotFound."""
    member = CustomerGroupMember
    wanted = select(member).where(member.group_id == group_id, member.buyer_id == buyer_id)
    row = session().scalars(wanted.with_for_update()).one_or_none()
    if row is None:
        raise NotFound(_l("There is nothing here that you may see."))
    session().delete(row)
    announce(
        CustomerLeft(
            subject_id=group_id,
            organisation_id=row.organisation_id,
            customer_id=buyer_id,
            customer_name=organisation(buyer_id).name,
        )
    )


def organisation_that_buys(buyer_id: UUID) -> Organisation:
    """That organisation, another one that buys on this market. Raises NotFound, Invalid."""
    found = organisation(buyer_id)
    if not found.is_buyer or found.id == current_actor().organisation_id:
        raise Invalid(_l("This organisation does not buy on this market."), field="buyer_id")
    return found
