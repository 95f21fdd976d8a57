"""What can be done with the rules of approval, and with the organisation's way of buying?

The database lets only a procurement lead write here. Approvals under way keep the rules they began with: a run holds
a copy of what each rule said.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete

from marketplace.buyers.approvals.models import ApprovalRule, PurchasingPolicy, RuleApprover
from marketplace.buyers.approvals.queries import policy
from marketplace.buyers.budgets.queries import cost_centre
from marketplace.events.buyers import PurchasingRulesChanged
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.queries import people_permitted
from marketplace.permissions import Permission

LONGEST_HOLD = 30
"""Days; suppliers' goods are not kept from others for longer."""


def set_policy(*, is_ordering_automatic: bool, hold_days: Decimal) -> PurchasingPolicy:
    """Say whether orders are placed by themselves once a requisition is approved, and for how many days it is held."""
    row = policy()
    row.is_ordering_automatic = is_ordering_automatic
    row.hold_days = _whole(hold_days, "hold_days", LONGEST_HOLD)
    _count(row, "policy")
    return row


def write_rule(
    *,
    name: str,
    position: Decimal,
    minimum_amount: Decimal | None,
    cpv_prefix: str | None,
    cost_centre_id: UUID | None,
    asks_owner: bool,
    approver_ids: Sequence[UUID],
    quorum: Decimal,
    deadline_days: Decimal,
    rule_id: UUID | None = None,
) -> ApprovalRule:
    """Write a new rule, or a new version of one; approvals under way keep the version they began with.

    Raises Invalid where it names nobody, or somebody who may not decide.
    """
    _check_asks(asks_owner, approver_ids)
    if minimum_amount is not None and minimum_amount < 0:
        raise Invalid(_l("The amount cannot be negative."), field="minimum_amount")
    if cost_centre_id is not None:
        cost_centre(cost_centre_id)
    here = current_actor().organisation
    fresh = ApprovalRule(organisation_id=here, version=0)
    row = fetch(ApprovalRule, rule_id, lock=True) if rule_id else fresh
    row.name, row.version = name, row.version + 1
    row.position, row.quorum = _whole(position, "position", 99), _whole(quorum, "quorum", 99)
    row.deadline_days = _whole(deadline_days, "deadline_days", 30)
    row.minimum_amount, row.cpv_prefix, row.cost_centre_id = minimum_amount, cpv_prefix, cost_centre_id
    row.asks_owner = asks_owner
    _name_approvers(save(row), approver_ids)
    _count(policy(), row.name)
    return row


def retire_rule(*, rule_id: UUID) -> None:
    """Let a rule ask nobody any more; approvals under way keep it."""
    row = fetch(ApprovalRule, rule_id, lock=True)
    row.is_active, row.version = False, row.version + 1
    _count(policy(), row.name)


def _name_approvers(rule: ApprovalRule, people: Sequence[UUID]) -> None:
    session().execute(delete(RuleApprover).where(RuleApprover.rule_id == rule.id))
    here = rule.organisation_id
    session().add_all(
        RuleApprover(organisation_id=here, rule_id=rule.id, person_id=person)
        for person in dict.fromkeys(people)
    )


def _count(row: PurchasingPolicy, name: str) -> None:
    """Make it the next version of the organisation's rules and announce that `name` has changed."""
    row.version += 1
    row.changed_at = clock.now()
    save(row)
    here = row.organisation_id
    announce(PurchasingRulesChanged(subject_id=row.id, organisation_id=here, name=name, version=row.version))


def _check_asks(asks_owner: bool, approver_ids: Sequence[UUID]) -> None:
    if not approver_ids and not asks_owner:
        raise Invalid(
            _l("Say who is asked: the owner of the cost centre, or somebody by name."), field="approver_ids"
        )
    able = {person.id for person in people_permitted(Permission.APPROVAL_DECIDE)}
    if not able.issuperset(approver_ids):
        raise Invalid(_l("This colleague may not decide on approvals."), field="approver_ids")


def _whole(number: Decimal, field: str, most: int) -> int:
    if number != number.to_integral_value() or not 1 <= number <= most:
        raise Invalid(_l("A whole number from 1 to %(most)d, please.", most=most), field=field)
    return int(number)
