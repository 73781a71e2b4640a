"""What several of the ramp's tests share."""

import pytest
from small_ramp import component, flat, ramp_config


@pytest.fixture
def uneven():
    """Everything uncertain that makes whole numbers hard: yields, retirement, shares, a second generation."""
    return ramp_config(
        months=60,
        paths=200,
        generations={
            "v1": {
                "curve": flat("5000 to 20000"),
                "lifetime_months": "10 to 30",
                "lifetime_shape": "0.8 to 3",
            },
            "v2": {
                "curve": flat("10000 to 40000", start=20),
                "conversion": {"of": "v1", "share": 0.8, "over_months": 5, "downtime_months": 2},
                "lifetime_months": 20,
                "lifetime_shape": 2,
            },
        },
        components={"hands": component("6000 to 30000", yield_share="0.6 to 0.9", inventory_months=1)},
        fleet={
            "made_before": 50,
            "academy": 20,
            "factory": 10,
            "academy_target": "500 to 2000",
            "academy_share": "0.1 to 0.4",
            "factory_share": "0.05 to 0.3",
            "stock_months": 1,
        },
        demand={"curve": flat("4000 to 20000")},
    )
