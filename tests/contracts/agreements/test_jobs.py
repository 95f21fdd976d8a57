"""Does every proposal get its contract, whatever is lost on the way?"""

from uuid import UUID

from marketplace.contracts.agreements.actions import propose_agreement
from marketplace.contracts.agreements.jobs import render_contracts_left_behind
from marketplace.contracts.agreements.queries import agreement
from marketplace.foundation import background
from marketplace.foundation.background import run_waiting
from marketplace.foundation.outbox import deliver_everything
from tests.cast import Cast
from tests.factories.agreements import a_draft
from tests.factories.catalogue import a_product


def proposed(market: Cast) -> UUID:
    a_product(market.bolt, sku="A1", price="10")
    agreement_id = a_draft(market, market.acme, market.bolt, {"A1": "8.50"})
    with market.acme.at_work("procurement_lead"):
        propose_agreement(agreement_id=agreement_id)
    deliver_everything()
    return agreement_id


def test_render_contracts_left_behind_renders_what_a_lost_queue_has_swallowed(
    market: Cast, speaking: None
) -> None:
    agreement_id = proposed(market)
    background._waiting.get().clear()  # type: ignore[union-attr]
    assert render_contracts_left_behind() == 1
    run_waiting()
    assert render_contracts_left_behind() == 0
    with market.bolt.reading("sales_desk"):
        assert agreement(agreement_id).contract_sha256 is not None
