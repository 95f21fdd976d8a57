"""Which news do requisitions, approvals, orders and receipts make?"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
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

    headline: ClassVar[LazyString] = _l("Approval requested")
    tone: ClassVar[str] = "waiting"
    approver_id: UUID
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalReminded(ApprovalEvent):
    """Announced when half of the time for a decision is over, to each who has not decided."""

    headline: ClassVar[LazyString] = _l("Approver reminded")
    tone: ClassVar[str] = "waiting"
    approver_id: UUID
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalQuestioned(ApprovalEvent):
    """Announced when somebody who is asked to decide asks the requester something first."""

    headline: ClassVar[LazyString] = _l("Approver asked a question")
    tone: ClassVar[str] = "waiting"
    requester_id: UUID
    question: str


@dataclass(frozen=True, kw_only=True)
class ApprovalAnswered(ApprovalEvent):
    """Announced when the requester answers such a question."""

    headline: ClassVar[LazyString] = _l("Question answered")
    tone: ClassVar[str] = "info"
    approver_id: UUID
    answer: str


@dataclass(frozen=True, kw_only=True)
class ApprovalQuestionLapsed(ApprovalEvent):
    """Announced when no answer has come in time, and the clock of the approval runs again."""

    headline: ClassVar[LazyString] = _l("Question stayed without an answer")
    tone: ClassVar[str] = "warning"
    approver_id: UUID


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(ApprovalEvent):
    """Announced at each decision."""

    headline: ClassVar[LazyString] = _l("Approver decided")
    tone: ClassVar[str] = "info"
    decision: str
    decided_by_id: UUID
    on_behalf_of_id: UUID
    comment: str


@dataclass(frozen=True, kw_only=True)
class ApprovalGranted(ApprovalEvent):
    """Announced when every step has said yes to the document with this hash."""

    headline: ClassVar[LazyString] = _l("Approval granted")
    tone: ClassVar[str] = "good"
    document_hash: str


@dataclass(frozen=True, kw_only=True)
class ApprovalRefused(ApprovalEvent):
    """Announced when a step has said no."""

    headline: ClassVar[LazyString] = _l("Approval refused")
    tone: ClassVar[str] = "bad"
    comment: str


@dataclass(frozen=True, kw_only=True)
class DelegationGranted(OrganisationEvent):
    """Announced when an approver lets somebody decide in their absence."""

    subject: ClassVar[str] = "delegation"
    headline: ClassVar[LazyString] = _l("Delegation granted")
    from_person_id: UUID
    to_person_id: UUID
    starts_on: date
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class PurchasingRulesChanged(OrganisationEvent):
    """Announced when a rule of approval, or the way an organisation buys, is written, changed or retired."""

    subject: ClassVar[str] = "purchasing_policy"
    headline: ClassVar[LazyString] = _l("Approval rules changed")
    name: str
    version: int


@dataclass(frozen=True, kw_only=True)
class PolicyRuleWritten(OrganisationEvent):
    """Announced when a buying rule (the subject) is written, changed, or switched on or off: a version of its own."""

    subject: ClassVar[str] = "policy_rule"
    headline: ClassVar[LazyString] = _l("Buying rule written")
    name: str
    kind: str
    effect: str
    version: int
    is_on: bool


@dataclass(frozen=True, kw_only=True)
class BudgetChanged(OrganisationEvent):
    """Announced when a budget is set or changed."""

    subject: ClassVar[str] = "budget"
    headline: ClassVar[LazyString] = _l("Budget changed")
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

    headline: ClassVar[LazyString] = _l("Requisition submitted")
    tone: ClassVar[str] = "waiting"
    total: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class PolicyOverridden(RequisitionEvent):
    """Announced when something is handed in in spite of a buying rule, once for each rule, with the reason given."""

    headline: ClassVar[LazyString] = _l("Buying rule overridden")
    tone: ClassVar[str] = "warning"
    rule: str
    rule_version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class RequisitionApproved(RequisitionEvent):
    """Announced when the requisition may become orders."""

    headline: ClassVar[LazyString] = _l("Requisition approved")
    tone: ClassVar[str] = "good"
    is_automatic: bool


@dataclass(frozen=True, kw_only=True)
class RequisitionRejected(RequisitionEvent):
    """Announced when an approver has said no; everything held is released."""

    headline: ClassVar[LazyString] = _l("Requisition rejected")
    tone: ClassVar[str] = "bad"
    comment: str


@dataclass(frozen=True, kw_only=True)
class RequisitionWithdrawn(RequisitionEvent):
    """Announced when the requester takes it back, or its hold has expired."""

    headline: ClassVar[LazyString] = _l("Requisition withdrawn")
    reason: str


@dataclass(frozen=True, kw_only=True)
class RequisitionOrdered(RequisitionEvent):
    """Announced when its orders are placed."""

    headline: ClassVar[LazyString] = _l("Orders placed")
    tone: ClassVar[str] = "good"
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

    headline: ClassVar[LazyString] = _l("Order placed")
    tone: ClassVar[str] = "info"
    version: int
    total: Decimal
    currency: str
    requested_on: date
    lines: list[OrderLineNews]
    ship_to: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(OrderEvent):
    """Announced when buyer and seller agree on this version. Fulfilment may ship; billing asks for payment."""

    headline: ClassVar[LazyString] = _l("Order confirmed")
    tone: ClassVar[str] = "good"
    version: int
    total: Decimal
    currency: str
    confirmed_on: date
    agreement_id: UUID | None
    lines: list[OrderLineNews]


@dataclass(frozen=True, kw_only=True)
class OrderRefused(OrderEvent):
    """Announced when the seller refuses, with the reason; stock, budget and ceiling are released."""

    headline: ClassVar[LazyString] = _l("Order refused by the supplier")
    tone: ClassVar[str] = "bad"
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderChangeProposed(OrderEvent):
    """Announced when the seller answers with other quantities, prices or dates."""

    headline: ClassVar[LazyString] = _l("Change proposed by the supplier")
    tone: ClassVar[str] = "waiting"
    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderChangeDeclined(OrderEvent):
    """Announced when the buyer does not accept the seller's change."""

    headline: ClassVar[LazyString] = _l("Change declined by the buyer")
    tone: ClassVar[str] = "warning"
    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """Announced when the buyer cancels what has not been shipped."""

    headline: ClassVar[LazyString] = _l("Order cancelled")
    tone: ClassVar[str] = "bad"
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderFiled(OrderEvent):
    """Announced when the order's PDF is filed."""

    headline: ClassVar[LazyString] = _l("Order document filed")
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

    headline: ClassVar[LazyString] = _l("Goods counted in")
    tone: ClassVar[str] = "info"
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

    headline: ClassVar[LazyString] = _l("Order line complete")
    tone: ClassVar[str] = "good"
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

    headline: ClassVar[LazyString] = _l("Order complete")
    tone: ClassVar[str] = "good"


@dataclass(frozen=True)
class PastDeliveryNews:
    """One delivered line of a company's old system."""

    delivery_id: UUID
    order_number: str
    article: str
    quantity: Decimal
    promised_on: date
    delivered_on: date


@dataclass(frozen=True, kw_only=True)
class PastDeliveriesBrought(TradeEvent):
    """Announced when deliveries of an old system were brought in, for each supplier. Scorecards hear it."""

    subject: ClassVar[str] = "past_deliveries"
    headline: ClassVar[LazyString] = _l("Past deliveries brought in")
    deliveries: list[PastDeliveryNews]


@dataclass(frozen=True, kw_only=True)
class SavedSearchAnswered(OrganisationEvent):
    """Announced when products answer a saved search that did not before; `products` says how many."""

    subject: ClassVar[str] = "saved_search"
    headline: ClassVar[LazyString] = _l("Something new for a saved search")
    tone: ClassVar[str] = "info"
    searcher_id: UUID
    name: str
    products: int
