"""What hosts need beyond the facade: one module for each kind of host."""
