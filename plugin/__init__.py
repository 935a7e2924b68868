"""Helpdesk webhooks, the agents' sidebar and the HTTP API."""
