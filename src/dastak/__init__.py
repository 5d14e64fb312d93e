"""Dastak: a self-hosted KYC server whose every step reaches the merchant as a signed webhook."""

__version__ = "0.1.0"
