"""Who may work here, and as what: members, invitations, and one's own profile."""
