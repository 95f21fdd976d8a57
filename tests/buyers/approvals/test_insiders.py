"""Can a colleague decide what they should not, by the pages, by the actions or by hand?

Somebody whose role was taken away, who asks and decides, who stands in for others, who is at home elsewhere too, or who
lets another clock run.
"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.buyers.approvals.actions import NotAsked, decide, delegate, end_delegation
from marketplace.buyers.approvals.lifecycle import RunState
from marketplace.buyers.approvals.models import ApprovalRun, Decision
from marketplace.buyers.approvals.queries import my_pending_steps, steps_of
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.people.actions import add_membership, change_roles
from marketplace.permissions import permissions_of
from tests.buyers.approvals.test_models import DECISION
from tests.cast import Cast, Party
from tests.factories.approvals import HASH, a_rule, a_run
from tests.factories.budgets import a_cost_centre
from tests.factories.identity import a_membership


class Scene(NamedTuple):
    """A run of the requester's that waits for the approver."""

    market: Cast
    run: ApprovalRun
    step_id: UUID

    @property
    def acme(self) -> Party:
        return self.market.acme

    def decision(self, by: str, behalf: str) -> str:
        """An INSERT that says yes, as `by` in the place of `behalf`."""
        people = self.acme.people
        return DECISION.format(
            here=self.acme.id,
            run=self.run.id,
            step=self.step_id,
            requester=self.run.requester_id,
            hash=HASH,
            by=people[by],
            behalf=people[behalf],
        )

    def is_pending(self) -> bool:
        with self.acme.reading("requester") as work:
            return work.get_one(ApprovalRun, self.run.id).status == RunState.PENDING

    def post(self, browser: FlaskClient) -> int:
        """The status of the answer to a yes by the page."""
        typed = {"document_hash": HASH, "decision": "yes"}
        return browser.post(f"/approvals/steps/{self.step_id}/decide", data=typed).status_code


@pytest.fixture
def scene(market: Cast) -> Scene:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    run = a_run(market.acme, centre.id)
    with market.acme.reading("requester"):
        [step] = steps_of(run.id)
    return Scene(market, run, step.id)


def by_hand(party: Party, role: str, statement: str) -> None:
    with party.at_work(role) as work:
        work.execute(text(statement))


def with_roles(party: Party, role: str, *roles: str, is_active: bool = True) -> None:
    """The colleague who had that one role has these from now on."""
    membership_id = a_membership(party, role)
    with party.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=list(roles), is_active=is_active)


def stands_in(party: Party, taker: str, giver: str, days: int = 3) -> UUID:
    today = clock.today()
    with party.at_work(giver):
        to = party.people[taker]
        return delegate(to_person_id=to, starts_on=today, ends_on=today + timedelta(days=days)).id


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("by", ["approver", "procurement_lead"])
def test_decide_by_a_revoked_approver_or_their_stand_in_is_refused_everywhere(
    scene: Scene, browser: FlaskClient, by: str, is_active: bool
) -> None:
    stands_in(scene.acme, "procurement_lead", "approver")
    with_roles(scene.acme, "approver", "requester", is_active=is_active)
    scene.market.sign_in(browser, scene.acme, by)
    assert scene.post(browser) == 403
    with scene.acme.reading(by):
        assert my_pending_steps() == []
    with pytest.raises(DBAPIError, match="may not decide for"):
        by_hand(scene.acme, by, scene.decision(by, "approver"))
    assert scene.is_pending()


def test_decide_with_a_permission_that_was_taken_away_meanwhile_is_refused(scene: Scene) -> None:
    with_roles(scene.acme, "approver", "requester")
    with pytest.raises(IntegrityError, match="may not decide for"), scene.acme.at_work("approver"):
        decide(step_id=scene.step_id, document_hash=HASH, is_yes=True, comment="")


def test_decide_with_a_request_of_the_new_role_is_refused_in_words(scene: Scene) -> None:
    with_roles(scene.acme, "approver", "requester")
    today = replace(scene.acme.actor("approver"), permissions=permissions_of(["requester"]))
    with pytest.raises(NotAsked), unit_of_work(today):
        decide(step_id=scene.step_id, document_hash=HASH, is_yes=True, comment="")


def test_start_asks_nobody_whose_role_was_taken_away(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    with_roles(market.acme, "approver", "requester")
    run = a_run(market.acme, centre.id)
    with market.acme.reading("procurement_lead"):
        [pending] = my_pending_steps()
    assert pending.run.id == run.id


@pytest.mark.parametrize("behalf", ["requester", "approver"])
def test_decide_on_ones_own_in_two_roles_is_refused_everywhere(
    scene: Scene, browser: FlaskClient, behalf: str
) -> None:
    with_roles(scene.acme, "requester", "requester", "approver")
    stands_in(scene.acme, "requester", "approver")
    scene.market.sign_in(browser, scene.acme, "requester")
    assert scene.post(browser) == 403
    with pytest.raises(DBAPIError, match="not_own"):
        by_hand(scene.acme, "requester", scene.decision("requester", behalf))
    assert scene.is_pending()


def test_decide_from_another_organisation_that_one_acts_for_finds_nothing(
    scene: Scene, browser: FlaskClient
) -> None:
    nosy, approver = scene.market.nosy, scene.acme.people["approver"]
    with scene.market.platform():
        add_membership(person_id=scene.run.requester_id, organisation_id=nosy.id, roles=["approver"])
        add_membership(person_id=approver, organisation_id=nosy.id, roles=["approver"])
    nosy.people.update(requester=scene.run.requester_id, approver=approver)
    for role in ("requester", "approver"):
        scene.market.sign_in(browser, scene.acme, role)
        browser.post(f"/organisations/{nosy.id}")
        assert scene.post(browser) == 404
        with pytest.raises(DBAPIError, match=r"is not open|row-level security"):
            by_hand(nosy, role, scene.decision(role, role))
        with nosy.reading(role):
            assert my_pending_steps() == []
    assert scene.is_pending()


def test_decide_in_the_place_of_somebody_who_stands_in_is_refused(scene: Scene) -> None:
    with_roles(scene.acme, "receiver", "approver")
    stands_in(scene.acme, "receiver", "approver")
    stands_in(scene.acme, "procurement_lead", "receiver")
    with scene.acme.reading("procurement_lead"):
        assert my_pending_steps() == []
    with pytest.raises(DBAPIError, match="may not decide for"):
        by_hand(scene.acme, "procurement_lead", scene.decision("procurement_lead", "approver"))


def test_delegate_in_a_circle_of_three_is_refused(scene: Scene) -> None:
    with_roles(scene.acme, "receiver", "approver")
    stands_in(scene.acme, "procurement_lead", "approver")
    stands_in(scene.acme, "receiver", "procurement_lead")
    with pytest.raises(DBAPIError, match="circle"):
        stands_in(scene.acme, "approver", "receiver")


def test_decide_in_an_earlier_hour_when_one_still_stood_in_is_refused(scene: Scene) -> None:
    given = stands_in(scene.acme, "procurement_lead", "approver")
    early = scene.decision("procurement_lead", "approver")
    with scene.acme.at_work("approver"):
        end_delegation(delegation_id=given)
    with pytest.raises(DBAPIError, match="may not decide for"):
        by_hand(scene.acme, "procurement_lead", early)
    with clock_at(clock.now() + timedelta(hours=3)), pytest.raises(DBAPIError, match="is not open"):
        by_hand(scene.acme, "procurement_lead", early)


def test_escalate_by_another_clock_asks_nobody(scene: Scene) -> None:
    with scene.acme.at_work("procurement_lead") as work:
        told = work.execute(text(f"select doors.escalate_step('{scene.step_id}', now() + interval '1 year')"))
        assert told.all() == []
    with scene.acme.reading("procurement_lead"):
        assert my_pending_steps() == []


def test_decide_twice_in_the_same_moment_counts_once(
    scene: Scene, portal: Flask, browser: FlaskClient
) -> None:
    scene.market.sign_in(browser, scene.acme, "approver")
    cookie = browser.get_cookie("marketplace")
    assert cookie is not None

    def click(_: int) -> int:
        another = portal.test_client()
        another.set_cookie("marketplace", cookie.value)
        return scene.post(another)

    with ThreadPoolExecutor(8) as pool:
        clicks = [pool.submit(copy_context().run, click, number) for number in range(8)]
        answers = sorted(one.result() for one in clicks)
    assert answers == [303, *[409] * 7]
    with scene.acme.reading("requester") as work:
        assert len(work.scalars(select(Decision)).all()) == 1
        assert work.get_one(ApprovalRun, scene.run.id).status == RunState.GRANTED
