"""What became of the pictures that were handed in?"""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.foundation.db import fetch
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor

PICTURES = "product pictures"
SHOWN, UNCHANGED, UNKNOWN, NO_PICTURE = "shown", "unchanged", "unknown", "no_picture"
REASONS: dict[str, object] = {
    UNKNOWN: _l("No product of yours has this article number or GTIN, or several have it."),
    NO_PICTURE: _l(
        "This is no picture that we can show: JPEG, PNG, WebP or GIF, at most 12 MB and 40 million pixels."
    ),
}
MOST_TOLD = 1000


@dataclass
class Outcome:
    """How many pictures are shown anew or were so already, how many were not taken, and the first of these by name."""

    shown: int = 0
    unchanged: int = 0
    refused: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, task: Task) -> "Outcome":
        """As far as the task has come."""
        return cls(**task.result)

    def count(self, name: str, became: str) -> None:
        """One picture more, and what became of it."""
        if became in REASONS:
            self.refused += 1
            self.told = [*self.told, (name, became)][:MOST_TOLD]
        elif became == SHOWN:
            self.shown += 1
        else:
            self.unchanged += 1

    def as_json(self) -> dict[str, Any]:
        """As the task keeps it."""
        return asdict(self)


def picture_tasks() -> Select[Task]:
    """The archives of the actor's organisation, to be paged."""
    return select(Task).where(Task.organisation_id == current_actor().organisation, Task.kind == PICTURES)


def picture_task(task_id: UUID) -> Task:
    """One of them. Raises NotFound."""
    row = fetch(Task, task_id)
    if row.kind != PICTURES:
        raise NotFound(_l("There is nothing here that you may see."))
    return row
