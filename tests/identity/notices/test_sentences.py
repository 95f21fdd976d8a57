"""Is news said in the reader's language, with figures as they are written there?"""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from flask import Flask

from marketplace.events.buyers import ApprovalRequested, BudgetChanged, RequisitionOrdered
from marketplace.events.sellers import CatalogueImported
from marketplace.foundation.language import speaking
from marketplace.foundation.outbox import Event
from marketplace.identity.notices.audience import BY_KIND, Link
from marketplace.identity.notices.sentences import address_of, audience_of, said

ACME = UUID(int=1)


def sentence(event: Event, language: str, who: str = "") -> str:
    audience = BY_KIND[type(event).__name__][0]
    with speaking(language):
        return said(audience, event, {}, who).replace("\u202f", " ").replace("\u00a0", " ")


def budget() -> BudgetChanged:
    return BudgetChanged(
        subject_id=uuid4(), organisation_id=ACME, cost_centre="4120", amount=Decimal("1234.5"), currency="EUR"
    )


def test_money_is_written_as_in_the_language_of_the_reader() -> None:
    assert sentence(budget(), "en") == "The budget of 4120 is €1,234.50 now."
    assert sentence(budget(), "fr") == "Le budget de 4120 est désormais de 1 234,50 €."


def test_numbers_and_lists_are_written_out() -> None:
    imported = CatalogueImported(
        subject_id=uuid4(),
        organisation_id=ACME,
        file_name="a.csv",
        created=12000,
        changed=1,
        unchanged=0,
        rejected=3,
    )
    assert "12,000 products are new" in sentence(imported, "en")
    ordered = RequisitionOrdered(
        subject_id=uuid4(),
        organisation_id=ACME,
        number="PR-1",
        requester_id=uuid4(),
        order_numbers=["A", "B"],
    )
    assert "A, B" in sentence(ordered, "en")


def test_an_instant_is_written_in_the_time_of_the_installation() -> None:
    requested = ApprovalRequested(
        subject_id=uuid4(),
        organisation_id=ACME,
        run_id=uuid4(),
        document_kind="requisition",
        document_number="PR-1",
        approver_id=uuid4(),
        due_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
    )
    assert sentence(requested, "en").endswith("until 2 Jul 2026 00:30.")


def test_audience_of_a_stranger_is_none() -> None:
    assert audience_of(budget(), ACME, ACME) is BY_KIND["BudgetChanged"][0]
    assert audience_of(budget(), ACME, UUID(int=2)) is None


def test_address_of_a_page_that_does_not_exist_is_none(portal: Flask) -> None:
    handlers = portal.url_build_error_handlers
    portal.url_build_error_handlers = []
    with portal.test_request_context():
        assert address_of(Link("identity.people.index"), budget()) == "/people"
        assert address_of(Link("nowhere.at.all"), budget()) is None
    portal.url_build_error_handlers = handlers
