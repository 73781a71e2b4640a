"""A plan's tasks carried out by evaluated policies in simulation: a plan's leaf is a policy's episode."""
