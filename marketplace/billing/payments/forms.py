"""What does somebody type who pays, or who sets what the market keeps?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.stripe_models import PaymentMethod
from marketplace.foundation.forms import Form, NumberField, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_money
from marketplace.identity.organisations.models import Organisation

HUNDRED = Decimal(100)


class PayForm(Form):
    """By which method."""

    method_id = SelectField(_l("Pay by"), [required()], coerce=UUID)

    def offer(self, methods: Sequence[PaymentMethod]) -> "PayForm":
        """Let the person choose among these."""
        self.method_id.choices = [SelectChoice(str(method.id), method.name) for method in methods]
        return self


class PayTogetherForm(PayForm):
    """Which payments, by one method."""

    payment_ids = SelectMultipleField(_l("Orders"), coerce=UUID)

    def list(self, payments: Sequence[Payment]) -> "PayTogetherForm":
        """Let the person choose among these."""
        self.payment_ids.choices = [
            SelectChoice(str(row.id), f"{row.order_number}, {write_money(row.money(row.due))}")
            for row in payments
        ]
        return self


class CommissionForm(Form):
    """How much of each release stays with the market, in per cent; of one supplier, or of all others."""

    seller_id = SelectField(_l("For"))
    rate = NumberField(_l("Commission"), [required()])

    def offer(self, sellers: Sequence[Organisation]) -> "CommissionForm":
        """Let the person choose among these suppliers."""
        named = [SelectChoice(str(seller.id), seller.name) for seller in sellers]
        self.seller_id.choices = [SelectChoice("", _l("All suppliers without a rate of their own")), *named]
        return self

    def values(self) -> dict[str, Any]:
        """The rate as a share between 0 and 1."""
        seller_id, percent = self.seller_id.data, self.rate.data or Decimal(0)
        return {"rate": percent / HUNDRED, "seller_id": UUID(seller_id) if seller_id else None}
