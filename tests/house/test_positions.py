"""A position is one of its journal, and says nothing of another one's.

So who looks at where a journal begins, ends or is in PostgreSQL looks at one journal: its engine, its
synchroniser, or a command about the journal of one data directory. All others ask for an owner (`hot.last`,
`Told`).
"""

import re

from tests.house.repository import SOURCE, source_files, text_of

THE_ENGINE_OF_ONE_JOURNAL = {
    "engine/checkpoints.py": "what to trim",
    "engine/engine.py": "how much waits for PostgreSQL, and what to flush",
    "engine/loading.py": "from where to fold what it holds",
    "engine/repeats.py": "how far to read it for requests that may be sent again",
    "engine/salvaging.py": "what it holds already of what another lost",
}
ITS_SYNCHRONISER = {
    "sync/apart/supervised.py": "up to where its process may read",
    "sync/apart/inside.py": "up to where it may read",
    "sync/claiming.py": "what is behind it once it was overtaken",
    "sync/next_batch.py": "whether another batch waits, to be gathered while one is written",
    "sync/synchroniser.py": "what is to be written",
    "sync/watermarks.py": "what it holds against what PostgreSQL has",
}
COMMANDS_ABOUT_ONE = {
    "backup/creating.py": "what the manifest says of the journal beside it",
    "cli/sync/flush.py": "the journal of the data directory",
    "cli/sync/status.py": "the journal of the data directory",
}
THE_SEALED_LOG = {"backend.py": "where a journal goes on after the one before was lost"}
READERS = THE_ENGINE_OF_ONE_JOURNAL | ITS_SYNCHRONISER | COMMANDS_ABOUT_ONE | THE_SEALED_LOG
ENDS = r"journal\.(first|last)\b"
POSITION_IN_POSTGRESQL = r"sync\.position\b"
WHO_TELLS_IT = {
    "engine/engine.py": "what `told` and `release` wait for, and what waits",
    "cli/sync/flush.py": "how far it came",
    "sync/apart/inside.py": "how it stands, to the engine outside",
    "web/pages/history/proof.py": "how much is not sealed yet",
    "web/status.py": "a number for whoever watches this server",
}
THE_ENGINES_JOURNAL = {
    "audit/patience.py": "the one place that says which journal keeps an owner's lists",
    "lists/groups.py": "whose deleted lists this server ends",
    "lists/live_lists.py": "whose lists this server brings in line with the register",
    "organizations/expired_grants.py": "whose grants this server ends",
    "organizations/retention_notices.py": "of which organizations this server tells the owners",
    "organizations/ended_organizations.py": "which organizations this server ends",
    "organizations/looking_in.py": "which looks, left open by a process before, this server says have ended",
    "web/status.py": "whether this server's own is sound",
}


def naming(pattern: str) -> set[str]:
    found = re.compile(pattern)
    names = {str(path.relative_to(SOURCE)) for path in source_files(".py") if found.search(text_of(path))}
    return {name for name in names if not name.startswith("journal/")}


def test_nobody_else_looks_at_where_a_journal_begins_or_ends() -> None:
    assert naming(ENDS) == READERS.keys()


def test_nobody_else_looks_at_where_a_journal_is_in_postgresql() -> None:
    assert naming(POSITION_IN_POSTGRESQL) == WHO_TELLS_IT.keys()


def test_nobody_above_takes_the_engines_journal_for_everybodys() -> None:
    above = {name for name in naming(r"engine\.journal\b") if not name.startswith(("engine/", "sync/"))}
    assert above == THE_ENGINES_JOURNAL.keys()
