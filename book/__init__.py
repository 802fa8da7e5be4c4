"""The pages around the chapters, and what builds them all."""
