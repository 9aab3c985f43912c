"""The end of a financial year: what belongs to it is booked in it, what is open goes on, and it is locked."""
