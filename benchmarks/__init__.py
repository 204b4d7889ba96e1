"""Measurements that are published as data, made by hand and never by the tests."""
