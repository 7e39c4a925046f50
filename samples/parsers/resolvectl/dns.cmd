resolvectl dns
