"""Which news do requisitions, approvals, orders and receipts make?"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from marketplace.foundation.outbox import OrganisationEvent, TradeEvent


@dataclass(frozen=True, kw_only=True)
class ApprovalEvent(OrganisationEvent):
    """News of the approval of one document, whose id is the subject."""

    subject: ClassVar[str] = "approval"
    run_id: UUID
    document_kind: str
    document_number: str


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(ApprovalEvent):
    """Announced when it is somebody's turn to decide."""

    approver_id: UUID
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(ApprovalEvent):
    """Announced at each decision."""

    decision: str
    decided_by_id: UUID
    on_behalf_of_id: UUID
    comment: str


@dataclass(frozen=True, kw_only=True)
class ApprovalGranted(ApprovalEvent):
    """Announced when every step has said yes to the document with this hash."""

    document_hash: str


@dataclass(frozen=True, kw_only=True)
class ApprovalRefused(ApprovalEvent):
    """Announced when a step has said no."""

    comment: str


@dataclass(frozen=True, kw_only=True)
class DelegationGranted(OrganisationEvent):
    """Announced when an approver lets somebody decide in their absence."""

    subject: ClassVar[str] = "delegation"
    from_person_id: UUID
    to_person_id: UUID
    starts_on: date
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class BudgetChanged(OrganisationEvent):
    """Announced when a budget is set or changed."""

    subject: ClassVar[str] = "budget"
    cost_centre: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class RequisitionEvent(OrganisationEvent):
    """News of one requisition (the subject)."""

    subject: ClassVar[str] = "requisition"
    number: str
    requester_id: UUID


@dataclass(frozen=True, kw_only=True)
class RequisitionSubmitted(RequisitionEvent):
    """Announced when a cart is handed in; stock, price and budget are held from here."""

    total: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class RequisitionApproved(RequisitionEvent):
    """Announced when the requisition may become orders."""

    is_automatic: bool


@dataclass(frozen=True, kw_only=True)
class RequisitionRejected(RequisitionEvent):
    """Announced when an approver has said no; everything held is released."""

    comment: str


@dataclass(frozen=True, kw_only=True)
class RequisitionWithdrawn(RequisitionEvent):
    """Announced when the requester takes it back, or its hold has expired."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class RequisitionOrdered(RequisitionEvent):
    """Announced when its orders are placed."""

    order_numbers: list[str]


@dataclass(frozen=True)
class OrderLineNews:
    """One line of an order, as the supplier needs to know it."""

    order_line_id: UUID
    position: int
    product_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, kw_only=True)
class OrderEvent(TradeEvent):
    """News of one purchase order (the subject)."""

    subject: ClassVar[str] = "order"
    number: str


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(OrderEvent):
    """Announced by orders at placement. Fulfilment opens the supplier's work, the PDF is filed."""

    version: int
    total: Decimal
    currency: str
    requested_on: date
    lines: list[OrderLineNews]


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(OrderEvent):
    """Announced when buyer and seller agree on this version. Fulfilment may ship; billing asks for payment."""

    version: int
    total: Decimal
    currency: str
    confirmed_on: date
    agreement_id: UUID | None
    lines: list[OrderLineNews]


@dataclass(frozen=True, kw_only=True)
class OrderRefused(OrderEvent):
    """Announced when the seller refuses, with the reason; stock, budget and ceiling are released."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderChangeProposed(OrderEvent):
    """Announced when the seller answers with other quantities, prices or dates."""

    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderChangeDeclined(OrderEvent):
    """Announced when the buyer does not accept the seller's change."""

    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """Announced when the buyer cancels what has not been shipped."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderFiled(OrderEvent):
    """Announced when the order's PDF is filed."""

    file_id: UUID


@dataclass(frozen=True)
class ReceivedLine:
    """The count of one order line in one receipt; accepted + damaged is what came out of the parcel."""

    order_line_id: UUID
    product_id: UUID
    accepted: Decimal
    damaged: Decimal
    missing: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GoodsReceived(OrderEvent):
    """Announced when a delivery has been counted (UBL ReceiptAdvice). Billing releases what was accepted."""

    receipt_id: UUID
    receipt_number: str
    received_on: date
    currency: str
    lines: list[ReceivedLine]


@dataclass(frozen=True, kw_only=True)
class OrderLineCompleted(OrderEvent):
    """Announced once per order line, when its last part has arrived or nothing more will come.

    Scorecards hear it: `promised_on` is the confirmed date, `completed_on` the day of the last accepted part.
    """

    order_line_id: UUID
    product_id: UUID
    ordered: Decimal
    accepted: Decimal
    damaged: Decimal
    promised_on: date
    completed_on: date
    confirmed_after_hours: Decimal | None


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(OrderEvent):
    """Announced when every line is complete."""
