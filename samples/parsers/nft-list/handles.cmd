nft -a list ruleset
