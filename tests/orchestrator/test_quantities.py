"""A number or a distribution: what is understood, what is refused."""

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from orchestrator.quantities import Fraction, NonNegative, Positive, Real
from orchestrator.ramp.sampling import Correlation, Sampler, quantile


class Model(BaseModel):
    positive: Positive | None = None
    share: Fraction | None = None
    real: Real | None = None
    amount: NonNegative | None = None


def drawn(count=200_000, **given):
    ((name, _),) = given.items()
    u = (np.arange(count) + 0.5) / count
    return quantile(getattr(Model.model_validate(given), name), u)


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ({"positive": "2 to 50"}, 2, 50),
        ({"share": "0.2 to 0.9"}, 0.2, 0.9),
        ({"real": "-3 to 7"}, -3, 7),
        ({"amount": {"value": "1e3 to 4_000", "source": "a paper"}}, 1000, 4000),
    ],
)
def test_a_to_b_is_a_90_percent_interval(given, low, high):
    assert np.quantile(drawn(**given), [0.05, 0.95]) == pytest.approx([low, high], rel=1e-3)


def test_samples_stay_where_their_key_allows():
    assert drawn(share="0.02 to 0.99").max() < 1
    assert drawn(positive="0.001 to 1000").min() > 0
    assert drawn(amount={"normal": [1, 1]}).min() >= 0  # cut at zero


@pytest.mark.parametrize(
    ("given", "mean", "sd"),
    [
        ({"normal": [5, 2]}, 5, 2),
        ({"lognormal": {"median": 3, "sigma": 0.5}}, 3 * np.exp(0.125), 1.812),
        ({"triangular": [0, 1, 5]}, 2, np.sqrt((25 + 1 - 5) / 18)),
        ({"uniform": [2, 8]}, 5, np.sqrt(3)),
        ({"beta": [2, 3]}, 0.4, 0.2),
        ({"beta": [2, 3, 10, 20]}, 14, 2),
    ],
)
def test_moments_of_distributions(given, mean, sd):
    values = drawn(real=given)
    assert values.mean() == pytest.approx(mean, abs=0.01 * sd)
    assert values.std() == pytest.approx(sd, rel=0.01)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"positive": "5 to 2"}, "lower end first"),
        ({"positive": 0}, "more than 0"),
        ({"positive": "0 to 3"}, "more than 0, got 0 to 3"),
        ({"amount": -1}, "0 or more"),
        ({"share": "0.5 to 1.2"}, "above 0 to 1"),
        ({"share": {"beta": [2, 3, 0, 2]}}, "from 0 to 1"),
        ({"amount": {"normal": [-1, 1]}}, "0 or more"),
        ({"share": {"normal": [0.9, 3]}}, "of normal [0.9, 3] lies in"),
        ({"real": {"normal": [1, 0]}}, "standard deviation above 0"),
        ({"real": {"triangular": [3, 2, 1]}}, "low, mode and high in this order"),
        ({"real": {"uniform": [1]}}, "expected the numbers [low, high]"),
        ({"real": {"gamma": [1, 2]}}, "got 'gamma'"),
        ({"real": "about 3"}, "'LOW to HIGH'"),
        ({"real": True}, "expected a number"),
        ({"real": float("nan")}, "finite"),
    ],
)
def test_impossible_quantities_are_refused(given, complaint):
    with pytest.raises(ValidationError) as error:
        Model.model_validate(given)
    assert complaint in str(error.value)


def test_correlated_quantities():
    model = Model.model_validate({"positive": "1 to 100", "share": "0.1 to 0.9", "real": "0 to 1"})
    sampler = Sampler(model, [Correlation("positive", "share", 0.8)])
    draws = np.concatenate([sampler.uniforms(block, 1000, 1) for block in range(50)])
    values = sampler.values(draws)
    scores = np.corrcoef(
        [np.log(values("positive")), np.log(values("share") / (1 - values("share"))), values("real")]
    )
    assert scores[0, 1] == pytest.approx(0.8, abs=0.02)
    assert scores[0, 2] == pytest.approx(0.0, abs=0.02)
    assert np.quantile(values("positive"), [0.05, 0.95]) == pytest.approx([1, 100], rel=0.1)


def test_impossible_correlations_are_refused():
    model = Model.model_validate({"positive": "1 to 2", "share": "0.1 to 0.9", "real": "0 to 1"})
    pairs = [("positive", "share", 0.9), ("share", "real", 0.9), ("positive", "real", -0.9)]
    with pytest.raises(ValueError, match="not positive"):
        Sampler(model, [Correlation(*pair) for pair in pairs])


def test_a_block_is_the_same_however_much_of_it_is_asked_for():
    sampler = Sampler(Model.model_validate({"positive": "1 to 2", "real": "0 to 1"}))
    assert (sampler.uniforms(3, 10, 7) == sampler.uniforms(3, 500, 7)[:10]).all()
    assert (sampler.uniforms(3, 10, 7) != sampler.uniforms(4, 10, 7)).all()
