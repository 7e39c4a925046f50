gravity status --output=json
