"""What is tried for each learner: four sets of hyperparameters for ours, six for each peer.

Ours came with a config that short runs had found before; the peers get two more tries for that. The first of each
peer's grid is what `configs/hand-reach.yaml` says for ours, as far as the peer can be told; the others stand between
that and what the peer's users publish for thousands of parallel worlds.
"""

from orchestrator.benchmarks.learners.records import Hyperparameters

_SB3 = {"gae_lambda": 0.95, "vf_coef": 1.0, "max_grad_norm": 1.0}
_SAC = {"buffer_size": 1_000_000, "learning_starts": 10_240, "train_freq": 1, "tau": 0.005}
_RSL_RL = {"num_mini_batches": 4, "entropy_coef": 0.0, "learning_rate": 1e-3}

GRIDS: dict[str, tuple[Hyperparameters, ...]] = {
    # names of `policies.ppo.PPOConfig`
    "ours": ({}, {"gamma": 0.9}, {"target_kl": 0.01}, {"rollout_steps": 16}),
    # One ratio for all 27 actions: its divergence is a sum over what are six groups with credit.
    "ours-summed": (
        {},
        {"target_kl": 0.1},
        {"gamma": 0.9, "target_kl": 0.1},
        {"rollout_steps": 16, "target_kl": 0.1},
    ),
    # names of `rsl_rl.algorithms.PPO`; rollouts of 24 steps, 5 epochs and a divergence of 0.01 are its users' choice
    "rsl-rl": (
        _RSL_RL
        | {
            "learning_rate": 3e-4,
            "gamma": 0.75,
            "lam": 0.9,
            "num_steps_per_env": 8,
            "num_learning_epochs": 4,
            "desired_kl": 0.1,
            "use_clipped_value_loss": False,
        },
        _RSL_RL
        | {"gamma": 0.75, "lam": 0.95, "num_steps_per_env": 8, "num_learning_epochs": 5, "desired_kl": 0.03},
        _RSL_RL
        | {"gamma": 0.9, "lam": 0.95, "num_steps_per_env": 8, "num_learning_epochs": 5, "desired_kl": 0.03},
        _RSL_RL
        | {"gamma": 0.9, "lam": 0.95, "num_steps_per_env": 24, "num_learning_epochs": 5, "desired_kl": 0.01},
        _RSL_RL
        | {"gamma": 0.75, "lam": 0.95, "num_steps_per_env": 8, "num_learning_epochs": 8, "desired_kl": 0.1},
        _RSL_RL
        | {"gamma": 0.75, "lam": 0.95, "num_steps_per_env": 16, "num_learning_epochs": 5, "desired_kl": 0.05},
    ),
    # names of `stable_baselines3.PPO`; rollouts of 16 steps and batches of 4,096 are IsaacLab's for it
    "sb3": (
        _SB3
        | {
            "gamma": 0.75,
            "gae_lambda": 0.9,
            "n_steps": 8,
            "batch_size": 2048,
            "n_epochs": 4,
            "learning_rate": 1e-3,
        },
        _SB3 | {"gamma": 0.75, "n_steps": 8, "batch_size": 2048, "n_epochs": 5, "learning_rate": 3e-4},
        _SB3 | {"gamma": 0.9, "n_steps": 8, "batch_size": 2048, "n_epochs": 5, "learning_rate": 1e-3},
        _SB3 | {"gamma": 0.9, "n_steps": 16, "batch_size": 4096, "n_epochs": 5, "learning_rate": 1e-3},
        _SB3 | {"gamma": 0.75, "n_steps": 8, "batch_size": 2048, "n_epochs": 8, "learning_rate": 1e-3},
        _SB3 | {"gamma": 0.75, "n_steps": 8, "batch_size": 1024, "n_epochs": 4, "learning_rate": 5e-4},
    ),
    # names of `stable_baselines3.SAC`: how many gradient steps follow each step of all worlds, and on how much each
    "sb3-sac": (
        _SAC | {"gamma": 0.75, "batch_size": 1024, "gradient_steps": 16, "learning_rate": 3e-4},
        _SAC | {"gamma": 0.75, "batch_size": 1024, "gradient_steps": 16, "learning_rate": 1e-3},
        _SAC | {"gamma": 0.75, "batch_size": 4096, "gradient_steps": 4, "learning_rate": 1e-3},
        _SAC | {"gamma": 0.9, "batch_size": 1024, "gradient_steps": 16, "learning_rate": 1e-3},
        _SAC | {"gamma": 0.75, "batch_size": 256, "gradient_steps": 32, "learning_rate": 1e-3},
        _SAC
        | {
            "gamma": 0.75,
            "batch_size": 1024,
            "gradient_steps": 16,
            "learning_rate": 1e-3,
            "ent_coef": "auto_0.01",
            "target_entropy": -54.0,
        },
    ),
}
