"""The parts of bench/limiter.py: contenders, callers, a referee, a judge, tables, a picture."""
