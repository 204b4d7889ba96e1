"""What builds the site: Python-Markdown extensions and the figure generator."""
