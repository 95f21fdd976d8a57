"""Is everything that is handed in judged by the buying rules that hold, whichever way it came and whoever tries?"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.approvals.rulebook import set_policy
from marketplace.buyers.orders.actions import place_orders
from marketplace.buyers.policies.actions import PolicyRefused, Reason, ReasonNeeded, RuleChanged, switch_rule
from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.models import PolicyEvaluation, PolicyHit
from marketplace.buyers.policies.queries import rules_on, tallies, tallies_by_person, verdicts_on
from marketplace.buyers.requisitions.actions import copy_requisition, describe_requisition, submit_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.queries import lines_of, my_cart, requisition
from marketplace.doctor import examine
from marketplace.foundation import clock
from marketplace.foundation.db import owner_engine
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.sellers.catalogue.actions import change_product
from marketplace.sellers.scorecards.actions import last_complete_month
from marketplace.sellers.scorecards.jobs import draw_up_for
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.policies import a_policy, because
from tests.factories.requisitions import a_cart
from tests.factories.scorecards import a_fact
from tests.factories.statements import counting

K, E = PolicyKind, Effect
EMPTY = "delete from requisition_lines where requisition_id in (select id from requisitions where status = 'draft')"
GTIN = "4006381333931"


def submitted(market: Cast, cart: Requisition, reasons: dict[UUID, Reason] | None = None) -> Requisition:
    """The cart handed in with these reasons."""
    with market.acme.at_work("requester"):
        describe_requisition(
            cost_centre_id=cart.cost_centre_id,
            site_id=cart.site_id,
            needed_on=cart.needed_on,
            reasons=reasons or {},
        )
        return submit_requisition(requisition_id=cart.id)


def said(market: Cast, row: Requisition) -> list[tuple[str, int, str]]:
    """What is kept with it: rule, line and reason."""
    with market.acme.reading("approver"):
        return [
            (verdict.rule.name, one.position, one.reason)
            for verdict in verdicts_on(row.id)
            for one in verdict.findings
        ]


def of_each_kind(market: Cast) -> Iterator[tuple[PolicyKind, UUID, dict[str, Any]]]:
    """A product for each kind of rule that comes up against it."""
    yield K.CATEGORY_BAN, a_product(market.bolt, sku="BAN", cpv_code="34000000"), {"cpv_prefix": "34"}
    yield K.PREFERRED_SUPPLIER, a_product(market.bolt, sku="PRE"), {"supplier_ids": [market.crown.id]}
    a_product(market.crown, sku="Q-2", gtin=GTIN)
    yield K.QUOTES, a_product(market.bolt, sku="Q-1", gtin=GTIN), {"figure": Decimal(3)}
    yield K.CONTRACT_FIRST, a_product(market.bolt, sku="OFF"), {}
    for _ in range(6):
        a_fact(market.acme, market.bolt, damaged=Decimal(2))
    draw_up_for(market.acme.id, last_complete_month())
    yield K.STANDING, a_product(market.bolt, sku="LOW"), {"figure": Decimal(100)}
    product_id = a_product(market.bolt, sku="UP", price="10")
    bought(market, product_id)
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal("11.5"), "EUR"))
    yield K.PRICE_RISE, product_id, {"figure": Decimal(10)}


def bought(market: Cast, product_id: UUID) -> None:
    cart = a_cart(
        market.acme, [(product_id, 1)], cost_centre_id=a_budget(market.acme, code="CC-1").cost_centre_id
    )
    with market.acme.at_work("requester"):
        place_orders(requisition_id=submit_requisition(requisition_id=cart.id).id)


def test_submit_comes_up_against_each_kind_of_rule_and_keeps_what_was_said(market: Cast) -> None:
    scenes = list(of_each_kind(market))
    rules = [a_policy(market.acme, kind, name=kind, **values) for kind, _, values in scenes]
    cart = a_cart(market.acme, [(product_id, 10) for _, product_id, _ in scenes])
    with pytest.raises(ReasonNeeded, match="quotes"):
        submitted(market, cart)
    row = submitted(
        market, cart, {key: one for rule in rules for key, one in because(rule, rule.name).items()}
    )
    kept = said(market, row)
    assert {(name, reason) for name, _, reason in kept} == {(kind, kind) for kind, _, _ in scenes}
    lines = {kind: [position for name, position, _ in kept if name == kind] for kind, _, _ in scenes}
    assert lines[K.CATEGORY_BAN] == [1]
    assert lines[K.PRICE_RISE] == [6]
    assert 3 in lines[K.QUOTES]
    with market.acme.reading("procurement_lead"):
        counted = tallies()
        assert {counted[rule.rule_id].overridden for rule in rules} == {1, 6}
        assert list(tallies_by_person(rules[3].rule_id)) == [market.acme.people["requester"]]
    assert {finding.name for finding in examine() if not finding.is_healthy} == set()


def test_submit_against_a_refusing_rule_is_refused_with_every_reason_and_for_everybody(market: Cast) -> None:
    rule = a_policy(market.acme, K.CATEGORY_BAN, E.REFUSE, name="No cables")
    cart = a_cart(market.acme, [(a_product(market.bolt, name="Cable"), 1)], role="procurement_lead")
    with market.acme.at_work("procurement_lead"):
        describe_requisition(
            cost_centre_id=cart.cost_centre_id,
            site_id=cart.site_id,
            needed_on=cart.needed_on,
            reasons=because(rule),
        )
    with market.acme.at_work("procurement_lead"), pytest.raises(PolicyRefused) as refused:
        submit_requisition(requisition_id=cart.id)
    for word in ("Line 1", "Cable", "No cables", "version 1", "Take the line out"):
        assert word in str(refused.value)
    with market.acme.at_work("procurement_lead"):
        switch_rule(rule_id=rule.rule_id, is_on=False)
        assert submit_requisition(requisition_id=cart.id).status == RequisitionState.APPROVED


def test_submit_with_a_warning_needs_no_reason_and_keeps_the_warning(market: Cast) -> None:
    a_policy(market.acme, effect=E.WARN)
    row = submitted(market, a_cart(market.acme, [(a_product(market.bolt), 1)]))
    assert said(market, row) == [("Contract first", 1, "")]


@pytest.mark.usefixtures("speaking")
def test_submit_at_an_agreed_price_comes_up_against_nothing(market: Cast) -> None:
    a_policy(market.acme, effect=E.REFUSE)
    product_id = a_product(market.bolt, sku="W-1")
    an_agreement(market, market.acme, market.bolt, {"W-1": "8"})
    row = submitted(market, a_cart(market.acme, [(product_id, 1)]))
    assert said(market, row) == []


def test_submit_of_a_suspended_supplier_is_refused(market: Cast) -> None:
    a_policy(market.acme, K.STANDING, E.REFUSE, figure=Decimal(0))
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    with market.platform():
        suspend_organisation(organisation_id=market.bolt.id, reason="Insolvent")
    with pytest.raises(Exception, match=r"not admitted|not sold to you"):
        submitted(market, cart)


def test_submit_after_the_rule_changed_is_decided_by_the_new_version(market: Cast) -> None:
    rule = a_policy(market.acme)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    newer = a_policy(market.acme, rule_id=rule.rule_id)
    with pytest.raises(RuleChanged, match="version 2 decides now"):
        submitted(market, cart, because(rule))
    assert submitted(market, cart, because(newer)).status == RequisitionState.APPROVED


def test_submit_announces_each_override_once_and_copy_begins_anew(market: Cast) -> None:
    rule = a_policy(market.acme)
    products = [a_product(market.bolt, sku=sku) for sku in "AB"]
    row = submitted(
        market, a_cart(market.acme, [(one, 1) for one in products]), because(rule, "Stock is out")
    )
    with market.platform() as work:
        [told] = work.scalars(select(News).where(News.name == "PolicyOverridden"))
        assert (told.subject_id, told.payload["reason"], told.payload["rule_version"]) == (
            row.id,
            "Stock is out",
            1,
        )
        assert (told.owner_id, told.counterparty_id, told.mediator_id) == (market.acme.id, None, None)
    with market.acme.at_work("requester"):
        copy_requisition(requisition_id=row.id)
        cart = my_cart()
        assert cart is not None
        assert cart.reasons == {}
        describe_requisition(cost_centre_id=row.cost_centre_id, site_id=row.site_id, needed_on=row.needed_on)
    with market.acme.at_work("requester"), pytest.raises(ReasonNeeded):
        submit_requisition(requisition_id=cart.id)


def test_hash_binds_the_decision_to_what_the_rules_said_and_why(market: Cast) -> None:
    rule, centre_id = a_policy(market.acme), a_budget(market.acme).cost_centre_id
    a_rule(market.acme, above=0)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)], cost_centre_id=centre_id)
    row = submitted(market, cart, because(rule))
    with market.acme.reading("approver"):
        [pending] = my_pending_steps()
        assert pending.run.document_hash == row.content_hash
    forged = "select requisition_hash(r) from requisitions r"
    with market.platform() as work:
        assert work.scalar(text(forged)) == row.content_hash
    with owner_engine().connect() as owner:
        owner.execute(text("update policy_hits set reason = 'Something else'"))
        assert owner.scalar(text(forged)) != row.content_hash
        owner.rollback()


JUDGED = (
    "insert into policy_evaluations (id, organisation_id, document_id, version_ids, evaluated_on, evaluated_at)"
    " select uuidv7(), organisation_id, id, {rules}, current_date, now() from requisitions where id = '{cart}'"
)
HIT = (
    "insert into policy_hits (id, organisation_id, document_id, number, line_id, line_position, line_name,"
    " seller_id, rule_version_id, rule_id, effect, found, reason, requester_id, hit_at) select uuidv7(),"
    " organisation_id, requisition_id, 'X', id, position, {name}, seller_id, '{version}', '{rule}', '{effect}', '{{}}',"
    " {reason}, '{requester}', now() from requisition_lines where requisition_id = '{cart}'"
)
SUBMIT = (
    "update requisitions set status = 'submitted', number = 'X', submitted_at = now(), priced_on = current_date,"
    " held_until = now() + interval '7 days' where id = '{cart}'"
)
ATTACKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "no evaluation at all": ([SUBMIT], {}),
    "an evaluation of no rule": ([JUDGED, SUBMIT], {"rules": "'{}'"}),
    "the rules asked and the hit kept quiet": ([JUDGED, SUBMIT], {}),
    "the hit of another line": ([JUDGED, HIT, SUBMIT], {"name": "'other'"}),
    "the hit without a reason": ([JUDGED, HIT, SUBMIT], {"reason": "''"}),
    "the hit as a mere warning": ([JUDGED, HIT, SUBMIT], {"effect": "warn", "reason": "''"}),
}


def test_a_mistyped_quantity_loses_no_reason(browser: FlaskClient, market: Cast) -> None:
    rule, cart = a_policy(market.acme), a_cart(market.acme, [(a_product(market.bolt), 3)])
    with market.acme.at_work("requester"):
        said = {"cost_centre_id": cart.cost_centre_id, "site_id": cart.site_id, "needed_on": cart.needed_on}
        describe_requisition(**said, note="N", reasons=because(rule, "Only they have it"))
        line_id = lines_of(cart.id)[0].id
    market.sign_in(browser, market.acme, "requester")
    answer = browser.post(f"/requisitions/cart/lines/{line_id}", data={"quantity": "three"})
    assert (answer.status_code, "Only they have it" in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("days", [2, 6])
def test_submit_by_hand_holds_no_longer_than_is_said_and_offered(market: Cast, days: int) -> None:
    with market.acme.at_work("procurement_lead"):
        set_policy(is_ordering_automatic=False, hold_days=Decimal(8 if days == 6 else 1))
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, ends_on=clock.today() + timedelta(days=3))
    cart = a_cart(market.acme, [(product_id, 1)])
    longer = SUBMIT.replace("'7 days'", f"'{days} days'")
    with (
        market.acme.at_work("requester") as work,
        pytest.raises(DBAPIError, match="is held no longer"),
    ):
        work.execute(text("; ".join(one.format(cart=cart.id, rules="'{}'") for one in (JUDGED, longer))))


@pytest.mark.parametrize("attack", ATTACKS)
def test_submit_by_hand_past_a_rule_is_refused_by_the_database(market: Cast, attack: str) -> None:
    rule = a_policy(market.acme)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    statements, forged = ATTACKS[attack]
    values = {
        "cart": cart.id,
        "rules": f"array['{rule.id}']::uuid[]",
        "version": rule.id,
        "rule": rule.rule_id,
        "name": "name",
        "effect": "reason",
        "reason": "'x'",
        "requester": cart.requester_id,
    } | forged
    with (
        market.acme.at_work("requester") as work,
        pytest.raises(DBAPIError, match=r"judged|ck_policy_hits_reason|fk_policy_hits_version"),
    ):
        work.execute(text("; ".join(statement.format(**values) for statement in statements)))


@pytest.mark.parametrize(
    "statement",
    [
        "update policy_hits set reason = 'x'",
        "delete from policy_hits",
        "update policy_evaluations set version_ids = '{}'",
        "insert into policy_hits select (jsonb_populate_record(h, jsonb_build_object('id', uuidv7(), 'line_id',"
        " uuidv7()))).* from policy_hits h",
        "update requisitions set reasons = '{}'",
    ],
)
def test_write_by_hand_after_submission_is_refused(market: Cast, statement: str) -> None:
    rule = a_policy(market.acme)
    submitted(market, a_cart(market.acme, [(a_product(market.bolt), 1)]), because(rule))
    with (
        pytest.raises(DBAPIError, match=r"permission denied|no cart of this person|stays as it is"),
        market.acme.at_work("requester") as work,
    ):
        work.execute(text(statement))


def test_write_an_evaluation_of_a_cart_that_is_not_handed_in_is_refused_at_commit(market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(DBAPIError, match="is not handed in"), market.acme.at_work("requester") as work:
        work.add(
            PolicyEvaluation(
                organisation_id=market.acme.id,
                document_id=cart.id,
                version_ids=[],
                evaluated_on=clock.today(),
            )
        )


def test_rules_are_judged_alike_by_the_code_and_the_database(market: Cast) -> None:
    """The database takes a submission only where it finds the same hits: here of many rules, drawn at random."""
    chance = Random(13)
    scenes = list(of_each_kind(market))
    centre_id = a_budget(market.acme).cost_centre_id
    for number in range(40):
        kind, _, values = chance.choice(scenes)
        a_policy(
            market.acme,
            kind,
            E.WARN,
            name=f"Rule {number}",
            **values
            | {
                "cpv_prefix": values.get("cpv_prefix") or chance.choice([None, "31", "34", "45"]),
                "cost_centre_id": chance.choice([None, None, centre_id]),
                "site_id": chance.choice([None, *market.acme.sites]),
                "minimum_amount": chance.choice(
                    [None, Decimal(0), Decimal(100), Decimal(250), Decimal(9999)]
                ),
                "ends_on": chance.choice([None, clock.today(), clock.today() + timedelta(days=1)]),
                "is_on": chance.random() < 0.9,
            },
        )
    cart = a_cart(market.acme, [(one, 7) for _, one, _ in scenes], cost_centre_id=centre_id)
    row = submitted(market, cart)
    with market.acme.reading("requester") as work:
        assert len(work.scalars(select(PolicyHit.id)).all()) > 20
        assert requisition(row.id).status == RequisitionState.APPROVED


def test_submit_takes_as_many_statements_for_thirty_lines_and_rules_as_for_two(market: Cast) -> None:
    centre_id = a_budget(market.acme).cost_centre_id
    products = [a_product(market.bolt, sku=f"P{n}") for n in range(30)]

    def statements(lines: int, rules: int) -> int:
        reasons = {}
        for number in range(rules):
            reasons |= because(a_policy(market.acme, name=f"Rule {lines} {number}"))
        cart = a_cart(market.acme, [(one, 1) for one in products[:lines]], cost_centre_id=centre_id)
        with market.acme.reading("requester"):
            reasons |= {rule.rule_id: Reason(rule.version, "x") for rule in rules_on(clock.today())}
        with counting() as sent:
            submitted(market, cart, reasons)
        return len(sent)

    assert statements(2, 2) == statements(30, 28)


def test_every_way_into_the_cart_ends_at_the_same_rule(browser: FlaskClient, market: Cast) -> None:
    """Quick order, catalogue page, comparison and copy put things into the cart; only its submission hands them in."""
    product_id = a_product(market.bolt, sku="CABLE")
    row = submitted(market, a_cart(market.acme, [(product_id, 1)]))
    a_policy(market.acme, K.CATEGORY_BAN, E.REFUSE, name="No cables")
    market.sign_in(browser, market.acme, "requester")
    ways = (
        ("/shop/list/cart", {"wanted": f"{product_id} 1"}),
        (f"/shop/{product_id}/add", {"quantity": "1"}),
        ("/requisitions/cart/lines", {"product_id": str(product_id), "quantity": "1"}),
        (f"/requisitions/{row.id}/copy", {}),
    )
    for address, data in ways:
        assert browser.post(address, data=data).status_code == 303
        typed = {
            "cost_centre_id": str(row.cost_centre_id),
            "site_id": str(row.site_id),
            "needed_on": str(row.needed_on),
            "step": "submit",
        }
        answer = browser.post("/requisitions/cart", data=typed)
        assert (answer.status_code, "No cables" in answer.text) == (409, True)
        with market.acme.at_work("requester") as work:
            work.execute(
                text(
                    "delete from requisition_lines l using requisitions r where r.id = l.requisition_id"
                    " and r.status = 'draft'"
                )
            )
