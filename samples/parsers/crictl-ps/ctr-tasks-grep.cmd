ctr -n k8s.io task ls
