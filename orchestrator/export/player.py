"""Plays an exported policy in plain MuJoCo: `python player.py`, beside the files that were exported with it."""

import json
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import onnxruntime


class Player:
    """A policy and its world; `contract.json` says how they speak to each other.

    Attributes:
        own: setpoint, last action, and what the policy is told.
    """

    def __init__(self, folder: Path = Path(__file__).parent) -> None:
        self.contract = json.loads((folder / "contract.json").read_text())
        self.policy = onnxruntime.InferenceSession(str(folder / "policy.onnx"))
        self.model = mujoco.MjModel.from_binary_path(str(folder / "model.mjb"))
        self.data = mujoco.MjData(self.model)

    def read(self, signal: dict[str, Any]) -> np.ndarray:
        """Numbers of MuJoCo's objects by name, or what the program itself keeps."""
        find = self.own.__getitem__ if signal["kind"] == "own" else getattr(self.data, signal["kind"])
        parts = [np.ravel(getattr(one, signal["field"], one)) for one in map(find, signal["names"])]
        return np.concatenate(parts)[signal["part"] or slice(None)]

    def term(self, term: dict[str, Any]) -> np.ndarray:
        """`scale * (plus - minus) + offset`."""
        value = self.read(term["plus"]) - (self.read(term["minus"]) if term["minus"] else 0.0)
        return np.asarray(term["scale"]) * value + np.asarray(term["offset"])

    def observe(self) -> dict[str, np.ndarray]:
        """The policy's inputs, one row each."""
        groups = self.contract["observation"].items()
        rows = {name: np.concatenate([self.term(term) for term in terms]) for name, terms in groups}
        return {name: row[None].astype(np.float32) for name, row in rows.items()}

    def begin(self, state: np.ndarray, setpoint: np.ndarray) -> None:
        """Put the world at the start of an episode."""
        mujoco.mj_setState(self.model, self.data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_forward(self.model, self.data)
        self.own = {"setpoint": setpoint, "action": np.zeros(len(self.contract["action"]["scale"]))}
        self.memory = {k: np.zeros((1, n), np.float32) for k, n in self.contract["memory"].items()}

    def act(self, action: np.ndarray) -> None:
        """Write `ctrl`."""
        to = self.contract["action"]
        setpoint = np.array(self.own["setpoint"] if to["rest"] is None else to["rest"])
        setpoint[to["moved"]] += np.array(to["scale"]) * action
        self.own |= {"setpoint": np.clip(setpoint, to["low"], to["high"]), "action": action}
        self.data.ctrl[:] = np.array(to["matrix"]) @ self.own["setpoint"]

    def advance(self) -> None:
        """Let the physics run for a control period."""
        rates = self.contract["rates"]
        mujoco.mj_step(self.model, self.data, rates["physics_hz"] // rates["control_hz"])
        mujoco.mj_forward(self.model, self.data)

    def step(self, told: dict[str, np.ndarray]) -> bool:
        """A control period of a policy that is told this; whether the episode goes on."""
        self.own |= told
        action, *after = self.policy.run(None, self.observe() | self.memory)
        self.memory = dict(zip(self.memory, after, strict=True))
        self.act(np.asarray(action, float)[0])
        self.advance()
        return self.holds("throughout")

    def holds(self, when: str) -> bool:
        """Whether the bounds do that make a success, those `throughout` an episode or `at_end`."""
        bounds = self.contract["success"][when]
        rows = [(self.term(bound["value"]).reshape(-1, bound["width"]), bound["limit"]) for bound in bounds]
        return all(((np.linalg.norm(r, axis=1) if r.shape[1] > 1 else r) < limit).all() for r, limit in rows)

    def play(self, state: np.ndarray, setpoint: np.ndarray, **told: np.ndarray) -> bool:
        """Whether a whole episode ends well, in which the policy is told a row in each control step."""
        self.begin(state, setpoint)
        ok = all(self.step({k: v[i] for k, v in told.items()}) for i in range(self.contract["episode_steps"]))
        return ok and self.holds("at_end")


def main(kind: type[Player]) -> None:
    """Play the episodes that go along, and print how many end well."""
    given, player = dict(np.load(Path(__file__).with_name("episodes.npz"))), kind()
    before, starts = given.pop("success"), zip(*given.values(), strict=True)
    won = np.array([player.play(**dict(zip(given, rows, strict=True))) for rows in starts])
    print(json.dumps({"episodes": len(won), "success_rate": won.mean(), "alike": (won == before).mean()}))


if __name__ == "__main__":
    main(Player)
