"""Setting up: API keys, templates of KYC Links, branding, texts, static links, operators, the time zone."""
