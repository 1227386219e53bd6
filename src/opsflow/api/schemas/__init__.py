"""What goes in and comes out over HTTP, a file per thing."""
