"""Accounts and what they sign in with. Every business step is one transaction; knows no web."""
