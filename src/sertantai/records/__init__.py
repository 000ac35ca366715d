"""The register: imported and searched, never deleted from."""
