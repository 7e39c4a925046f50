gravity status history
