import pytest

from hand_model.dexterity.budget import mass_budget, power


@pytest.mark.parametrize("hand", ["right", "left", "coupled", "shadow"])
def test_parts_add_up(hand, request):
    specimen = request.getfixturevalue(hand)
    mass = mass_budget(specimen)
    assert mass.moving + mass.forearm == pytest.approx(mass.total)
    parts = mass.motors + mass.gearheads + mass.hand_structure + mass.forearm_structure
    assert parts == pytest.approx(mass.total)
    assert mass.hand_structure > 0
    assert mass.forearm_structure > 0


def test_the_budget_is_the_models(right):
    geoms = [i for i in range(right.model.ngeom) if right.model.geom(i).name.endswith("_motor")]
    mass = mass_budget(right)
    assert len(geoms) == right.model.nu
    assert mass.total == pytest.approx(right.model.body_mass.sum())
    assert mass.motors + mass.gearheads == pytest.approx(sum(g.mass for g in right.gearmotors))


def test_a_burst_draws_more_than_what_lasts(right):
    drawn = power(right)
    assert drawn.burst > drawn.continuous > 0


def test_shadow_weighs_what_its_model_says(shadow):
    mass = mass_budget(shadow)
    assert (mass.total, mass.moving) == pytest.approx((4.911, 0.911))
    assert power(shadow) is None
