"""Which states does a version of a catalogue go through, and who moves it?"""

from enum import StrEnum

from marketplace.events.sellers import CatalogueVersionChecked, CatalogueVersionPublished
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class VersionState(StrEnum):
    """How far a version is."""

    DRAFT = "draft"
    CHECKED = "checked"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    DROPPED = "dropped"


S = VersionState
WRITE, OURS = Permission.CATALOGUE_WRITE, "organisation_id"

VERSION: Lifecycle[VersionState] = Lifecycle(
    "catalogue version",
    {
        S.DRAFT: State(_l("Draft"), Tone.NEUTRAL, _l("Changes are put into it; buyers see nothing of them.")),
        S.CHECKED: State(
            _l("Checked"), Tone.INFO, _l("Somebody has looked through it; it can be published.")
        ),
        S.SCHEDULED: State(_l("Scheduled"), Tone.WAITING, _l("It is published as its day begins.")),
        S.PUBLISHING: State(
            _l("Being published"),
            Tone.WAITING,
            _l("Its changes go into the catalogue, a thousand at a time."),
        ),
        S.PUBLISHED: State(_l("Published"), Tone.GOOD, _l("Buyers see what it brought.")),
        S.DROPPED: State(_l("Dropped"), Tone.NEUTRAL, _l("Nothing of it was published.")),
    },
    Move(S.DRAFT, S.CHECKED, by=WRITE, side=OURS, announces=CatalogueVersionChecked),
    Move(S.DRAFT, S.DROPPED, by=WRITE, side=OURS),
    Move(S.CHECKED, S.DRAFT, by=WRITE, side=OURS),
    Move(S.CHECKED, S.DROPPED, by=WRITE, side=OURS),
    Move(S.CHECKED, S.SCHEDULED, by=WRITE, side=OURS),
    Move(S.CHECKED, S.PUBLISHING, by=WRITE, side=OURS),
    Move(S.SCHEDULED, S.CHECKED, by=WRITE, side=OURS),
    Move(S.SCHEDULED, S.PUBLISHING, by=WRITE, side=OURS),
    Move(S.PUBLISHING, S.PUBLISHED, side=OURS, announces=CatalogueVersionPublished),
)
