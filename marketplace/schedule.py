"""What is done again and again? Every periodic job of the house, on one page."""

from datetime import timedelta

from marketplace.app import create_app
from marketplace.billing.payments import sweeps as payments
from marketplace.buyers.approvals import jobs as approvals
from marketplace.buyers.orders import jobs as orders
from marketplace.buyers.requisitions import jobs as requisitions
from marketplace.buyers.schedules import jobs as schedules
from marketplace.buyers.searches import jobs as searches
from marketplace.contracts.agreements import jobs as agreements
from marketplace.disputes.cases import jobs as disputes
from marketplace.foundation import mail, outbox, tasks
from marketplace.foundation.periodic import Periodic, run_forever
from marketplace.foundation.settings import current_settings
from marketplace.identity.access import jobs as access
from marketplace.identity.people import jobs as people
from marketplace.interop import dropping
from marketplace.sellers.catalogue import jobs as catalogue
from marketplace.sellers.fulfilment import jobs as fulfilment
from marketplace.sellers.items import jobs as items
from marketplace.sellers.scorecards import jobs as scorecards
from marketplace.sellers.stock import jobs as stock
from marketplace.sellers.versions import jobs as versions

A_MOMENT, A_MINUTE = timedelta(seconds=5), timedelta(minutes=1)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
PERIODICS = (
    Periodic("deliver news that a crash left", A_MOMENT, outbox.sweep),
    Periodic("send mail that still waits", A_MINUTE, mail.send_waiting_mail),
    Periodic("resume tasks whose worker fell silent", A_MINUTE, tasks.resume_tasks),
    Periodic("free stock that was reserved for too long", A_MINUTE, stock.expire_reservations),
    Periodic("withdraw requisitions whose hold has expired", A_MINUTE, requisitions.expire_holds),
    Periodic("call off standing requisitions that are due", A_MINUTE, schedules.call_off_where_due),
    Periodic("look again for saved searches", A_MINUTE, searches.look_again_where_due),
    Periodic("look for offers that look alike", A_MINUTE, items.compare_offers),
    Periodic("count the offers of the day on their shelves", A_MINUTE, catalogue.turn_offers),
    Periodic("publish versions of catalogues whose day has come", A_MINUTE, versions.publish_where_due),
    Periodic("remind of approvals half of whose time is over", A_MINUTE, approvals.remind_where_due),
    Periodic("wait no longer for answers that are overdue", A_MINUTE, approvals.lapse_questions),
    Periodic("escalate approvals that are overdue", A_MINUTE, approvals.escalate_overdue),
    Periodic("ask how open payments stand", A_MINUTE, payments.poll_open_attempts),
    Periodic("make transfers that wait", A_MINUTE, payments.push_waiting_transfers),
    Periodic("move disputes whose time has run out", A_MINUTE, disputes.run_clocks),
    Periodic("file orders that have no paper", A_MINUTE, orders.file_orders_left_behind),
    Periodic("render contracts that are missing", A_MINUTE, agreements.render_contracts_left_behind),
    Periodic("draw up packing slips that are missing", A_MINUTE, fulfilment.draw_up_missing_papers),
    Periodic("take what lies in the drop folder", A_MINUTE, dropping.take_dropped),
    Periodic("find the item of offers that have none", AN_HOUR, items.take_up_offers),
    Periodic("end agreements whose term is over", AN_HOUR, agreements.end_expired_agreements),
    Periodic("draw up last month's scorecards", AN_HOUR, scorecards.draw_up_last_month),
    Periodic("render scorecards that have no paper", A_MINUTE, scorecards.render_what_is_missing),
    Periodic("forget letters that are too old", A_DAY, mail.forget_old_mail),
    Periodic("forget sign-ins and resets that are too old", A_DAY, access.forget_sign_ins_and_resets),
    Periodic("forget invitations that are too old", A_DAY, people.forget_invitations),
)


def run_schedule() -> None:
    """Be the schedule of this installation, until told to stop."""
    app = create_app()
    with app.test_request_context(base_url=current_settings().address):
        run_forever(PERIODICS)
