"""Tools that look at pictures: what is in them, how alike they are, and their colours."""
