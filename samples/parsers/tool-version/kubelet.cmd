kubelet --version
