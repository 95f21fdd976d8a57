"""Why did a card, a bank or Stripe say no, in words? What is kept is Stripe's code, so that both languages have it."""

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l

WORDS: dict[str, LazyString] = {
    # A card or a bank, asked to pay.
    "card_declined": _l("The card was declined."),
    "generic_decline": _l("The card was declined; its bank gives no reason."),
    "insufficient_funds": _l("There is not enough money on the account."),
    "lost_card": _l("The card is reported lost."),
    "stolen_card": _l("The card is reported stolen."),
    "expired_card": _l("The card has expired."),
    "incorrect_cvc": _l("The card's security code is wrong."),
    "processing_error": _l("The card could not be processed just now."),
    "authentication_required": _l("The bank wants the payer to confirm."),
    "payment_intent_authentication_failure": _l("The payer was not recognised by their bank."),
    "generic_could_not_process": _l("The bank could not carry out the debit."),
    "debit_not_authorized": _l("The account's holder has not allowed this debit."),
    "bank_account_restricted": _l("The bank account does not allow debits."),
    "charge_exceeds_source_limit": _l("This is more than the account's limit."),
    "charge_exceeds_weekly_limit": _l("This is more than the account's weekly limit."),
    "amount_too_small": _l("This is less than the payment service takes."),
    "amount_too_large": _l("This is more than the payment service takes."),
    # A refund.
    "expired_or_canceled_card": _l("The card has expired or was cancelled."),
    "lost_or_stolen_card": _l("The card is reported lost or stolen."),
    "declined": _l("The bank has declined it."),
    "charge_disputed": _l("The payer has contested the payment at their bank."),
    "charge_already_refunded": _l("It has been refunded already."),
    # A transfer, and its reversal.
    "insufficient_capabilities_for_transfer": _l("The payout account cannot receive money now."),
    "balance_insufficient": _l("There is not enough money on the payout account."),
    "account_invalid": _l("The payout account is closed."),
}


def in_words(problem: str | None) -> str:
    """What `problem` (a code, or a sentence of Stripe's where it has no code) means; nothing for none."""
    return str(WORDS.get(problem or "", problem or ""))
