"""One room a day: `dayNN_name/` holds everything about that day and nothing about another."""
