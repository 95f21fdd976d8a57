"""What can be done with buying rules?

A procurement lead writes them; the database lets nobody else. Every change is a version of its own. What the rules said
about a document is recorded with it, and nobody overrides what a rule refuses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.budgets.queries import cost_centre
from marketplace.buyers.policies.evaluating import Effect, Hit, PolicyKind, Rule
from marketplace.buyers.policies.models import PolicyEvaluation, PolicyHit, PolicyRule
from marketplace.buyers.policies.queries import CPV_DIGITS, names_for, versions
from marketplace.buyers.policies.wording import finding
from marketplace.events.buyers import PolicyOverridden, PolicyRuleWritten
from marketplace.foundation.db import new_id, save, session
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import possible_counterparties, site
from marketplace.sellers.catalogue.queries import unlisted_categories

FEWEST_DIGITS = 2
MOST: Mapping[PolicyKind, int] = {
    PolicyKind.QUOTES: 20,
    PolicyKind.STANDING: 100,
    PolicyKind.PRICE_RISE: 1000,
}
"""The largest figure of each kind that measures something: suppliers, points, per cent."""
WRITTEN = (
    *("name", "effect", "cpv_prefix", "cost_centre_id", "site_id", "minimum_amount", "figure"),
    *("supplier_ids", "starts_on", "ends_on", "is_on"),
)


class PolicyRefused(Conflict):
    """A rule refuses what is to be bought; nobody overrides it."""


class ReasonNeeded(Invalid):
    """A rule asks why something is bought all the same."""


class RuleChanged(Conflict):
    """The reason was given to another version of the rule than the one that decides now."""


@dataclass(frozen=True)
class Reason:
    """Why something is bought in spite of a rule, said to one version of it."""

    version: int
    text: str


def write_rule(
    *,
    kind: PolicyKind,
    name: str,
    effect: Effect,
    cpv_prefix: str | None = None,
    cost_centre_id: UUID | None = None,
    site_id: UUID | None = None,
    minimum_amount: Decimal | None = None,
    figure: Decimal | None = None,
    supplier_ids: Sequence[UUID] = (),
    starts_on: date,
    ends_on: date | None = None,
    is_on: bool = True,
    rule_id: UUID | None = None,
) -> PolicyRule:
    """Write a new rule, or the next version of one, whose kind stays. Amounts are in the organisation's currency.

    Raises Invalid, NotFound; Conflict where somebody else has written a version meanwhile.
    """
    row = _version(
        versions(rule_id)[0] if rule_id else None,
        kind=kind,
        name=name,
        effect=effect,
        cpv_prefix=_checked_category(cpv_prefix),
        cost_centre_id=cost_centre_id,
        site_id=site_id,
        minimum_amount=minimum_amount,
        figure=figure,
        supplier_ids=list(dict.fromkeys(supplier_ids)),
        starts_on=starts_on,
        ends_on=ends_on,
        is_on=is_on,
    )
    _check_conditions(row)
    _check_kind(row)
    _announce(save(row))
    return row


def switch_rule(*, rule_id: UUID, is_on: bool) -> PolicyRule:
    """Let a rule hold, or hold no more, in a version of its own. Raises NotFound."""
    newest = versions(rule_id)[0]
    if newest.is_on == is_on:
        return newest
    said = {name: getattr(newest, name) for name in WRITTEN} | {"is_on": is_on}
    row = save(_version(newest, kind=newest.kind, **said))
    _announce(row)
    return row


def check_obeyed(*, hits: Sequence[Hit], reasons: Mapping[UUID, Reason]) -> None:
    """That nothing is refused and every reason that is asked for is given, to the version that decides.

    Raises PolicyRefused, RuleChanged, ReasonNeeded.
    """
    for hit in hits:
        if hit.rule.effect == Effect.REFUSE:
            raise PolicyRefused(_sentence(hit))
    asked = {hit.rule.rule_id: hit.rule for hit in hits if hit.rule.effect == Effect.REASON}
    for rule in asked.values():
        said = reasons.get(rule.rule_id)
        if said is not None and said.version != rule.version:
            raise RuleChanged(_changed(rule), field="reasons")
    silent = [rule for rule in asked.values() if rule.rule_id not in reasons]
    if silent:
        raise ReasonNeeded(
            _l("Say why, for these buying rules ask for a reason: %(rules)s", rules=_named(silent)),
            field="reasons",
        )


def record_evaluation(
    *,
    document_id: UUID,
    number: str,
    on: date,
    rules: Sequence[Rule],
    hits: Sequence[Hit],
    reasons: Mapping[UUID, Reason],
) -> None:
    """Keep with a document what the rules of the day said, and why it is bought all the same; announces overrides."""
    actor = current_actor()
    evaluation = PolicyEvaluation(
        organisation_id=actor.organisation,
        document_id=document_id,
        version_ids=sorted(rule.id for rule in rules),
        evaluated_on=on,
    )
    session().add_all([evaluation, *(_hit(hit, document_id, number, reasons) for hit in hits)])
    session().flush()
    for rule in {hit.rule.id: hit.rule for hit in hits if hit.rule.effect == Effect.REASON}.values():
        _announce_override(rule, document_id, number, reasons[rule.rule_id].text)


def _version(before: PolicyRule | None, *, kind: PolicyKind, **said: Any) -> PolicyRule:
    """The version after that one, whose kind it keeps; the first of a new rule where there is none."""
    actor, identity = current_actor(), new_id()
    return PolicyRule(
        id=identity,
        organisation_id=actor.organisation,
        rule_id=before.rule_id if before else identity,
        version=before.version + 1 if before else 1,
        kind=before.kind if before else kind,
        written_by_id=actor.person,
        **said,
    )


def _hit(hit: Hit, document_id: UUID, number: str, reasons: Mapping[UUID, Reason]) -> PolicyHit:
    actor, rule, line = current_actor(), hit.rule, hit.line
    return PolicyHit(
        organisation_id=actor.organisation,
        document_id=document_id,
        number=number,
        line_id=line.id,
        line_position=line.position,
        line_name=line.name,
        seller_id=line.seller_id,
        rule_version_id=rule.id,
        rule_id=rule.rule_id,
        effect=rule.effect,
        found=dict(hit.found),
        reason=reasons[rule.rule_id].text if rule.effect == Effect.REASON else "",
        requester_id=actor.person,
    )


def _checked_category(typed: str | None) -> str | None:
    """The digits that all codes of the subtree begin with. Raises Invalid."""
    if not typed:
        return None
    code = typed.partition("-")[0].strip()
    is_code = code.isascii() and code.isdigit() and FEWEST_DIGITS <= len(code) <= CPV_DIGITS
    if not is_code or unlisted_categories([code.ljust(CPV_DIGITS, "0")]):
        raise Invalid(
            _l("This is no category of the CPV: two to eight of its digits, please."), field="cpv_prefix"
        )
    return code.rstrip("0").ljust(FEWEST_DIGITS, "0")


def _check_conditions(row: PolicyRule) -> None:
    if row.cost_centre_id is not None:
        cost_centre(row.cost_centre_id)
    if row.site_id is not None:
        site(row.site_id)
    if row.minimum_amount is not None and row.minimum_amount < 0:
        raise Invalid(_l("The amount cannot be negative."), field="minimum_amount")
    if row.ends_on is not None and row.ends_on < row.starts_on:
        raise Invalid(_l("The rule ends before it starts."), field="ends_on")


def _check_kind(row: PolicyRule) -> None:
    """That the rule says what its kind needs, and nothing that its kind knows nothing of."""
    if row.kind == PolicyKind.CATEGORY_BAN and row.cpv_prefix is None:
        raise Invalid(_l("Which category is not bought?"), field="cpv_prefix")
    if row.kind == PolicyKind.PREFERRED_SUPPLIER:
        _check_suppliers(row.supplier_ids)
    elif row.supplier_ids:
        raise Invalid(_l("This kind of rule prefers no supplier."), field="supplier_ids")
    if row.kind in MOST:
        _check_figure(row.figure, MOST[row.kind], is_whole=row.kind == PolicyKind.QUOTES)
    elif row.figure is not None:
        raise Invalid(_l("This kind of rule measures nothing."), field="figure")


def _check_suppliers(supplier_ids: Sequence[UUID]) -> None:
    if not supplier_ids:
        raise Invalid(_l("Name at least one supplier."), field="supplier_ids")
    if not {row.id for row in possible_counterparties(is_buying=True)}.issuperset(supplier_ids):
        raise Invalid(_l("One of these suppliers is not admitted to the market."), field="supplier_ids")


def _check_figure(figure: Decimal | None, most: int, *, is_whole: bool) -> None:
    least = 2 if is_whole else 0
    if figure is None or not least <= figure <= most or round(figure, 0 if is_whole else 2) != figure:
        raise Invalid(
            _l("A number from %(least)d to %(most)d, please.", least=least, most=most), field="figure"
        )


def _sentence(hit: Hit) -> object:
    return _l(
        "Line %(position)d, “%(line)s”: the buying rule “%(rule)s” (version %(version)d) refuses it. %(why)s",
        position=hit.line.position,
        line=hit.line.name,
        rule=hit.rule.name,
        version=hit.rule.version,
        why=finding(hit.rule, hit.found, names_for([hit.rule])),
    )


def _changed(rule: Rule) -> object:
    return _l(
        "The buying rule “%(rule)s” has changed since you looked; version %(version)d decides now."
        " Please read it again and say why.",
        rule=rule.name,
        version=rule.version,
    )


def _named(rules: Iterable[Rule]) -> str:
    return ", ".join(f"“{rule.name}”" for rule in rules)


def _announce(row: PolicyRule) -> None:
    announce(
        PolicyRuleWritten(
            subject_id=row.rule_id,
            organisation_id=row.organisation_id,
            name=row.name,
            kind=row.kind,
            effect=row.effect,
            version=row.version,
            is_on=row.is_on,
        )
    )


def _announce_override(rule: Rule, document_id: UUID, number: str, reason: str) -> None:
    actor = current_actor()
    announce(
        PolicyOverridden(
            subject_id=document_id,
            organisation_id=actor.organisation,
            number=number,
            requester_id=actor.person,
            rule=rule.name,
            rule_version=rule.version,
            reason=reason,
        )
    )
