nft --json list tables
