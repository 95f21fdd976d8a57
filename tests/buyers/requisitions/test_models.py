"""Can somebody who writes SQL by hand, as the runtime role, get a requisition approved, or change an approved one?"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.requisitions.actions import add_to_cart, submit_requisition
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.queries import requisition
from marketplace.foundation import background
from marketplace.foundation.errors import Refusal
from tests.cast import Cast, Party
from tests.databases import clone
from tests.factories.approvals import a_rule
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_cart, a_requisition

DOOR = (
    "select doors.start_approval(uuidv7(), '{kind}', '{document}', 'X', {hash}, {amount}, '{currency}',"
    " '{requester}', '{centre}', array['{cpv}'], now())"
)
LINE = "update requisition_lines set {0} where requisition_id = '{1}'"
DRAFT = (
    "insert into agreements (id, number, title, buyer_id, seller_id, proposer_id, status, starts_on, ends_on, currency,"
    " called_off_amount, language, written_at) select uuidv7(), 'X', 'X', organisation_id, seller_id, organisation_id,"
    " 'draft', current_date, current_date, 'EUR', 0, 'fr', now() from requisition_lines where requisition_id = '{0}'",
    "insert into agreement_lines (id, agreement_id, buyer_id, seller_id, product_id, sku, name, unit_code,"
    " unit_price_amount, unit_price_currency, called_off_quantity) select uuidv7(), a.id, buyer_id, a.seller_id,"
    " product_id, sku, name, unit_code, 0.01, 'EUR', 0 from agreements a, requisition_lines"
    " where requisition_id = '{0}'",
    "update requisition_lines set unit_price_amount = 0.01, line_total_amount = 1, agreement_id = a.agreement_id,"
    " agreement_line_id = a.id from agreement_lines a where requisition_id = '{0}'",
)
RELEASE = (
    "insert into budget_entries (id, organisation_id, budget_id, document_id, kind, committed, spent, currency,"
    " entered_at, entered_by) select uuidv7(), organisation_id, budget_id, document_id, 'released', -1, 0, currency,"
    " now(), '' from budget_commitments where document_id = '{0}'"
)
JUDGE = (
    "insert into policy_evaluations (id, organisation_id, document_id, version_ids, evaluated_on, evaluated_at)"
    " select uuidv7(), organisation_id, id, '{{}}', current_date, now() from requisitions where id = '{0}'"
)
SUBMIT = (
    "update requisitions set status = 'submitted', number = 'X', submitted_at = now(), priced_on = current_date,"
    " held_until = now() + interval '7 days', content_hash = repeat('0', 64) where id = '{0}'"
)


class Scene(NamedTuple):
    """A requisition of 1,000 € that waits for the approver (rules ask from 500 € on), and a filled cart."""

    acme: Party
    row: Requisition
    cart: Requisition
    product_id: UUID

    def forged(self, **others: object) -> list[str]:
        """The cart submitted by hand, an approval that the rules grant at once, and the attempt to use it."""
        values = {
            "kind": "requisition",
            "document": self.cart.id,
            "hash": f"(select content_hash from requisitions where id = '{self.cart.id}')",
            "amount": 1000,
            "currency": "EUR",
            "requester": self.row.requester_id,
            "centre": self.row.cost_centre_id,
            "cpv": "31000000",
        }
        return [
            JUDGE.format(self.cart.id),
            SUBMIT.format(self.cart.id),
            DOOR.format(**(values | others)),
            "update approval_runs set status = 'granted' where status = 'pending' and document_number = 'X'",
            "update requisitions set approval_run_id = (select id from approval_runs where document_number = 'X')"
            f" where id = '{self.cart.id}'",
            f"update requisitions set status = 'approved' where id = '{self.cart.id}'",
        ]


@pytest.fixture
def scene(market: Cast) -> Scene:
    return played(market)


@pytest.fixture(scope="module")
def untouched() -> Iterator[Scene]:
    """One scene for all attacks: none of them leaves a trace."""
    with clone(), background.in_this_process():
        yield played(Cast.present())


def played(market: Cast) -> Scene:
    a_rule(market.acme, above=500)
    product = a_product(market.bolt, price="10", stock=1000)
    row = a_requisition(market.acme, [(product, 100)])
    with market.acme.at_work("requester"):
        cart_line = add_to_cart(product_id=product, quantity=Decimal(100))
        cart = requisition(cart_line.requisition_id)
        cart.cost_centre_id, cart.site_id, cart.needed_on = row.cost_centre_id, row.site_id, row.needed_on
    return Scene(market.acme, row, cart, product)


ATTACKS: dict[str, tuple[str, str, Callable[[Scene], list[str]]]] = {
    "approve it": (
        "requester",
        "no granted approval",
        lambda s: ["update requisitions set status = 'approved'"],
    ),
    "approve it as the approver": (
        "approver",
        "no granted approval",
        lambda s: [f"update requisitions set status = 'approved' where id = '{s.row.id}'"],
    ),
    "order it": ("requester", "cannot go from", lambda s: ["update requisitions set status = 'ordered'"]),
    "make it a draft again": (
        "requester",
        "cannot go from",
        lambda s: [f"update requisitions set status = 'draft' where id = '{s.row.id}'"],
    ),
    "insert an approved one": (
        "requester",
        "starts as",
        lambda s: [
            "insert into requisitions (id, organisation_id, number, requester_id, note, status, version, total_amount,"
            f" total_currency, started_at) values (uuidv7(), '{s.acme.id}', 'X', '{s.row.requester_id}', '',"
            " 'approved', 1, 1, 'EUR', now())"
        ],
    ),
    "take a price that one has only drafted": (
        "requester",
        "no catalogue, list or agreement says",
        lambda s: [*(statement.format(s.cart.id) for statement in DRAFT), SUBMIT.format(s.cart.id)],
    ),
    "change the hash": (
        "requester",
        "its content stays",
        lambda s: [f"update requisitions set content_hash = repeat('0', 64) where id = '{s.row.id}'"],
    ),
    "change the total": (
        "requester",
        "its content stays",
        lambda s: [f"update requisitions set total_amount = 1 where id = '{s.row.id}'"],
    ),
    "change the currency": (
        "requester",
        "its content stays",
        lambda s: [f"update requisitions set total_currency = 'JPY' where id = '{s.row.id}'"],
    ),
    "change the requester": (
        "approver",
        "its content stays",
        lambda s: [
            f"update requisitions set requester_id = '{s.acme.people['receiver']}' where id = '{s.row.id}'"
        ],
    ),
    "change the cost centre": (
        "requester",
        "its content stays|foreign key",
        lambda s: [f"update requisitions set cost_centre_id = uuidv7() where id = '{s.row.id}'"],
    ),
    "change where it goes": (
        "requester",
        "its content stays",
        lambda s: [f"update requisitions set site_id = '{s.acme.sites[1]}' where id = '{s.row.id}'"],
    ),
    "hold it for ever": (
        "requester",
        "its content stays",
        lambda s: [f"update requisitions set held_until = 'infinity' where id = '{s.row.id}'"],
    ),
    "change a quantity": (
        "requester",
        "lines stay",
        lambda s: [LINE.format("quantity = 1, line_total_amount = 10", s.row.id)],
    ),
    "change a price": (
        "requester",
        "lines stay",
        lambda s: [LINE.format("unit_price_amount = 0, line_total_amount = 0", s.row.id)],
    ),
    "take a line away": (
        "requester",
        "lines stay",
        lambda s: [f"delete from requisition_lines where requisition_id = '{s.row.id}'"],
    ),
    "move a line of the cart in": (
        "requester",
        "stays where it is",
        lambda s: [LINE.format(f"requisition_id = '{s.row.id}'", s.cart.id)],
    ),
    "delete it": ("requester", "permission denied", lambda s: ["delete from requisitions"]),
    "change a colleague's cart": (
        "approver",
        "by the one who fills it",
        lambda s: [f"update requisitions set note = 'x' where id = '{s.cart.id}'"],
    ),
    "change a colleague's line": (
        "approver",
        "by the one who fills it",
        lambda s: [LINE.format("quantity = 1, line_total_amount = 10", s.cart.id)],
    ),
    "submit a cart at a price of one's own": (
        "requester",
        "no catalogue, list or agreement says",
        lambda s: [
            LINE.format("unit_price_amount = 0.1, line_total_amount = 10", s.cart.id),
            SUBMIT.format(s.cart.id),
        ],
    ),
    "round a price away": (
        "requester",
        "costs_something",
        lambda s: [LINE.format("quantity = 0.001, unit_price_amount = 10, line_total_amount = 0", s.cart.id)],
    ),
    "submit a cart under another category": (
        "requester",
        "no catalogue, list or agreement says",
        lambda s: [LINE.format("cpv_code = '30000000'", s.cart.id), SUBMIT.format(s.cart.id)],
    ),
    "submit a cart in another currency": (
        "requester",
        "mixes currencies",
        lambda s: [
            LINE.format("unit_price_currency = 'JPY', line_total_currency = 'JPY'", s.cart.id),
            SUBMIT.format(s.cart.id),
        ],
    ),
    "submit a cart with wrong arithmetic": (
        "requester",
        "arithmetic",
        lambda s: [LINE.format("line_total_amount = 1", s.cart.id), SUBMIT.format(s.cart.id)],
    ),
    "submit an empty cart": (
        "requester",
        "has no lines",
        lambda s: [
            f"delete from requisition_lines where requisition_id = '{s.cart.id}'",
            SUBMIT.format(s.cart.id),
        ],
    ),
    "submit a cart under another name": (
        "requester",
        "names something else",
        lambda s: [LINE.format("name = 'Pencils'", s.cart.id), SUBMIT.format(s.cart.id)],
    ),
    "submit a cart that holds nothing": (
        "requester",
        "nothing is held for",
        lambda s: [JUDGE.format(s.cart.id), SUBMIT.format(s.cart.id)],
    ),
    "submit a cart that no buying rule was asked about": (
        "requester",
        "is not judged by the rules",
        lambda s: [SUBMIT.format(s.cart.id)],
    ),
    "submit a cart that is held for ever": (
        "requester",
        "is held no longer",
        lambda s: [SUBMIT.format(s.cart.id).replace("now() + interval '7 days'", "'infinity'")],
    ),
    "reject a colleague's": (
        "approver",
        "by this person",
        lambda s: [f"update requisitions set status = 'rejected' where id = '{s.row.id}'"],
    ),
    "take a colleague's back": (
        "receiver",
        "by this person",
        lambda s: [f"update requisitions set status = 'withdrawn' where id = '{s.row.id}'"],
    ),
    "let go of its budget": ("buyer_finance", "still needs its budget", lambda s: [RELEASE.format(s.row.id)]),
    "let go of its goods": (
        "requester",
        "still needs its goods",
        lambda s: [f"select doors.release_reservation('{s.row.id}', now())"],
    ),
    "hand its goods to nobody's document": (
        "requester",
        "still needs its goods",
        lambda s: [
            f"select doors.hand_over_reservation('{s.row.id}', uuidv7(), array['{s.product_id}'::uuid], current_date)"
        ],
    ),
    "change its goods to nothing": (
        "requester",
        "still needs its goods",
        lambda s: [f"select doors.change_reservation('{s.row.id}', '{{}}', '{{}}', now(), current_date)"],
    ),
    "forge an approval of a smaller amount": (
        "requester",
        "no granted approval",
        lambda s: s.forged(amount=1),
    ),
    "forge an approval of another document": (
        "requester",
        "no granted approval",
        lambda s: s.forged(document=s.acme.id, amount=1),
    ),
    "forge an approval of another kind of document": (
        "requester",
        "no granted approval",
        lambda s: s.forged(amount=1, kind="toy"),
    ),
    "forge an approval in another currency": (
        "requester",
        "do not speak of JPY",
        lambda s: s.forged(currency="JPY"),
    ),
    "forge an approval of another version": (
        "requester",
        "no granted approval",
        lambda s: s.forged(amount=1, hash="repeat('0', 64)"),
    ),
    "forge an approval for a colleague's request": (
        "requester",
        "no granted approval",
        lambda s: s.forged(amount=1, requester=s.acme.people["receiver"]),
    ),
    "forge an approval of other goods": (
        "requester",
        "no granted approval",
        lambda s: s.forged(amount=1, cpv="30000000"),
    ),
    "forge an approval of the true amount": ("requester", "do not say granted", lambda s: s.forged()),
}


def by_hand(scene: Scene, role: str, statements: list[str]) -> None:
    with scene.acme.at_work(role) as work:
        for statement in statements:
            work.execute(text(statement))


@pytest.mark.parametrize("attack", ATTACKS)
def test_write_by_hand_approves_and_changes_nothing(untouched: Scene, attack: str) -> None:
    role, reason, statements = ATTACKS[attack]
    with untouched.acme.reading("requester"):
        before = vars(requisition(untouched.row.id)) | {"_sa_instance_state": None}
    with pytest.raises(DBAPIError, match=reason):
        by_hand(untouched, role, statements(untouched))
    with untouched.acme.reading("requester"):
        assert vars(requisition(untouched.row.id)) | {"_sa_instance_state": None} == before


def test_write_status_of_a_cart_by_hand_gets_the_true_total_and_hash(scene: Scene) -> None:
    with scene.acme.at_work("requester") as work:
        work.execute(text(f"update requisitions set total_amount = 1 where id = '{scene.cart.id}'"))
        work.execute(text(JUDGE.format(scene.cart.id)))
        work.execute(text(SUBMIT.format(scene.cart.id)))
        row = requisition(scene.cart.id)
        work.refresh(row)
        assert row.total.amount == 1000
        assert row.content_hash not in (None, "0" * 64)
        work.rollback()


def test_write_by_hand_as_an_outsider_changes_nothing(scene: Scene, market: Cast) -> None:
    with market.nosy.at_work("procurement_lead") as work:
        for statement in (
            "update requisitions set status = 'approved' returning id",
            "update requisition_lines set quantity = 1 returning id",
            "delete from requisition_lines returning id",
        ):
            assert work.execute(text(statement)).all() == []


def test_hash_differs_for_every_change_of_content(market: Cast) -> None:
    product = a_product(market.bolt)
    cart = a_cart(market.acme, [(product, 10)])
    changes = (
        "update requisitions set note = 'x'",
        "update requisitions set needed_on = needed_on + 1",
        f"update requisitions set site_id = '{market.acme.sites[1]}'",
        "update requisition_lines set quantity = 20, line_total_amount = 200",
        "update requisition_lines set name = 'x'",
        "update requisition_lines set position = 2",
    )
    hashes = set()
    with market.acme.at_work("requester") as work:
        for change in ("select 1", *changes):
            work.execute(text(change))
            hashes.add(
                work.scalar(text(f"select requisition_hash(r) from requisitions r where id = '{cart.id}'"))
            )
    assert len(hashes) == len(changes) + 1


def test_submit_by_two_clicks_at_once_submits_once(market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt, stock=10), 10)])

    def click(_: int) -> bool:
        try:
            with market.acme.at_work("requester"):
                submit_requisition(requisition_id=cart.id)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(click, range(4))) == 1


def test_add_to_cart_from_many_tabs_at_once_fills_one_cart(market: Cast) -> None:
    products = [a_product(market.bolt, sku=f"P{n}") for n in range(8)]

    def add(product_id: UUID) -> None:
        with market.acme.at_work("requester"):
            add_to_cart(product_id=product_id, quantity=Decimal(1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, products))
    with market.acme.reading("requester") as work:
        assert work.execute(text("select count(*), sum(total_amount) from requisitions")).one() == (1, 80)
        positions = work.scalars(text("select position from requisition_lines order by 1")).all()
        assert positions == list(range(1, 9))
