ss -wan
