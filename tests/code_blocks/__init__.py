"""The engine that runs every code block of the site and compares what it prints."""
