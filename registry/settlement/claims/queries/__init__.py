"""What can be claimed, and claims as pages and the API show them."""
