"""Filters, probes, audit logs and monitors."""
