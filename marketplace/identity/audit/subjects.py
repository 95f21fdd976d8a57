"""What are the kinds of documents called that news is about?"""

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l

SUBJECTS: dict[str, LazyString] = {
    "promotion": _l("Promotion"),
    "customer_group": _l("Customer group"),
    "price_list": _l("Price list"),
    "agreement": _l("Framework agreement"),
    "api_key": _l("API key"),
    "approval": _l("Approval"),
    "budget": _l("Budget"),
    "catalogue": _l("Catalogue"),
    "catalogue_version": _l("Catalogue version"),
    "catalogue_import": _l("Catalogue import"),
    "delegation": _l("Delegation"),
    "policy_rule": _l("Buying rule"),
    "purchasing_policy": _l("Approval rules"),
    "dispute": _l("Dispute"),
    "order": _l("Order"),
    "item": _l("Item"),
    "moderation": _l("Moderation"),
    "organisation": _l("Organisation"),
    "past_deliveries": _l("Past deliveries"),
    "payment": _l("Payment"),
    "payout_account": _l("Payout account"),
    "person": _l("Person"),
    "product": _l("Product"),
    "requisition": _l("Requisition"),
    "saved_search": _l("Saved search"),
    "scorecard": _l("Scorecard"),
    "site": _l("Site"),
    "standing_requisition": _l("Standing requisition"),
    "stock": _l("Stock"),
}
