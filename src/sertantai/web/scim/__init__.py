"""What an organization's directory sees: SCIM 2.0 (RFC 7643, 7644), and tokens that it proves itself by."""
