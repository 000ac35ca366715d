"""The register's page in a real browser, on the whole register: what a person waits for, and what not."""
