"""Service vouchers and freedom of choice in employment services: the domain, free of any web framework."""
