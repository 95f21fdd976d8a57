"""Does every page of approvals show what it must, to those who may see it, in both languages?"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.buyers.approvals.actions import decide_several, delegate
from marketplace.buyers.approvals.models import ApprovalRule, Delegation, PurchasingPolicy
from marketplace.buyers.approvals.queries import my_pending_steps, open_questions_to_me, run_of
from marketplace.buyers.requisitions.models import Requisition
from marketplace.foundation import clock, db
from tests.cast import Cast
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget, a_cost_centre
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_requisition


def waiting(market: Cast) -> Requisition:
    """A requisition of 300 € that waits for the approver, because of the rule “Large”."""
    a_rule(market.acme, name="Large", above=200)
    a_rule(market.acme, name="Very large", above=5000)
    return a_requisition(market.acme, [(a_product(market.bolt, stock=50), 30)])


def another(market: Cast, like: Requisition) -> Requisition:
    """A second one that waits for the same."""
    product_id = a_product(market.bolt, sku="B-2", stock=50)
    return a_requisition(market.acme, [(product_id, 40)], cost_centre_id=like.cost_centre_id)


def step_of(market: Cast, role: str = "approver") -> tuple[UUID, str]:
    with market.acme.reading(role):
        (one,) = my_pending_steps()
        return one.step.id, one.run.document_hash


def text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def in_french(browser: FlaskClient, address: str) -> str:
    browser.set_cookie("language", "fr")
    seen = text(browser, address)
    browser.set_cookie("language", "en")
    return seen


def test_index_shows_what_waits_and_why(browser: FlaskClient, market: Cast) -> None:
    row = waiting(market)
    market.sign_in(browser, market.acme, "approver")
    seen = text(browser, "/approvals/")
    for figure in (
        row.number,
        "€300.00",
        "requester of Acme Industrie",
        "€300.00 is at least €200.00.",
        "€9,700.00",
    ):
        assert figure in seen
    assert "Very large" not in seen
    assert row.number in in_french(browser, "/approvals/")


def test_index_without_anything_says_so(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "approver")
    assert "Nothing waits for you" in text(browser, "/approvals/")


def test_decide_yes_by_form_grants(browser: FlaskClient, market: Cast) -> None:
    row = waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.acme, "approver")
    typed = {"document_hash": document_hash, "decision": "yes", "comment": "Fine"}
    answer = browser.post(f"/approvals/steps/{step_id}/decide", data=typed)
    assert (answer.status_code, answer.location) == (303, "/approvals/")
    market.run_jobs()
    with market.acme.reading("approver"):
        run = run_of(row.id)
        assert run is not None
        assert run.status == "granted"
    assert "Fine" in text(browser, "/approvals/")


def test_decide_from_the_document_leads_back_to_it(browser: FlaskClient, market: Cast) -> None:
    row = waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.acme, "approver")
    assert document_hash in text(browser, f"/requisitions/{row.id}")
    typed = {"document_hash": document_hash, "decision": "no", "comment": "No need", "from_document": "1"}
    answer = browser.post(f"/approvals/steps/{step_id}/decide", data=typed)
    assert (answer.status_code, answer.location) == (303, f"/requisitions/{row.id}")
    assert "No need" in text(browser, f"/requisitions/{row.id}")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"decision": "no"}, 422, "say why not"),
        ({"decision": "maybe"}, 422, "Yes or no?"),
        ({"decision": "yes", "document_hash": "f" * 64}, 409, "has changed since"),
    ],
)
def test_decide_wrongly_is_refused_beside_the_document(
    browser: FlaskClient, market: Cast, typed: dict[str, str], status: int, sentence: str
) -> None:
    waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.acme, "approver")
    data = {"document_hash": document_hash} | typed
    answer = browser.post(f"/approvals/steps/{step_id}/decide", data=data)
    assert answer.status_code == status
    assert sentence in answer.get_data(as_text=True)


def test_decide_twice_is_refused(browser: FlaskClient, market: Cast) -> None:
    waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.acme, "approver")
    typed = {"document_hash": document_hash, "decision": "yes"}
    assert browser.post(f"/approvals/steps/{step_id}/decide", data=typed).status_code == 303
    again = browser.post(f"/approvals/steps/{step_id}/decide", data=typed)
    assert again.status_code == 409
    assert "has been decided already" in again.get_data(as_text=True)


@pytest.mark.parametrize("role", ["requester", "procurement_lead"])
def test_decide_by_somebody_who_is_not_asked_is_forbidden(
    browser: FlaskClient, market: Cast, role: str
) -> None:
    waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.acme, role)
    typed = {"document_hash": document_hash, "decision": "yes"}
    assert browser.post(f"/approvals/steps/{step_id}/decide", data=typed).status_code == 403


def test_decide_as_an_outsider_finds_nothing(browser: FlaskClient, market: Cast) -> None:
    waiting(market)
    step_id, document_hash = step_of(market)
    market.sign_in(browser, market.nosy, "approver")
    typed = {"document_hash": document_hash, "decision": "yes"}
    assert browser.post(f"/approvals/steps/{step_id}/decide", data=typed).status_code == 404


def test_delegate_by_form_and_take_it_back(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "approver")
    today = clock.today()
    lead = str(market.acme.people["procurement_lead"])
    typed = {"to_person_id": lead, "starts_on": str(today), "ends_on": str(today + timedelta(days=3))}
    assert browser.post("/approvals/delegations", data=typed).status_code == 303
    seen = text(browser, "/approvals/delegations")
    assert "in force" in seen
    assert "Take back" in seen
    with market.acme.reading("approver") as work:
        given = work.query(Delegation).one()
    assert browser.post(f"/approvals/delegations/{given.id}/end").status_code == 303
    assert "Nobody stands in for you" in text(browser, "/approvals/delegations")
    assert "Personne ne vous remplace" in in_french(browser, "/approvals/delegations")


def test_delegate_by_form_in_a_circle_is_refused_beside_the_field(browser: FlaskClient, market: Cast) -> None:
    today = clock.today()
    people = market.acme.people
    with market.acme.at_work("procurement_lead"):
        delegate(to_person_id=people["approver"], starts_on=today, ends_on=today)
    market.sign_in(browser, market.acme, "approver")
    typed = {"to_person_id": str(people["procurement_lead"]), "starts_on": str(today), "ends_on": str(today)}
    answer = browser.post("/approvals/delegations", data=typed)
    assert answer.status_code == 409
    assert "would be a circle" in answer.get_data(as_text=True)


def test_end_delegation_of_another_is_forbidden(browser: FlaskClient, market: Cast) -> None:
    today = clock.today()
    with market.acme.at_work("procurement_lead"):
        given = delegate(to_person_id=market.acme.people["approver"], starts_on=today, ends_on=today)
    market.sign_in(browser, market.acme, "approver")
    assert browser.post(f"/approvals/delegations/{given.id}/end").status_code == 403
    market.sign_in(browser, market.nosy, "approver")
    assert browser.post(f"/approvals/delegations/{given.id}/end").status_code == 404


def test_rules_are_written_changed_and_retired_by_form(browser: FlaskClient, market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    market.sign_in(browser, market.acme, "procurement_lead")
    assert "No rule yet" in text(browser, "/approvals/rules")
    assert browser.get("/approvals/rules/new").status_code == 200
    typed = {
        "name": "Large",
        "minimum_amount": "1 000,50",
        "cpv_prefix": "30",
        "cost_centre_id": str(centre.id),
        "asks_owner": "y",
        "approver_ids": [str(market.acme.people["approver"])],
        "position": "1",
        "quorum": "1",
        "deadline_days": "2",
    }
    browser.set_cookie("language", "fr")
    assert browser.post("/approvals/rules/new", data=typed).status_code == 303
    browser.set_cookie("language", "en")
    with market.acme.reading("requester") as work:
        rule = work.query(ApprovalRule).one()
    seen = text(browser, "/approvals/rules")
    assert "1,000.5" in seen
    assert "CC-100 · Production" in seen
    assert "input checked class" in text(browser, f"/approvals/rules/{rule.id}/edit")
    changed = typed | {"minimum_amount": "", "cpv_prefix": "", "cost_centre_id": ""}
    assert browser.post(f"/approvals/rules/{rule.id}/edit", data=changed).status_code == 303
    seen = text(browser, "/approvals/rules")
    assert "version 2" in seen
    assert "always" in seen
    assert browser.post(f"/approvals/rules/{rule.id}/retire").status_code == 303
    assert "No rule yet" in text(browser, "/approvals/rules")


def test_write_rule_that_asks_nobody_is_refused_beside_the_field(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "procurement_lead")
    typed = {"name": "Large", "position": "1", "quorum": "1", "deadline_days": "2"}
    answer = browser.post("/approvals/rules/new", data=typed)
    assert answer.status_code == 422
    assert "Say who is asked" in answer.get_data(as_text=True)


def test_policy_is_set_by_form(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "procurement_lead")
    assert (
        browser.post("/approvals/policy", data={"is_ordering_automatic": "y", "hold_days": "7"}).status_code
        == 303
    )
    with market.acme.reading("requester") as work:
        assert work.query(PurchasingPolicy).one().is_ordering_automatic


@pytest.mark.parametrize("role", ["requester", "approver", "buyer_finance"])
def test_rules_for_others_than_the_lead_are_forbidden(browser: FlaskClient, market: Cast, role: str) -> None:
    rule = a_rule(market.acme)
    market.sign_in(browser, market.acme, role)
    assert browser.get("/approvals/rules").status_code == 403
    for address in ("policy", "rules/new", f"rules/{rule.id}/edit", f"rules/{rule.id}/retire"):
        assert browser.post(f"/approvals/{address}").status_code == 403


def test_rules_for_an_outsider_are_not_there(browser: FlaskClient, market: Cast) -> None:
    rule = a_rule(market.acme)
    market.sign_in(browser, market.nosy, "procurement_lead")
    assert browser.get(f"/approvals/rules/{rule.id}/edit").status_code == 404
    assert browser.post(f"/approvals/rules/{rule.id}/retire").status_code == 404
    assert rule.name not in text(browser, "/approvals/rules")


def test_index_takes_as_many_statements_for_thirty_as_for_one(browser: FlaskClient, market: Cast) -> None:
    a_rule(market.acme, above=0)
    budget, product = a_budget(market.acme), a_product(market.bolt)
    a_requisition(market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id)
    market.sign_in(browser, market.acme, "approver")
    browser.get("/approvals/")
    seen: list[str] = []
    engine = db.runtime_engine()

    def count(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", count)
    browser.get("/approvals/")
    few = len(seen)
    event.remove(engine, "before_cursor_execute", count)
    for _ in range(29):
        a_requisition(market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id)
    seen.clear()
    event.listen(engine, "before_cursor_execute", count)
    browser.get("/approvals/")
    event.remove(engine, "before_cursor_execute", count)
    assert len(seen) == few


def test_several_are_decided_at_once_and_what_is_refused_says_why(browser: FlaskClient, market: Cast) -> None:
    other = another(market, waiting(market))
    with market.acme.reading("approver"):
        first, second = [f"{one.step.id} {one.run.document_hash}" for one in my_pending_steps()]
    stale = f"{second.split()[0]} {'f' * 64}"
    market.sign_in(browser, market.acme, "approver")
    assert first in text(browser, "/approvals/")
    assert (
        browser.post("/approvals/decide", data={"decision": "yes", "chosen": [first, stale]}).status_code
        == 303
    )
    seen = text(browser, "/approvals/")
    assert "One document is decided." in seen
    assert "has changed since" in seen
    assert other.number in seen
    assert step_of(market) == (UUID(second.split()[0]), second.split()[1])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"decision": "yes"}, "Please fill this in"),
        ({"decision": "yes", "chosen": "all of them"}, "Please choose from the list"),
        ({"decision": "no", "chosen": f"{UUID(int=7)} {'0' * 64}"}, "say why not"),
    ],
)
def test_several_decided_wrongly_are_not_decided(
    browser: FlaskClient, market: Cast, typed: dict[str, str], sentence: str
) -> None:
    another(market, waiting(market))
    market.sign_in(browser, market.acme, "approver")
    answer = browser.post("/approvals/decide", data=typed)
    assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    with market.acme.reading("approver"):
        assert len(my_pending_steps()) == 2


def test_question_is_asked_and_answered_on_pages(browser: FlaskClient, market: Cast) -> None:
    row = waiting(market)
    step_id, _hash = step_of(market)
    market.sign_in(browser, market.acme, "approver")
    address = f"/approvals/steps/{step_id}/question"
    assert "2 working days to answer" in text(browser, address)
    assert browser.post(address, data={"question": " "}).status_code == 422
    assert browser.post(address, data={"question": "Why thirty?"}).status_code == 303
    again = browser.post(address, data={"question": "And why now?"})
    assert (again.status_code, "And why now?" in again.get_data(as_text=True)) == (409, True)
    assert "waits for an answer" in text(browser, "/approvals/")
    market.run_jobs()
    market.sign_in(browser, market.acme, "requester")
    assert "Why thirty?" in text(browser, f"/requisitions/{row.id}")
    with market.acme.reading("requester"):
        (asked,) = open_questions_to_me(row.id)
    answer = f"/approvals/questions/{asked.id}/answer"
    assert "Why thirty?" in in_french(browser, answer)
    assert browser.post(answer, data={"answer": "A gross is cheaper."}).location == f"/requisitions/{row.id}"
    assert browser.post(answer, data={"answer": "No."}).status_code == 409
    market.sign_in(browser, market.acme, "approver")
    assert "A gross is cheaper." in text(browser, "/approvals/")
    assert browser.get(answer).status_code == 403
    market.sign_in(browser, market.acme, "procurement_lead")
    assert browser.get(answer).status_code == 404


def test_several_of_which_one_is_held_no_longer_are_decided_but_for_that_one(
    browser: FlaskClient, market: Cast
) -> None:
    first = waiting(market)
    later = clock.now() + timedelta(days=6)
    with clock.clock_at(later):
        second = another(market, first)
    with clock.clock_at(later + timedelta(days=1, minutes=1)):
        market.sign_in(browser, market.acme, "approver")
        with market.acme.reading("approver"):
            chosen = [f"{one.step.id} {one.run.document_hash}" for one in my_pending_steps()]
        assert (
            browser.post("/approvals/decide", data={"decision": "yes", "chosen": chosen}).status_code == 303
        )
        with market.acme.reading("approver"):
            runs = [run_of(first.id), run_of(second.id)]
    assert [run.status for run in runs if run] == ["pending", "granted"]


def test_two_who_decide_on_the_same_documents_in_another_order_both_get_through(market: Cast) -> None:
    centre_id, product_id = a_budget(market.acme).cost_centre_id, a_product(market.bolt, stock=500)
    a_rule(market.acme, asks=("approver", "procurement_lead"), quorum=Decimal(2))
    rows = [a_requisition(market.acme, [(product_id, 10)], cost_centre_id=centre_id) for _ in range(4)]
    start, both = Barrier(2), (("approver", 1), ("procurement_lead", -1))

    def decide(role: str, order: int) -> object:
        with market.acme.at_work(role):
            voices = [(one.step.id, one.run.document_hash) for one in my_pending_steps()][::order]
            start.wait()
            return decide_several(voices=voices, is_yes=True, comment=None)

    with ThreadPoolExecutor(2) as threads:
        given = [threads.submit(copy_context().run, decide, *said) for said in both]
        assert [each.result() for each in given] == [[], []]
    with market.acme.reading("approver"):
        assert {run.status for row in rows if (run := run_of(row.id))} == {"granted"}
