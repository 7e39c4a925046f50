kubectl describe node
