nft -j list ruleset
