gravity status
