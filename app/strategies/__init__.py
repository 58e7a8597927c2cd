"""What is looked for in a ticker's bars: pure functions, from bars to a match."""
