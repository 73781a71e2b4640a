"""Whether a recording's model is the hand, the object and the stand that it should be, and nothing else."""

import mujoco
import numpy as np

from envs.grasping.hands import GraspHand
from hand_model.grasps import Grasp, object_mass, quaternion

MOST_FRICTION = 1.0

_TYPES = {name: getattr(mujoco.mjtGeom, f"mjGEOM_{name.upper()}") for name in
          ("box", "cylinder", "capsule", "sphere", "ellipsoid")}  # fmt: skip

_BODY = ("body_mass", "body_inertia", "body_ipos", "body_iquat", "body_pos", "body_quat", "body_gravcomp")
_JOINT = ("jnt_type", "jnt_axis", "jnt_pos", "jnt_range", "jnt_limited", "jnt_stiffness", "jnt_actgravcomp")
_DOF = ("dof_armature", "dof_damping", "dof_frictionloss")
_GEOM = (
    "geom_type",
    "geom_size",
    "geom_pos",
    "geom_quat",
    "geom_contype",
    "geom_conaffinity",
    "geom_margin",
    "geom_gap",
)
_ACTUATOR = (
    "actuator_gear", "actuator_gainprm", "actuator_biasprm", "actuator_dynprm", "actuator_forcerange",
    "actuator_forcelimited", "actuator_ctrlrange", "actuator_ctrllimited", "actuator_gaintype", "actuator_biastype",
    "actuator_dyntype", "actuator_trntype", "actuator_armature", "actuator_damping",
)  # fmt: skip
_TENDON = (
    "tendon_stiffness",
    "tendon_damping",
    "tendon_frictionloss",
    "tendon_limited",
    "tendon_range",
    "wrap_prm",
)
_EQUALITY = ("eq_type", "eq_obj1id", "eq_obj2id", "eq_objtype", "eq_data", "eq_active0")


def faults_of_model(model: mujoco.MjModel, hand: GraspHand, grasp: Grasp) -> list[str]:
    """Everything about a recorded model that is not as the hand and the grasp's data say."""
    honest = hand.spec().compile()
    bodies = [honest.body(i).name for i in range(1, honest.nbody)]
    expected = {*bodies, "object", "stand", "world"}
    recorded = {model.body(i).name for i in range(model.nbody)}
    faults = [f"body {name} does not belong" for name in sorted(recorded - expected)]
    missing = sorted(expected - recorded)
    if missing:
        return [*faults, *(f"body {name} is missing" for name in missing)]
    return [
        *faults,
        *_physics_faults(model, honest),
        *_hand_faults(model, honest, bodies),
        *_object_faults(model, grasp),
    ]


def _physics_faults(model: mujoco.MjModel, honest: mujoco.MjModel) -> list[str]:
    """Of what holds everywhere: options, constraints, contact pairs, the number of everything."""
    faults = []
    allowed = int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
    if model.opt.disableflags & ~allowed or model.opt.enableflags:
        faults.append("parts of the physics are disabled or overridden")
    if model.opt.density or model.opt.viscosity:
        faults.append("there is a fluid")
    counts = {"nu": 0, "neq": 0, "npair": 0, "ntendon": 0, "nexclude": 0, "njnt": 1, "nv": 6, "nmocap": 1}
    for name, more in counts.items():
        if getattr(model, name) != getattr(honest, name) + more:
            faults.append(f"{name} is {getattr(model, name)}, expected {getattr(honest, name) + more}")
    if not faults:
        faults += [
            f"{f} differs from the hand's"
            for f in (*_ACTUATOR, *_TENDON, *_EQUALITY)
            if _differ(model, honest, f)
        ]
        joined = {n for n in (honest.body(i).name for i in honest.exclude_signature & 0xFFFF)}
        if {model.body(i).name for i in model.exclude_signature & 0xFFFF} != joined:
            faults.append("other bodies are excluded from contact than the hand's")
    return faults


def _hand_faults(model: mujoco.MjModel, honest: mujoco.MjModel, bodies: list[str]) -> list[str]:
    """Of the hand's bodies, joints and colliding geoms."""
    faults = []
    for name in bodies:
        one, other = _body(model, name), _body(honest, name)
        parent = model.body(model.body_parentid[one]).name, honest.body(honest.body_parentid[other]).name
        if parent[0] != parent[1]:
            faults.append(f"{name} hangs on {parent[0]}, expected {parent[1]}")
        faults += [
            f"{name}: {f} differs"
            for f in _BODY
            if not _same(getattr(model, f)[one], getattr(honest, f)[other])
        ]
        for fields, rows in ((_JOINT, _joints), (_DOF, _dofs), (_GEOM, _geoms)):
            first, second = rows(model, one), rows(honest, other)
            faults += [
                f"{name}: {f} differs"
                for f in fields
                if not _same(getattr(model, f)[first], getattr(honest, f)[second])
            ]
    return faults


def _object_faults(model: mujoco.MjModel, grasp: Grasp) -> list[str]:
    """Of the object: its shapes, mass, inertia and friction."""
    body, thing = _body(model, "object"), grasp.object
    geoms, faults = _geoms(model, body), []
    if len(geoms) != len(thing.parts) or model.body_geomnum[body] != len(geoms):
        return [f"the object has {model.body_geomnum[body]} geoms, expected {len(thing.parts)}"]
    for geom, part in zip(geoms, thing.parts, strict=True):
        size = np.array([*part.size, 0.0, 0.0][:3])
        same = model.geom_type[geom] == _TYPES[part.shape] and _same(model.geom_size[geom], size)
        if not same:
            faults.append(f"a part of the object is no {part.shape} of {part.size}")
        if model.geom_friction[geom, 0] > min(thing.friction, MOST_FRICTION) + 1e-9:
            faults.append(f"friction {model.geom_friction[geom, 0]:g}, expected at most {thing.friction:g}")
        if model.geom_margin[geom] or model.geom_gap[geom]:
            faults.append("the object's contacts reach beyond its surface")
    mass = object_mass(thing)
    if abs(model.body_mass[body] - mass) > 1e-3 * mass:
        faults.append(
            f"the object weighs {model.body_mass[body]:.4f} kg, its volume times density {mass:.4f} kg"
        )
    if not _same(model.body_inertia[body], _inertia(grasp)) or model.body_gravcomp[body]:
        faults.append("the object's inertia or weight is not that of its parts")
    joint = model.body_jntadr[body]
    if (
        model.body_jntnum[body] != 1
        or model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_FREE
        or model.dof_damping[-6:].any()
    ):
        faults.append("the object does not move freely")
    return faults


def _inertia(grasp: Grasp) -> np.ndarray:
    """Principal moments of inertia of the object, made anew from the data, (3,) kg·m²."""
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="object")
    body.add_freejoint()
    for part in grasp.object.parts:
        body.add_geom(
            type=_TYPES[part.shape],
            size=[*part.size, 0, 0][:3],
            pos=part.position,
            quat=quaternion(part.turn_deg),
            density=grasp.object.density,
        )
    return spec.compile().body_inertia[1]


def _body(model: mujoco.MjModel, name: str) -> int:
    return model.body(name).id


def _geoms(model: mujoco.MjModel, body: int) -> np.ndarray:
    """A body's geoms that take part in contacts, grounds left out."""
    own = np.arange(model.body_geomadr[body], model.body_geomadr[body] + model.body_geomnum[body])
    touches = (model.geom_contype[own] != 0) | (model.geom_conaffinity[own] != 0)
    return own[touches & (model.geom_type[own] != int(mujoco.mjtGeom.mjGEOM_PLANE))]


def _joints(model: mujoco.MjModel, body: int) -> np.ndarray:
    return np.arange(model.body_jntadr[body], model.body_jntadr[body] + model.body_jntnum[body])


def _dofs(model: mujoco.MjModel, body: int) -> np.ndarray:
    return np.arange(model.body_dofadr[body], model.body_dofadr[body] + model.body_dofnum[body])


def _differ(model: mujoco.MjModel, honest: mujoco.MjModel, name: str) -> bool:
    return not _same(getattr(model, name), getattr(honest, name))


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-12)
