"""Extension elements and attributes: opsflow's own, and what other tools write."""
