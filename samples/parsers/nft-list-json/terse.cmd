nft -jt list ruleset
