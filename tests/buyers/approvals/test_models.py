"""Can somebody who writes SQL by hand, as the runtime role, get something approved? Each attack works elsewhere."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.approvals.actions import delegate, void_run
from marketplace.buyers.approvals.lifecycle import RUN, STEP, RunState, StepState
from marketplace.buyers.approvals.models import ApprovalRun
from marketplace.buyers.approvals.queries import my_pending_steps, steps_of
from marketplace.foundation import background, clock
from tests.cast import Cast, Party
from tests.databases import clone
from tests.factories.approvals import HASH, a_rule, a_run, decided
from tests.factories.budgets import a_cost_centre

TODAY = "(current_timestamp at time zone 'Europe/Paris')::date"
"""As the marketplace counts days; from 22 or 23 o'clock UTC on it is the next."""
DECISION = (
    "insert into approval_decisions (id, organisation_id, run_id, step_id, requester_id, document_hash,"
    " decided_by_id, on_behalf_of_id, is_yes, comment, decided_at, decided_on)"
    " values (uuidv7(), '{here}', '{run}', '{step}', '{requester}', '{hash}', '{by}', '{behalf}', true, '',"
    f" now(), {TODAY})"
)


class Scene(NamedTuple):
    """A run that waits for the approver, then for the procurement lead."""

    acme: Party
    run: ApprovalRun
    steps: list[UUID]

    def decision(self, by: str, behalf: str | None = None, step: int = 0, **others: str) -> str:
        """An INSERT that says yes, as `by`."""
        values = {
            "here": str(self.acme.id),
            "run": str(self.run.id),
            "step": str(self.steps[step]),
            "requester": str(self.run.requester_id),
            "hash": HASH,
            "by": str(self.acme.people[by]),
            "behalf": str(self.acme.people[behalf or by]),
        }
        return DECISION.format(**(values | others))


@pytest.fixture
def scene(market: Cast) -> Scene:
    return played(market)


@pytest.fixture(scope="module")
def untouched() -> Iterator[Scene]:
    """One scene for all attacks: none of them leaves a trace."""
    with clone(), background.in_this_process():
        yield played(Cast.present())


def played(market: Cast) -> Scene:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, position=1, asks=["approver"])
    a_rule(market.acme, position=2, asks=["procurement_lead"])
    run = a_run(market.acme, centre.id)
    with market.acme.reading("requester"):
        return Scene(market.acme, run, [step.id for step in steps_of(run.id)])


def by_hand(scene: Scene, role: str, *statements: str) -> None:
    with scene.acme.at_work(role) as work:
        for statement in statements:
            work.execute(text(statement))


ATTACKS: dict[str, tuple[str, str, Callable[[Scene], list[str]]]] = {
    "grant the run": (
        "requester",
        "do not say granted",
        lambda s: [f"update approval_runs set status = 'granted' where id = '{s.run.id}'"],
    ),
    "grant the run behind an empty table of steps": (
        "requester",
        "do not say granted",
        lambda s: [
            "create temporary table approval_steps (run_id uuid, status text)",
            f"update approval_runs set status = 'granted' where id = '{s.run.id}'",
        ],
    ),
    "approve the steps": (
        "requester",
        "cannot go from waiting",
        lambda s: [f"update approval_steps set status = 'approved' where run_id = '{s.run.id}'"],
    ),
    "approve the first step without a decision": (
        "approver",
        "do not say approved",
        lambda s: [f"update approval_steps set status = 'approved' where id = '{s.steps[0]}'"],
    ),
    "open the last step first": (
        "procurement_lead",
        "do not say open|deadline",
        lambda s: [
            "update approval_steps set status = 'open', opened_at = now(), due_at = now()"
            f" where id = '{s.steps[1]}'"
        ],
    ),
    "cancel what is left and grant": (
        "requester",
        "do not say granted",
        lambda s: [
            f"update approval_steps set status = 'cancelled' where run_id = '{s.run.id}'",
            f"update approval_runs set status = 'granted' where id = '{s.run.id}'",
        ],
    ),
    "delete the steps": ("requester", "permission denied", lambda s: ["delete from approval_steps"]),
    "move the steps elsewhere": (
        "requester",
        "permission denied",
        lambda s: [f"update approval_steps set run_id = uuidv7() where run_id = '{s.run.id}'"],
    ),
    "lower the quorum": ("approver", "permission denied", lambda s: ["update approval_steps set quorum = 0"]),
    "insert a run": (
        "requester",
        "permission denied",
        lambda s: [
            "insert into approval_runs select (jsonb_populate_record(r, '{\"id\": null}')).* from approval_runs r"
        ],
    ),
    "change the run's hash": (
        "requester",
        "permission denied",
        lambda s: ["update approval_runs set document_hash = 'x'"],
    ),
    "change the run's amount": (
        "requester",
        "permission denied",
        lambda s: ["update approval_runs set amount = 1"],
    ),
    "change the run's currency": (
        "requester",
        "permission denied",
        lambda s: ["update approval_runs set currency = 'JPY'"],
    ),
    "change the run's requester": (
        "approver",
        "permission denied",
        lambda s: [f"update approval_runs set requester_id = '{s.acme.people['receiver']}'"],
    ),
    "decide for somebody else": ("requester", "row-level security", lambda s: [s.decision("approver")]),
    "decide on one's own": ("requester", "may not decide for", lambda s: [s.decision("requester")]),
    "decide on one's own under another requester": (
        "requester",
        "may not decide for",
        lambda s: [s.decision("requester", "approver", requester=str(s.acme.people["receiver"]))],
    ),
    "decide in a colleague's place without a delegation": (
        "procurement_lead",
        "may not decide for",
        lambda s: [s.decision("procurement_lead", "approver")],
    ),
    "decide without being asked": (
        "procurement_lead",
        "decisions_asked",
        lambda s: [s.decision("procurement_lead")],
    ),
    "decide without the role": ("receiver", "may not decide for", lambda s: [s.decision("receiver")]),
    "decide tomorrow": (
        "approver",
        "is not open",
        lambda s: [s.decision("approver").replace("now()", "now() + interval '1 day'")],
    ),
    "move the deadline": (
        "procurement_lead",
        "deadline of step",
        lambda s: ["update approval_steps set due_at = now() - interval '1 day' where status = 'open'"],
    ),
    "void a colleague's approval": (
        "approver",
        "do not say void",
        lambda s: [f"update approval_runs set status = 'void' where id = '{s.run.id}'"],
    ),
    "cancel what a colleague still needs": (
        "receiver",
        "is still needed",
        lambda s: [f"update approval_steps set status = 'cancelled' where run_id = '{s.run.id}'"],
    ),
    "decide on another version": (
        "approver",
        "decisions_document",
        lambda s: [s.decision("approver", hash="f" * 64)],
    ),
    "decide on a step that is not open": (
        "procurement_lead",
        "is not open",
        lambda s: [s.decision("procurement_lead", step=1)],
    ),
    "decide twice": ("approver", "decided_by_id", lambda s: [s.decision("approver"), s.decision("approver")]),
    "change a decision": (
        "approver",
        "permission denied",
        lambda s: ["update approval_decisions set is_yes = true"],
    ),
    "make oneself an approver": (
        "requester",
        "permission denied",
        lambda s: [
            "insert into approval_step_approvers (id, organisation_id, step_id, person_id, source)"
            f" values (uuidv7(), '{s.acme.id}', '{s.steps[0]}', '{s.acme.people['requester']}', 'named')"
        ],
    ),
    "delete the rules": (
        "requester",
        "only procurement_lead",
        lambda s: ["delete from approval_rule_approvers"],
    ),
    "switch the rules off": (
        "requester",
        "only procurement_lead",
        lambda s: ["update approval_rules set is_active = false"],
    ),
    "raise the limits": (
        "approver",
        "only procurement_lead",
        lambda s: ["update approval_rules set minimum_amount = 1000000"],
    ),
    "order automatically": (
        "requester",
        "only procurement_lead",
        lambda s: [
            "insert into purchasing_policies (id, organisation_id, is_ordering_automatic, version, changed_at)"
            f" values (uuidv7(), '{s.acme.id}', true, 1, now())"
        ],
    ),
    "write a delegation in another's name": (
        "procurement_lead",
        "row-level security",
        lambda s: [
            "insert into approval_delegations"
            " (id, organisation_id, from_person_id, to_person_id, starts_on, ends_on) values (uuidv7(),"
            f" '{s.acme.id}', '{s.acme.people['approver']}', '{s.acme.people['procurement_lead']}',"
            f" {TODAY}, {TODAY})"
        ],
    ),
    "act as nobody": (
        "approver",
        "row-level security",
        lambda s: ["select set_config('app.person_id', '', true)", s.decision("approver")],
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_write_by_hand_approves_nothing(untouched: Scene, attack: str) -> None:
    role, reason, statements = ATTACKS[attack]
    with pytest.raises(DBAPIError, match=reason):
        by_hand(untouched, role, *statements(untouched))
    with untouched.acme.reading("requester") as work:
        assert work.get_one(ApprovalRun, untouched.run.id).status == RunState.PENDING


def test_write_a_rightful_decision_by_hand_is_accepted(scene: Scene) -> None:
    by_hand(scene, "approver", scene.decision("approver"))


def test_write_delegation_of_a_decision_that_is_over_is_refused(scene: Scene) -> None:
    today = clock.today()
    with scene.acme.at_work("approver"):
        delegate(
            to_person_id=scene.acme.people["procurement_lead"],
            starts_on=today + timedelta(days=3),
            ends_on=today + timedelta(days=4),
        )
    with pytest.raises(DBAPIError, match="may not decide for"):
        by_hand(scene, "procurement_lead", scene.decision("procurement_lead", "approver"))


def test_write_delegations_in_a_circle_at_once_lets_only_one_stand(market: Cast) -> None:
    days = {"starts_on": clock.today(), "ends_on": clock.today() + timedelta(days=3)}

    def give(giver: str, taker: str) -> bool:
        try:
            with market.acme.at_work(giver):
                delegate(to_person_id=market.acme.people[taker], **days)
        except DBAPIError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        pairs = [("approver", "procurement_lead"), ("procurement_lead", "approver")]
        assert sum(pool.map(lambda pair: give(*pair), pairs)) == 1


def test_write_by_hand_as_an_outsider_changes_nothing(scene: Scene, market: Cast) -> None:
    with market.nosy.at_work("procurement_lead") as work:
        for table in ("approval_runs", "approval_steps"):
            changed = work.execute(text(f"update {table} set status = 'void' returning id"))
            assert changed.all() == []
        assert (
            work.execute(text(f"select doors.escalate_step('{scene.steps[0]}', now() + '1 year')")).all()
            == []
        )
    with market.nosy.reading("procurement_lead"):
        assert my_pending_steps() == []


def test_read_as_an_outsider_finds_no_row_in_any_table(scene: Scene, market: Cast) -> None:
    decided(market.acme, "approver")
    tables = ("rules", "rule_approvers", "runs", "steps", "step_approvers", "decisions", "delegations")
    with market.nosy.reading("procurement_lead") as work:
        for table in tables:
            assert work.scalar(text(f"select count(*) from approval_{table}")) == 0


def test_move_back_to_life_after_void_is_refused(scene: Scene) -> None:
    with scene.acme.at_work("requester"):
        void_run(document_id=scene.run.document_id)
    with pytest.raises(DBAPIError, match="cannot go from"):
        by_hand(scene, "requester", "update approval_runs set status = 'pending'")


def test_lifecycles_end_where_they_must() -> None:
    assert RUN.finals == {RunState.REFUSED, RunState.VOID}
    assert STEP.finals == {StepState.APPROVED, StepState.REFUSED, StepState.CANCELLED}
