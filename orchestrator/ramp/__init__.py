"""The ramp: from S-curves to a fleet, with uncertainty.

A projection takes a config whose every figure is a number or a distribution, and answers with bands over time of
output, fleet, cost and power, and with the limiting factor of every month.
"""
