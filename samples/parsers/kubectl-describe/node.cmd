kubectl describe node lab-node1
