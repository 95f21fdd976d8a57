"""What does a supplier type about versions of its catalogue?"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import NumberRange, Optional

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import (
    DayField,
    Form,
    LinesField,
    NumberField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.forms import ProductForm
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.versions.facts import values_of

MOST_ARTICLES = 500


class VersionForm(Form):
    """What a version is called."""

    title = TextField(_l("What is it for?"), [required(), at_most(120)])


class StateForm(Form):
    """Articles that are published or withdrawn with a version."""

    skus = LinesField(_l("Article numbers, one a line"), [required()])
    state = RadioField(
        _l("What becomes of them?"),
        [required()],
        choices=choices(
            {
                ProductState.WITHDRAWN: _l("They are withdrawn"),
                ProductState.PUBLISHED: _l("They are published"),
            }
        ),
        default=ProductState.WITHDRAWN,
    )

    def values(self) -> dict[str, Any]:
        """The articles, each once. Raises Invalid for too many."""
        skus = list(dict.fromkeys(self.skus.data))
        if len(skus) > MOST_ARTICLES:
            raise Invalid(
                _l("At most %(most)s articles at a time; for more, bring a file.", most=MOST_ARTICLES),
                field="skus",
            )
        return {"skus": skus, "state": ProductState(self.state.data)}


class PublishForm(Form):
    """When a version is published."""

    publish_on = DayField(_l("On this day"), [Optional()])

    @classmethod
    def on(cls, day: date | None) -> "PublishForm":
        """The form with the day that was said before."""
        return cls(data={"publish_on": day})


class PolicyForm(Form):
    """What is looked at before a version is published."""

    price_limit = NumberField(
        _l("Point out prices that move by more than"),
        [required(), NumberRange(min=0, max=1000, message=_l("From 0 to 1,000 per cent, please."))],
        default=Decimal(20),
    )
    needs_second_person = BooleanField(_l("Nobody checks what they have put in themselves"))


def product_form(sku: str, facts: Mapping[str, str | None], currency: str) -> ProductForm:
    """The form of a product as a version would have it; for a new one with the article number alone."""
    known = values_of(facts)
    if not known:
        return ProductForm(data={"sku": sku, "currency": currency})
    known["price"], known["currency"] = known.pop("price_amount"), known.pop("price_currency")
    return ProductForm(data={"sku": sku, **known})
