"""Charts drawn on the server: data comes in, an SVG element tree and the table beside it go out. Pure; see `chart`."""
