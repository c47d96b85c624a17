"""Simulators: queues, fleets, load balancing, LLM serving, capacity and cost. Small, vectorised, held against theory."""
