"""Who is behind a number and an extension: users, extensions, contacts, accounts, employees."""
