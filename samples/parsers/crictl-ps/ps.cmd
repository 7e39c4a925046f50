crictl ps
