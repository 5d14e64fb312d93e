"""The console: pages for the agents and auditors of Video KYC."""
