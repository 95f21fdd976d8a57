"""Who is the first to sign in to a marketplace of one's own?"""

import click
from sqlalchemy.exc import IntegrityError

from marketplace.commands.filling import require_database
from marketplace.commands.inside import inside
from marketplace.commands.surroundings import surroundings
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import set_password
from marketplace.identity.organisations.actions import found_operator
from marketplace.identity.people.actions import add_membership, add_person

ROLES = ["administrator", "operator", "mediator"]


@click.command()
@click.option("--organisation", prompt=True, help="The name of the company that runs the marketplace.")
@click.option("--name", prompt=True, help="The name of its first administrator.")
@click.option("--email", prompt=True, help="The address that this person signs in with.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def operator(organisation: str, name: str, email: str, password: str, language: str) -> None:
    """Make the operator's organisation and its first account, once; it admits everybody else."""
    with surroundings() as here, inside():
        require_database(here)
        try:
            with unit_of_work(platform("found the operator")):
                company = found_operator(name=organisation, language=language)
                person = add_person(email=email, name=name, language=language)
                add_membership(person_id=person.id, organisation_id=company.id, roles=ROLES)
                set_password(person_id=person.id, password=password)
        except IntegrityError as problem:
            raise CannotStart(
                "There is an operator already; its administrator can invite others."
            ) from problem
    click.echo(f"{email} can sign in at {current_settings().address}.")
