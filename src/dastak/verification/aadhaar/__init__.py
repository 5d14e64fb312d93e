"""Aadhaar: the number, the OTP, and what confirms them."""
