ctr -n k8s.io tasks ls
