"""What is taught, by field: every mini-implementation, finished, typed and held against a peer."""
