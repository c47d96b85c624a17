"""KV memory in blocks: handed out as it is needed, shared until somebody writes, and found again by what it holds."""
