"""Members and teams as an organization's directory has them: SCIM 2.0, a way to an operation and no right."""
