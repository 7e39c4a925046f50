docker logs k8s_kube-flannel_kube-flannel-ds-amd64-2f2jd_kube-system_0f1c_3
