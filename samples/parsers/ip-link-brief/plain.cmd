ip -br link
