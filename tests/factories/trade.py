"""How does a test come by a market in which everything has happened once, so that the tables have rows?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from marketplace.billing.payments.actions import refund
from marketplace.billing.payments.inbox import receive
from marketplace.buyers.approvals.actions import delegate
from marketplace.buyers.approvals.queries import steps_of
from marketplace.buyers.approvals.questioning import ask
from marketplace.buyers.orders.actions import confirm_order
from marketplace.buyers.policies.evaluating import Effect
from marketplace.buyers.receiving.actions import Photo
from marketplace.buyers.schedules.actions import change_quantity, skip_day
from marketplace.buyers.schedules.jobs import call_off_where_due
from marketplace.buyers.schedules.queries import lines_of as standing_lines
from marketplace.buyers.searches.actions import save_search
from marketplace.buyers.shopping.questions import Question
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.mail import write_mail
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.periodic import Periodic, run_due
from marketplace.interop.files import import_history
from marketplace.sellers.catalogue.actions import prepare_import, start_import
from marketplace.sellers.catalogue.columns import Reading, guessed_columns
from marketplace.sellers.fulfilment.actions import track_shipment
from marketplace.sellers.items.actions import keep_apart
from marketplace.sellers.price_lists import bringing
from marketplace.sellers.scorecards.actions import reply_to_scorecard
from marketplace.sellers.scorecards.queries import scorecards
from marketplace.sellers.search.actions import say_synonym
from marketplace.sellers.specifications.actions import specify_product
from marketplace.sellers.stock.actions import shelve_stock
from marketplace.sellers.stocktaking.actions import open_sheet
from marketplace.sellers.versions.actions import set_policy
from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.approvals import a_rule, a_run, decided
from tests.factories.attributes import an_attribute
from tests.factories.budgets import a_budget
from tests.factories.catalogue import TITLES, a_catalogue_file, a_product
from tests.factories.disputes import JOURNEY, a_mediation, travel_to
from tests.factories.documents import attached
from tests.factories.facts import PAINT
from tests.factories.identity import everyday_life
from tests.factories.items import a_suggestion, at_the_desk
from tests.factories.moderation import look_at, refused, state_of
from tests.factories.orders import placed_orders, shipped
from tests.factories.payments import Stripe, a_due_payment, a_method, a_payout_account, received, started
from tests.factories.policies import a_policy as a_buying_rule
from tests.factories.prices import a_group, a_list, a_promotion
from tests.factories.receipts import a_picture, a_receipt
from tests.factories.schedules import a_standing
from tests.factories.scorecards import some_scorecards
from tests.factories.stock import a_policy, a_product_in_batches, an_arrival, some_bins
from tests.factories.versions import a_version, published, put

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MAPPING = """
buyer = "Acme Industrie"
date_formats = ["%Y-%m-%d"]
[columns]
reference = "a"
order = "b"
supplier = "c"
article = "d"
quantity = "e"
unit_price = "f"
promised = "g"
delivered = "h"
"""


def whole_trade(market: Cast, stripe: Stripe, folder: Path) -> None:
    """Everyday life, a catalogue, an agreement, approvals, orders, receipts, payments, a dispute and a scorecard."""
    with JOURNEY:
        travel_to(START)
        everyday_life(market)
        _sell(market)
        _look(market)
        _look_first(market)
        _approve(market)
        _pay(market, stripe)
        _deliver(market)
        _come_again(market)
        _keep_stock(market)
        _change_the_catalogue(market)
        _quarrel(market)
        _score(market)
        _remember(market, folder)


def _sell(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="W-1", price="10", stock=100, tiers={10: "9"})
    a_product(market.crown, sku="W-2", price="7", visible_to_id=market.acme.id)
    _price(market, product_id)
    an_agreement(market, market.acme, market.bolt, {"W-1": "8"}, ceiling_quantity="100")
    content = a_catalogue_file(("N-1", "Neuf", "1,50"), ("N-2", "Faux", "beaucoup"))
    with market.bolt.at_work("sales_desk"):
        import_id = prepare_import(file_name="neuf.csv", content=content).id
        columns = guessed_columns(TITLES)
        start_import(import_id=import_id, reading=Reading(columns, "comma", "EUR", "31000000"))
    market.run_jobs()


def _look(market: Cast) -> None:
    with market.acme.at_work("requester"):
        save_search(name="Vis", question=Question(typed="vis"))
    with market.platform():
        say_synonym(word="vis", other="boulon", is_two_way=True, category="")
    _tell_apart(market)


def _tell_apart(market: Cast) -> None:
    """Two offers look alike and are not the same; one of them says what it weighs, on paper too."""
    an_attribute(market, "weight", "number")
    one, other = (a_product(party, sku="VISE", name="Étau d'établi") for party in (market.bolt, market.crown))
    with market.bolt.at_work("sales_desk"):
        specify_product(product_id=one, said={"attribute_weight": Decimal(12), **PAINT})
    attached(market.bolt, one)
    market.run_jobs()
    with at_the_desk(market):
        keep_apart(suggestion_id=a_suggestion(one, other), reason="another width")


def _look_first(market: Cast) -> None:
    """What Pry publishes is looked at: one article waits, one is refused."""
    look_at(market, market.pry)
    held, bad = (a_product(market.pry, sku=sku) for sku in ("HELD", "BAD"))
    refused(market, bad)
    assert state_of(market, held) == "held"


def _price(market: Cast, product_id: UUID) -> None:
    group_id = a_group(market.bolt, market.acme)
    list_id = a_list(market.bolt, {product_id: "9"}, group_id=group_id)
    a_promotion(market.bolt, percentage=Decimal(1))
    content = a_catalogue_file(("W-1", "8,5"), titles=("Référence", "Prix"))
    with market.bolt.at_work("sales_desk"):
        bringing.start_import(
            list_id=list_id,
            file_name="tarif.csv",
            content=content,
            number_style="comma",
            kind="all_units",
            starts_on=clock.today(),
        )


def _approve(market: Cast) -> None:
    a_rule(market.acme, above=100_000)
    a_buying_rule(market.acme, effect=Effect.WARN)
    centre_id: UUID = a_budget(market.acme, amount="50000").cost_centre_id
    run = a_run(market.acme, centre_id, amount=200_000)
    with market.acme.at_work("approver"):
        ask(step_id=steps_of(run.id)[0].id, question="Why so much?")
    decided(market.acme, "approver")
    with market.acme.at_work("approver"):
        today = clock.today()
        delegate(
            to_person_id=market.acme.people["procurement_lead"],
            starts_on=today,
            ends_on=today + timedelta(days=5),
        )


def _pay(market: Cast, stripe: Stripe) -> None:
    method_id = a_method(market, stripe)
    a_payout_account(market, stripe)
    payment = a_due_payment(market)
    started(market, payment, method_id)
    received(market, payment, "100")
    with market.platform():
        refund(order_id=payment.order_id, amount=Money(Decimal(30), "EUR"), cause_id=uuid4(), reason="Casse")
        receive(event_id="evt_1", kind="payment_intent.succeeded", object_id="pi_1")
    market.run_jobs()


def _deliver(market: Cast) -> None:
    """What was agreed is called off of a batch; its parcel is followed, and the damage photographed."""
    [bin_id] = some_bins(market.bolt, "N-01").values()
    product_id = a_product_in_batches(market.bolt, {"L1": ("20", None)}, bin_id=bin_id, sku="W-3")
    with market.bolt.at_work("warehouse"):
        shelve_stock(product_id=product_id, bin="N-02")
    an_agreement(market, market.acme, market.bolt, {"W-3": "8"}, ceiling_quantity="100")
    [placed] = placed_orders(market.acme, {product_id: "4"})
    with market.bolt.at_work("sales_desk"):
        confirm_order(order_id=placed.id)
    deliver_everything()
    shipment = shipped(market, placed, "4")
    with market.bolt.at_work("warehouse"):
        track_shipment(shipment_id=shipment.id, happened_at=clock.now(), place="Lyon", remark="Tri")
    a_receipt(market, placed, ("3", "1", "0"), photos=[Photo(a_picture())])


def _come_again(market: Cast) -> None:
    """Something is needed every week: a first day is made, a later one left out."""
    product_id = a_product(market.bolt, sku="W-5", price="2")
    centre_id = a_budget(market.acme, code="CC-500").cost_centre_id
    standing_id = a_standing(market.acme, [(product_id, 2)], cost_centre_id=centre_id)
    call_off_where_due()
    with market.acme.at_work("requester"):
        skip_day(standing_id=standing_id, day=date(2026, 3, 10))
        change_quantity(line_id=standing_lines(standing_id)[0].id, quantity=Decimal(3))


def _keep_stock(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="W-4", stock=10)
    an_arrival(market.bolt, product_id, "10", clock.today() + timedelta(days=9))
    a_policy(market.bolt, shows="availability", count_limit="500")
    with market.bolt.at_work("warehouse"):
        open_sheet(warehouse_id=main_warehouse().id)


def _change_the_catalogue(market: Cast) -> None:
    """A version has been published and another one is begun, by a supplier that has said what it wants looked at."""
    with market.bolt.at_work("administrator"):
        set_policy(price_limit=Decimal(10), needs_second_person=False)
    first = a_version(market.bolt)
    put(market.bolt, first, "V-1")
    published(market, market.bolt, first)
    put(market.bolt, a_version(market.bolt), "V-1", price="12")


def _score(market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt)
    with market.bolt.at_work("sales_desk"):
        newest = session().scalars(scorecards()).first()
        assert newest is not None
        reply_to_scorecard(scorecard_id=newest.id, body="The carrier was late.")
    market.run_jobs()


def _quarrel(market: Cast) -> None:
    a_mediation(market)


def _remember(market: Cast, folder: Path) -> None:
    (folder / "past.csv").write_text(
        "a,b,c,d,e,f,g,h\n1,C-1,Bolt Fournitures,Vis,4,1,2025-03-01,2025-03-02\n"
    )
    (folder / "past.toml").write_text(MAPPING)
    import_history(file=folder / "past.csv", mapping=folder / "past.toml", progress=lambda *_: None)
    with market.platform():
        write_mail(recipient="requester@acme.example", subject="Bonjour", body="Tout va bien.")
    run_due([Periodic("whole trade", timedelta(days=1), lambda: None)])
