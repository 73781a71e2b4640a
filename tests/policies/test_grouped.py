"""Several actors in one forward pass."""

import torch

from policies.grouped import act_grouped
from policies.networks import GaussianActor, NetworkConfig

SIZES = {"proprioception": 6, "command": 2}


def actor(seed, robots=1):
    torch.manual_seed(seed)
    config = NetworkConfig(actor_hidden=(8, 8), critic_groups=("command",), robots=robots)
    made = GaussianActor(config, SIZES, 4)
    torch.nn.init.normal_(made.net[-1].weight)
    made.reader.normalizer.update(3 * torch.randn(50, 8) + seed)
    torch.nn.init.normal_(made.log_std)
    return made


def test_every_row_is_acted_by_its_own_actor():
    for robots in (1, 2):
        actors = [actor(seed, robots) for seed in range(3)]
        seen = {name: torch.randn(9, size) for name, size in SIZES.items()}
        which = torch.tensor([2, 0, 0, 2, 2, 0, 2, 0, 2])  # one of them has no row
        mean, std = act_grouped(actors, seen, which)
        for row, place in enumerate(which.tolist()):
            one = {name: group[row : row + 1] for name, group in seen.items()}
            expected, spread, _ = actors[place].step(one, None)
            assert torch.allclose(mean[row], expected[0], atol=1e-5)
            assert torch.equal(std[row], spread)
