"""Recordings that lie, for referees to see through."""

import dataclasses

import mujoco

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)


def tampered(recording, change, row=-1):
    """The recording with a state changed by `change(data)`."""
    states = recording.states.copy()
    data = mujoco.MjData(recording.model)
    mujoco.mj_setState(recording.model, data, states[row], _STATE)
    change(data)
    mujoco.mj_getState(recording.model, data, states[row], _STATE)
    return dataclasses.replace(recording, states=states)
