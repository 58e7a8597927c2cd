"""Replay: the scan of each past session again, on stored bars, and what became of its signals."""
