"""What does a contract say, in which words?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.contracts.agreements.models import Agreement, AgreementClause, AgreementLine, Clause
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import language, lazy_text as _l
from marketplace.identity.organisations.models import Organisation

BLANK = re.compile(r"\{(\w+)\}")


class WrongBlank(Invalid):
    """A blank of a clause is left open, or filled with what it cannot be."""


@dataclass(frozen=True)
class QuotedClause:
    """A clause with its blanks filled in, in the present language."""

    id: UUID
    code: str
    version: int
    kind: str
    title: str
    body: str


@dataclass(frozen=True)
class ContractText:
    """All that a contract says; the words of its clauses come in the language of whoever asks for them."""

    agreement: Agreement
    buyer: Organisation
    seller: Organisation
    lines: Sequence[AgreementLine]
    quotations: Sequence[tuple[AgreementClause, Clause]]

    @property
    def clauses(self) -> list[QuotedClause]:
        """Its clauses, in their order, in the present language."""
        return [quoted(quotation, clause) for quotation, clause in self.quotations]


def quoted(quotation: AgreementClause, clause: Clause) -> QuotedClause:
    """`clause` with the variables of `quotation` in its blanks."""
    title, body = (
        (clause.title_fr, clause.body_fr) if language() == "fr" else (clause.title_en, clause.body_en)
    )
    text = BLANK.sub(lambda blank: str(quotation.variables.get(blank[1], blank[0])), body)
    return QuotedClause(quotation.id, clause.code, clause.version, clause.kind, title, text)


def blanks(clause: Clause) -> list[str]:
    """The names of the variables that `clause` needs, in the order of its text."""
    return list(dict.fromkeys(BLANK.findall(clause.body_en)))


def filled(clause: Clause, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the blanks of `clause`: a whole number where the library has one, else a text.

    Raises WrongBlank, with the name of the blank as its field.
    """
    return {name: _filled(name, clause.defaults.get(name), typed.get(name)) for name in blanks(clause)}


def _filled(name: str, default: Any, typed: Any) -> Any:
    said = str(typed or "").strip()
    if not said:
        raise WrongBlank(_l("Please fill this in."), field=name)
    if not isinstance(default, int):
        return said
    if not re.fullmatch("[0-9]{1,3}", said) or int(said) == 0:
        raise WrongBlank(_l("A whole number from 1 to 999, please."), field=name)
    return int(said)
