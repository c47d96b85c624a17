"""LLM inference: batching, memory, routing."""
