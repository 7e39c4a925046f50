kubectl describe pods -A
