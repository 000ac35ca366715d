"""What is kept of whom a directory names."""

from sertantai.core.ids import OwnerId
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.people import Person
from sertantai.postgres import Connection


async def save_person(connection: Connection, organization: OwnerId, person: Person) -> None:
    await connection.execute(
        sql.SAVE_USER,
        organization,
        person.id,
        person.user_id,
        person.user_name,
        person.email_key,
        person.external_id,
        dict(person.attributes),
        person.being.value,
        person.role.value,
        sorted(person.teams),
        person.created_at,
        person.updated_at,
    )
