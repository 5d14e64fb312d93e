"""A small merchant that receives KYC webhooks the way a real one should. Read `webhook.py` first."""
