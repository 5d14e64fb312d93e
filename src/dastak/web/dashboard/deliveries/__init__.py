"""The area Deliveries of the dashboard: the log, one delivery with all that was said, sending again."""
