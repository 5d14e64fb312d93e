"""The merchant's dashboard: what its members do and see. One folder per area, all behind one door."""
