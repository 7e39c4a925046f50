nft -S list ruleset
