"""Bands: exact where samples are kept, within a percent where they are counted, weighted."""

import numpy as np
import pytest

from orchestrator.ramp.bands import PROBABILITIES, ExactBands, HistogramBands, bands

SAMPLES = np.random.default_rng(0).lognormal(3, 2, (5, 8000)) * np.array([[1], [-1], [1e6], [1e-1], [1]])


def filled(collector, weights):
    for first in range(0, 8000, 1000):
        collector.add(SAMPLES[:, first : first + 1000], weights[first : first + 1000])
    return collector.quantiles()


def test_kept_samples_give_numpys_quantiles():
    found = filled(ExactBands(5, 8000), np.ones(8000))
    assert found == pytest.approx(np.quantile(SAMPLES, PROBABILITIES, axis=1), rel=1e-6)


def test_counted_samples_are_within_a_percent():
    found = filled(HistogramBands(5), np.ones(8000))
    assert found == pytest.approx(np.quantile(SAMPLES, PROBABILITIES, axis=1), rel=0.01)


def test_weights_count_like_copies():
    weights = np.random.default_rng(1).integers(0, 4, 8000).astype(float)
    copies = np.repeat(SAMPLES, weights.astype(int), axis=1)
    wanted = np.quantile(copies, PROBABILITIES, axis=1)
    assert filled(ExactBands(5, 8000), weights) == pytest.approx(wanted, rel=0.01)
    assert filled(HistogramBands(5), weights) == pytest.approx(wanted, rel=0.015)


def test_zero_stays_zero():
    collector = HistogramBands(1)
    collector.add(np.zeros((1, 10)), np.ones(10))
    assert (collector.quantiles() == 0).all()


def test_memory_is_bounded():
    few, many = bands(240, 20_000), bands(240, 100_000_000)
    assert isinstance(few, ExactBands)
    assert isinstance(many, HistogramBands)
