"""The demo firm's systems over HTTP: one server for every vendor's API."""
