"""Files of laws into the register: read, checked, staged, merged."""
