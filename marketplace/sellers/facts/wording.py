"""How is a fact of a product said to the person who reads it? Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from marketplace.foundation.countries import countries
from marketplace.foundation.language import plural_text
from marketplace.foundation.presentation import write_date
from marketplace.sellers.facts.documents import documents_in
from marketplace.sellers.facts.hazards import PICTOGRAMS, SIGNAL_WORDS
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, FACTS, Certificate, certificates_in

LABELS_OF_HAZARDS = ("un_number", "hazard_statements", "precautionary_statements")


class Hazards(NamedTuple):
    """What the label of a dangerous product says: its signal word, pictograms by code and name, and its codes."""

    signal_word: str
    is_danger: bool
    pictograms: list[tuple[str, str]]
    codes: list[tuple[str, str]]


def in_words(name: str, value: str | None) -> str:
    """A fact (a key of kinds.FACTS) in the present language; "" where nothing is said."""
    return WORDS.get(name, str)(value) if value else ""


def general(facts: dict[str, str]) -> list[tuple[str, str]]:
    """The facts that are no hazards and no certificates: what each is called, and what is said."""
    names = ("origin_country", "unspsc_code", "shelf_life_days", "remaining_days")
    return [(str(FACTS[name].label), in_words(name, facts[name])) for name in names if name in facts]


def hazards(facts: dict[str, str]) -> Hazards | None:
    """What is said of hazards; None where nothing is."""
    found = Hazards(
        in_words("signal_word", facts.get("signal_word")),
        facts.get("signal_word") == "danger",
        [(code, str(PICTOGRAMS[code])) for code in facts.get("pictograms", "").split()],
        [(str(FACTS[name].label), facts[name]) for name in LABELS_OF_HAZARDS if name in facts],
    )
    return found if found.signal_word or found.pictograms or found.codes else None


def _certificate(certificate: Certificate) -> str:
    name, expires_on = certificate
    return f"{name} ({write_date(expires_on)})" if expires_on else name


def _country(code: str) -> str:
    return countries().get(code, code)


def _days(count: str) -> str:
    return plural_text("%(num)s day", "%(num)s days", int(count))


def _signal_word(word: str) -> str:
    return str(SIGNAL_WORDS[word])


def _pictograms(codes: str) -> str:
    return ", ".join(f"{PICTOGRAMS[code]} ({code})" for code in codes.split())


def _certificates(written: str) -> str:
    return ", ".join(map(_certificate, certificates_in(written)))


def _documents(written: str) -> str:
    return ", ".join(f"{one.title} ({one.label}, {one.tongue})" for one in documents_in(written))


WORDS: Mapping[str, Callable[[str], str]] = {
    "origin_country": _country,
    "shelf_life_days": _days,
    "remaining_days": _days,
    "signal_word": _signal_word,
    "pictograms": _pictograms,
    CERTIFICATES: _certificates,
    DOCUMENTS: _documents,
}
