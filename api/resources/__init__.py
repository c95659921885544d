"""The HTTP routes under /v1: views parse, call a service and dump, and decide nothing."""
