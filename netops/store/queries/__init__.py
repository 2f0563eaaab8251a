"""What is asked of the store and told to it, a file per noun. Every function takes an open connection."""
