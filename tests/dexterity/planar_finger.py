"""A finger whose figures are known in closed form."""

import mujoco
import numpy as np

from hand_model.dexterity.specimen import Digit, Specimen, Spot

LINKS = (0.05, 0.03)


def planar_finger(ranges_deg=((-180, 180), (0, 180)), swivel=False, motors=(1, 1)):
    """Two links in a plane, motors of unit gear at both joints; `swivel` adds a joint that turns the plane.

    Args:
        ranges_deg: of the two joints.
        swivel: a joint about the first link's long axis' perpendicular in the plane, at the base.
        motors: how many drive each of the two.
    """
    spec = mujoco.MjSpec()
    palm = spec.worldbody.add_body(name="palm")
    base = palm.add_body(name="base")
    joints = []
    if swivel:
        base.add_joint(name="swivel", axis=[0, 0, 1], range=np.deg2rad([-20, 20]))
        joints.append("swivel")
    base.add_geom(size=[0.005, 0, 0], mass=0.01)
    first = base.add_body(name="first")
    first.add_joint(name="root", axis=[0, 1, 0], range=np.deg2rad(ranges_deg[0]))
    first.add_geom(size=[0.005, 0, 0], mass=0.01, pos=[LINKS[0] / 2, 0, 0])
    second = first.add_body(name="second", pos=[LINKS[0], 0, 0])
    second.add_joint(name="knee", axis=[0, 1, 0], range=np.deg2rad(ranges_deg[1]))
    second.add_geom(size=[0.005, 0, 0], mass=0.01, pos=[LINKS[1] / 2, 0, 0])
    spec.compiler.degree = False
    counts = {"swivel": 1, "root": motors[0], "knee": motors[1]}
    for joint in [*joints, "root", "knee"]:
        for i in range(counts[joint]):
            spec.add_actuator(name=f"{joint}{i}", target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    model = spec.compile()
    pulp = Spot("second", (LINKS[1], 0.0, 0.0), (0.0, 0.0, -1.0))
    digit = Digit("finger", pulp, (*joints, "root", "knee"), root="root")
    ones = np.ones(model.nu)
    return Specimen("planar", spec, model, "palm", (digit,), ones, ones, (), 0.03, 0.03)
