"""Who is told which news, in which words, and where does it lead?

One table. A kind of news that nobody is told stands in `untold.py` with the reason; a kind in neither is an omission,
which a test finds.
"""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import LazyString

from marketplace.events import billing, buyers, contracts, disputes, identity, schedules, sellers
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import Event
from marketplace.foundation.tenancy import Actor
from marketplace.permissions import Permission

P = Permission
EVERYBODY = "everybody"
OTHERS = "others"


@dataclass(frozen=True)
class Link:
    """A page, by the name of its endpoint, and the field of the news that goes into its address as `argument`."""

    endpoint: str
    argument: str = ""
    field: str = "subject_id"


@dataclass(frozen=True)
class Audience:
    """Whom one kind of news is told to, on one side.

    `party` is the field that names the organisation, or all of them, or those other than the one that acted; `people`
    are permissions of its members, or fields that name one of them. News that `waits` for something is also sent by
    mail, unless the person has said otherwise. The sentence may name the event's fields, `buyer`, `seller` and `who`.
    """

    kind: type[Event]
    party: str
    people: tuple[P | str, ...]
    sentence: LazyString
    link: Link
    waits: bool = False

    def parties(self, event: Event, acting_id: UUID | None) -> list[UUID]:
        """The organisations whose people are told `event`, which `acting_id` caused."""
        if self.party == EVERYBODY:
            return list(event.parties)
        if self.party == OTHERS:
            return [party for party in event.parties if party != acting_id]
        return [getattr(event, self.party)]

    def may_reach(self, actor: Actor) -> bool:
        """Whether somebody like `actor` is ever told this; whom a field names must be able to do what it is about."""
        needed = (MEANT_BY_FIELD.get(meant) if meant not in list(P) else meant for meant in self.people)
        return any(permission is None or actor.permits(permission) for permission in needed)


MEMBER = Link("identity.organisations.member", "organisation_id")
OUR_ORGANISATIONS = Link("identity.access.choose")
PEOPLE = Link("identity.people.index")
PROFILE = Link("identity.people.profile")
KEYS = Link("identity.access.keys_of_programs")
SEARCHES = Link("buyers.searches.index")
REQUISITION = Link("buyers.requisitions.show", "requisition_id")
STANDING = Link("buyers.schedules.show", "standing_id")
APPROVALS = Link("buyers.approvals.index")
BUDGETS = Link("buyers.budgets.index")
ORDER = Link("buyers.orders.show", "order_id")
VERSION = Link("sellers.versions.show", "version_id")
IMPORT = Link("sellers.catalogue.index")
PRODUCT = Link("sellers.catalogue.show", "product_id")
CATALOGUE = Link("sellers.catalogue.index")
STOCK = Link("sellers.stock.index")
SCORECARD = Link("sellers.scorecards.show", "scorecard_id")
AGREEMENT = Link("contracts.agreements.show", "agreement_id")
DISPUTE = Link("disputes.cases.show", "dispute_id")
PAYMENT = Link("billing.payments.show", "payment_id")
PAYOUTS = Link("billing.payments.payouts")
QUARRELLING = (P.DISPUTE_WRITE, P.DISPUTE_MEDIATE)
MEANT_BY_FIELD = {
    "approver_id": P.APPROVAL_DECIDE,
    "on_behalf_of_id": P.APPROVAL_DECIDE,
    "to_person_id": P.APPROVAL_DECIDE,
    "requester_id": P.REQUISITION_WRITE,
    "invited_by_id": P.PEOPLE_MANAGE,
    "searcher_id": P.CATALOGUE_READ,
}

OF_IDENTITY = (
    Audience(
        identity.OrganisationRegistered, "operator_id", (P.MARKET_ADMIT,),
        _l("%(name)s asks to be admitted to the market."), MEMBER, waits=True,
    ),
    Audience(
        identity.OrganisationChanged, "operator_id", (P.MARKET_ADMIT,),
        _l("%(previous_name)s has changed its particulars; it is called %(name)s now."), MEMBER,
    ),
    Audience(
        identity.OrganisationAdmitted, "organisation_id", (P.PEOPLE_MANAGE,),
        _l("%(name)s is admitted to the market and may trade."), OUR_ORGANISATIONS, waits=True,
    ),
    Audience(
        identity.OrganisationRefused, "organisation_id", (P.PEOPLE_MANAGE,),
        _l("The application of %(name)s is refused: %(reason)s"), OUR_ORGANISATIONS, waits=True,
    ),
    Audience(
        identity.OrganisationSuspended, "organisation_id", (P.PEOPLE_MANAGE,),
        _l("%(name)s is suspended: %(reason)s"), OUR_ORGANISATIONS, waits=True,
    ),
    Audience(
        identity.InvitationAccepted, "organisation_id", ("invited_by_id",),
        _l("%(name)s has accepted your invitation."), PEOPLE,
    ),
    Audience(
        identity.MembershipChanged, "organisation_id", ("subject_id",),
        _l("%(who)s has changed what you may do here."), PROFILE,
    ),
    Audience(
        identity.ApiKeyCreated, "organisation_id", (P.KEY_MANAGE,),
        _l("%(who)s has made the API key “%(label)s”."), KEYS,
    ),
    Audience(
        identity.ApiKeyRevoked, "organisation_id", (P.KEY_MANAGE,),
        _l("%(who)s has revoked the API key “%(label)s”."), KEYS,
    ),
)  # fmt: skip
OF_BUYERS = (
    Audience(
        buyers.SavedSearchAnswered, "organisation_id", ("searcher_id",),
        _l("New in your search “%(name)s”: %(products)s products."), SEARCHES,
    ),
    Audience(
        buyers.PolicyOverridden, "organisation_id", (P.RULE_WRITE,),
        _l("%(number)s is bought in spite of the buying rule “%(rule)s”: %(reason)s"), REQUISITION,
    ),
    Audience(
        buyers.ApprovalRequested, "organisation_id", ("approver_id",),
        _l("%(document_number)s waits for your decision until %(due_at)s."), APPROVALS, waits=True,
    ),
    Audience(
        buyers.ApprovalReminded, "organisation_id", ("approver_id",),
        _l("%(document_number)s still waits for your decision, until %(due_at)s."), APPROVALS, waits=True,
    ),
    Audience(
        buyers.ApprovalQuestioned, "organisation_id", ("requester_id",),
        _l("%(who)s asks about %(document_number)s: %(question)s"), REQUISITION, waits=True,
    ),
    Audience(
        buyers.ApprovalAnswered, "organisation_id", ("approver_id",),
        _l("%(who)s answers about %(document_number)s: %(answer)s"), APPROVALS, waits=True,
    ),
    Audience(
        buyers.ApprovalQuestionLapsed, "organisation_id", ("approver_id",),
        _l("Your question about %(document_number)s stayed without an answer; please decide."), APPROVALS,
        waits=True,
    ),
    Audience(
        buyers.ApprovalDecided, "organisation_id", ("on_behalf_of_id",),
        _l("%(who)s has decided on %(document_number)s on your behalf."), APPROVALS,
    ),
    Audience(
        buyers.DelegationGranted, "organisation_id", ("to_person_id",),
        _l("%(who)s lets you decide in their place from %(starts_on)s to %(ends_on)s."), APPROVALS, waits=True,
    ),
    Audience(
        buyers.BudgetChanged, "organisation_id", (P.BUDGET_WRITE,),
        _l("The budget of %(cost_centre)s is %(amount)s now."), BUDGETS,
    ),
    Audience(
        buyers.RequisitionApproved, "organisation_id", ("requester_id",),
        _l("Your requisition %(number)s is approved."), REQUISITION, waits=True,
    ),
    Audience(
        buyers.RequisitionRejected, "organisation_id", ("requester_id",),
        _l("Your requisition %(number)s is rejected: %(comment)s"), REQUISITION, waits=True,
    ),
    Audience(
        buyers.RequisitionWithdrawn, "organisation_id", ("requester_id",),
        _l("Your requisition %(number)s is withdrawn: %(reason)s"), REQUISITION,
    ),
    Audience(
        buyers.RequisitionOrdered, "organisation_id", ("requester_id",),
        _l("Your requisition %(number)s is ordered: %(order_numbers)s."), REQUISITION,
    ),
    Audience(
        schedules.StandingRequisitionPaused, "organisation_id", ("requester_id",),
        _l("%(who)s has paused your standing requisition %(number)s, “%(title)s”."), STANDING,
    ),
    Audience(
        schedules.StandingRequisitionOrphaned, "organisation_id", (P.RULE_WRITE,),
        _l("The standing requisition %(number)s, “%(title)s”, is paused: its requester may ask for nothing here."),
        STANDING, waits=True,
    ),
    Audience(
        schedules.StandingRequisitionEnded, "organisation_id", ("requester_id",),
        _l("Your standing requisition %(number)s, “%(title)s”, is over."), STANDING,
    ),
    Audience(
        schedules.StandingRequisitionRefused, "organisation_id", ("requester_id",),
        _l("Nothing is asked for on %(day)s for %(number)s, “%(title)s”: %(reason)s"), STANDING, waits=True,
    ),
    Audience(
        schedules.StandingRequisitionMissed, "organisation_id", ("requester_id",),
        _l("Days of %(number)s, “%(title)s”, that were missed from %(first_on)s to %(last_on)s: %(days)s."),
        STANDING, waits=True,
    ),
    Audience(
        buyers.OrderPlaced, "seller_id", (P.ORDER_CONFIRM,),
        _l("%(buyer)s has placed order %(number)s over %(total)s: please confirm it."), ORDER, waits=True,
    ),
    Audience(
        buyers.OrderConfirmed, "buyer_id", (P.ORDER_PLACE,),
        _l("Order %(number)s is confirmed for %(confirmed_on)s."), ORDER,
    ),
    Audience(
        buyers.OrderConfirmed, "seller_id", (P.ORDER_CONFIRM, P.GOODS_SHIP),
        _l("Order %(number)s of %(buyer)s is confirmed: please ship it for %(confirmed_on)s."), ORDER, waits=True,
    ),
    Audience(
        buyers.OrderRefused, "buyer_id", (P.ORDER_PLACE,),
        _l("%(seller)s has refused order %(number)s: %(reason)s"), ORDER, waits=True,
    ),
    Audience(
        buyers.OrderChangeProposed, "buyer_id", (P.ORDER_PLACE,),
        _l("%(seller)s proposes a change of order %(number)s: %(reason)s"), ORDER, waits=True,
    ),
    Audience(
        buyers.OrderChangeDeclined, "seller_id", (P.ORDER_CONFIRM,),
        _l("%(buyer)s has declined your change of order %(number)s: %(reason)s"), ORDER, waits=True,
    ),
    Audience(
        buyers.OrderCancelled, "seller_id", (P.ORDER_CONFIRM, P.GOODS_SHIP),
        _l("%(buyer)s has cancelled order %(number)s: %(reason)s"), ORDER, waits=True,
    ),
    Audience(
        buyers.GoodsReceived, "seller_id", (P.GOODS_SHIP,),
        _l("%(buyer)s has counted a delivery of order %(number)s (%(receipt_number)s)."), ORDER,
    ),
)  # fmt: skip
OF_SELLERS = (
    Audience(
        sellers.CatalogueImported, "organisation_id", (P.CATALOGUE_WRITE,),
        _l("%(file_name)s is imported: %(created)s products are new, %(changed)s changed, %(rejected)s rows rejected."),
        IMPORT,
    ),
    Audience(
        sellers.CatalogueVersionChecked, "organisation_id", (P.CATALOGUE_WRITE,),
        _l("%(who)s has checked %(number)s, “%(title)s”, of %(lines)s articles: it can be published."), VERSION,
    ),
    Audience(
        sellers.CatalogueVersionPublished, "organisation_id", (P.CATALOGUE_WRITE,),
        _l("%(number)s, “%(title)s”, is published: %(applied)s articles written, %(left_out)s left as they are."),
        VERSION,
    ),
    Audience(
        sellers.CountsLeftOpen, "organisation_id", (P.STOCK_WRITE,),
        _l("A file says there is more of %(skus)s than your books; these bear numbers: receive or count them."), STOCK,
    ),
    Audience(
        sellers.GoodsShipped, "buyer_id", (P.GOODS_RECEIVE,),
        _l("%(seller)s has shipped %(shipment_number)s; it is expected on %(expected_on)s."), ORDER,
    ),
    Audience(
        sellers.ProductRefused, "organisation_id", (P.CATALOGUE_WRITE,),
        _l("The operator does not let buyers see %(name)s (%(sku)s): %(reason)s"), PRODUCT, waits=True,
    ),
    Audience(
        sellers.ProductsLetThrough, "organisation_id", (P.CATALOGUE_WRITE,),
        _l("The operator has let through what you have written: %(skus)s."), CATALOGUE,
    ),
    Audience(
        sellers.ScorecardPublished, "seller_id", (P.SCORECARD_REPLY,),
        _l("Your scorecard of %(period)s from %(buyer)s is drawn up; you may reply to it."), SCORECARD,
    ),
    Audience(
        sellers.ScorecardReplied, "buyer_id", (P.RULE_WRITE,),
        _l("%(seller)s has replied to its scorecard of %(period)s."), SCORECARD,
    ),
)  # fmt: skip
OF_CONTRACTS = (
    Audience(
        contracts.AgreementProposed, OTHERS, (P.AGREEMENT_WRITE,),
        _l("You are offered the framework agreement %(number)s, “%(title)s”."), AGREEMENT, waits=True,
    ),
    Audience(
        contracts.AgreementRendered, EVERYBODY, (P.AGREEMENT_SIGN,),
        _l("The framework agreement %(number)s, “%(title)s”, is ready to be signed."), AGREEMENT, waits=True,
    ),
    Audience(
        contracts.AgreementSigned, OTHERS, (P.AGREEMENT_SIGN,),
        _l("%(signer_name)s has signed the framework agreement %(number)s."), AGREEMENT,
    ),
    Audience(
        contracts.AgreementConcluded, EVERYBODY, (P.AGREEMENT_WRITE,),
        _l("The framework agreement %(number)s, “%(title)s”, is signed by both sides."), AGREEMENT,
    ),
    Audience(
        contracts.AgreementDeclined, OTHERS, (P.AGREEMENT_WRITE,),
        _l("The framework agreement %(number)s is declined: %(reason)s"), AGREEMENT, waits=True,
    ),
    Audience(
        contracts.AgreementWithdrawn, OTHERS, (P.AGREEMENT_WRITE,),
        _l("The offer of the framework agreement %(number)s is withdrawn."), AGREEMENT,
    ),
    Audience(
        contracts.AgreementEnded, EVERYBODY, (P.AGREEMENT_WRITE,),
        _l("The framework agreement %(number)s has ended: %(reason)s"), AGREEMENT, waits=True,
    ),
)  # fmt: skip
OF_DISPUTES = (
    Audience(
        disputes.DisputeOpened, OTHERS, QUARRELLING,
        _l("Dispute %(number)s on order %(order_number)s is opened over %(amount)s: please reply."),
        DISPUTE, waits=True,
    ),
    Audience(
        disputes.DisputeMoved, OTHERS, QUARRELLING,
        _l("Dispute %(number)s has moved on; its next step is due by %(due_at)s."), DISPUTE, waits=True,
    ),
    Audience(
        disputes.ProposalMade, OTHERS, QUARRELLING,
        _l("A settlement of dispute %(number)s is proposed: please answer."), DISPUTE, waits=True,
    ),
    Audience(
        disputes.SettlementSigned, OTHERS, (P.SETTLEMENT_SIGN,),
        _l("The other side has signed the settlement of dispute %(number)s."), DISPUTE, waits=True,
    ),
    Audience(
        disputes.DisputeSettled, EVERYBODY, QUARRELLING,
        _l("Dispute %(number)s is settled: both sides have signed."), DISPUTE,
    ),
    Audience(
        disputes.DisputeClosed, EVERYBODY, QUARRELLING,
        _l("Dispute %(number)s on order %(order_number)s is closed."), DISPUTE,
    ),
)  # fmt: skip
OF_BILLING = (
    Audience(
        billing.PaymentRequested, "buyer_id", (P.PAYMENT_MAKE,),
        _l("Order %(order_number)s is confirmed: please pay %(amount)s."), PAYMENT, waits=True,
    ),
    Audience(
        billing.PaymentSucceeded, EVERYBODY, (P.PAYMENT_MAKE, P.PAYOUT_MANAGE),
        _l("%(amount)s for order %(order_number)s is paid, and held until the goods are received."), PAYMENT,
    ),
    Audience(
        billing.PaymentFailed, "buyer_id", (P.PAYMENT_MAKE,),
        _l("The payment of order %(order_number)s has failed: %(reason)s"), PAYMENT, waits=True,
    ),
    Audience(
        billing.PaymentCancelled, "buyer_id", (P.PAYMENT_MAKE,),
        _l("Nothing is to be paid any more for order %(order_number)s: %(reason)s"), PAYMENT,
    ),
    Audience(
        billing.PaymentReduced, "buyer_id", (P.PAYMENT_MAKE,),
        _l("Only %(amount)s is to be paid for order %(order_number)s: %(reason)s"), PAYMENT,
    ),
    Audience(
        billing.FundsReleased, "seller_id", (P.PAYOUT_MANAGE,),
        _l("%(amount)s of order %(order_number)s is released to you, less a commission of %(commission)s."), PAYMENT,
    ),
    Audience(
        billing.FundsTransferred, "seller_id", (P.PAYOUT_MANAGE,),
        _l("%(amount)s of order %(order_number)s is on its way to your account."), PAYMENT,
    ),
    Audience(
        billing.FundsReclaimed, "seller_id", (P.PAYOUT_MANAGE,),
        _l("%(amount)s of order %(order_number)s is claimed back from you, to refund the buyer."), PAYMENT, waits=True,
    ),
    Audience(
        billing.RefundFailed, "buyer_id", (P.PAYMENT_MAKE,),
        _l("The refund of %(amount)s for order %(order_number)s has failed: %(reason)s"), PAYMENT, waits=True,
    ),
    Audience(
        billing.FundsRefunded, "buyer_id", (P.PAYMENT_MAKE,),
        _l("%(amount)s of order %(order_number)s is refunded."), PAYMENT,
    ),
    Audience(
        billing.SupplierOnboarded, "organisation_id", (P.PAYOUT_MANAGE,),
        _l("Your account is ready for payouts."), PAYOUTS,
    ),
)  # fmt: skip
AUDIENCES = (*OF_IDENTITY, *OF_BUYERS, *OF_SELLERS, *OF_CONTRACTS, *OF_DISPUTES, *OF_BILLING)
BY_KIND: dict[str, list[Audience]] = {}
for _audience in AUDIENCES:
    BY_KIND.setdefault(_audience.kind.__name__, []).append(_audience)
