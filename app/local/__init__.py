"""The whole system on one machine: ``scanner up``."""
