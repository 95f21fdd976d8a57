"""Which test cards and bank accounts are there, and how does each of them behave?

Tokens and numbers are Stripe's own (docs.stripe.com/testing and .../payments/sepa-debit/accept-a-payment), so
that what is written against the sandbox also runs in Stripe's test mode.
"""

from dataclasses import dataclass, replace

from marketplace.billing.sandbox.errors import Json


@dataclass(frozen=True)
class Decline:
    """How the bank says no."""

    code: str
    decline_code: str
    message: str

    def error(self) -> Json:
        """The error's members, without the objects around it."""
        members = {"type": "card_error", "code": self.code, "message": self.message}
        return {**members, "decline_code": self.decline_code} if self.decline_code else members


DECLINES = {
    "generic": Decline("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "lost_card": Decline("card_declined", "lost_card", "Your card was declined."),
    "stolen_card": Decline("card_declined", "stolen_card", "Your card was declined."),
    "expired_card": Decline("expired_card", "expired_card", "Your card has expired."),
    "incorrect_cvc": Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": Decline(
        "processing_error", "processing_error", "An error occurred while processing your card. Try again."
    ),
    "authentication_required": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


@dataclass(frozen=True)
class Specimen:
    """One test payment method.

    `decline`: for a card a key of DECLINES, for an account the failure code of the debit.
    `is_attachable`: whether it can be saved. `dispute`: reason of the dispute that follows the payment.
    `authentication`: "always", "unless_set_up" (once saved for later, no more) or "on_session".
    `refund`: "pending" or "failed", if it does not succeed at once.
    """

    token: str
    type: str
    number: str
    english: str
    french: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    decline: str = ""
    is_attachable: bool = True
    authentication: str = ""
    dispute: str = ""
    refund: str = ""
    is_available_at_once: bool = False


def _card(token: str, number: str, english: str, french: str) -> Specimen:
    return Specimen(f"pm_card_{token}", "card", number, english, french)


def _declining(token: str, number: str, english: str, french: str, decline: str) -> Specimen:
    card = _card(token, number, f"Declined: {english}", f"Refusée\xa0: {french}")
    return replace(card, decline=decline, is_attachable=False)


_CARDS = (
    _card("visa", "4242424242424242", "Visa, succeeds", "Visa, réussit"),
    replace(
        _card("visa_debit", "4000056655665556", "Visa debit, succeeds", "Visa débit, réussit"),
        funding="debit",
    ),
    replace(
        _card("mastercard", "5555555555554444", "Mastercard, succeeds", "Mastercard, réussit"),
        brand="mastercard",
    ),
    replace(
        _card("amex", "378282246310005", "American Express, succeeds", "American Express, réussit"),
        brand="amex",
    ),
    replace(
        _card("fr", "4000002500000003", "French Visa, succeeds", "Visa française, réussit"), country="FR"
    ),
    replace(
        _card("de", "4000002760000016", "German Visa, succeeds", "Visa allemande, réussit"), country="DE"
    ),
    replace(
        _card("bypassPending", "4000000000000077", "Funds available at once", "Fonds disponibles aussitôt"),
        is_available_at_once=True,
    ),
    _declining("chargeDeclined", "4000000000000002", "no reason given", "sans motif", "generic"),
    _declining(
        "chargeDeclinedInsufficientFunds",
        "4000000000009995",
        "insufficient funds",
        "provision insuffisante",
        "insufficient_funds",
    ),
    _declining("visa_chargeDeclinedLostCard", "4000000000009987", "lost card", "carte perdue", "lost_card"),
    _declining(
        "visa_chargeDeclinedStolenCard", "4000000000009979", "stolen card", "carte volée", "stolen_card"
    ),
    _declining(
        "chargeDeclinedExpiredCard", "4000000000000069", "expired card", "carte expirée", "expired_card"
    ),
    _declining("chargeDeclinedIncorrectCvc", "4000000000000127", "wrong CVC", "CVC erroné", "incorrect_cvc"),
    _declining(
        "chargeDeclinedProcessingError",
        "4000000000000119",
        "processing error",
        "erreur de traitement",
        "processing_error",
    ),
    replace(
        _card(
            "chargeCustomerFail",
            "4000000000000341",
            "Can be saved, payments are declined",
            "Enregistrable, paiements refusés",
        ),
        decline="generic",
    ),
    replace(
        _card(
            "authenticationRequired",
            "4000002760003184",
            "Authenticates every payment",
            "Authentifie chaque paiement",
        ),
        authentication="always",
    ),
    replace(
        _card(
            "authenticationRequiredOnSetup",
            "4000002500003155",
            "Authenticates once, when saved",
            "Authentifie une fois, à l'enregistrement",
        ),
        authentication="unless_set_up",
    ),
    replace(
        _card(
            "authenticationRequiredSetupForOffSession",
            "4000003800000446",
            "Authenticates when the customer is present",
            "Authentifie en présence du client",
        ),
        authentication="on_session",
    ),
    replace(
        _card(
            "authenticationRequiredChargeDeclinedInsufficientFunds",
            "4000008260003178",
            "Authenticates, then insufficient funds",
            "Authentifie, puis provision insuffisante",
        ),
        authentication="always",
        decline="insufficient_funds",
    ),
    replace(
        _card("createDispute", "4000000000000259", "Disputed as fraudulent", "Contestée pour fraude"),
        dispute="fraudulent",
    ),
    replace(
        _card(
            "createDisputeProductNotReceived",
            "4000000000002685",
            "Disputed as not received",
            "Contestée pour non-réception",
        ),
        dispute="product_not_received",
    ),
    replace(
        _card("pendingRefund", "4000000000007726", "Refunds take a while", "Remboursements différés"),
        refund="pending",
    ),
    replace(
        _card("refundFail", "4000000000005126", "Refunds fail later", "Remboursements rejetés ensuite"),
        refund="failed",
    ),
)


@dataclass(frozen=True)
class _Debits:
    """Accounts of one scenario, one each in Austria, Germany and France."""

    scenario: str
    english: str
    french: str
    ibans: tuple[str, str, str]
    decline: str = ""
    dispute: str = ""

    def specimens(self) -> list[Specimen]:
        return [self._specimen(iban, iban[:2]) for iban in self.ibans]

    def _specimen(self, iban: str, country: str) -> Specimen:
        return Specimen(
            token=f"pm_{self.scenario}_{country.lower()}",
            type="sepa_debit",
            number=iban,
            english=f"SEPA {country}, {self.english}",
            french=f"SEPA {country}, {self.french}",
            country=country,
            decline=self.decline,
            dispute=self.dispute,
        )


# All of them wait for the switch `sepa_delay_seconds`, the "Delayed" ones no longer than the others.
_DEBITS = (
    _Debits(
        "success",
        "succeeds",
        "réussit",
        ("AT611904300234573201", "DE89370400440532013000", "FR1420041010050500013M02606"),
    ),
    _Debits(
        "successDelayed",
        "succeeds late",
        "réussit tard",
        ("AT321904300235473204", "DE08370400440532013003", "FR3020041010050500013M02609"),
    ),
    _Debits(
        "failed",
        "fails",
        "échoue",
        ("AT861904300235473202", "DE62370400440532013001", "FR8420041010050500013M02607"),
        decline="generic_could_not_process",
    ),
    _Debits(
        "failedDelayed",
        "fails late",
        "échoue tard",
        ("AT051904300235473205", "DE78370400440532013004", "FR7920041010050500013M02600"),
        decline="generic_could_not_process",
    ),
    _Debits(
        "disputed",
        "succeeds, then disputed",
        "réussit, puis contesté",
        ("AT591904300235473203", "DE35370400440532013002", "FR5720041010050500013M02608"),
        dispute="debit_not_authorized",
    ),
    _Debits(
        "exceedsWeeklyVolumeLimit",
        "over the account's limit",
        "plafond du compte dépassé",
        ("AT981904300000343434", "DE65370400440000343434", "FR9720041010050000000343434"),
        decline="charge_exceeds_source_limit",
    ),
    _Debits(
        "exceedsWeeklyTransactionLimit",
        "over the weekly limit",
        "plafond hebdomadaire dépassé",
        ("AT601904300000121212", "DE27370400440000121212", "FR5920041010050000000121212"),
        decline="charge_exceeds_weekly_limit",
    ),
    _Debits(
        "insufficientFunds",
        "insufficient funds",
        "provision insuffisante",
        ("AT981904300002222227", "DE65370400440002222227", "FR9720041010050000002222227"),
        decline="insufficient_funds",
    ),
)
ALL = _CARDS + tuple(specimen for debits in _DEBITS for specimen in debits.specimens())
# Stripe knows two of the declining cards under a second name.
_ALIASES = {
    "pm_card_visa_chargeDeclined": "pm_card_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "pm_card_chargeDeclinedInsufficientFunds",
}
SPECIMENS = {specimen.token: specimen for specimen in ALL}
SPECIMENS |= {alias: SPECIMENS[token] for alias, token in _ALIASES.items()}
BY_NUMBER = {specimen.number: specimen for specimen in ALL}
