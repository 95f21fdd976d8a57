"""What can be done with organisations and their sites?"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from marketplace.events.identity import (
    OrganisationAdmitted,
    OrganisationChanged,
    OrganisationRefused,
    OrganisationRegistered,
    OrganisationSuspended,
    SiteChanged,
)
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations import identifiers
from marketplace.identity.organisations.lifecycle import ORGANISATION, OrganisationState
from marketplace.identity.organisations.models import Organisation, Site
from marketplace.identity.organisations.queries import operator

explain(
    "uq_organisations_registration",
    _l("An organisation with this registration number is already on the market."),
    field="registration_number",
)
explain(
    "ck_organisations_has_a_side",
    _l("An organisation buys, or sells, or both."),
    field="sides",
)
explain("ck_organisations_operator_stays", _l("The operator of the market cannot be suspended."))


class ReasonMissing(Invalid):
    """Who is refused or suspended is told why."""


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
    """Write an application to the market, as the platform; the operator's desk is told. Raises WrongIdentifier."""
    registration = identifiers.registration_number(registration_number, country)
    vat = identifiers.vat_number(vat_number, country)
    identifiers.check_together(registration, vat, country)
    row = save(
        Organisation(
            name=name,
            is_buyer=is_buyer,
            is_supplier=is_supplier,
            country=country,
            currency=currency,
            language=language,
            vat_number=vat,
            registration_number=registration,
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


def change_organisation(
    *, name: str, language: str, vat_number: str | None, registration_number: str | None
) -> Organisation:
    """Change what the actor's organisation says of itself; the operator is told. Raises WrongIdentifier."""
    row = fetch(Organisation, current_actor().organisation, lock=True)
    registration = identifiers.registration_number(registration_number, row.country)
    vat = identifiers.vat_number(vat_number, row.country)
    identifiers.check_together(registration, vat, row.country)
    previous_name, row.name, row.language = row.name, name, language
    row.vat_number, row.registration_number = vat, registration
    session().flush()
    news = OrganisationChanged(
        subject_id=row.id,
        organisation_id=row.id,
        name=name,
        previous_name=previous_name,
        operator_id=operator().id,
    )
    announce(news)
    return row


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


WITH_REASON: dict[OrganisationState, Callable[..., Organisation]] = {
    OrganisationState.REFUSED: refuse_organisation,
    OrganisationState.SUSPENDED: suspend_organisation,
}


def decide_on_organisation(*, organisation_id: UUID, verdict: str, reason: str | None) -> Organisation:
    """Admit, refuse or suspend: `verdict` is the state to come. As the platform. Raises ReasonMissing, WrongState."""
    decision = WITH_REASON.get(OrganisationState(verdict))
    if decision is None:
        return admit_organisation(organisation_id=organisation_id)
    if not reason:
        raise ReasonMissing(_l("Please say why: the organisation is told."), field="reason")
    return decision(organisation_id=organisation_id, reason=reason)


def add_site(*, name: str, street: str, postal_code: str, city: str, country: str = "FR") -> Site:
    """Write a place of the actor's organisation."""
    row = save(
        Site(
            organisation_id=current_actor().organisation,
            name=name,
            street=street,
            postal_code=postal_code,
            city=city,
            country=country,
        )
    )
    _announce_site(row)
    return row


def change_site(*, site_id: UUID, **values: Any) -> Site:
    """Write other values of a site; what was ordered keeps the address that it was ordered to. Raises NotFound."""
    row = fetch(Site, site_id, lock=True)
    for name in ("name", "street", "postal_code", "city", "country"):
        setattr(row, name, values.get(name, getattr(row, name)))
    _announce_site(row)
    return row


def close_site(*, site_id: UUID) -> Site:
    """Let nothing more be ordered to a site; what stands keeps it. Raises NotFound."""
    return _set_active(site_id, is_active=False)


def open_site(*, site_id: UUID) -> Site:
    """Let a closed site be ordered to again. Raises NotFound."""
    return _set_active(site_id, is_active=True)


def _set_active(site_id: UUID, *, is_active: bool) -> Site:
    row = fetch(Site, site_id, lock=True)
    row.is_active = is_active
    _announce_site(row)
    return row


def _announce_site(row: Site) -> None:
    announce(
        SiteChanged(
            subject_id=row.id, organisation_id=row.organisation_id, name=row.name, is_active=row.is_active
        )
    )
