"""What services with an HTTP API have alike: who asks, what goes wrong, how it is documented and served."""
