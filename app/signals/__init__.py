"""What was found: scans and their outcomes, signals and their changes, and the feed of both."""
