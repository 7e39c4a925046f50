nft list ruleset ip
