"""The statement that makes the owner whom a script names."""

ADD_OWNER = """
INSERT INTO users (id, email, role, created_at, updated_at)
SELECT $1, $2, 'user', $3, $3
WHERE NOT EXISTS (SELECT FROM users WHERE lower(email::text) = ANY ($4::text[]))
RETURNING id
"""
