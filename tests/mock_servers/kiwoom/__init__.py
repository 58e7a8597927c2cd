"""A mock of the Kiwoom REST API: its calls in its wire format, and an older mock's."""
