"""Resource-constrained scheduling with modes, lags and calendars; knows nothing of factories."""
