tc -s filter show dev veth8a3f egress
