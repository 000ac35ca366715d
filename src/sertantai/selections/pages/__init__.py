"""The pages of the register and of lists."""
