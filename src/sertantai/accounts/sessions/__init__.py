"""Sessions and tokens: opened, found, ended."""
