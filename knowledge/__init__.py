"""The domain: what do we know about this complaint, and what should the agent say.

Nothing here imports Flask, an HTTP client or a helpdesk's field names.
"""
