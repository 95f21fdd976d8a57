"""What do we remember of buying rules, and of what they said about a purchase?

A rule is known by its first version and says what its newest one says; no version is ever written over. What the rules
said is written once, while the document is still a draft, and becomes a part of what its approval is bound to.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

HERE_ONLY = f"organisation_id = {HERE}"
KINDS = ", ".join(f"'{kind}'" for kind in PolicyKind)
EFFECTS = ", ".join(f"'{effect}'" for effect in Effect)
MEASURING = "kind in ('quotes', 'standing', 'price_rise')"


class PolicyRule(Base):
    """One version of a buying rule. `figure`: suppliers, points or per cent, by its kind; `ends_on` None: open end."""

    __tablename__ = "policy_rules"
    __table_args__ = (
        UniqueConstraint("rule_id", "version"),
        UniqueConstraint("id", "organisation_id", "rule_id", "effect"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        ForeignKeyConstraint(["site_id", "organisation_id"], ["sites.id", "sites.organisation_id"]),
        Index("ix_policy_rules_newest", "organisation_id", "rule_id", "version"),
        CheckConstraint("version >= 1 and (version = 1) = (id = rule_id)", name="version"),
        CheckConstraint(f"kind in ({KINDS})", name="kind"),
        CheckConstraint(f"effect in ({EFFECTS})", name="effect"),
        CheckConstraint("char_length(name) between 1 and 120", name="name_length"),
        CheckConstraint("minimum_amount >= 0", name="minimum_amount"),
        CheckConstraint("cpv_prefix ~ '^[0-9]{2,8}$'", name="cpv_prefix"),
        CheckConstraint("kind <> 'category_ban' or cpv_prefix is not null", name="bans_something"),
        CheckConstraint(f"({MEASURING}) = (figure is not null)", name="measures"),
        CheckConstraint("figure between 0 and 1000", name="figure"),
        CheckConstraint("(kind = 'preferred_supplier') = (supplier_ids <> '{}')", name="prefers_somebody"),
        CheckConstraint("ends_on >= starts_on", name="period"),
    )
    tenancy = Tenancy(HERE_ONLY, f"{HERE_ONLY} AND written_by_id = {ME}").append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("policy_rules.id"))
    version: Mapped[int]
    kind: Mapped[PolicyKind] = mapped_column(Text)
    name: Mapped[str]
    effect: Mapped[Effect] = mapped_column(Text)
    cpv_prefix: Mapped[str | None]
    cost_centre_id: Mapped[UUID | None]
    site_id: Mapped[UUID | None]
    minimum_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    figure: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    supplier_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    is_on: Mapped[bool] = mapped_column(default=True)
    written_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime] = mapped_column(default=clock.now)


class PolicyEvaluation(Base):
    """That the rules of a day were asked about a document: which versions, whether or not one of them was hit."""

    __tablename__ = "policy_evaluations"
    tenancy = Kind.private().append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    document_id: Mapped[UUID] = mapped_column(unique=True)
    version_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    evaluated_on: Mapped[date]
    evaluated_at: Mapped[datetime] = mapped_column(default=clock.now)


class PolicyHit(Base):
    """That a line of a document came up against a version of a rule, and why it is bought all the same.

    What a rule refuses is never bought, so there is no hit of it.
    """

    __tablename__ = "policy_hits"
    __table_args__ = (
        UniqueConstraint("document_id", "rule_version_id", "line_id"),
        ForeignKeyConstraint(
            ["rule_version_id", "organisation_id", "rule_id", "effect"],
            [
                "policy_rules.id",
                "policy_rules.organisation_id",
                "policy_rules.rule_id",
                "policy_rules.effect",
            ],
            name="fk_policy_hits_version",
        ),
        Index("ix_policy_hits_rule", "organisation_id", "rule_id", "id"),
        CheckConstraint("effect <> 'refuse'", name="not_refused"),
        CheckConstraint("(effect = 'reason') = (reason <> '')", name="reason"),
        CheckConstraint("char_length(reason) <= 1000", name="reason_length"),
    )
    tenancy = Tenancy(HERE_ONLY, f"{HERE_ONLY} AND requester_id = {ME}").append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    document_id: Mapped[UUID]
    number: Mapped[str]
    line_id: Mapped[UUID]
    line_position: Mapped[int]
    line_name: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    rule_version_id: Mapped[UUID]
    rule_id: Mapped[UUID]
    effect: Mapped[Effect] = mapped_column(Text)
    found: Mapped[dict[str, Any]]
    reason: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    hit_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("uq_policy_rules_rule_id_version", _l("Somebody else has just changed this rule. Please look again."))
explain("policy_follows", _l("Somebody else has just changed this rule. Please look again."))
explain(
    "policy_record", _l("What the buying rules said is written when a requisition is submitted, and stays.")
)
explain(
    "policy_judged",
    _l("The buying rules say something else about this by now. Please look at your cart again."),
)
