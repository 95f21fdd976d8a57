"""Who makes rules and approvals for a test?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.buyers.approvals.actions import Subject, decide, start_run
from marketplace.buyers.approvals.models import ApprovalRule, ApprovalRun
from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.approvals.rulebook import write_rule
from marketplace.foundation.money import Money
from tests.cast import Party

HASH = "0123456789abcdef" * 4


def a_rule(
    party: Party,
    *,
    name: str = "Above a limit",
    position: int = 1,
    above: int | str | None = None,
    asks: Sequence[str] = ("approver",),
    **others: Any,
) -> ApprovalRule:
    """A rule of the party that asks these colleagues, written by its procurement lead."""
    values = {"cpv_prefix": None, "cost_centre_id": None, "asks_owner": False, "quorum": Decimal(1)} | others
    with party.at_work("procurement_lead"):
        return write_rule(
            name=name,
            position=Decimal(position),
            minimum_amount=None if above is None else Decimal(above),
            approver_ids=[party.people[role] for role in asks],
            deadline_days=Decimal(2),
            **values,
        )


def a_subject(
    party: Party,
    cost_centre_id: UUID,
    *,
    amount: int | str = 1000,
    requester: str = "requester",
    currency: str = "EUR",
    cpv_codes: Sequence[str] = ("31000000",),
    document_hash: str = HASH,
    document_id: UUID | None = None,
) -> Subject:
    """A document to be approved that exists in this test only."""
    return Subject(
        kind="test",
        document_id=document_id or uuid4(),
        number="T-1",
        document_hash=document_hash,
        amount=Money(Decimal(amount), currency),
        requester_id=party.people[requester],
        cost_centre_id=cost_centre_id,
        cpv_codes=cpv_codes,
    )


def a_run(party: Party, cost_centre_id: UUID, **others: Any) -> ApprovalRun:
    """The approval of such a document, asked for by its requester."""
    subject = a_subject(party, cost_centre_id, **others)
    with party.at_work(others.get("requester", "requester")):
        return start_run(subject=subject)


def decided(party: Party, role: str, *, is_yes: bool = True, comment: str = "") -> None:
    """Let a colleague decide on everything that waits for them."""
    with party.at_work(role):
        for pending in my_pending_steps():
            decide(
                step_id=pending.step.id,
                document_hash=pending.run.document_hash,
                is_yes=is_yes,
                comment=comment or ("" if is_yes else "No"),
            )
