"""What may somebody be allowed to do, and which roles bundle it?

A permission is `thing:verb`. A role is a named set of them that an organisation's administrator gives to a member;
which roles an organisation may give depends on what it is (buyer, supplier, operator).
"""

from enum import StrEnum
from typing import NamedTuple

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l


class Permission(StrEnum):
    """Everything that is guarded."""

    ORGANISATION_MANAGE = "organisation:manage"
    PEOPLE_MANAGE = "people:manage"
    KEY_MANAGE = "key:manage"
    AUDIT_READ = "audit:read"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    STOCK_APPROVE = "stock:approve"
    AGREEMENT_READ = "agreement:read"
    AGREEMENT_WRITE = "agreement:write"
    AGREEMENT_SIGN = "agreement:sign"
    BUDGET_READ = "budget:read"
    BUDGET_WRITE = "budget:write"
    RULE_WRITE = "rule:write"
    REQUISITION_WRITE = "requisition:write"
    APPROVAL_DECIDE = "approval:decide"
    ORDER_READ = "order:read"
    ORDER_PLACE = "order:place"
    ORDER_CONFIRM = "order:confirm"
    ORDER_CANCEL = "order:cancel"
    GOODS_SHIP = "goods:ship"
    GOODS_RECEIVE = "goods:receive"
    PAYMENT_READ = "payment:read"
    PAYMENT_MAKE = "payment:make"
    LEDGER_READ = "ledger:read"
    PAYOUT_MANAGE = "payout:manage"
    DISPUTE_READ = "dispute:read"
    DISPUTE_WRITE = "dispute:write"
    SETTLEMENT_SIGN = "settlement:sign"
    DISPUTE_MEDIATE = "dispute:mediate"
    SCORECARD_READ = "scorecard:read"
    SCORECARD_REPLY = "scorecard:reply"
    MARKET_ADMIT = "market:admit"
    MARKET_WATCH = "market:watch"


P = Permission
READS = frozenset({P.CATALOGUE_READ, P.AGREEMENT_READ, P.ORDER_READ, P.DISPUTE_READ, P.SCORECARD_READ})


class Role(NamedTuple):
    """A named set of permissions, for organisations of some sides."""

    label: LazyString
    sides: frozenset[str]
    permissions: frozenset[Permission]


def _role(label: LazyString, sides: str, *permissions: Permission) -> Role:
    return Role(label, frozenset(sides.split()), READS | frozenset(permissions))


ROLES: dict[str, Role] = {
    "administrator": _role(
        _l("Administrator"), "buyer supplier operator",
        P.ORGANISATION_MANAGE, P.PEOPLE_MANAGE, P.KEY_MANAGE, P.AUDIT_READ,
    ),
    "requester": _role(_l("Requester"), "buyer", P.REQUISITION_WRITE, P.ORDER_PLACE, P.BUDGET_READ),
    "approver": _role(_l("Approver"), "buyer", P.APPROVAL_DECIDE, P.BUDGET_READ),
    "receiver": _role(_l("Receiver"), "buyer", P.GOODS_RECEIVE, P.DISPUTE_WRITE),
    "buyer_finance": _role(
        _l("Finance (buyer)"), "buyer",
        P.BUDGET_READ, P.BUDGET_WRITE, P.PAYMENT_READ, P.PAYMENT_MAKE, P.LEDGER_READ, P.SETTLEMENT_SIGN, P.AUDIT_READ,
    ),
    "procurement_lead": _role(
        _l("Procurement lead"), "buyer",
        P.AGREEMENT_WRITE, P.AGREEMENT_SIGN, P.RULE_WRITE, P.BUDGET_READ, P.BUDGET_WRITE, P.REQUISITION_WRITE,
        P.APPROVAL_DECIDE, P.ORDER_PLACE, P.ORDER_CANCEL, P.PAYMENT_READ, P.DISPUTE_WRITE, P.SETTLEMENT_SIGN,
        P.AUDIT_READ,
    ),
    "sales_desk": _role(
        _l("Sales desk"), "supplier",
        P.CATALOGUE_WRITE, P.AGREEMENT_WRITE, P.AGREEMENT_SIGN, P.ORDER_CONFIRM, P.DISPUTE_WRITE, P.SETTLEMENT_SIGN,
        P.SCORECARD_REPLY, P.STOCK_READ,
    ),
    "warehouse": _role(_l("Warehouse"), "supplier", P.STOCK_READ, P.STOCK_WRITE, P.GOODS_SHIP),
    "supplier_finance": _role(
        _l("Finance (supplier)"), "supplier",
        P.PAYMENT_READ, P.LEDGER_READ, P.PAYOUT_MANAGE, P.SETTLEMENT_SIGN, P.AUDIT_READ, P.STOCK_READ, P.STOCK_APPROVE,
    ),
    "operator": _role(
        _l("Operator"), "operator", P.MARKET_ADMIT, P.MARKET_WATCH, P.LEDGER_READ, P.PAYMENT_READ, P.AUDIT_READ
    ),
    "mediator": _role(_l("Mediator"), "operator", P.DISPUTE_MEDIATE, P.SETTLEMENT_SIGN),
}  # fmt: skip


def permissions_of(roles: list[str]) -> frozenset[str]:
    """All that these roles together allow; a role we do not know allows nothing."""
    return frozenset(str(p) for name in roles if name in ROLES for p in ROLES[name].permissions)
