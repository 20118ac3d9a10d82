"""What tables and lists show, as Qt models: tested without a window."""
