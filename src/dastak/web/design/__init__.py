"""The look that every page shares: base template, stylesheet, mark, and how such files are served."""
