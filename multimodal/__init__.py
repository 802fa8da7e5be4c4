"""Multimodal models built from scratch: the code that the chapters quote."""
