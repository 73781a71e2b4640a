"""A scene with every kind of geom that ours have, before two cameras."""

import mujoco
import numpy as np

KINDS = {
    "sphere": ([0.9, 0.1, 0.1], [0.06, 0, 0]),
    "capsule": ([0.1, 0.9, 0.1], [0.03, 0.05, 0]),
    "ellipsoid": ([0.1, 0.1, 0.9], [0.07, 0.04, 0.05]),
    "cylinder": ([0.9, 0.9, 0.1], [0.04, 0.05, 0]),
    "box": ([0.9, 0.1, 0.9], [0.05, 0.04, 0.05]),
    "mesh": ([0.1, 0.9, 0.9], [0, 0, 0]),
}
"""Colour and size."""

_HEIGHTS = np.linspace(0, 1, 6)[:, None] * np.ones(6)


def build() -> mujoco.MjSpec:
    """Six bodies in a row on a plane, the first on a slide along y, a slope behind them, a marker that is a goal."""
    spec = mujoco.MjSpec()
    world = spec.worldbody
    for name, x in (("front", 0.0), ("side", 0.3)):
        world.add_camera(name=name, pos=[x, -0.9, 0.35], quat=[0.8, 0.6, 0, 0], fovy=50)
    world.add_light(type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=[0.2, 0.6, -0.8], diffuse=[0.5] * 3)
    world.add_geom(name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[2, 2, 0.1], rgba=[0.5, 0.5, 0.5, 1])
    spec.add_hfield(name="slope", nrow=6, ncol=6, size=[0.6, 0.2, 0.2, 0.01], userdata=_HEIGHTS.ravel())
    world.add_geom(
        name="slope",
        type=mujoco.mjtGeom.mjGEOM_HFIELD,
        hfieldname="slope",
        pos=[0, 0.45, 0.02],
        rgba=[0.8, 0.5, 0.2, 1],
    )
    corners = np.array([[-1, -1, -1], [1, -1, -1], [0, 1, -1], [0, 0, 1]]) * 0.06
    spec.add_mesh(name="wedge", uservert=corners.ravel())
    for index, (kind, (colour, size)) in enumerate(KINDS.items()):
        body = world.add_body(name=kind, pos=[0.15 * (index - 2.5), 0, 0.08])
        if kind == "sphere":
            body.add_joint(name="slide", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, 0, 1])
        body.add_geom(
            name=kind,
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
            size=size,
            rgba=[*colour, 1],
            meshname="wedge" if kind == "mesh" else "",
            contype=0,
            conaffinity=0,
        )
    goal = world.add_body(name="goal_spot", mocap=True, pos=[0, 0, 0.3])
    goal.add_geom(
        name="marker_spot", type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.03, 0, 0], rgba=[1, 1, 1, 1], mass=0
    )
    spec.option.gravity = [0, 0, 0]
    spec.option.timestep = 1 / 180
    return spec


def cast(model: mujoco.MjModel, data: mujoco.MjData, camera: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What a camera sees by MuJoCo's own rays: the geom in each pixel, -1 for none, and depth along the view, m."""
    index = model.camera(camera).id
    turn = data.cam_xmat[index].reshape(3, 3)
    edge = np.tan(np.radians(model.cam_fovy[index]) / 2)
    across = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(across * edge, -across * edge)
    rays = np.stack([x, y, -np.ones_like(x)], axis=-1)
    geoms, depth = np.full((size, size), -1), np.zeros((size, size))
    found = np.zeros(1, np.int32)
    for place in np.ndindex(size, size):
        way = turn @ rays[place]
        distance = mujoco.mj_ray(model, data, data.cam_xpos[index], way, None, True, -1, found)
        if distance >= 0:
            geoms[place], depth[place] = found[0], distance  # the ray's length per unit of depth is in `way`
    return geoms, depth
