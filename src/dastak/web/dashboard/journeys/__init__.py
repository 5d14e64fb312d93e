"""KYC Links and Video KYCs: lists, one case with its story, and what a merchant can do with it."""
