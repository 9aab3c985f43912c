"""Documents that people take along or print: made by typst from the same facts as the pages."""
