"""A small issuer of tokens for sites without an identity provider: people sign in with a password."""
