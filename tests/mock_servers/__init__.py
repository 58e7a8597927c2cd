"""Broker servers to test against: real wire formats, a made-up exchange, a referee, faults.

They judge the project, so they share no code with it: nothing here imports ``app`` or ``workers``.
"""
