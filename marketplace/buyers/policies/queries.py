"""What can be asked about buying rules, and about what came up against them?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.buyers.policies.evaluating import (
    Effect,
    Facts,
    Hit,
    PolicyKind,
    Purchase,
    Rule,
    evaluate,
    in_force,
)
from marketplace.buyers.policies.models import PolicyHit, PolicyRule
from marketplace.buyers.policies.wording import EFFECTS, KINDS, Names, finding
from marketplace.foundation.db import fetch_all, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import organisation, organisation_names
from marketplace.sellers.catalogue.models import CpvCode
from marketplace.sellers.catalogue.queries import categories
from marketplace.sellers.items.queries import suppliers_elsewhere
from marketplace.sellers.scorecards.queries import newest_by_supplier

CPV_DIGITS = 8


@dataclass(frozen=True)
class Tally:
    """How many lines came up against a rule and were bought, and how many of them with a reason."""

    hits: int = 0
    overridden: int = 0


@dataclass(frozen=True)
class Finding:
    """A line that came up against a rule: which line, what is wrong with it and what to do, and the reason given."""

    position: int
    name: str
    sentence: LazyString
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one version of a rule says about a purchase, with its findings line by line."""

    rule: Rule
    findings: Sequence[Finding]

    @property
    def kind(self) -> LazyString:
        """What kind of rule it is."""
        return KINDS[PolicyKind(self.rule.kind)].label

    @property
    def state(self) -> State:
        """What the rule does, in words."""
        return EFFECTS[Effect(self.rule.effect)]

    @property
    def reason(self) -> str:
        """The reason that was given, for all its lines together."""
        return self.findings[0].reason


def newest_versions() -> Sequence[PolicyRule]:
    """The newest version of each rule of the actor's organisation, by name."""
    newest = (
        select(PolicyRule.id)
        .ext(distinct_on(PolicyRule.rule_id))
        .where(PolicyRule.organisation_id == current_actor().organisation)
        .order_by(PolicyRule.rule_id, PolicyRule.version.desc())
    )
    statement = select(PolicyRule).where(PolicyRule.id.in_(newest))
    return session().scalars(statement.order_by(func.lower(PolicyRule.name), PolicyRule.id)).all()


def rules_on(day: date) -> list[Rule]:
    """The rules that hold on that day, each in its newest version; in one statement."""
    return in_force(newest_versions(), day)


def versions(rule_id: UUID) -> Sequence[PolicyRule]:
    """All versions of that rule, the newest first. Raises NotFound."""
    statement = select(PolicyRule).where(PolicyRule.rule_id == rule_id)
    found = session().scalars(statement.order_by(PolicyRule.version.desc())).all()
    if not found:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def judged(rules: Sequence[Rule], purchase: Purchase, paid: Mapping[UUID, Decimal]) -> list[Hit]:
    """What the rules say about a purchase; `paid` is what was last paid for a unit of each product.

    Four statements, however many rules and lines; none without a rule.
    """
    return evaluate(rules, purchase, _facts(purchase, paid)) if rules and purchase.lines else []


def verdicts(hits: Iterable[Hit]) -> list[Verdict]:
    """The same rule by rule, in words; two statements, none without a hit."""
    by_rule: dict[UUID, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_rule[hit.rule.id].append(hit)
    names = names_for([group[0].rule for group in by_rule.values()])
    return [
        Verdict(
            group[0].rule,
            [Finding(hit.line.position, hit.line.name, finding(hit.rule, hit.found, names)) for hit in group],
        )
        for group in by_rule.values()
    ]


def verdicts_on(document_id: UUID) -> list[Verdict]:
    """What the rules said about a document when it was submitted, and the reasons given."""
    statement = select(PolicyHit).where(PolicyHit.document_id == document_id)
    by_rule: dict[UUID, list[PolicyHit]] = defaultdict(list)
    for row in session().scalars(statement.order_by(PolicyHit.line_position)):
        by_rule[row.rule_version_id].append(row)
    rules = fetch_all(PolicyRule, by_rule)
    names = names_for(rules.values())
    found = [
        Verdict(rules[rule_version_id], [_kept(row, rules[rule_version_id], names) for row in rows])
        for rule_version_id, rows in by_rule.items()
    ]
    return sorted(found, key=lambda one: (one.rule.name, one.rule.id))


def hits_of(
    rule_id: UUID, *, is_overridden: bool = False, requester_id: UUID | None = None
) -> Select[PolicyHit]:
    """What came up against a rule in all its versions, to be paged; with a reason only, or of one requester only."""
    statement = select(PolicyHit).where(PolicyHit.rule_id == rule_id)
    if is_overridden:
        statement = statement.where(PolicyHit.reason != "")
    return statement.where(PolicyHit.requester_id == requester_id) if requester_id else statement


def tallies() -> dict[UUID, Tally]:
    """How often each rule was hit and overridden, in one statement."""
    overridden = func.count().filter(PolicyHit.reason != "")
    counted = select(PolicyHit.rule_id, func.count(), overridden).group_by(PolicyHit.rule_id)
    return {row[0]: Tally(row[1], row[2]) for row in session().execute(counted)}


def tallies_by_person(rule_id: UUID) -> dict[UUID, Tally]:
    """The same of one rule by requester, who came up against it most often first."""
    overridden = func.count().filter(PolicyHit.reason != "")
    counted = select(PolicyHit.requester_id, func.count(), overridden).where(PolicyHit.rule_id == rule_id)
    ordered = counted.group_by(PolicyHit.requester_id).order_by(func.count().desc(), PolicyHit.requester_id)
    return {row[0]: Tally(row[1], row[2]) for row in session().execute(ordered)}


def sentences_of(rows: Sequence[PolicyHit]) -> dict[UUID, LazyString]:
    """What was wrong with each of these lines, in three statements."""
    rules = fetch_all(PolicyRule, {row.rule_version_id for row in rows})
    names = names_for(rules.values())
    return {row.id: finding(rules[row.rule_version_id], row.found, names) for row in rows}


def names_for(rules: Collection[Rule]) -> Names:
    """What the sentences about these rules call suppliers and categories; three statements, none without a rule."""
    if not rules:
        return Names({}, {}, "EUR")
    prefixes = {rule.cpv_prefix for rule in rules if rule.cpv_prefix}
    known = categories({prefix.ljust(CPV_DIGITS, "0") for prefix in prefixes})
    return Names(
        organisation_names({one for rule in rules for one in rule.supplier_ids}),
        {prefix: _label(prefix, known) for prefix in prefixes},
        organisation(current_actor().organisation).currency,
    )


def _label(prefix: str, known: Mapping[str, CpvCode]) -> str:
    """What a category is called; one that is not known, by its digits."""
    exact = known.get(prefix.ljust(CPV_DIGITS, "0"))
    return exact.label if exact else f"CPV {prefix}"


def _kept(row: PolicyHit, rule: PolicyRule, names: Names) -> Finding:
    return Finding(row.line_position, row.line_name, finding(rule, row.found, names), row.reason)


def _facts(purchase: Purchase, paid: Mapping[UUID, Decimal]) -> Facts:
    elsewhere = suppliers_elsewhere([line.product_id for line in purchase.lines])
    cards = newest_by_supplier()
    sellers = {line.seller_id for line in purchase.lines}
    return Facts(
        suppliers={product_id: others + 1 for product_id, others in elsewhere.items()},
        paid=paid,
        points={seller: card.points for seller, card in cards.items() if card.points is not None},
        barred=sellers - _admitted(sellers),
    )


def _admitted(ids: Collection[UUID]) -> set[UUID]:
    """Those of the organisations that may trade; one that cannot be seen may not."""
    statement = select(Organisation.id).where(
        Organisation.id.in_(ids), Organisation.status == OrganisationState.ADMITTED
    )
    return set(session().scalars(statement))
