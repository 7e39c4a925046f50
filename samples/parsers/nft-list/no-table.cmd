nft list table ip nowhere
