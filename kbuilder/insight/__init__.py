"""What the knowledge base did for those who asked."""
