"""What do we do when we hear any news: tell the people whom the table of audiences means."""

from marketplace.foundation.outbox import News, reacts_to_everything
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.notices.actions import tell
from marketplace.identity.notices.audience import BY_KIND, TOLD_TO_NOBODY


@reacts_to_everything(but=TOLD_TO_NOBODY)
def tell_people(news: News) -> None:
    """Each party tells its own people, in a unit of work of its own; who was told already is not told again."""
    event = news.event
    for audience in BY_KIND.get(news.name, ()):
        for organisation_id in audience.parties(event, news.organisation_id):
            with unit_of_work(automatic(organisation_id)):
                tell(news=news, event=event, audience=audience)
