"""What is deployed: images, compose.yaml, and whether they do together what they should."""
