nft -s list ruleset
