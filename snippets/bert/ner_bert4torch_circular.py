# requires: bert4torch
# run: python
import importlib

importlib.import_module("bert4torch.layers")
#! ImportError: cannot import name 'TRANSFORMER_BLOCKS' from partially initialized module
