"""What is found?

One door of the database (migrations 0089 and 0193) finds, ranks and counts what the actor may see, in one statement.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from marketplace.buyers.shopping.questions import BANDS, DAYS, UNIT_FACTORS, Question
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.search.queries import Meaning, meaning_of

# How many answers are shown in the end; more than that are "more than a thousand".
DEPTH = 1000

FIND = text("SELECT doors.found_products(cast(:question AS jsonb))")
SHELVES = text("SELECT doors.shelves(:category, cast(:sellers AS uuid[]))")


@dataclass(frozen=True)
class Found:
    """One page of what was found, best first, and how all of it is spread.

    Of each kind of choice it is counted what would be found with that choice of the kind alone, so that several can
    be chosen; None where nothing was counted. `guessed` is what the search doubted.
    """

    product_ids: list[UUID]
    total: int
    is_cut_off: bool = False
    categories: Mapping[str, int] = field(default_factory=dict)
    sellers: Mapping[UUID, int] = field(default_factory=dict)
    bands: Mapping[int, int | None] = field(default_factory=dict)
    days: Mapping[int, int | None] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    certificates: Mapping[str, int] = field(default_factory=dict)
    in_stock: int | None = None
    on_contract: int | None = None
    guessed: Mapping[str, Sequence[str]] = field(default_factory=dict)


def found(question: Question, *, skipped: int = 0, wanted: int = 30) -> Found:
    """The products that this actor may see and that best answer the question, whatever of its words they answer.

    Two statements; up to two more where a word is in hardly any product.
    """
    meaning = meaning_of(question.typed) if question.typed else Meaning([], [], {})
    if question.typed and not meaning.terms and not meaning.keys:
        return Found([], 0)
    return answer_to(question, meaning, skipped=skipped, wanted=wanted)


def answer_to(question: Question, meaning: Meaning, *, skipped: int = 0, wanted: int = 30) -> Found:
    """The same for words whose meaning is known, in one statement."""
    asked = {
        **asked_of_the_door(question, organisation(current_actor().organisation).currency),
        "terms": [term._asdict() for term in meaning.terms],
        "keys": meaning.keys,
        "skipped": skipped,
        "wanted": wanted,
    }
    return _as_found(session().execute(FIND, {"question": json.dumps(asked)}).scalar_one(), meaning)


def shelved(question: Question) -> Found:
    """How the published products on a shelf that this actor may see are spread, without looking at a single one."""
    asked = {"category": question.category, "sellers": list(question.sellers) or None}
    answer = session().execute(SHELVES, asked).scalar_one()
    return Found(
        [],
        answer["total"],
        categories=answer["categories"],
        sellers=_by_id(answer["sellers"]),
        bands=dict.fromkeys(range(len(BANDS) + 1)),
        days=dict.fromkeys(range(len(DAYS) + 1)),
    )


def asked_of_the_door(question: Question, currency: str) -> dict[str, Any]:
    """What was chosen as the door takes it, prices in that currency."""
    return {
        "category": question.category,
        "sellers": [str(seller) for seller in question.sellers],
        "bands": question.bands,
        "days": question.days,
        "units": question.units,
        "certificates": question.certificates,
        "in_stock": question.in_stock,
        "on_contract": question.on_contract,
        "order": question.order,
        "currency": currency,
        "today": str(clock.today()),
        "band_limits": [str(limit) for limit in BANDS],
        "day_limits": DAYS,
        "factors": UNIT_FACTORS,
    }


def _as_found(answer: Mapping[str, Any], meaning: Meaning) -> Found:
    return Found(
        product_ids=[UUID(identity) for identity in answer["ids"]],
        total=answer["total"],
        is_cut_off=answer["is_cut_off"],
        categories=answer["categories"],
        sellers=_by_id(answer["sellers"]),
        bands={int(band): count for band, count in answer["bands"].items()},
        days={int(days): count for days, count in answer["days"].items()},
        units=answer["units"],
        certificates=answer["certificates"],
        in_stock=answer["in_stock"],
        on_contract=answer["on_contract"],
        guessed=meaning.guessed,
    )


def _by_id(counts: Mapping[str, int]) -> dict[UUID, int]:
    return {UUID(identity): count for identity, count in counts.items()}
