"""A mock of the KIS Open API: its calls in its wire format, behind the gate."""
