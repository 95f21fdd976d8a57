"""Whatever people do, in whatever order: does every dispute end, and is every cent somewhere?"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal

from flask import Flask
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.app import create_app
from marketplace.billing.payments.queries import payment_of_order
from marketplace.disputes.cases.lifecycle import FINALS, UNSETTLED
from marketplace.disputes.cases.models import ContributionKind, Dispute
from marketplace.disputes.cases.queries import lines_of, newest_proposal
from marketplace.disputes.cases.settling import decline_settlement
from marketplace.disputes.mediation.actions import call_mediator, confide, end_mediation
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation import background
from marketplace.foundation.errors import Refusal
from marketplace.foundation.outbox import deliver_everything
from marketplace.sellers.fulfilment.queries import fulfilment, lines_of as lines_to_ship
from tests.cast import Cast, Party
from tests.databases import clone
from tests.disputes.conftest import START
from tests.factories.disputes import (
    JOURNEY,
    a_dispute,
    accept,
    count,
    name,
    propose,
    run_out,
    say,
    seen,
    ship_all,
    sign,
    travel_to,
    withdraw,
)
from tests.factories.orders import as_seen

APP: list[Flask] = []
WRITERS = {"buyer": "receiver", "supplier": "sales_desk", "operator": "mediator"}
SIDES = st.sampled_from(["acme", "bolt"])
EVERYBODY = st.sampled_from(["acme", "bolt", "mira"])
TOTAL = Decimal(100)


@contextmanager
def a_market() -> Iterator[Cast]:
    """A market of its own on a Monday morning."""
    APP[:] = APP or [create_app()]
    with ExitStack() as stack:
        stack.enter_context(clone())
        stack.enter_context(background.in_this_process())
        stack.enter_context(APP[0].test_request_context(base_url="http://localhost"))
        stack.enter_context(JOURNEY)
        travel_to(START)
        yield Cast.present()


class Quarrel(RuleBasedStateMachine):
    """One dispute about two damaged pieces of ten, and people who press whatever button there is."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.market = self.stack.enter_context(a_market())
        self.dispute_id = a_dispute(self.market)

    def party(self, who: str) -> Party:
        return getattr(self.market, who)  # type: ignore[no-any-return]

    def attempted(self, act: Callable[[], object]) -> None:
        """What is not allowed now is refused in words, and nothing else happens."""
        before = self.row.status
        try:
            act()
        except Refusal:
            assert self.row.status == before
        deliver_everything()

    @property
    def row(self) -> Dispute:
        return seen(self.market.acme, self.dispute_id)

    @rule(who=EVERYBODY, kind=st.sampled_from(ContributionKind))
    def somebody_speaks(self, who: str, kind: ContributionKind) -> None:
        self.attempted(lambda: say(self.party(who), self.dispute_id, kind))

    @rule(who=EVERYBODY, refund=st.integers(0, 22), again=st.integers(0, 3), signs=st.booleans())
    def somebody_proposes(self, who: str, refund: int, again: int, signs: bool) -> None:
        with self.market.acme.reading("receiver"):
            line_id = lines_of(self.dispute_id)[0].order_line_id
        terms = {"replacements": [ReplacementLine(line_id, Decimal(again))]}
        signs_from = {"signs_from": "192.0.2.1"} if signs and who != "mira" else {}
        self.attempted(lambda: propose(self.party(who), self.dispute_id, str(refund), **terms, **signs_from))

    @rule(who=SIDES)
    def somebody_signs(self, who: str) -> None:
        with self.market.acme.reading("receiver"):
            if newest_proposal(self.dispute_id) is None:
                return
        self.attempted(lambda: sign(self.party(who), self.dispute_id))

    @rule(who=SIDES)
    def somebody_declines(self, who: str) -> None:
        with self.market.acme.reading("receiver"):
            offer = newest_proposal(self.dispute_id)
        if offer is not None:
            proposal_id = offer.id
            self.as_somebody(who, lambda: decline_settlement(proposal_id=proposal_id, reason="Non."))

    @rule(who=SIDES)
    def somebody_calls(self, who: str) -> None:
        self.as_somebody(who, lambda: call_mediator(dispute_id=self.dispute_id))

    @rule(who=SIDES, is_accepted=st.booleans())
    def somebody_answers_the_mediator(self, who: str, is_accepted: bool) -> None:
        self.attempted(lambda: accept(self.party(who), self.dispute_id, is_accepted=is_accepted))

    @rule(who=EVERYBODY)
    def somebody_confides(self, who: str) -> None:
        side_id = self.market.acme.id
        self.as_somebody(
            who, lambda: confide(dispute_id=self.dispute_id, organisation_id=side_id, body="Entre nous.")
        )

    @rule()
    def the_operator_names(self) -> None:
        if self.row.mediator_id is not None:
            self.attempted(lambda: name(self.market, self.dispute_id))

    @rule()
    def the_mediator_gives_up(self) -> None:
        if self.row.mediator_id is not None:
            self.as_somebody("mira", lambda: end_mediation(dispute_id=self.dispute_id))

    @rule()
    def the_opener_takes_it_back(self) -> None:
        if self.row.status not in FINALS:
            self.attempted(lambda: withdraw(self.market, self.dispute_id))

    @rule()
    def nobody_does_anything(self) -> None:
        if self.row.status not in FINALS:
            run_out(self.market, self.dispute_id)
            deliver_everything()

    def as_somebody(self, who: str, act: Callable[[], object]) -> None:
        def at_work() -> None:
            with self.party(who).at_work(WRITERS[self.party(who).side]):
                act()

        self.attempted(at_work)

    @invariant()
    def the_contested_money_is_held_until_it_is_shared(self) -> None:
        row = self.row
        with self.market.platform():
            money = payment_of_order(row.order_id)
        assert money is not None
        assert money.contested == (20 if row.status in UNSETTLED else 0)
        assert money.credited == (row.returned_amount or 0)
        assert (row.due_at is None) == (row.status in FINALS)

    def teardown(self) -> None:
        try:
            self.let_it_end()
        finally:
            self.stack.close()

    def let_it_end(self) -> None:
        """Left alone, it ends; and when all goods are counted, all money is one side's or the other's."""
        for _step in range(12):
            if self.row.status in FINALS:
                break
            run_out(self.market, self.dispute_id)
            deliver_everything()
        row = self.row
        assert row.status in FINALS
        self.goods_arrive()
        with self.market.platform():
            money = payment_of_order(row.order_id)
        assert money is not None
        assert money.accepted + money.credited >= TOTAL
        assert money.contested == 0
        assert row.returned_amount == money.credited

    def goods_arrive(self) -> None:
        """What a settlement sends again is shipped and counted."""
        order_id = self.row.order_id
        with self.market.bolt.reading("warehouse"):
            again = sum(line.remainder for line in lines_to_ship(fulfilment(order_id).id))
        if again:
            order = as_seen(self.market.acme, order_id)
            ship_all(self.market, order, str(again))
            count(self.market, order, ordered=str(again))


Quarrel.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestQuarrel = Quarrel.TestCase
