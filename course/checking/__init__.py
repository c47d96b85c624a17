"""How an answer is judged: claims as probes, the wall's protocol, reports, seeds."""
