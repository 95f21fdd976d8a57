"""Does the doctor find what is broken? Each sum is made wrong behind the back of every trigger, and has to be named."""

from datetime import timedelta

from sqlalchemy import text

from marketplace.buyers.policies.evaluating import Effect
from marketplace.doctor import examine
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.db import owner_engine
from marketplace.foundation.outbox import deliver_everything
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.scorecards.actions import last_complete_month
from marketplace.sellers.scorecards.jobs import draw_up_for
from tests.cast import Cast
from tests.factories.catalogue import a_catalogue_file
from tests.factories.disputes import a_dispute
from tests.factories.policies import a_policy
from tests.factories.scorecards import a_fact

BREAKS = {
    "every table forces row-level security": "ALTER TABLE sites NO FORCE ROW LEVEL SECURITY",
    "budgets equal their entries and are kept": "UPDATE budgets SET spent = spent + 1",
    "a payment's figures are the sums of its parts": "UPDATE payments SET accepted = accepted + 1",
    "what is claimed back of a release is the sum of its claims": (
        "INSERT INTO payment_releases (id, payment_id, buyer_id, seller_id, status, currency, amount, commission,"
        " reclaimed, reclaimed_commission, transfer_amount, released_at, tries)"
        " SELECT id, id, buyer_id, seller_id, 'queued', 'EUR', 9, 0, 1, 0, 0, now(), 0 FROM payments"
    ),
    "the books hold what the payments hold": "UPDATE payments SET paid = amount",
    "what a dispute contests is held up": "UPDATE payment_contests SET amount = amount + 1",
    "orders and requisitions cost what their lines cost": (
        "UPDATE purchase_orders SET total_amount = total_amount - 1"
    ),
    "what a document holds of a budget is the sum of its entries": (
        "UPDATE budget_commitments SET committed = committed + 1"
    ),
    "every order stems from an approved requisition": "UPDATE requisitions SET status = 'rejected'",
    "received quantities equal their receipts": "UPDATE receipt_lines SET damaged = damaged + 1",
    "shipped quantities equal their shipments": "UPDATE shipment_lines SET quantity = quantity + 1",
    "stock levels equal their movements and reservations": "UPDATE stock_levels SET on_hand = on_hand + 1",
    "a scorecard counts the lines that it shows": "UPDATE scorecards SET lines = lines + 1",
    "an import accounts for every row of its file": "UPDATE catalogue_imports SET rows_read = rows_read + 1",
    "what is handed in was judged by the buying rules": "UPDATE policy_hits SET line_id = id",
    "every audit chain is unbroken": "UPDATE audit_entries SET person_name = 'Somebody else'",
}


def broken() -> set[str]:
    """The invariants that do not hold, an hour from now: whatever is delivered late has been by then."""
    with clock_at(clock.now() + timedelta(hours=1)):
        return {finding.name for finding in examine() if not finding.is_healthy}


def test_examine_names_every_sum_that_is_wrong(market: Cast) -> None:
    a_policy(market.acme, effect=Effect.WARN)
    a_dispute(market)
    a_fact(market.acme, market.bolt)
    draw_up_for(market.acme.id, last_complete_month())
    import_catalogue(
        a_catalogue_file(("A-1", "Vis", "1.00"), ("A-2", "Vis", "free")),
        file_name="prices.csv",
        supplier_id=market.bolt.id,
        number_style="point",
        cpv_code="44531000",
    )
    deliver_everything()
    assert broken() == set()
    with owner_engine().begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in BREAKS.values():
            assert connection.execute(text(statement)).rowcount, statement
    assert BREAKS.keys() <= broken()
