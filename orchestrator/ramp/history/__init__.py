"""What past ramps teach about the next one: fits, priors, forecasts with calibrated bands, backtests."""
