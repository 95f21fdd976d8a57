"""Do agreements keep what was agreed, whoever tries?"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.contracts.agreements.actions import (
    CallOffLine,
    CeilingExceeded,
    NotInForce,
    WrongBytes,
    call_off,
    change_call_off,
    decline_agreement,
    draft_agreement,
    drop_line,
    end_agreement,
    price_product,
    propose_agreement,
    release_call_offs,
    sign_agreement,
    withdraw_agreement,
)
from marketplace.contracts.agreements.jobs import end_expired_agreements, render_contract
from marketplace.contracts.agreements.lifecycle import AgreementState
from marketplace.contracts.agreements.queries import agreement, lines_of
from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of
from marketplace.foundation.db import new_id
from marketplace.foundation.errors import Conflict, Forbidden, Invalid
from marketplace.foundation.files import stored_file
from marketplace.foundation.money import Money
from tests.cast import Cast
from tests.factories.agreements import a_draft, a_proposal, an_agreement
from tests.factories.catalogue import a_product

PRICES = {"A1": "8.50"}
IS_WAITED_FOR = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


@pytest.fixture
def product_id(market: Cast, speaking: None) -> UUID:
    return a_product(market.bolt, sku="A1", price="10")


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def line_id(market: Cast, agreement_id: UUID) -> UUID:
    with market.acme.reading("procurement_lead"):
        return lines_of(agreement_id)[0].id


def take(market: Cast, line: UUID, quantity: str, amount: str, order_id: UUID | None = None) -> UUID:
    order_id = order_id or new_id()
    with market.acme.at_work("requester"):
        call_off(order_id=order_id, lines=[CallOffLine(line, Decimal(quantity), euros(amount))])
    return order_id


def test_signing_by_both_parties_concludes(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES)
    with market.bolt.reading("sales_desk"):
        assert agreement(agreement_id).status == AgreementState.CONCLUDED


def test_no_price_slips_into_an_agreement_while_it_is_proposed(market: Cast, product_id: UUID) -> None:
    agreement_id = a_draft(market, market.acme, market.bolt, PRICES)
    a_product(market.bolt, sku="B2", price="10")
    refused: list[str] = []

    def price_late() -> None:
        try:
            with market.acme.at_work("procurement_lead"):
                price_product(agreement_id=agreement_id, sku="B2", unit_price=Decimal(1))
        except IntegrityError as error:
            refused.append(constraint_of(error))

    late = threading.Thread(target=price_late)
    with market.acme.at_work("procurement_lead") as work:
        propose_agreement(agreement_id=agreement_id)
        late.start()
        while late.is_alive() and not work.scalar(text(IS_WAITED_FOR)):
            pass
    late.join(60)
    assert refused == ["agreement_is_fixed"]
    with market.acme.reading("procurement_lead"):
        assert [line.sku for line in lines_of(agreement_id)] == ["A1"]


def test_signing_twice_for_one_party_is_refused(market: Cast, product_id: UUID) -> None:
    agreement_id = a_proposal(market, market.acme, market.bolt, PRICES)
    with market.acme.at_work("procurement_lead"):
        sha256 = str(agreement(agreement_id).contract_sha256)
        sign_agreement(agreement_id=agreement_id, sha256=sha256, address="")
    with market.acme.at_work("procurement_lead"), pytest.raises(Conflict):
        sign_agreement(agreement_id=agreement_id, sha256=sha256, address="")
    with market.acme.reading("procurement_lead"):
        assert agreement(agreement_id).status == AgreementState.PROPOSED


def test_signing_other_bytes_is_refused(market: Cast, product_id: UUID) -> None:
    agreement_id = a_proposal(market, market.acme, market.bolt, PRICES)
    with market.bolt.at_work("sales_desk"), pytest.raises(WrongBytes):
        sign_agreement(agreement_id=agreement_id, sha256="0" * 64, address="")


def test_signing_without_the_permission_is_refused(market: Cast, product_id: UUID) -> None:
    agreement_id = a_proposal(market, market.acme, market.bolt, PRICES)
    with market.acme.at_work("requester"), pytest.raises(Forbidden):
        sign_agreement(
            agreement_id=agreement_id, sha256=str(agreement(agreement_id).contract_sha256), address=""
        )


def test_a_contract_once_rendered_is_never_rendered_again(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES)
    with market.acme.reading("requester"):
        before = stored_file(agreement(agreement_id).contract_file_id).content  # type: ignore[arg-type]
    render_contract(agreement_id=agreement_id, organisation_id=market.acme.id)
    with market.bolt.reading("sales_desk"):
        assert stored_file(agreement(agreement_id).contract_file_id).content == before  # type: ignore[arg-type]
    assert before.startswith(b"%PDF")


def test_a_draft_is_invisible_to_the_other_party(market: Cast, product_id: UUID) -> None:
    agreement_id = a_draft(market, market.acme, market.bolt, PRICES)
    with market.bolt.reading("sales_desk") as work:
        for table in ("agreements", "agreement_lines", "agreement_clauses"):
            assert work.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    with market.acme.reading("requester"):
        assert agreement(agreement_id).status == AgreementState.DRAFT


def test_proposing_without_a_line_is_refused(market: Cast, product_id: UUID) -> None:
    agreement_id = a_draft(market, market.acme, market.bolt, {})
    with market.acme.at_work("procurement_lead"), pytest.raises(Invalid):
        propose_agreement(agreement_id=agreement_id)


@pytest.mark.parametrize("quantity", ["5", "5.5"])
def test_call_off_beyond_the_quantity_is_refused(market: Cast, product_id: UUID, quantity: str) -> None:
    line = line_id(market, an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10"))
    take(market, line, "6", "51")
    with pytest.raises(CeilingExceeded):
        take(market, line, quantity, "40")
    take(market, line, "4", "34")


def test_call_off_beyond_the_amount_is_refused(market: Cast, product_id: UUID) -> None:
    line = line_id(market, an_agreement(market, market.acme, market.bolt, PRICES, ceiling_amount="100"))
    with pytest.raises(CeilingExceeded):
        take(market, line, "12", "100.01")
    take(market, line, "12", "100")


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_call_off_of_nothing_is_refused_by_the_database(
    market: Cast, product_id: UUID, quantity: str
) -> None:
    line = line_id(market, an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10"))
    with pytest.raises(Conflict):
        take(market, line, quantity, "1")


def test_call_off_before_both_have_signed_is_refused(market: Cast, product_id: UUID) -> None:
    line = line_id(market, a_proposal(market, market.acme, market.bolt, PRICES))
    with pytest.raises(NotInForce):
        take(market, line, "1", "8.50")


def test_call_off_after_the_term_is_refused(market: Cast, product_id: UUID) -> None:
    line = line_id(market, an_agreement(market, market.acme, market.bolt, PRICES))
    with clock.clock_at(clock.now() + timedelta(days=336)), pytest.raises(NotInForce):
        take(market, line, "1", "8.50")


def test_release_gives_back_once(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10")
    order_id = take(market, line_id(market, agreement_id), "10", "85")
    for _ in range(2):
        with market.acme.at_work("requester"):
            release_call_offs(order_id=order_id)
    with market.acme.reading("requester"):
        assert (lines_of(agreement_id)[0].called_off_quantity, agreement(agreement_id).called_off_amount) == (
            0,
            0,
        )


def test_a_change_beyond_the_ceiling_changes_nothing(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10")
    line = line_id(market, agreement_id)
    order_id = take(market, line, "8", "68")
    with market.acme.at_work("requester"), pytest.raises(CeilingExceeded):
        change_call_off(order_id=order_id, lines=[CallOffLine(line, Decimal(11), euros("93.50"))])
    with market.acme.reading("requester"):
        assert lines_of(agreement_id)[0].called_off_quantity == 8


def test_a_change_that_takes_the_same_is_agreed_on_also_after_the_term(
    market: Cast, product_id: UUID
) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10")
    line = line_id(market, agreement_id)
    order_id = take(market, line, "8", "68")
    with clock.clock_at(clock.now() + timedelta(days=336)), market.acme.at_work("requester"):
        change_call_off(order_id=order_id, lines=[CallOffLine(line, Decimal(8), euros("68"))])
        with pytest.raises(NotInForce):
            change_call_off(order_id=order_id, lines=[CallOffLine(line, Decimal(9), euros("76.50"))])
    with market.acme.reading("requester"):
        assert lines_of(agreement_id)[0].called_off_quantity == 8


def test_parallel_call_offs_on_the_last_units_never_go_beyond(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES, ceiling_quantity="10")
    line, won = line_id(market, agreement_id), []

    def try_one() -> None:
        with suppress(CeilingExceeded):
            won.append(take(market, line, "1", "8.50"))

    threads = [threading.Thread(target=try_one) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == 10
    with market.acme.reading("requester"):
        assert lines_of(agreement_id)[0].called_off_quantity == 10


ATTACKS: dict[str, str] = {
    "conclude without signatures": "UPDATE agreements SET status = 'concluded' WHERE status = 'proposed'",
    "change the price": "UPDATE agreement_lines SET unit_price_amount = 1",
    "lift the ceiling": "UPDATE agreements SET ceiling_amount = 1000000",
    "reset what is called off": "UPDATE agreement_lines SET called_off_quantity = 0",
    "swap the contract": "UPDATE agreements SET contract_sha256 = 'x'",
    "drop a line": "DELETE FROM agreement_lines",
    "take a signature back": "DELETE FROM agreement_signatures",
    "sign for the other party": (
        "INSERT INTO agreement_signatures (id, agreement_id, buyer_id, seller_id, organisation_id, person_id,"
        " signer_name, address, sha256, signed_at) SELECT uuidv7(), id, buyer_id, seller_id, seller_id, proposer_id,"
        " 'x', 'x', contract_sha256, now() FROM agreements"
    ),
    "sign among others": (
        "INSERT INTO agreement_signatures (id, agreement_id, buyer_id, seller_id, organisation_id, person_id,"
        " signer_name, address, sha256, signed_at) SELECT uuidv7(), a.id, a.seller_id, a.buyer_id, a.buyer_id,"
        " m.person_id, 'x', 'x', contract_sha256, now() FROM agreements a"
        " JOIN memberships m ON m.roles ? 'procurement_lead'"
    ),
}


def test_sql_cannot_price_what_another_supplier_sells(market: Cast, product_id: UUID) -> None:
    a_draft(market, market.acme, market.bolt, PRICES)
    foreign = a_product(market.crown, sku="FOREIGN")
    with (
        market.acme.at_work("procurement_lead") as work,
        pytest.raises(IntegrityError, match="not of this supplier"),
    ):
        work.execute(
            text(
                "INSERT INTO agreement_lines SELECT (jsonb_populate_record(l, CAST(:others AS jsonb))).*"
                " FROM agreement_lines l"
            ),
            {"others": json.dumps({"id": str(new_id()), "product_id": str(foreign)})},
        )


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_by_a_party_itself_changes_nothing(market: Cast, product_id: UUID, attack: str) -> None:
    a_proposal(market, market.acme, market.bolt, PRICES)
    with market.acme.at_work("procurement_lead") as work, pytest.raises((DBAPIError, IntegrityError)):
        work.execute(text(ATTACKS[attack]))


@pytest.mark.parametrize(
    ("action", "party", "role"),
    [
        (withdraw_agreement, "acme", "procurement_lead"),
        (
            lambda agreement_id: decline_agreement(agreement_id=agreement_id, reason="Trop cher"),
            "bolt",
            "sales_desk",
        ),
    ],
)
def test_an_ended_proposal_is_signed_by_nobody(
    market: Cast, product_id: UUID, action: Callable[..., object], party: str, role: str
) -> None:
    agreement_id = a_proposal(market, market.acme, market.bolt, PRICES)
    with getattr(market, party).at_work(role):
        action(agreement_id=agreement_id)
    with market.bolt.at_work("sales_desk"), pytest.raises(Conflict):
        sign_agreement(
            agreement_id=agreement_id, sha256=str(agreement(agreement_id).contract_sha256), address=""
        )


def test_ending_stops_call_offs(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES)
    with market.acme.at_work("procurement_lead"):
        end_agreement(agreement_id=agreement_id, reason="Changement de fournisseur")
    with pytest.raises(NotInForce):
        take(market, line_id(market, agreement_id), "1", "8.50")


def test_the_clock_ends_an_agreement_after_its_last_day(market: Cast, product_id: UUID) -> None:
    agreement_id = an_agreement(market, market.acme, market.bolt, PRICES)
    assert end_expired_agreements() == 0
    with clock.clock_at(clock.now() + timedelta(days=336)):
        assert end_expired_agreements() == 1
    with market.acme.reading("requester"):
        assert agreement(agreement_id).status == AgreementState.ENDED


def test_a_draft_needs_a_supplier_on_the_other_side(market: Cast, product_id: UUID) -> None:
    with market.acme.at_work("procurement_lead"), pytest.raises(Invalid):
        draft_agreement(
            counterparty_id=market.nosy.id, title="x", starts_on=clock.today(), ends_on=clock.today()
        )


def test_pricing_a_product_of_somebody_else_is_refused(market: Cast, product_id: UUID) -> None:
    a_product(market.crown, sku="C1", price="3")
    agreement_id = a_draft(market, market.acme, market.bolt, PRICES)
    with market.acme.at_work("procurement_lead"), pytest.raises(Invalid):
        price_product(agreement_id=agreement_id, sku="C1", unit_price=Decimal(1))


def test_dropping_a_line_of_a_proposal_is_refused(market: Cast, product_id: UUID) -> None:
    line = line_id(market, a_proposal(market, market.acme, market.bolt, PRICES))
    with pytest.raises(IntegrityError), market.acme.at_work("procurement_lead"):
        drop_line(agreement_line_id=line)
