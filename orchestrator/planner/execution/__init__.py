"""Plans carried out in a random world: what a makespan will be, and what to do when it slips."""
