"""S-curves: output per unit time as a share of its asymptote, from agonizingly slow to flat.

All but Bass and the piecewise curve are given by their midpoint (half of the asymptote) and their duration (from a
tenth to nine tenths), so that one kind can be exchanged for another. Arguments broadcast; times are in months since
the curve's start, before which there is no output.
"""

import math

import numpy as np

Array = np.ndarray

_LN9 = math.log(9.0)
# Gompertz: the 10th and 90th percent are at -ln(ln 10)/k and -ln(-ln 0.9)/k from its centre.
_GOMPERTZ_SPAN = math.log(math.log(10.0)) - math.log(-math.log(0.9))
_GOMPERTZ_HALF = math.log(math.log(2.0))


def logistic(t: Array, midpoint: Array, duration: Array) -> Array:
    """Verhulst's curve: as long to the top as from the bottom."""
    value = midpoint - t
    value *= 2 * _LN9 / duration
    with np.errstate(over="ignore"):
        np.exp(value, out=value)
    value += 1
    return np.reciprocal(value, out=value)


def gompertz(t: Array, midpoint: Array, duration: Array) -> Array:
    """Gompertz's curve: quick at first, long at the top."""
    rate = _GOMPERTZ_SPAN / duration
    with np.errstate(over="ignore"):
        return np.exp(-np.exp(-rate * (t - midpoint) + _GOMPERTZ_HALF))


def richards(t: Array, midpoint: Array, duration: Array, shape: Array) -> Array:
    """Richards' curve; a shape of 1 is logistic, towards 0 it is Gompertz's, above 1 it is slow at first."""
    log_low, log_high = (np.log(np.power(p, -shape) - 1) for p in (0.1, 0.9))
    rate = (log_low - log_high) / duration
    with np.errstate(over="ignore"):
        return np.power(1 + (np.exp2(shape) - 1) * np.exp(-rate * (t - midpoint)), -1 / shape)


def bass(t: Array, innovation: Array, imitation: Array) -> Array:
    """Bass's curve: by innovation p and imitation q, each per year."""
    years = np.maximum(t, 0.0) / 12
    decay = np.exp(-(innovation + imitation) * years)
    return (1 - decay) / (1 + (imitation / innovation) * decay)


def sharif_kabir(t: Array, midpoint: Array, duration: Array, delay: Array) -> Array:
    """Sharif and Kabir's curve, ln(f/(1-f)) + d/(1-f) = a + bt: logistic at a delay d of 0, Floyd's at 1.

    The delay slows the upper part: the more that has been reached, the harder the rest.
    """
    from scipy.special import wrightomega

    # In z = logit(f): z + d + d e^z = y, whose solution is z = (y - d) - w(ln d + y - d), w being Wright's omega.
    rate = (2 * _LN9 + delay * (10 - 1 / 0.9)) / duration
    x = 2 * delay + rate * (t - midpoint) - delay
    delayed = np.maximum(delay, 1e-12)
    z = x - wrightomega(np.log(delayed) + x)
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-z))


def piecewise(
    t: Array, months: tuple[Array, Array, Array, Array], levels: tuple[Array, Array, Array]
) -> Array:
    """The owner's curve: agonizingly slow, exponential, linear, logarithmic, asymptote.

    Args:
        t: months since the start.
        months: of the slow, the exponential, the linear and the logarithmic phase.
        levels: share of the asymptote at the end of the slow, the exponential and the linear phase.

    The logarithmic phase is ln(1 + (e² - 1) v) / 2 over v from 0 to 1: its slope falls e²-fold.
    """
    slow, exponential, linear, logarithmic = months
    first, second, third = levels
    # Each phase adds, or multiplies, its part: nothing before it, all of it after it.
    value = first * _progress(t, 0.0, slow)
    t = t - slow
    value *= np.exp(np.log(second / first) * _progress(t, 0.0, exponential))
    t -= exponential
    value += (third - second) * _progress(t, 0.0, linear)
    value += (1 - third) * np.log1p((math.e**2 - 1) * _progress(t, linear, logarithmic)) / 2
    return value


def _progress(t: Array, begins: Array | float, lasts: Array) -> Array:
    """Share of a phase that is over."""
    share = (t - begins) / lasts
    return np.clip(share, 0.0, 1.0, out=share)
