"""Does a seal change with everything that it seals, and with nothing else?"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from marketplace.foundation.outbox import EVENTS
from marketplace.identity.audit.models import AuditEntry
from marketplace.identity.audit.sealing import canonical, document_of, seal
from marketplace.identity.audit.subjects import SUBJECTS

ENTRY: dict[str, Any] = {
    "organisation_id": UUID(int=1),
    "number": 7,
    "news_id": UUID(int=2),
    "name": "OrderPlaced",
    "subject": "order",
    "subject_id": UUID(int=3),
    "document": "PO-1",
    "payload": {"number": "PO-1", "amount": "12.50", "é": [1, 2]},
    "acting_id": UUID(int=1),
    "person_id": UUID(int=4),
    "person_name": "Zoé",
    "reason": "",
    "happened_at": datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
}
OTHERS: dict[str, Any] = {
    **{name: UUID(int=99) for name in ("organisation_id", "news_id", "subject_id", "acting_id", "person_id")},
    **dict.fromkeys(("name", "subject", "document", "person_name", "reason"), "other"),
    "number": 8,
    "payload": {"number": "PO-1", "amount": "12.51", "é": [1, 2]},
    "happened_at": datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("name", ENTRY)
def test_seal_with_one_other_value_is_another(name: str) -> None:
    changed = AuditEntry(**{**ENTRY, name: OTHERS[name]})
    assert seal("", changed) != seal("", AuditEntry(**ENTRY))


def test_seal_after_another_seal_is_another() -> None:
    assert seal("a", AuditEntry(**ENTRY)) != seal("b", AuditEntry(**ENTRY))


def test_seal_is_the_same_in_another_order_and_time_zone() -> None:
    paris = timezone(timedelta(hours=1))
    turned = {key: ENTRY[key] for key in reversed(ENTRY)}
    turned["payload"] = dict(reversed(ENTRY["payload"].items()))
    turned["happened_at"] = ENTRY["happened_at"].astimezone(paris)
    assert seal("", AuditEntry(**turned)) == seal("", AuditEntry(**ENTRY))


def test_canonical_says_everything_in_one_line_of_json() -> None:
    said = canonical(AuditEntry(**ENTRY))
    assert said.startswith(
        '{"acting_id":"00000000-0000-0000-0000-000000000001","document":"PO-1","happened_at":'
    )
    assert "Zoé" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("payload", "document"),
    [
        ({"number": "PO-1", "name": "x"}, "PO-1"),
        ({"document_number": "PR-1"}, "PR-1"),
        ({"a": 1}, ""),
        ({}, ""),
    ],
)
def test_document_of_prefers_the_number(payload: dict[str, Any], document: str) -> None:
    assert document_of(payload) == document


def test_every_kind_of_document_has_a_name() -> None:
    kinds = {kind.subject for kind in EVENTS.values() if kind.__module__.startswith("marketplace.events")}
    assert kinds - {""} <= set(SUBJECTS)
