"""Self-play: a league of players, its matches, ratings and payoffs."""
