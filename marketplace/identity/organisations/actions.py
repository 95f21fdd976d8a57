"""What can be done with organisations and their sites?"""

from uuid import UUID

from marketplace.events.identity import (
    OrganisationAdmitted,
    OrganisationRefused,
    OrganisationRegistered,
    OrganisationSuspended,
)
from marketplace.foundation.db import fetch, save
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.lifecycle import ORGANISATION, OrganisationState
from marketplace.identity.organisations.models import Organisation, Site
from marketplace.identity.organisations.queries import operator


def register_organisation(
    *,
    name: str,
    is_buyer: bool = False,
    is_supplier: bool = False,
    country: str = "FR",
    currency: str = "EUR",
    language: str = "fr",
    vat_number: str | None = None,
    registration_number: str | None = None,
) -> Organisation:
    """Write an application to the market, as the platform; the operator's desk is told."""
    row = save(
        Organisation(
            name=name,
            is_buyer=is_buyer,
            is_supplier=is_supplier,
            country=country,
            currency=currency,
            language=language,
            vat_number=vat_number,
            registration_number=registration_number,
        )
    )
    announce(
        OrganisationRegistered(
            subject_id=row.id, organisation_id=row.id, name=name, operator_id=operator().id
        )
    )
    return row


def found_operator(*, name: str, language: str = "fr") -> Organisation:
    """Write the operator's own organisation, once, as the platform. Raises IntegrityError for a second one."""
    return save(
        Organisation(name=name, is_operator=True, status=OrganisationState.ADMITTED, language=language)
    )


def admit_organisation(*, organisation_id: UUID) -> Organisation:
    """Let it trade: an application, or again after a suspension. As the platform. Raises WrongState."""
    row = fetch(Organisation, organisation_id, lock=True)
    news = OrganisationAdmitted(subject_id=row.id, organisation_id=row.id, name=row.name)
    ORGANISATION.move(row, OrganisationState.ADMITTED, news=news)
    return row


def refuse_organisation(*, organisation_id: UUID, reason: str) -> Organisation:
    """Refuse an application, with the reason. As the platform. Raises WrongState."""
    row = fetch(Organisation, organisation_id, lock=True)
    news = OrganisationRefused(subject_id=row.id, organisation_id=row.id, name=row.name, reason=reason)
    ORGANISATION.move(row, OrganisationState.REFUSED, news=news)
    return row


def suspend_organisation(*, organisation_id: UUID, reason: str) -> Organisation:
    """Stop an organisation at once, with the reason. As the platform. Raises WrongState."""
    row = fetch(Organisation, organisation_id, lock=True)
    news = OrganisationSuspended(subject_id=row.id, organisation_id=row.id, name=row.name, reason=reason)
    ORGANISATION.move(row, OrganisationState.SUSPENDED, news=news)
    return row


def add_site(*, name: str, street: str, postal_code: str, city: str, country: str = "FR") -> Site:
    """Write a place of the actor's organisation."""
    return save(
        Site(
            organisation_id=current_actor().organisation,
            name=name,
            street=street,
            postal_code=postal_code,
            city=city,
            country=country,
        )
    )
