"""Open data: the tables that anybody may take, what their columns mean, and how they are written."""
