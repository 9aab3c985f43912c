"""Self-billing: the organiser makes the provider's invoice from the statement, with the provider's consent on file."""
