"""Who writes buying rules for a test, and what does a requester say to them?"""

from typing import Any
from uuid import UUID

from marketplace.buyers.policies.actions import Reason, write_rule
from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.models import PolicyRule
from marketplace.foundation import clock
from tests.cast import Party

NEEDED: dict[PolicyKind, dict[str, Any]] = {PolicyKind.CATEGORY_BAN: {"cpv_prefix": "31"}}


def a_policy(
    party: Party,
    kind: PolicyKind = PolicyKind.CONTRACT_FIRST,
    effect: Effect = Effect.REASON,
    *,
    name: str = "Contract first",
    **others: Any,
) -> PolicyRule:
    """A buying rule of the party that holds from today on, written by its procurement lead."""
    values = {"starts_on": clock.today()} | NEEDED.get(kind, {}) | others
    with party.at_work("procurement_lead"):
        return write_rule(kind=kind, name=name, effect=effect, **values)


def because(rule: PolicyRule, text: str = "The line stands still.") -> dict[UUID, Reason]:
    """That reason, said to that version of that rule."""
    return {rule.rule_id: Reason(rule.version, text)}
