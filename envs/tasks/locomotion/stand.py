"""Stand, and stay standing when pushed."""

from torch import Tensor, cat

from envs.deployment import Deployment
from envs.randomization import RandomizationConfig
from envs.registry import register_task
from envs.task import Observation
from envs.tasks.locomotion import terms
from envs.tasks.locomotion.base import LocomotionConfig, LocomotionTask, Weights, terms_of


class StandWeights(Weights):
    """Of standing."""

    stance: float = 1.0
    drift: float = -0.5
    upright: float = -2.0
    wobble: float = -0.05
    sinking: float = -0.2
    slip: float = -0.1
    jerk: float = -0.1
    effort: float = -0.2
    fall: float = -60.0


class StandConfig(LocomotionConfig):
    """The task; see `LocomotionConfig`."""

    randomization: RandomizationConfig = RandomizationConfig(push=(100.0, 100.0))
    weights: StandWeights = StandWeights()  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen


@register_task
class Stand(LocomotionTask):
    """Success is being on one's feet at the end."""

    name = "humanoid-stand"
    config_type = StandConfig
    groups = ("proprioception", "privileged")
    reward_terms = tuple(StandWeights.model_fields)
    terms = terms_of(StandWeights, terms)
    config: StandConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def observe(self) -> Observation:
        """What the robot senses; the critic knows its velocity, its feet and the push as well."""
        height = self.height[:, None]
        feet = [self.foot_height, self.contact.float(), self.foot_place.flatten(1)]
        push = self.state["push"] / 100
        return {
            "proprioception": self.proprioception(),
            "privileged": cat([self.velocity, height, *feet, push, self.effort()], dim=1),
        }

    def deployment(self) -> Deployment:
        """See `Task.deployment`."""
        return Deployment({"proprioception": self.felt()}, self.steering(), self.on_feet(), told={})

    def metrics(self) -> dict[str, Tensor]:
        """How far the legs are from the pose, root mean square, rad, and the torso from upright, sine."""
        return super().metrics() | {
            "off_pose": self.off_pose().square().mean(dim=1).sqrt(),
            "tilt": self.down[:, :2].norm(dim=1),
        }
