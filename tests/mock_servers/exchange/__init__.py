"""The market behind every mock broker: a pure function of (bars file or seed and plan, today)."""
