nft -nn list ruleset
