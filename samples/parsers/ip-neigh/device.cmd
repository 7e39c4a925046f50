ip n show dev flannel.1
