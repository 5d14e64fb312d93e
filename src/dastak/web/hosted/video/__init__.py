"""The customer's pages of a Video KYC: steps, checks of the device, booking, queue and call, behind one door."""
