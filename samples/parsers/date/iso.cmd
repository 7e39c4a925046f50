date -Iseconds
