"""Bank account: account number, IFSC and what confirms them."""
