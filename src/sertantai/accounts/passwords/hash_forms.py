"""In which form passwords are hashed: ours, or one that a sister application on the same table can check."""

from sertantai.accounts import sql
from sertantai.accounts.passwords.hashes import HashForm
from sertantai.postgres import Database, Role

AUTO = "auto"


class HashForms:
    """``wanted`` is the setting ``password_hashes``; ``auto``: plain where the table is another program's."""

    def __init__(self, database: Database, wanted: str) -> None:
        self._database = database
        self._form = None if wanted == AUTO else HashForm(wanted)

    async def form(self) -> HashForm:
        """For every hash that is made. Raises `DatabaseUnavailable`."""
        if self._form is None:
            async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
                is_foreign = await connection.fetchval(sql.USERS_IS_FOREIGN)
            self._form = HashForm.PLAIN if is_foreign else HashForm.OWN
        return self._form
