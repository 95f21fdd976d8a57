"""What do the buying rules say about a cart, and what does its requester say to them?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, Self
from uuid import UUID

from marketplace.buyers.policies.actions import Reason, check_obeyed, record_evaluation
from marketplace.buyers.policies.evaluating import Line, Purchase, Rule
from marketplace.buyers.policies.queries import Verdict, judged, rules_on, verdicts
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.offers import CartLine
from marketplace.buyers.requisitions.queries import last_paid
from marketplace.foundation import clock


class Destination(NamedTuple):
    """Whom something is bought for, and where it goes."""

    cost_centre_id: UUID | None
    site_id: UUID | None

    @classmethod
    def of(cls, cart: Requisition) -> Self:
        """The destination that a cart says."""
        return cls(cart.cost_centre_id, cart.site_id)


def verdicts_on_lines(lines: Sequence[CartLine], to: Destination) -> list[Verdict]:
    """What the rules of today say about a cart's lines at today's prices, in words.

    A number of statements that grows neither with the lines nor with the rules.
    """
    rules = rules_on(clock.today())
    asked = [_line_today(line) for line in lines]
    return verdicts(judged(rules, Purchase(asked, *to), _paid(rules, asked)))


def obey(cart: Requisition, lines: Sequence[RequisitionLine]) -> None:
    """Record what the rules say about what is being handed in, priced and numbered as it is.

    Raises PolicyRefused, RuleChanged, ReasonNeeded.
    """
    rules = rules_on(clock.today())
    asked = [_line(row) for row in lines]
    hits = judged(rules, Purchase(asked, *Destination.of(cart)), _paid(rules, asked))
    reasons = reasons_said(cart.reasons)
    check_obeyed(hits=hits, reasons=reasons)
    record_evaluation(
        document_id=cart.id, number=cart.number, on=clock.today(), rules=rules, hits=hits, reasons=reasons
    )


def reasons_said(kept: Mapping[str, Any]) -> dict[UUID, Reason]:
    """The reasons that a cart keeps, by rule."""
    return {UUID(rule_id): Reason(said["version"], said["text"]) for rule_id, said in kept.items()}


def kept_reasons(said: Mapping[UUID, Reason]) -> dict[str, Any]:
    """How a cart keeps them."""
    return {str(rule_id): {"version": one.version, "text": one.text} for rule_id, one in said.items()}


def _paid(rules: Sequence[Rule], lines: Sequence[Line]) -> dict[UUID, Decimal]:
    return last_paid([line.product_id for line in lines]) if rules and lines else {}


def _line_today(entry: CartLine) -> Line:
    if entry.offer is None:
        return _line(entry.line)
    product, price = entry.offer.product, entry.offer.price
    return replace(
        _line(entry.line),
        name=product.name,
        cpv_code=product.cpv_code,
        unit_price=price.unit_price.amount,
        amount=price.line_total.amount,
        is_agreed=price.agreement_id is not None,
    )


def _line(row: RequisitionLine) -> Line:
    return Line(
        id=row.id,
        position=row.position,
        name=row.name,
        product_id=row.product_id,
        seller_id=row.seller_id,
        cpv_code=row.cpv_code,
        unit_price=row.unit_price.amount,
        amount=row.line_total.amount,
        is_agreed=row.agreement_id is not None,
    )
