"""The config of a league small enough to train in a second."""

from rope import Rope

SMALL = {
    "task": Rope.name,
    "worlds": 8,
    "steps": 8 * 8 * 3 * 8,
    "checkpoint_every": 8 * 8 * 3,
    "threads": 1,
    "backend": "cpu",
    "network": {
        "actor_groups": ["proprioception"],
        "critic_groups": ["proprioception", "privileged"],
        "actor_hidden": [16],
        "critic_hidden": [16],
    },
    "ppo": {"rollout_steps": 8, "epochs": 1, "minibatches": 2},
    "league": {
        name: {"opponents": opponents, "snapshot": {"at_least": 128, "at_most": 192}, "reset": reset}
        for name, opponents, reset in (
            (
                "main",
                [
                    {"draw": "prioritized", "share": 0.5},
                    {"draw": "latest", "share": 0.35},
                    {"draw": "forgotten", "share": 0.15},
                ],
                0.0,
            ),
            ("main_exploiter", [{"draw": "latest", "hopeless": 0.1}], 1.0),
            ("league_exploiter", [{"draw": "prioritized", "weighting": "capped"}], 0.25),
        )
    },
}
