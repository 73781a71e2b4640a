"""A small config that nothing but the lines' design limits, and a way to change it."""

from pathlib import Path

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import read_inputs
from orchestrator.ramp.simulate import simulate


def flat(per_year, **more):
    """A curve that is at its asymptote from the first month on."""
    return {"kind": "logistic", "asymptote_per_year": per_year, "midpoint": 1e-3, "duration": 1e-3, **more}


def component(per_year, **more):
    return {"curve": flat(per_year), "yield_share": 1, "lead_months": 0, "inventory_months": 0, **more}


LABOUR = {
    "people": 100,
    "hires_per_month": 0,
    "hours_per_person_month": 160,
    "hours_per_unit": 10,
    "reference_units": 1000,
    "learning_rate": 0,
    "floor_hours": 0,
    "uptime": 0,
    "productivity": 1,
    "productivity_limit": 10,
    "replication_delay_months": 1,
}

CAPITAL = {
    "usd": 1e6,
    "credit_usd": 0,
    "funding_usd_per_month": 0,
    "operating_usd_per_month": 0,
    "lines_usd_per_annual_unit": 1,
    "margin": 0,
    "price_ceiling_usd": 1e6,
    "installed_per_year": 1e9,
}


def merged(base, changes):
    result = dict(base)
    for key, value in changes.items():
        inner = result.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        result[key] = merged(inner, value) if both else value
    return result


def ramp_data(**changes):
    data = {
        "title": "small",
        "start": "2026-01",
        "months": 24,
        "paths": 8,
        "sobol_samples": 0,
        "generations": {"v1": {"curve": flat(12_000)}},
        "fleet": {"academy_target": 0, "academy_share": 0, "factory_share": 0, "stock_months": 0},
        "cost": {
            "usd": 20_000,
            "reference_per_year": 1e6,
            "reference_units": 1e6,
            "materials_usd": 8_000,
            "learning_rate": 0.15,
            "scale_exponent": 0.05,
            "ceiling_usd": 1e9,
        },
        "power": {
            "robot_kwh_per_day": 2.4,
            "charging_efficiency": 1,
            "night_share": 0.5,
            "edge_kw": 0.2,
            "gpus": 0,
            "gpus_growth_per_year": 0,
            "gpus_limit": 0,
            "kw_per_gpu": 2.9,
            "factory_kwh_per_unit": 0,
        },
    }
    return merged(data, changes)


def ramp_config(**changes):
    return RampConfig.model_validate(ramp_data(**changes))


def run(config, folder=Path()):
    """All of a config's paths, as one block."""
    sampler = config.sampler()
    values = sampler.values(sampler.uniforms(0, config.paths, config.seed))
    return simulate(config, read_inputs(config, folder), values)


def limits(config):
    """Name of the limiting factor, by month, on the first path."""
    return [config.factors[row] for row in run(config).limiting[:, 0]]


def medians(array):
    return np.median(array, axis=1)
