"""Held-out evaluation: episodes to their end, figures, files, and what a damaged run says."""

import json

import mujoco
import pytest
import torch

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import Task, TaskConfig
from envs.tasks import HandInsertConfig
from envs.tasks.pin import PLATE
from orchestrator.errors import InputError
from orchestrator.evaluation import rollouts
from orchestrator.evaluation.archive import read_archive
from orchestrator.evaluation.card import skill_card
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.evaluation.policy import load_policy, make_env
from orchestrator.evaluation.recordings import episode_score
from orchestrator.evaluation.result import evaluation_path, read_evaluation
from orchestrator.evaluation.rollouts import batch_worlds, run_episodes
from orchestrator.evaluation.scene import viewing_spec
from orchestrator.evaluation.statistics import distribution, quantile, share_below, wilson_interval
from orchestrator.evaluation.videos import renderer_of
from policies.checkpoint import list_checkpoints, load_checkpoint, save_checkpoint


class Slide(Task):
    """A bead on a rail that moves 1 m/s, whatever the action; the goal is to be beyond `threshold`."""

    name = "slide"
    groups = ("proprioception",)

    def __init__(self, thresholds, leaves=(), breaks=()):
        super().__init__(TaskConfig(episode_seconds=0.5))  # nine control steps
        self.thresholds, self.leaves, self.breaks = torch.tensor(thresholds), set(leaves), set(breaks)

    def build_scene(self):
        return mujoco.MjSpec.from_string(
            "<mujoco><option gravity='0 0 0'/><worldbody><body name='bead'><joint name='rail' type='slide'/>"
            "<geom size='.01'/><site name='mark'/></body></worldbody>"
            "<actuator><motor joint='rail'/></actuator></mujoco>"
        )

    def control(self, action):
        """Where it is told to, so that a test says where it is."""

    def reset(self, worlds):
        self.physics.field("qvel")[worlds] = 1.0

    def observe(self):
        position = self.physics.field("qpos")
        for world in self.breaks:
            if position[world, 0] > 0.2:
                position[world] = torch.nan
        return {"proprioception": position.float()}

    def reward(self):
        return torch.ones(self.physics.nworld, 1)

    def success(self):
        position = self.physics.field("qpos")[:, 0]
        met = position > self.thresholds
        for world in self.leaves:
            met[world] &= position[world] < 0.3
        return met

    def metrics(self):
        return {"position": self.physics.field("qpos")[:, 0]}

    def joint_targets(self):
        return torch.full((self.physics.nworld, 1), 0.5, dtype=torch.float64)

    def goal_points(self):
        return {"mark": torch.ones(self.physics.nworld, 3)}


def slide(thresholds, **kwargs):
    return TaskEnv(Slide(thresholds, **kwargs), len(thresholds), backend="cpu", threads=1, autoreset=False)


def test_cycle_time_is_the_first_moment_from_which_the_goal_stays_met():
    # at 18 Hz the bead is at step/18 m: beyond 0.12 from step 3 on, beyond 0.40 from step 8 on, never beyond 9
    episodes = run_episodes(slide([0.12, 0.40, 9.0, 0.12], leaves=[3]), ZeroAgent(1), 4)
    torch.testing.assert_close(
        episodes.cycle_seconds.double(),
        torch.tensor([3 / 18, 8 / 18, torch.nan, torch.nan], dtype=torch.float64),
        equal_nan=True,
        rtol=1e-5,
        atol=0,
    )
    assert episodes.figures["success"].tolist() == [True, True, False, False]
    assert episodes.figures["length"].tolist() == [9] * 4


def test_tracking_error_is_between_target_and_encoder():
    episodes = run_episodes(slide([1.0]), ZeroAgent(1), 1)
    errors = torch.tensor([0.5 - k / 18 for k in range(1, 10)], dtype=torch.float64)
    torch.testing.assert_close(episodes.tracking_final, errors[-1].reshape(1, 1), rtol=0, atol=1e-6)
    torch.testing.assert_close(episodes.tracking_rms, errors.square().mean().sqrt().reshape(1, 1))


def test_a_diverged_world_ends_failed_and_the_others_go_on():
    env = slide([0.1, 0.1], breaks=[0])
    episodes = run_episodes(env, ZeroAgent(1), 2, record=True)
    assert episodes.figures["diverged"].tolist() == [True, False]
    assert episodes.figures["success"].tolist() == [False, True]
    assert episodes.figures["length"][0] < episodes.figures["length"][1] == 9
    assert episodes.cycle_seconds.isnan().tolist() == [True, False]
    qpos, _ = episodes.trajectories.states(0)
    assert qpos.isfinite().all()  # it can still be drawn
    assert episode_score(episodes.figures).argmin() == 0


def test_trajectories_hold_the_start_and_every_control_step():
    trajectories = run_episodes(slide([1.0, 1.0]), ZeroAgent(1), 2, record=True).trajectories
    qpos, mocap = trajectories.states(1)
    torch.testing.assert_close(qpos[:, 0], torch.arange(10) / 18, rtol=0, atol=1e-6)
    assert mocap.shape == (10, 1, 7)


def test_what_stands_is_drawn_where_it_stands():
    task = make_task("hand-insert", HandInsertConfig(episode_seconds=1 / 18))
    env = TaskEnv(task, 2, threads=1, backend="cpu", autoreset=False)
    trajectories = run_episodes(env, ZeroAgent(env.action_size), 2, record=True).trajectories
    scene = viewing_spec(task, tuple(task.goal_points())).compile()
    assert trajectories.mocap.shape == (2, 2, scene.nmocap, 7)
    plate = int(scene.body_mocapid[scene.body(PLATE).id])
    assert plate >= 0
    torch.testing.assert_close(
        trajectories.mocap[:, -1, plate, :3], env.physics.field("mocap_pos")[:, 0].float()
    )
    assert not torch.equal(trajectories.mocap[0, 0, plate], trajectories.mocap[1, 0, plate])
    qpos, mocap = (states.numpy() for states in trajectories.states(0))
    frames = renderer_of(task, qpos, mocap, 16, 1).render(qpos, mocap[..., :3], mocap[..., 3:])
    assert frames.shape == (2, 16, 16, 3)


def test_batches_are_of_one_size_and_cut_to_the_episodes(monkeypatch):
    monkeypatch.setattr(rollouts, "BATCH", 4)
    assert [batch_worlds(n) for n in (1, 4, 5, 7, 9)] == [1, 4, 3, 4, 3]
    shares = []
    env = slide([1.0] * batch_worlds(7))
    episodes = run_episodes(env, ZeroAgent(1), 7, record=True, progress=shares.append)
    assert episodes.count == 7 == len(episodes.trajectories.qpos)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_episodes_need_an_env_that_leaves_their_ends_alone():
    env = TaskEnv(Slide([1.0]), 1, backend="cpu", threads=1)
    with pytest.raises(ValueError, match="autoreset"):
        run_episodes(env, ZeroAgent(1), 1)


def test_wilson_interval_and_statistics():
    low, high = wilson_interval(8, 10)
    assert (low, high) == (pytest.approx(0.49016, abs=1e-4), pytest.approx(0.94331, abs=1e-4))
    values = torch.tensor([1.0, 2.0, torch.nan, 3.0])
    assert quantile(values, 0.5) == 2.0
    assert share_below(values, 2.5) == 0.5
    shape = distribution(values)
    assert (shape.count, shape.mean, shape.p50) == (3, 2.0, 2.0)
    assert distribution(torch.tensor([torch.nan])) is None


def test_evaluation_is_written_and_read_back(tiny_run):
    shares = []
    evaluation = evaluate(tiny_run, 6, 3, progress=shares.append)
    assert read_evaluation(tiny_run) == evaluation
    data = json.loads(evaluation_path(tiny_run).read_text(), parse_constant=pytest.fail)
    assert {"task", "policy", "episodes", "success_rate", "success_ci95", "seconds"} <= set(data)
    assert data["policy"] == str(list_checkpoints(tiny_run.checkpoints)[0])
    assert list(data["fingers"]) == ["thumb", "index", "middle", "ring", "little"]
    assert {"mean", "median", "p90", "within_tolerance"} == set(data["fingers"]["thumb"])
    assert len(data["joints"]) == 27
    assert {"tracking_final", "tracking_rms"} == set(data["joints"]["wrist_flexion"])
    assert set(data["baselines"]) == {"zero", "random"}
    archive = read_archive(tiny_run)
    for agent in ("policy", "zero", "random"):
        errors = archive.figures(agent)["distance/mean"]
        result = evaluation if agent == "policy" else evaluation.baselines[agent]
        assert result.metrics["distance/mean"] == pytest.approx(float(errors.mean()), rel=1e-6)
    assert archive.trajectories().qpos.shape == (6, 10, 27)
    assert shares[-1] == 1.0


def test_evaluation_repeats_and_does_not_depend_on_threads(tiny_run):
    evaluate(tiny_run, 6, 0)
    first = read_archive(tiny_run)
    config = tiny_run.config_path.read_text()
    tiny_run.config_path.write_text(config.replace("threads: 1", "threads: 2"))
    evaluate(tiny_run, 6, 0)
    second = read_archive(tiny_run)
    assert torch.equal(first.trajectories().qpos, second.trajectories().qpos)
    for agent in ("policy", "zero", "random"):
        for name, values in first.figures(agent).items():
            assert torch.equal(values, second.figures(agent)[name]), (agent, name)


def test_all_agents_meet_the_same_held_out_episodes(tiny_run):
    config = load_policy(tiny_run).config
    starts = []
    for agent in (ZeroAgent(27), RandomAgent(27, 5)):
        env = make_env(config, worlds=4, seed=5)
        assert env.split == "heldout"
        trajectories = run_episodes(env, agent, 4, record=True).trajectories
        starts.append((trajectories.qpos[:, 0], trajectories.mocap[:, 0]))
    assert torch.equal(starts[0][0], starts[1][0])
    assert torch.equal(starts[0][1], starts[1][1])


def test_a_baselines_result_leaves_the_runs_evaluation_alone(tiny_run):
    result = evaluate(tiny_run, 4, 0, agent="zero")
    assert result.policy == "zero"
    assert not evaluation_path(tiny_run).exists()


@pytest.mark.parametrize(("episodes", "agent"), [(0, "policy"), (4, "best")])
def test_impossible_evaluations_are_refused(tiny_run, episodes, agent):
    with pytest.raises(ValueError, match="expected"):
        evaluate(tiny_run, episodes, 0, agent=agent)


def test_the_card_has_what_was_measured_and_null_elsewhere(tiny_run, tmp_path):
    evaluation = evaluate(tiny_run, 4, 0)
    skill_card(tiny_run, evaluation).write(tmp_path / "card.json")
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["success_rate"] == evaluation.success_rate
    assert card["run"] == str(tiny_run.path)
    for unmeasured in ("energy_per_cycle_j", "peak_winding_temperature_celsius", "verifier_flags"):
        assert card[unmeasured] is None


def test_the_card_has_energy_and_heat_where_they_were_followed(hot_run):
    card = skill_card(hot_run, evaluate(hot_run, 4, 0))
    assert card.success_rate == 1
    assert 0 < card.energy_per_cycle_j < 100
    assert 22 < card.peak_winding_temperature_celsius < 85


def test_the_newest_whole_checkpoint_acts(tiny_run):
    newest, before, *_ = list_checkpoints(tiny_run.checkpoints)
    tensors = newest / "tensors.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-8])
    with pytest.warns(UserWarning, match="damaged"):
        assert load_policy(tiny_run).checkpoint == before


def test_a_run_without_a_checkpoint_has_no_policy(tiny_run):
    for checkpoint in list_checkpoints(tiny_run.checkpoints):
        (checkpoint / "manifest.json").unlink()
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(InputError, match="no complete checkpoint"),
    ):
        evaluate(tiny_run, 4, 0)


def test_a_checkpoint_of_another_task_is_refused(tiny_run):
    newest = list_checkpoints(tiny_run.checkpoints)[0]
    tensors, state = load_checkpoint(newest)
    save_checkpoint(newest, tensors, {**state, "task": "walk"})
    with pytest.raises(InputError, match=r"'walk'.*'hand-reach'"):
        load_policy(tiny_run)


def test_a_checkpoint_of_other_networks_is_refused(tiny_run):
    config = tiny_run.config_path.read_text()
    tiny_run.config_path.write_text(config.replace("actor_hidden:\n  - 8", "actor_hidden:\n  - 16"))
    assert tiny_run.config_path.read_text() != config
    with pytest.raises(InputError, match="does not fit"):
        load_policy(tiny_run)


def test_a_damaged_evaluation_is_an_input_error(tiny_run):
    evaluation_path(tiny_run).write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        read_evaluation(tiny_run)
