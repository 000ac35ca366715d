"""The real process under real faults: what breaks, who works meanwhile, and what must hold afterwards."""
