"""What follows from an entry of the audit trail: its seal, and what its document is called.

A seal is the SHA-256 over the seal before and the entry's canonical JSON (keys sorted, no blanks, UTF-8), so whoever
changes, removes or inserts an entry has to change every later one.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from marketplace.identity.audit.models import AuditEntry

NAMES = (
    "number",
    "document_number",
    "order_number",
    "file_name",
    "name",
    "email",
    "label",
    "cost_centre",
    "period",
)
SEALED = ("organisation_id", "number", "news_id", "name", "subject", "subject_id", "document")
ACTED = ("acting_id", "person_id", "person_name", "reason")


def document_of(payload: Mapping[str, Any]) -> str:
    """What people call the document that a piece of news is about: its number, else its name."""
    return next((str(payload[name]) for name in NAMES if payload.get(name)), "")


def canonical(entry: AuditEntry) -> str:
    """The entry as the text that is sealed."""
    values = {name: _plain(getattr(entry, name)) for name in (*SEALED, *ACTED)}
    instant = entry.happened_at.astimezone(UTC).isoformat()
    return json.dumps(
        {**values, "happened_at": instant, "payload": entry.payload},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


def seal(previous: str, entry: AuditEntry) -> str:
    """The seal of `entry` after the one with the seal `previous` (empty for the first)."""
    return hashlib.sha256(f"{previous}\n{canonical(entry)}".encode()).hexdigest()


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)
