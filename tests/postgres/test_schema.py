"""The whole schema is there: the plan's names, and what design.md mends."""

import asyncpg

from sertantai.postgres import Database, Role

TABLES = {
    "guests",
    "import_reports",
    "own_abbreviations",
    "saved_reports",
    "saved_views",
    "organizations",
    "register_revision",
    "selection_audit_log",
    "selection_group_lineage",
    "sync_rejections",
    "sync_watermarks",
    "uk_lrt_record_changes",
    "uk_lrt_records",
    "user_organization_memberships",
    "user_record_selections",
    "user_selection_groups",
    "user_sessions",
    "users",
}
CONSTRAINTS = {
    "unique_user_record_group": "UNIQUE (user_id, selection_group, record_id)",
    "unique_user_group_name": "UNIQUE (user_id, name)",
    "unique_user_org": "UNIQUE (user_id, organization_id)",
    "user_record_selections_pkey": "PRIMARY KEY (user_id, id)",
    "user_selection_groups_pkey": "PRIMARY KEY (user_id, id)",
    "selection_audit_log_pkey": "PRIMARY KEY (user_id, created_at, id)",
    "user_record_selections_user_id_fkey": "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
    "user_record_selections_record_id_fkey": (
        "FOREIGN KEY (record_id) REFERENCES uk_lrt_records(id) ON DELETE CASCADE"
    ),
    "user_record_selections_group_fkey": (
        "FOREIGN KEY (user_id, selection_group)"
        " REFERENCES user_selection_groups(user_id, name) ON UPDATE CASCADE"
    ),
    "user_selection_groups_user_id_fkey": "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
    "selection_audit_log_record_id_fkey": "FOREIGN KEY (record_id) REFERENCES uk_lrt_records(id)",
}
INDEXES = {
    "idx_user_selections_record_id": "btree (record_id)",
    "idx_user_selections_created_at": "btree (created_at)",
    "idx_default_group_per_user": "btree (user_id) WHERE is_default",
    "idx_audit_action_created_at": "btree (action, created_at)",
    "idx_audit_session_id": "btree (session_id)",
    "idx_audit_operation_id": "btree (operation_id)",
    "idx_audit_user_group_position": 'btree (user_id, group_id, "position")',
    "users_email_lower_key": "btree (lower(email))",
}
PRIVATE_TABLES = {
    "audit_daily",
    "organization_domains",
    "organization_providers",
    "provider_sign_ins",
    "user_identities",
    "guests",
    "import_reports",
    "own_abbreviations",
    "saved_reports",
    "saved_views",
    "trail_reviews",
    "users",
    "user_record_selections",
    "user_selection_groups",
    "selection_audit_log",
    "selection_operations",
    "selection_activity",
    "selection_group_lineage",
    "user_sessions",
    "user_organization_memberships",
    "organizations",
}


async def test_every_table_is_there_and_belongs_to_the_migrator(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await superuser.fetch(
        "SELECT relname, relowner::regrole::text AS owner FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        " AND relname <> 'alembic_version'"
    )
    assert {row["relname"] for row in rows} >= TABLES
    assert {row["owner"] for row in rows} == {"sertantai_migrator"}


async def test_constraints_keep_their_names(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await superuser.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conparentid = 0"
    )
    found = {row["conname"]: row["definition"] for row in rows}
    assert {name: found.get(name) for name in CONSTRAINTS} == CONSTRAINTS


async def test_indexes_keep_their_names(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await superuser.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    found = {row["indexname"]: row["indexdef"].split(" USING ")[1] for row in rows}
    assert {name: found.get(name) for name in INDEXES} == INDEXES


async def test_every_time_has_a_time_zone(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    naive = await superuser.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
    )
    assert naive == []


async def test_row_security_is_forced_on_what_people_own_and_on_its_partitions(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND relrowsecurity AND relforcerowsecurity"
    )
    secured = {row["relname"] for row in rows}
    partitions = await superuser.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent IN ('selection_audit_log'::regclass, 'selection_operations'::regclass)"
    )
    assert len(partitions) >= 5
    assert secured >= PRIVATE_TABLES | {row["name"] for row in partitions}


async def test_no_guard_is_switched_off_by_a_session_that_replays(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Each holds by itself, not because another one beside it does."""
    rows = await superuser.fetch(
        "SELECT tgrelid::regclass::text || '.' || tgname AS guard, tgenabled FROM pg_trigger"
        " WHERE tgfoid = 'sertantai_refuse'::regproc"
    )
    guards = {row["guard"]: row["tgenabled"] for row in rows}
    assert {
        "uk_lrt_records.never_delete",
        "uk_lrt_records.never_truncate",
        "uk_lrt_record_changes.append_only",
        "selection_audit_log.append_only",
        "selection_audit_log.append_only_statement",
        "selection_audit_log_default.append_only",
        "selection_audit_log_default.append_only_statement",
    } <= guards.keys()
    assert set(guards.values()) == {b"A"}


async def test_roles_cannot_log_in_or_pass_row_security(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY($1::text[])"
        " AND NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
        [role.value for role in Role],
    )
    assert {row["rolname"] for row in rows} == {role.value for role in Role}


async def test_every_new_user_has_a_default_group_and_takes_everything_along(database: Database) -> None:
    async with database.transaction(Role.ACCOUNTS) as connection:
        user = await connection.fetchval("INSERT INTO users (email) VALUES ('a@example.org') RETURNING id")
    async with database.transaction(Role.REGISTER) as connection:
        law = await connection.fetchrow(
            "INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37') RETURNING id, record_no"
        )
    assert law is not None
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO user_record_selections (user_id, record_id, record_no) VALUES ($1, $2, $3)",
            user,
            law["id"],
            law["record_no"],
        )
        await connection.execute("UPDATE user_selection_groups SET name = 'renamed' WHERE user_id = $1", user)
        read = "SELECT selection_group FROM user_record_selections WHERE user_id = $1"
        assert await connection.fetchval(read, user) == "renamed"
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", user)
    async with database.transaction(Role.AUDITOR) as connection:
        assert await connection.fetchval("SELECT count(*) FROM user_record_selections") == 0
        assert await connection.fetchval("SELECT count(*) FROM user_selection_groups") == 0


async def test_one_transaction_is_one_revision_of_the_register(database: Database) -> None:
    add = "INSERT INTO uk_lrt_records (name) VALUES ($1)"
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute(add, "a")
        await connection.execute(add, "b")
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("UPDATE uk_lrt_records SET title_en = 'B' WHERE name = 'b'")
        rows = await connection.fetch("SELECT name, revision FROM uk_lrt_records ORDER BY name")
        current = await connection.fetchval("SELECT revision FROM register_revision")
    assert [(row["name"], row["revision"]) for row in rows] == [("a", 1), ("b", 2)]
    assert current == 2
