"""What do we do when we hear any news: tell the people whom the table of audiences means."""

from uuid import UUID

from marketplace.foundation.outbox import News, reacts_to_everything
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.notices.actions import tell
from marketplace.identity.notices.audience import BY_KIND
from marketplace.identity.notices.untold import TOLD_TO_NOBODY


def concerned(news: News) -> set[UUID]:
    """The organisations that have people to tell of `news`."""
    event, acting_id = news.event, news.organisation_id
    return {party for meant in BY_KIND.get(news.name, ()) for party in meant.parties(event, acting_id)}


@reacts_to_everything(but=TOLD_TO_NOBODY, for_each=concerned)
def tell_people(news: News) -> None:
    """Tell those of the acting organisation; who was told already is not told again."""
    event, here = news.event, current_actor().organisation
    for audience in BY_KIND.get(news.name, ()):
        if here in audience.parties(event, news.organisation_id):
            tell(news=news, event=event, audience=audience)
