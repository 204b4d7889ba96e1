"""Implementations of what the chapters teach, each equal to its original."""
