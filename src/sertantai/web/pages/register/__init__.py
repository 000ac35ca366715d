"""The register, its ticks, and its print."""
