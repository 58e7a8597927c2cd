"""The live feed: signals, scans, the limit and prices as they come, by WebSocket or as events."""
