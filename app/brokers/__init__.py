"""The brokers: one protocol, one limited transport, one file a broker."""
