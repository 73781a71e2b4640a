"""How likely an opponent is drawn, by the learner's win rate against it.

Prioritized fictitious self-play draws opponent B for a learner A with a probability in proportion to f(P[A beats B])
(Vinyals et al. 2019, "Grandmaster level in StarCraft II using multi-agent reinforcement learning", Nature 575:350,
Methods, "Prioritized fictitious self-play"): f_hard(x) = (1 - x)^p looks for those hard to beat, f_var(x) = x (1 - x)
for those about as strong; `capped`, min(1/2, 1 - x), is what the paper's league exploiters use in its pseudocode.
"""

import torch
from torch import Tensor

from orchestrator.selfplay.config import Weighting


def opponent_weights(win_rates: Tensor, weighting: Weighting, power: float = 2.0) -> Tensor:
    """Probability of each opponent.

    Args:
        win_rates: (n,) of the learner against each, 0 to 1.
        weighting: which function of them.
        power: p of `hard`.

    Returns:
        (n,) that sum to 1; even where every weight is zero.
    """
    loss = 1 - win_rates
    weights = {
        "hard": lambda: loss**power,
        "variance": lambda: win_rates * loss,
        "capped": lambda: loss.clamp(max=0.5),
        "even": lambda: torch.ones_like(loss),
    }[weighting]()
    total = weights.sum()
    if total < 1e-10:
        return torch.full_like(weights, 1 / len(weights))
    return weights / total
