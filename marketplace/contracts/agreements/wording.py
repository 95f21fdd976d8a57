"""What does a contract say, in which words?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.contracts.agreements.models import Agreement, AgreementClause, AgreementLine, Clause
from marketplace.foundation.language import language
from marketplace.identity.organisations.models import Organisation

BLANK = re.compile(r"\{(\w+)\}")


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
    filled = BLANK.sub(lambda blank: str(quotation.variables.get(blank[1], blank[0])), body)
    return QuotedClause(quotation.id, clause.code, clause.version, clause.kind, title, filled)


def blanks(clause: Clause) -> list[str]:
    """The names of the variables that `clause` needs, in the order of its text."""
    return list(dict.fromkeys(BLANK.findall(clause.body_en)))
