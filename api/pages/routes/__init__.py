"""The views of the pages, by journey. A view parses, calls a service, and renders."""
