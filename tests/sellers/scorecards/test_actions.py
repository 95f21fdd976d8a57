"""Are scorecards drawn up once, kept as they were, and seen by the right people?"""

from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.events.disputes import DisputeClosed, DisputeOpened
from marketplace.foundation.db import new_id
from marketplace.foundation.errors import Forbidden
from marketplace.sellers.scorecards.actions import last_complete_month, last_day_of, reply_to_scorecard
from marketplace.sellers.scorecards.jobs import draw_up_for, draw_up_last_month, render_what_is_missing
from marketplace.sellers.scorecards.models import DeliveryFact, Scorecard
from marketplace.sellers.scorecards.queries import lines_of
from marketplace.sellers.scorecards.reactions import count_them_again, set_contested_lines_aside
from tests.cast import Cast
from tests.factories.scorecards import a_fact, some_scorecards

pytestmark = pytest.mark.usefixtures("speaking")
ABOUT = {"number": "DI-1", "order_number": "PO-1"}


def card_id(market: Cast) -> UUID:
    with market.acme.reading("procurement_lead") as work:
        return work.scalars(select(Scorecard.id)).one()


def test_last_day_of_february_in_a_leap_year_is_the_29th() -> None:
    assert last_day_of("2028-02").day == 29


def test_drawing_up_twice_makes_one_scorecard_with_its_pdf(market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt)
    assert draw_up_last_month() == 0
    assert render_what_is_missing() == 0
    with market.bolt.reading("sales_desk") as work:
        card = work.scalars(select(Scorecard)).one()
        assert (card.points, card.lines) == (Decimal(100), 6)
        assert card.file_id is not None


def test_too_few_lines_make_a_card_that_is_not_rated(market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt, lines=2)
    with market.acme.reading("procurement_lead") as work:
        assert work.scalars(select(Scorecard.points)).one() is None


def test_the_score_is_recomputable_from_the_rows_it_opens_to(market: Cast) -> None:
    a_fact(market.acme, market.bolt, accepted=Decimal(4), damaged=Decimal(2))
    some_scorecards(market, market.acme, market.bolt)
    with market.acme.reading("procurement_lead") as work:
        card = work.get_one(Scorecard, card_id(market))
        rows = lines_of(card.id)
        for measure in card.measures:
            counted = [line for line, _ in rows if line.shares[measure["key"]] is not None]
            hits = sum(float(line.weight) * line.shares[measure["key"]] for line in counted)
            total = sum(float(line.weight) for line in counted)
            again = (hits + 4 * card.market[measure["key"]]) / (total + 4)
            assert again == pytest.approx(measure["share"], abs=1e-4)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE scorecards SET points = 100",
        "DELETE FROM scorecards",
        "UPDATE scorecard_lines SET weight = 1",
        "UPDATE delivery_facts SET accepted = 1",
        "INSERT INTO delivery_facts SELECT * FROM delivery_facts",
    ],
)
def test_sql_by_the_supplier_changes_nothing(market: Cast, attack: str) -> None:
    some_scorecards(market, market.acme, market.bolt)
    with market.bolt.at_work("sales_desk") as work, pytest.raises(DBAPIError):
        work.execute(text(attack))


def test_only_the_supplier_replies(market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt)
    scorecard_id = card_id(market)
    with market.acme.at_work("procurement_lead"), pytest.raises(Forbidden):
        reply_to_scorecard(scorecard_id=scorecard_id, body="Nous sommes parfaits")
    with market.bolt.at_work("sales_desk"):
        assert reply_to_scorecard(scorecard_id=scorecard_id, body="Grève du port").person_name


def opened(market: Cast, *line_ids: UUID) -> DisputeOpened:
    """News of a dispute between Acme and Bolt about these lines."""
    return DisputeOpened(
        **ABOUT,
        subject_id=new_id(),
        order_id=new_id(),
        buyer_id=market.acme.id,
        seller_id=market.bolt.id,
        opened_by_id=market.acme.id,
        reason="short",
        amount=Decimal(1),
        currency="EUR",
        order_line_ids=list(line_ids),
    )


def closed(dispute: DisputeOpened, *, is_founded: bool) -> DisputeClosed:
    """News that it has ended."""
    return DisputeClosed(
        **ABOUT,
        subject_id=dispute.subject_id,
        order_id=dispute.order_id,
        buyer_id=dispute.buyer_id,
        seller_id=dispute.seller_id,
        outcome="settled",
        is_founded=is_founded,
        order_line_ids=dispute.order_line_ids,
    )


def heard(market: Cast, *news: DisputeOpened | DisputeClosed) -> None:
    """Acme's scorecards hear of disputes."""
    for event in news:
        with market.acme.automatically():
            if isinstance(event, DisputeOpened):
                set_contested_lines_aside(event)
            else:
                count_them_again(event)


def standing_of(market: Cast) -> tuple[bool, bool]:
    """Whether the only line is contested, and whether it was by right."""
    with market.acme.reading("procurement_lead") as work:
        fact = work.scalars(select(DeliveryFact)).one()
        return fact.is_contested, fact.was_founded


def test_a_contested_line_is_set_aside_and_counts_again_as_founded(market: Cast) -> None:
    dispute = opened(market, a_fact(market.acme, market.bolt))
    heard(market, dispute)
    assert standing_of(market) == (True, False)
    heard(market, closed(dispute, is_founded=True))
    assert standing_of(market) == (False, True)


def test_a_line_that_is_complete_after_its_dispute_began_starts_as_contested(market: Cast) -> None:
    line_id = new_id()
    dispute = opened(market, line_id)
    heard(market, dispute)
    a_fact(market.acme, market.bolt, order_line_id=line_id)
    assert standing_of(market) == (True, False)
    heard(market, closed(dispute, is_founded=False))
    assert standing_of(market) == (False, False)


def test_a_line_counts_again_only_when_its_last_dispute_is_over(market: Cast) -> None:
    line_id = a_fact(market.acme, market.bolt)
    first, second = opened(market, line_id), opened(market, line_id)
    heard(market, first, second, closed(first, is_founded=True))
    assert standing_of(market) == (True, True)
    heard(market, closed(second, is_founded=False))
    assert standing_of(market) == (False, True)


def test_contested_lines_are_shown_and_do_not_make_up_the_minimum(market: Cast, browser: FlaskClient) -> None:
    heard(market, opened(market, a_fact(market.acme, market.bolt)))
    some_scorecards(market, market.acme, market.bolt, lines=4)
    with market.acme.reading("procurement_lead") as work:
        card = work.get_one(Scorecard, card_id(market))
        assert (card.points, card.lines) == (None, 4)
    market.sign_in(browser, market.bolt, "sales_desk")
    shown = browser.get(f"/scorecards/{card.id}/lines?measure=quality").text
    assert "they counted for nothing" in shown
    assert shown.count(">Contested<") == 1


PAGES = [
    "/scorecards/suppliers",
    "/scorecards/",
    "/scorecards/{card}",
    "/scorecards/{card}/lines?measure=quality",
]


@pytest.mark.parametrize(
    "path", [*PAGES, "/scorecards/{card}/scorecard.pdf", "/scorecards/suppliers/{seller}"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_page_opens_for_the_buyer(market: Cast, browser: FlaskClient, path: str, language: str) -> None:
    some_scorecards(market, market.acme, market.bolt)
    market.sign_in(browser, market.acme, "procurement_lead")
    browser.set_cookie("language", language)
    assert browser.get(path.format(card=card_id(market), seller=market.bolt.id)).status_code == 200


def test_the_supplier_replies_by_the_page(market: Cast, browser: FlaskClient) -> None:
    some_scorecards(market, market.acme, market.bolt)
    address = f"/scorecards/{card_id(market)}"
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.post(f"{address}/reply", data={"body": ""}).status_code == 422
    assert browser.post(f"{address}/reply", data={"body": "Grève du port"}).status_code == 303
    assert "Grève du port" in browser.get(address).text


@pytest.mark.parametrize("path", ["", "/lines", "/scorecard.pdf"])
def test_another_tenant_finds_nothing(market: Cast, browser: FlaskClient, path: str) -> None:
    some_scorecards(market, market.acme, market.bolt)
    market.sign_in(browser, market.nosy, "procurement_lead")
    assert browser.get(f"/scorecards/{card_id(market)}{path}").status_code == 404


def test_another_buyers_month_is_its_own(market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt)
    assert draw_up_for(market.nosy.id, last_complete_month()) == 0
