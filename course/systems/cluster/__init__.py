"""Partitions, copies and consensus: the parts of a cluster."""
