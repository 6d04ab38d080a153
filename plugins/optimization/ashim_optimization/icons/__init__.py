"""The icons of a site, and the files that name them."""
