cat /run/flannel/docker
