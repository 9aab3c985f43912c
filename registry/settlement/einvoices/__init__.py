"""Electronic invoices of the European standard EN 16931, in UBL 2.1 and in Finvoice 3.0: read, checked and made."""
