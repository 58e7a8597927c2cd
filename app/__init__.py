"""krx-scanner: one limit for everything that touches the broker. Start reading at scan.py."""
