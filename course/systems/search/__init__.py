"""Lexical and vector search: indexes, ranking, fusion."""
