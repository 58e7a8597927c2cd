"""The global limiter: permits that come back when the answer is seen."""
