"""What the merchant's signed link to a recording opens."""
