nft -t list ruleset
